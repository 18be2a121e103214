/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Property, for each dialect of the table: a body that is read can be planned, spliced and parsed again, and is the same conversation but
 * for the texts that were replaced; an event that names usage is still JSON without it, and names it no more; ids of stored things can be
 * replaced by others.
 */
#include "fuzz.h"
#include "sweeps.h"

#include "base/limits.h"
#include "wire/dialect.h"

/* All parts that may be replaced, or every second or third, get another text. */
static size_t
replace(struct gh_part_text *texts, size_t max, const struct gh_conv *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_parts && n < max; i += 1 + c->n_parts % 3)
        if (!c->parts[i].is_fixed)
            texts[n++] = (struct gh_part_text){i, i % 2 == 0 ? GH_STR("x\"\xc3\xa9\n") : GH_STR("[1]")};
    return n;
}

static void
forward(const struct gh_dialect *d, struct gh_arena *a, struct gh_str body)
{
    static const char *const ids[GH_STORED_IDS_MAX] = {"a\"", "b", "c", "d", "e", "f", "g", "h"};
    struct gh_str stored[GH_STORED_IDS_MAX];
    bool is_silent = gh_dialect_is_silent(d);
    struct gh_part_text texts[64];
    struct gh_forward how = {.model = gh_dialect_is_model_outside(d) ? GH_STR("") : GH_STR("up\"\\\n\xc3\xa9"),
        .instructions = is_silent ? GH_STR("") : GH_STR("be\n\"good\""),
        .max_output_tokens = is_silent ? 0 : 7,
        .is_unstored = body.n % 2 == 0,
        .stored = stored,
        .texts = texts};
    struct gh_edits edits = {.arena = a};
    struct gh_json j;
    struct gh_conv c;
    struct gh_buf out;

    if (d->read == NULL || gh_json_parse(&j, a, body, NULL) != GH_OK || d->read(&c, a, &j, NULL) != GH_OK)
        return;
    for (size_t i = 0; i < c.n_stored; i++)
        stored[i] = gh_str_z(ids[i]);
    how.n_texts = replace(texts, sizeof(texts) / sizeof(*texts), &c);
    gh_fuzz_check(d->plan(&edits, a, &j, &c, &how) == GH_OK);
    gh_buf_init(&out, a, body.n + 4096);
    gh_fuzz_check(gh_dialect_splice(&out, body, edits.item, edits.n) == GH_OK);
    if (body.n + 4096 <= GH_JSON_BYTES_MAX)
        gh_fuzz_check(gh_dialect_check(d, a, &c, &how, gh_buf_str(&out)) == GH_OK);
}

/* Ids of what is stored can be replaced, and are then those that were put. */
static void
bind(const struct gh_dialect *d, struct gh_arena *a, struct gh_str data, const struct gh_stored_id *stored, size_t n, bool is_delta)
{
    struct gh_edits edits = {.arena = a};
    struct gh_answer answer;
    struct gh_delta delta;
    struct gh_buf out;

    for (size_t i = 0; i < n; i++)
        gh_fuzz_check(gh_edits_add(&edits, stored[i].at, stored[i].end, GH_STR("\"bound\"")) == GH_OK);
    gh_buf_init(&out, a, data.n + 128);
    gh_fuzz_check(gh_dialect_splice(&out, data, edits.item, edits.n) == GH_OK);
    gh_fuzz_check(
        (is_delta ? d->delta(&delta, a, GH_STR(""), gh_buf_str(&out)) : d->answer(&answer, a, gh_buf_str(&out))) == GH_OK);
    gh_fuzz_check((is_delta ? delta.n_stored : answer.n_stored) == n);
    for (size_t i = 0; i < n; i++)
        gh_fuzz_check(gh_str_eq(is_delta ? delta.stored[i].id : answer.stored[i].id, GH_STR("bound")));
}

static void
stream(const struct gh_dialect *d, struct gh_arena *a, struct gh_str data)
{
    struct gh_delta delta, again;
    struct gh_answer answer;
    struct gh_buf out;

    if (d->answer(&answer, a, data) == GH_OK) {
        gh_fuzz_check(answer.usage.input_tokens >= -1 && answer.usage.output_tokens >= -1);
        bind(d, a, data, answer.stored, answer.n_stored, false);
    }
    if (d->delta == NULL || d->delta(&delta, a, GH_STR(""), data) != GH_OK)
        return;
    if (delta.n_stored > 0)
        bind(d, a, data, delta.stored, delta.n_stored, true);
    if (!delta.has_usage_member)
        return;
    gh_buf_init(&out, a, data.n);
    gh_fuzz_check(gh_dialect_splice(&out, data, &delta.without_usage, 1) == GH_OK);
    gh_fuzz_check(d->delta(&again, a, GH_STR(""), gh_buf_str(&out)) == GH_OK);
    gh_fuzz_check(!again.has_usage_member && gh_str_eq(again.text, delta.text) && again.is_error == delta.is_error);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct gh_dialect *last = NULL;

    for (size_t i = 0; i < gh_route_count; i++) {
        const struct gh_dialect *d = gh_dialect_find(gh_route_table[i].surface, gh_route_table[i].op);
        struct gh_arena a;
        if (d == NULL || (last != NULL && d->answer == last->answer))
            continue;
        gh_arena_init(&a, gh_test_heap(), 256u << 20);
        forward(d, &a, gh_str(data, size));
        stream(d, &a, gh_str(data, size));
        gh_arena_fini(&a);
        last = d;
    }
    return 0;
}
