/* SPDX-License-Identifier: Apache-2.0 */
/* A $filter: what is taken has only terms of the list, values where terms have them, and reads the same when it is written again. */
#include "fuzz.h"
#include "sweeps.h"

#include "control/rest/arm_filter.h"

static const char *const written[GH_ARM_TERM_COUNT] = {
#define WRITTEN(name, text, form) text,
    GH_ARM_TERM_LIST(WRITTEN)
#undef WRITTEN
};
static const enum gh_arm_term_form forms[GH_ARM_TERM_COUNT] = {
#define FORM(name, text, form) form,
    GH_ARM_TERM_LIST(FORM)
#undef FORM
};

static void
put_value(struct gh_buf *b, struct gh_str v)
{
    gh_buf_putc(b, '\'');
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] == '\'')
            gh_buf_putc(b, '\'');
        gh_buf_putc(b, v.p[i]);
    }
    gh_buf_putc(b, '\'');
}

static void
put(struct gh_buf *b, const struct gh_arm_filter *f)
{
    for (unsigned t = 0; t < GH_ARM_TERM_COUNT; t++) {
        if (!gh_arm_filter_has(f, t))
            continue;
        if (b->n > 0)
            gh_buf_putz(b, " and ");
        gh_buf_putz(b, written[t]);
        gh_buf_putz(b, forms[t] == GH_ARM_TERM_EQUALS ? " eq " : "(");
        if (forms[t] != GH_ARM_TERM_WORD)
            put_value(b, f->value[t]);
        if (forms[t] != GH_ARM_TERM_EQUALS)
            gh_buf_putc(b, ')');
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a = gh_test_arena();
    struct gh_arm_filter f, again;
    struct gh_str term, text = gh_str(data + (size > 1 ? 2 : size), size > 1 ? size - 2 : 0);
    unsigned takes = size > 1 ? (unsigned)(data[0] | data[1] << 8) : 0;
    const char *why;
    struct gh_buf b;
    enum gh_rc rc = gh_arm_filter_parse(&f, &a, text, takes, &why, &term);

    gh_fuzz_check(rc == GH_OK ? why == NULL : rc == GH_NOMEM || (rc == GH_BAD && why != NULL && term.n <= 80));
    if (rc == GH_OK) {
        gh_fuzz_check((f.has & ~takes) == 0);
        for (unsigned t = 0; t < GH_ARM_TERM_COUNT; t++)
            gh_fuzz_check((f.value[t].p != NULL) == (gh_arm_filter_has(&f, t) && forms[t] != GH_ARM_TERM_WORD));
        gh_buf_init(&b, &a, 4 * size + 1024);
        put(&b, &f);
        gh_fuzz_check(gh_arm_filter_parse(&again, &a, gh_buf_str(&b), takes, &why, &term) == GH_OK && again.has == f.has);
        for (unsigned t = 0; t < GH_ARM_TERM_COUNT; t++)
            gh_fuzz_check(gh_str_eq(again.value[t], f.value[t]));
    }
    gh_arena_fini(&a);
    return 0;
}
