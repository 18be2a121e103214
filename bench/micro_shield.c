/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/micro_shield: what a text costs at the shield, on one core and warm, as one JSON object: microseconds a KB of the canonicaliser and the
 * first stage together (ordinary prompts of 4 KB), the times of prompts of 2 and 16 KB, of the second stage on its three windows, and the share of
 * ordinary benign prompts for which it is asked. Texts are those by which the classifier is judged.
 */
#include <fcntl.h>
#include <stdio.h>

#include "bench/micro.h"
#include "base/limits.h"
#include "host/host.h"
#include "shield/scan.h"
#include "wire/json.h"

enum { ROUNDS = 401, TEXTS_MAX = 512, TEXT_BYTES = 4096, LONG_BYTES = 16384 };

struct bench {
    struct gh_shield_model *model;
    struct gh_str texts[TEXTS_MAX];
    size_t n;
    struct gh_micro_pool pool; /* of one request */
};

static void
read_texts(struct bench *b, struct gh_arena *a, const char *path)
{
    struct gh_str all, line;

    gh_micro_must(gh_file_read(&all, a, AT_FDCWD, path, 16u << 20) == GH_OK);
    while (gh_str_cut(&line, &all, '\n')) {
        struct gh_json j;
        struct gh_str text;
        int64_t label = 0;

        if (line.n == 0 || b->n == TEXTS_MAX)
            continue;
        gh_micro_must(gh_json_parse(&j, a, line, NULL) == GH_OK && gh_json_opt_i64(&label, &j, 0, "label") == GH_OK);
        gh_micro_must(gh_json_str(&text, a, &j, gh_json_get(&j, 0, GH_STR("text"))) == GH_OK);
        if (label == 0)
            b->texts[b->n++] = text;
    }
}

/* Ordinary texts one after the other, from another one each time. */
static struct gh_str
prompt_of(const struct bench *b, struct gh_arena *a, size_t bytes, size_t from)
{
    struct gh_buf out;

    gh_buf_init(&out, a, 2 * bytes + (1u << 16));
    for (size_t i = from; out.n < bytes; i++) {
        gh_buf_put(&out, b->texts[i % b->n]);
        gh_buf_putc(&out, '\n');
    }
    gh_micro_must(out.rc == GH_OK);
    return gh_str_sub(gh_buf_str(&out), 0, bytes);
}

/* Times of ROUNDS scans of texts of this size, sorted; the first are a warm-up. */
static void
time_scans(double us[ROUNDS], struct bench *b, struct gh_arena *keep, size_t bytes, bool is_first_stage_alone)
{
    struct gh_str texts[16];

    for (size_t i = 0; i < 16; i++)
        texts[i] = prompt_of(b, keep, bytes, i * 7);
    for (int i = -32; i < ROUNDS; i++) {
        struct gh_shield_verdict v;
        struct gh_scan_piece p;
        struct gh_str text = texts[(unsigned)i % 16];
        struct gh_arena a;
        double start;

        gh_micro_pool_begin(&a, &b->pool);
        start = gh_micro_ns(CLOCK_MONOTONIC) / 1e3;
        if (is_first_stage_alone)
            gh_micro_must(gh_scan_piece(&p, b->model, &a, GH_SHIELD_USER, text, 0) == GH_OK);
        else
            gh_micro_must(gh_shield_scan(&v, b->model, &a, GH_SHIELD_USER, text, 0) == GH_OK);
        if (i >= 0)
            us[i] = gh_micro_ns(CLOCK_MONOTONIC) / 1e3 - start;
    }
    qsort(us, ROUNDS, sizeof *us, gh_micro_by_value);
}

/* The second stage on three full windows. */
static double
time_net(struct bench *b, struct gh_arena *keep)
{
    struct gh_str text = prompt_of(b, keep, TEXT_BYTES, 0);
    struct gh_net_word words[GH_NET_WORDS];
    static double us[ROUNDS];
    int32_t out[GH_NET_OUTPUTS];
    struct gh_scan_piece p;
    struct gh_arena a;
    size_t n;

    gh_micro_pool_begin(&a, &b->pool);
    gh_micro_must(gh_scan_piece(&p, b->model, &a, GH_SHIELD_USER, text, 0) == GH_OK && p.asked.n > 0);
    for (int i = 0; i < ROUNDS && b->model->net.word != NULL; i++) {
        double start = gh_micro_ns(CLOCK_MONOTONIC) / 1e3;

        for (size_t k = 0; k < GH_SCAN_BEST; k++) {
            n = gh_net_words(words, &p.views.view[0].words, 0, GH_NET_WORDS);
            gh_net_ask(out, &b->model->net, words, n, 0);
        }
        us[i] = gh_micro_ns(CLOCK_MONOTONIC) / 1e3 - start;
    }
    qsort(us, ROUNDS, sizeof *us, gh_micro_by_value);
    return us[ROUNDS / 2];
}

static double
share_asked(struct bench *b)
{
    size_t asked = 0;

    for (size_t i = 0; i < b->n; i++) {
        struct gh_shield_verdict v;
        struct gh_arena a;

        gh_micro_pool_begin(&a, &b->pool);
        gh_micro_must(gh_shield_scan(&v, b->model, &a, GH_SHIELD_USER, b->texts[i], 0) == GH_OK);
        asked += v.is_second_stage;
    }
    return (double)asked / (double)b->n;
}

int
main(void)
{
    struct bench b = {.pool = {malloc(GH_SHIELD_SCRATCH_MAX), GH_SHIELD_SCRATCH_MAX, 0, 0}};
    static double first[ROUNDS], two[ROUNDS], sixteen[ROUNDS];
    struct gh_arena keep;
    struct gh_str bytes = {NULL, 0};
    bool is_avx2 = false;

    gh_arena_init(&keep, gh_heap(), 256u << 20);
    gh_micro_must(b.pool.memory != NULL && gh_file_read(&bytes, &keep, AT_FDCWD, GATEHOUSE_MODEL, 32u << 20) == GH_OK);
    gh_micro_must(gh_shield_open(&b.model, &keep, bytes, NULL) == GH_OK);
    read_texts(&b, &keep, GATEHOUSE_TEXTS);
    gh_micro_must(b.n > 0);
#if defined(__x86_64__)
    is_avx2 = __builtin_cpu_supports("avx2") != 0;
#endif
    time_scans(first, &b, &keep, TEXT_BYTES, true);
    time_scans(two, &b, &keep, 2048, false);
    time_scans(sixteen, &b, &keep, LONG_BYTES, false);
    printf("{\"stage1_us_kb\":%.2f,\"prompt_2kb_us\":{\"p50\":%.1f,\"p99\":%.1f},\"prompt_16kb_us\":{\"p50\":%.1f,\"p99\":%.1f},"
           "\"stage2_us\":%.1f,"
           "\"stage2_share\":%.4f,\"texts\":%zu,\"is_avx2\":%s}\n",
        first[ROUNDS / 2] * 1024 / TEXT_BYTES, two[ROUNDS / 2], two[ROUNDS * 99 / 100], sixteen[ROUNDS / 2],
        sixteen[ROUNDS * 99 / 100], time_net(&b, &keep), share_asked(&b), b.n, is_avx2 ? "true" : "false");
    return 0;
}
