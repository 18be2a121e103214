/* SPDX-License-Identifier: Apache-2.0 */
/* audit/formats: one entry of the chain as a line that other systems read. A row of `table` for each format. */
#include "control/audit/formats.h"

#include "base/codec.h"
#include "wire/json.h"

/* ---- what both mappings ask of a record ---- */

/* OCSF: severity_id; CEF: 0 to 10. Rows not named here are informational. */
static const struct {
    uint8_t ocsf, cef;
} severity_of[GH_RECORD_KIND_COUNT] = {
    [GH_RECORD_REFUSED] = {2, 4},
    [GH_RECORD_KEY_WANTED] = {2, 3},
    [GH_RECORD_WORKER_LOST] = {3, 6},
    [GH_RECORD_SPOOL_GAP] = {4, 9},
};

static bool
is_denied(const struct gh_record *r)
{
    return r->kind == GH_RECORD_REFUSED || gh_str_eq(gh_record_get(r, GH_FIELD_VERDICT), GH_STR("deny"));
}

static bool
is_call(const struct gh_record *r)
{
    return r->kind == GH_RECORD_OPEN || r->kind == GH_RECORD_CLOSE || r->kind == GH_RECORD_REFUSED;
}

static struct gh_str
operation_of(const struct gh_record *r)
{
    struct gh_str s = gh_record_get(r, GH_FIELD_ACTION);

    if (s.n == 0)
        s = gh_record_get(r, GH_FIELD_OPERATION);
    return s.n > 0 ? s : gh_str_z(gh_record_kind_names[r->kind]);
}

/* ---- OCSF 1.1, class API Activity (6003) ---- */

static void
kfield(struct gh_jsonw *w, const char *key, const struct gh_record *r, enum gh_field f)
{
    struct gh_str s = gh_record_get(r, f);

    if (s.n > 0)
        gh_jsonw_kstr(w, key, s);
}

/* Create 1, Read 2, Update 3, Delete 4, Other 99. */
static uint64_t
activity_of(const struct gh_record *r)
{
    static const struct {
        const char *verb;
        uint64_t id;
    } verbs[] = {
        {"create", 1}, {"read", 2}, {"get", 2}, {"list", 2}, {"write", 3}, {"put", 3}, {"update", 3}, {"delete", 4}, {"revoke", 4}};
    struct gh_str op = gh_record_get(r, GH_FIELD_OPERATION);

    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (gh_str_eq_ci(op, gh_str_z(verbs[i].verb)))
            return verbs[i].id;
    }
    return 99;
}

static void
ocsf_metadata(struct gh_jsonw *w, uint64_t n, const struct gh_record *r)
{
    gh_jsonw_key(w, "metadata");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "version", GH_STR("1.1.0"));
    gh_jsonw_key(w, "product");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "name", GH_STR("Gatehouse"));
    gh_jsonw_kstr(w, "vendor_name", GH_STR("Gatehouse"));
    gh_jsonw_end(w, '}');
    gh_jsonw_ku64(w, "sequence", n);
    kfield(w, "correlation_uid", r, GH_FIELD_REQUEST_ID);
    gh_jsonw_key(w, "profiles");
    gh_jsonw_arr(w);
    gh_jsonw_str(w, GH_STR("security_control"));
    gh_jsonw_end(w, ']');
    gh_jsonw_end(w, '}');
}

static void
ocsf_actor(struct gh_jsonw *w, const struct gh_record *r)
{
    gh_jsonw_key(w, "actor");
    gh_jsonw_obj(w);
    gh_jsonw_key(w, "user");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "uid", gh_record_get(r, GH_FIELD_CALLER).n > 0 ? gh_record_get(r, GH_FIELD_CALLER) : GH_STR("unknown"));
    gh_jsonw_end(w, '}');
    if (gh_record_get(r, GH_FIELD_CREDENTIAL_ID).n > 0) {
        gh_jsonw_key(w, "session");
        gh_jsonw_obj(w);
        kfield(w, "uid", r, GH_FIELD_CREDENTIAL_ID);
        kfield(w, "issuer", r, GH_FIELD_ISSUER);
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, '}');
}

static void
ocsf_api(struct gh_jsonw *w, const struct gh_record *r)
{
    gh_jsonw_key(w, "api");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "operation", operation_of(r));
    gh_jsonw_key(w, "request");
    gh_jsonw_obj(w);
    kfield(w, "uid", r, GH_FIELD_REQUEST_ID);
    gh_jsonw_end(w, '}');
    gh_jsonw_key(w, "response");
    gh_jsonw_obj(w);
    if (gh_record_get(r, GH_FIELD_STATUS).n > 0)
        gh_jsonw_ku64(w, "code", gh_record_get_u64(r, GH_FIELD_STATUS));
    kfield(w, "message", r, GH_FIELD_REASON);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

static void
ocsf_places(struct gh_jsonw *w, const struct gh_record *r)
{
    struct gh_str resource = gh_record_get(r, GH_FIELD_RESOURCE);

    gh_jsonw_key(w, "src_endpoint");
    gh_jsonw_obj(w);
    kfield(w, "ip", r, GH_FIELD_PEER);
    if (gh_record_get(r, GH_FIELD_PEER).n == 0)
        gh_jsonw_kstr(w, "name", GH_STR("gatehouse"));
    gh_jsonw_end(w, '}');
    if (is_call(r)) {
        gh_jsonw_key(w, "http_request");
        gh_jsonw_obj(w);
        kfield(w, "http_method", r, GH_FIELD_METHOD);
        kfield(w, "version", r, GH_FIELD_HTTP_VERSION);
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_key(w, "resources");
    gh_jsonw_arr(w);
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "uid", resource.n > 0 ? resource : gh_record_get(r, GH_FIELD_SCOPE));
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, ']');
}

/* Everything that has no place above, under the names of our own table. */
static void
ocsf_unmapped(struct gh_jsonw *w, const struct gh_record *r)
{
    char mem[16 * GH_RECORD_BYTES_MAX];
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, sizeof mem);
    gh_record_json(&b, r);
    gh_jsonw_key(w, "unmapped");
    gh_jsonw_raw(w, b.rc == GH_OK ? gh_buf_str(&b) : GH_STR("{}"));
}

static void
ocsf_line(struct gh_buf *out, uint64_t n, const struct gh_record *r)
{
    uint64_t activity = activity_of(r), severity = severity_of[r->kind].ocsf;
    struct gh_jsonw w;

    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_ku64(&w, "category_uid", 6);
    gh_jsonw_ku64(&w, "class_uid", 6003);
    gh_jsonw_ku64(&w, "activity_id", activity);
    gh_jsonw_ku64(&w, "type_uid", 600300 + activity);
    gh_jsonw_key(&w, "time");
    gh_jsonw_i64(&w, r->time_ms);
    gh_jsonw_ku64(&w, "severity_id", severity == 0 ? 1 : severity);
    gh_jsonw_ku64(&w, "status_id", is_denied(r) || severity > 2 ? 2 : 1);
    gh_jsonw_ku64(&w, "action_id", is_denied(r) ? 2 : 1);
    gh_jsonw_ku64(&w, "disposition_id", is_denied(r) ? 2 : 1);
    kfield(&w, "message", r, GH_FIELD_DETAIL);
    ocsf_metadata(&w, n, r);
    ocsf_actor(&w, r);
    ocsf_api(&w, r);
    ocsf_places(&w, r);
    ocsf_unmapped(&w, r);
    gh_jsonw_end(&w, '}');
}

/* ---- CEF:0 ---- */

static void
cef_escape(struct gh_buf *out, struct gh_str s, char special)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '\n' || c == '\r') {
            gh_buf_putz(out, c == '\n' ? "\\n" : "\\r");
            continue;
        }
        if (c == '\\' || c == special)
            gh_buf_putc(out, '\\');
        gh_buf_putc(out, c);
    }
}

// clang-format off
static const struct {
    const char *key;
    enum gh_field field;
    const char *label; /* of a custom string, NULL: the key is CEF's own */
} cef_keys[] = {
    {"suser", GH_FIELD_CALLER, NULL},     {"src", GH_FIELD_PEER, NULL},           {"requestMethod", GH_FIELD_METHOD, NULL},
    {"request", GH_FIELD_ROUTE, NULL},    {"act", GH_FIELD_VERDICT, NULL},        {"reason", GH_FIELD_REASON, NULL},
    {"outcome", GH_FIELD_STATUS, NULL},   {"externalId", GH_FIELD_REQUEST_ID, NULL}, {"msg", GH_FIELD_DETAIL, NULL},
    {"in", GH_FIELD_REQUEST_BYTES, NULL}, {"out", GH_FIELD_RESPONSE_BYTES, NULL},
    {"cs1", GH_FIELD_SCOPE, "scope"},     {"cs2", GH_FIELD_RESOURCE, "resource"}, {"cs3", GH_FIELD_RULE, "rule"},
    {"cs4", GH_FIELD_ROLE, "role"},       {"cs5", GH_FIELD_MODEL, "model"},       {"cs6", GH_FIELD_CREDENTIAL_ID, "credential"},
    {"cn1", GH_FIELD_INPUT_TOKENS, "inputTokens"}, {"cn2", GH_FIELD_OUTPUT_TOKENS, "outputTokens"},
};
// clang-format on

static void
cef_pair(struct gh_buf *out, const struct gh_record *r, size_t i)
{
    struct gh_str value = gh_record_get(r, cef_keys[i].field);

    if (value.n == 0)
        return;
    gh_buf_putc(out, ' ');
    gh_buf_putz(out, cef_keys[i].key);
    gh_buf_putc(out, '=');
    if (gh_field_table[cef_keys[i].field].type == GH_FIELD_TYPE_U64)
        gh_buf_put_u64(out, gh_record_get_u64(r, cef_keys[i].field));
    else
        cef_escape(out, value, '=');
    if (cef_keys[i].label == NULL)
        return;
    gh_buf_putc(out, ' ');
    gh_buf_putz(out, cef_keys[i].key);
    gh_buf_putz(out, "Label=");
    gh_buf_putz(out, cef_keys[i].label);
}

static void
cef_line(struct gh_buf *out, uint64_t n, const struct gh_record *r)
{
    gh_buf_putz(out, "CEF:0|Gatehouse|Gatehouse|1|");
    gh_buf_putz(out, gh_record_kind_names[r->kind]);
    gh_buf_putc(out, '|');
    cef_escape(out, operation_of(r), '|');
    gh_buf_putc(out, '|');
    gh_buf_put_u64(out, severity_of[r->kind].cef);
    gh_buf_putz(out, "|rt=");
    gh_buf_put_i64(out, r->time_ms);
    for (size_t i = 0; i < sizeof cef_keys / sizeof cef_keys[0]; i++)
        cef_pair(out, r, i);
    gh_buf_putz(out, " cn3=");
    gh_buf_put_u64(out, n);
    gh_buf_putz(out, " cn3Label=entry");
}

/* ---- the table ---- */

static const struct gh_audit_format table[] = {
    {"jsonl", "application/jsonl", NULL}, /* export.c: it needs more than the record */
    {"ocsf", "application/jsonl", ocsf_line},
    {"cef", "text/plain; charset=utf-8", cef_line},
};

const struct gh_audit_format *
gh_audit_format_find(struct gh_str name)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (gh_str_eq(gh_str_z(table[i].name), name.n == 0 ? gh_str_z(table[0].name) : name))
            return &table[i];
    }
    return NULL;
}
