/* SPDX-License-Identifier: Apache-2.0 */
/* A record as one line of JSON: what people and exports read. Names come from the tables of record.h alone. */
#include "audit/record.h"
#include "base/codec.h"
#include "wire/json.h"

static void
put_time(struct gh_jsonw *w, int64_t time_ms)
{
    char mem[40];
    struct gh_buf text;

    gh_buf_init_fixed(&text, mem, sizeof(mem));
    gh_time_put(&text, time_ms);
    gh_jsonw_str(w, gh_buf_str(&text));
}

/* 16 hex digits: a number of 64 random bits does not survive readers that hold numbers as doubles. */
static void
put_epoch(struct gh_jsonw *w, uint64_t epoch)
{
    char bytes[8], mem[16];
    struct gh_buf text;

    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(epoch >> (56 - 8 * i));
    gh_buf_init_fixed(&text, mem, sizeof(mem));
    gh_buf_put_hex(&text, gh_str(bytes, sizeof(bytes)));
    gh_jsonw_str(w, gh_buf_str(&text));
}

static void
put_bytes(struct gh_jsonw *w, struct gh_str value)
{
    char mem[2 * GH_RECORD_BYTES_MAX];
    struct gh_buf text;

    gh_buf_init_fixed(&text, mem, sizeof(mem));
    gh_buf_put_hex(&text, value);
    gh_jsonw_str(w, gh_buf_str(&text));
}

static void
put_controls(struct gh_jsonw *w, struct gh_str value)
{
    enum gh_control c;
    enum gh_ran ran;
    struct gh_str reason;
    size_t at = 0;

    gh_jsonw_obj(w);
    while (gh_record_control(&c, &ran, &reason, &at, value)) {
        gh_jsonw_key(w, gh_control_names[c]);
        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "result", gh_str_z(gh_ran_names[ran]));
        if (reason.n > 0)
            gh_jsonw_kstr(w, "reason", reason);
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, '}');
}

static void
put_field(struct gh_jsonw *w, const struct gh_record *r, enum gh_field f, struct gh_str value)
{
    gh_jsonw_key(w, gh_field_table[f].json_name);
    switch (gh_field_table[f].type) {
    case GH_FIELD_TYPE_U64:
        gh_jsonw_u64(w, gh_record_get_u64(r, f));
        return;
    case GH_FIELD_TYPE_TIME:
        put_time(w, (int64_t)gh_record_get_u64(r, f));
        return;
    case GH_FIELD_TYPE_EPOCH:
        put_epoch(w, gh_record_get_u64(r, f));
        return;
    case GH_FIELD_TYPE_TEXT:
        gh_jsonw_str(w, value);
        return;
    case GH_FIELD_TYPE_BYTES:
        put_bytes(w, value);
        return;
    case GH_FIELD_TYPE_CONTROLS:
        put_controls(w, value);
        return;
    }
}

void
gh_record_json(struct gh_buf *out, const struct gh_record *r)
{
    struct gh_jsonw w;
    struct gh_str value;
    enum gh_field f;
    size_t at = 0;

    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "kind", gh_str_z(gh_record_kind_names[r->kind]));
    gh_jsonw_key(&w, "time");
    put_time(&w, r->time_ms);
    gh_jsonw_key(&w, "epoch");
    put_epoch(&w, r->epoch);
    gh_jsonw_ku64(&w, "sequence", r->sequence);
    while (gh_record_field(&f, &value, &at, r))
        put_field(&w, r, f, value);
    gh_jsonw_end(&w, '}');
}
