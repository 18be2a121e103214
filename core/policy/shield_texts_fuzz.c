/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Property, for each dialect that has a body: whatever is read has texts that lie in it and stay within its bounds, every part that says anything
 * and is no media is judged, and a conversation that was marked in any way can be planned, spliced and parsed again. Content Safety's body and
 * hidden bytes: no byte makes them end elsewhere than in the text.
 */
#include "fuzz.h"
#include "sweeps.h"

#include "base/limits.h"
#include "policy/spotlight.h"
#include "wire/shield_prompt.h"

static void
check_texts(struct gh_arena *a, const struct gh_conv *c)
{
    struct gh_shield_text *texts;
    bool *is_judged = gh_arena_take_array(a, c->n_parts + 1, sizeof(*is_judged));
    size_t n;

    gh_fuzz_check(is_judged != NULL && gh_shield_texts(&texts, &n, a, c) == GH_OK);
    for (size_t i = 0; i < n; i++) {
        gh_fuzz_check(gh_shield_join(&texts[i], a, c) == GH_OK);
        gh_fuzz_check(texts[i].part < c->n_parts && texts[i].text.n > 0 && texts[i].kind < GH_SHIELD_KINDS);
        gh_fuzz_check(!texts[i].is_whole || gh_str_eq(texts[i].text, c->parts[texts[i].part].text));
        is_judged[texts[i].part] = true;
    }
    for (size_t i = 0; i < c->n_parts; i++)
        gh_fuzz_check(
            is_judged[i] || c->parts[i].kind == GH_PART_MEDIA || c->parts[i].kind == GH_PART_PROMPT || c->parts[i].text.n == 0);
}

static void
check_marks(const struct gh_dialect *d, struct gh_arena *a, const struct gh_json *j, const struct gh_conv *c, enum gh_spotlight way)
{
    static const char *const ids[GH_STORED_IDS_MAX] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    struct gh_str stored[GH_STORED_IDS_MAX];
    struct gh_forward how = {.model = gh_dialect_is_model_outside(d) ? GH_STR("") : GH_STR("m"), .stored = stored};
    struct gh_texts texts = {.arena = a, .conv = c};
    struct gh_edits edits = {.arena = a};
    size_t marked, left;
    struct gh_buf out;

    for (size_t i = 0; i < c->n_stored; i++)
        stored[i] = gh_str_z(ids[i]);
    gh_fuzz_check(gh_spotlight_texts(&texts, &marked, &left, way, GH_STR("0123456789abcdef")) == GH_OK);
    gh_fuzz_check(gh_texts_plan(&how, &texts) == GH_OK && how.n_texts <= marked);
    gh_fuzz_check(d->plan(&edits, a, j, c, &how) == GH_OK);
    gh_buf_init(&out, a, GH_JSON_BYTES_MAX);
    if (gh_dialect_splice(&out, j->text, edits.item, edits.n) == GH_OK)
        gh_fuzz_check(gh_dialect_check(d, a, c, &how, gh_buf_str(&out)) == GH_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct gh_str text = gh_str(data, size);
    struct gh_shield_prompt prompt;
    struct gh_arena a;
    struct gh_json j;
    struct gh_conv c;
    size_t at, end;

    if (gh_shield_is_smuggled(&at, &end, text))
        gh_fuzz_check(at < end && end <= size);
    for (size_t i = 0; i < gh_route_count; i++) {
        const struct gh_dialect *d = gh_dialect_find(gh_route_table[i].surface, gh_route_table[i].op);
        if (d == NULL || d->read == NULL)
            continue;
        gh_arena_init(&a, gh_test_heap(), 256u << 20);
        if (gh_json_parse(&j, &a, text, NULL) == GH_OK) {
            if (gh_shield_prompt_read(&prompt, &a, &j, NULL) == GH_OK)
                gh_fuzz_check(prompt.has_prompt || prompt.n_documents > 0);
            if (d->read(&c, &a, &j, NULL) == GH_OK) {
                check_texts(&a, &c);
                check_marks(d, &a, &j, &c, (enum gh_spotlight)(size % GH_SPOTLIGHTS));
            }
        }
        gh_arena_fini(&a);
    }
    return 0;
}
