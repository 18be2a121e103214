/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a template or an export, judged by all rules. What is accepted has results whose places lie within the text; the same text gives the
 * same results, and each unknown says why.
 */
#include "fuzz.h"
#include "sweeps.h"

#include "baseline/judge.h"

struct sums {
    size_t n_text;
    uint64_t n, sum;
};

static void
on_result(void *ctx, const struct gh_result *r)
{
    struct sums *s = ctx;

    gh_fuzz_check(r->outcome > GH_OUTCOME_NONE && r->outcome < GH_OUTCOME_COUNT);
    gh_fuzz_check(r->at <= s->n_text);
    gh_fuzz_check(r->outcome != GH_OUTCOME_UNKNOWN || r->found.n > 0); /* it says why */
    s->n++;
    s->sum = s->sum * 31 + r->outcome + r->at;
}

static bool
judged(struct sums *s, struct gh_str text)
{
    struct gh_arena a = gh_test_arena();
    struct gh_baseline_config config;
    struct gh_err err = {.rc = GH_OK};
    struct gh_input in;
    bool is_read;

    *s = (struct sums){.n_text = text.n};
    gh_config_init(&config);
    is_read = gh_input_read(&in, &a, text, NULL, &err) == GH_OK;
    if (is_read) {
        struct gh_doc_place last = gh_doc_place(&in.doc, (uint32_t)text.n);
        gh_fuzz_check(last.line >= 1 && last.column >= 1);
        (void)!gh_judge_run(&in, &config, on_result, s);
    } else {
        gh_fuzz_check(err.rc != GH_OK && err.what != NULL && err.at <= text.n);
    }
    gh_arena_fini(&a);
    return is_read;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct sums first, again;

    if (judged(&first, gh_str(data, n))) {
        (void)judged(&again, gh_str(data, n));
        gh_fuzz_check(first.n == again.n && first.sum == again.sum);
    }
    return 0;
}
