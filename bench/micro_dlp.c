/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/micro_dlp: what the output guard costs, on one core, warm: as one JSON object: MB of text a second (medians of rounds), whole and in
 * pieces, and what a stream takes of memory. All detectors are on and hold text back, but where they only log. The text is prose, code and
 * numbers; usage: micro_dlp [FILE]: another one.
 */
#include <stdio.h>

#include "bench/micro.h"
#include "base/limits.h"
#include "patterns/patterns.h"

enum { ROUNDS = 21, TEXT_BYTES = 4 << 20 };

static char text[TEXT_BYTES];
static size_t given, found;

static void
on_text(void *ctx, struct gh_str s)
{
    (void)ctx;
    given += s.n;
}

static void
on_found(void *ctx, const struct gh_dlp_finding *f, struct gh_str s, struct gh_str known, bool is_begin, bool is_end)
{
    (void)ctx;
    (void)f;
    (void)known;
    (void)is_begin;
    given += s.n;
    found += is_end;
}

/* Prose, some code, a few numbers: repeated to the length that is wanted. */
static void
fill(const char *path)
{
    static const char prose[] =
        "The committee met on Tuesday to discuss the budget for 2026. Twelve members were present; the chair opened the meeting at "
        "9.30 and "
        "thanked everybody for coming. \"We have a lot to do,\" she said, \"and little time.\" The first item was the library: "
        "opening hours, "
        "the leaking roof (see page 14), and whether to buy the new catalogue software or to wait another year.\n\n"
        "for (size_t i = 0; i < n; i++) {\n    total += prices[i] * (1.0 + rate / 100);\n    if (total > LIMIT)\n        return "
        "-1;\n}\n\n"
        "Mr. Okafor asked how the costs compare with those of last year; the treasurer will send the figures by e-mail. Further "
        "reading: "
        "[the report](https://www.example.org/reports/library?year=2025), chapter 3.\n\n";
    FILE *f = path == NULL ? NULL : fopen(path, "re");
    size_t n = f == NULL ? 0 : fread(text, 1, sizeof(text), f);

    if (f != NULL)
        (void)fclose(f);
    if (n == 0) {
        memcpy(text, prose, sizeof(prose) - 1);
        n = sizeof(prose) - 1;
    }
    for (size_t i = n; i < sizeof(text); i++)
        text[i] = text[i - n];
}

static void
scan(const struct gh_dlp_rules *rules, struct gh_patterns_stream *engine, struct gh_patterns_scratch *scratch, size_t piece)
{
    static char window[GH_DLP_WINDOW_BYTES];
    static const struct gh_dlp_sink sink = {NULL, on_text, on_found};
    struct gh_dlp_stream s;

    gh_micro_must(gh_patterns_stream_reset(engine) == GH_OK);
    gh_dlp_stream_init(&s, rules, &sink, window);
    for (size_t at = 0; at < sizeof(text); at += piece) {
        size_t n = sizeof(text) - at < piece ? sizeof(text) - at : piece;
        gh_micro_must(gh_patterns_feed(&s, engine, scratch, gh_str(text + at, n), at + n == sizeof(text)) == GH_OK);
    }
}

static double
median(const struct gh_dlp_rules *rules, struct gh_patterns_stream *engine, struct gh_patterns_scratch *scratch, size_t piece)
{
    double took[ROUNDS];

    for (size_t i = 0; i < ROUNDS; i++) {
        double from = gh_micro_ns(CLOCK_THREAD_CPUTIME_ID) / 1e9;
        scan(rules, engine, scratch, piece);
        took[i] = gh_micro_ns(CLOCK_THREAD_CPUTIME_ID) / 1e9 - from;
    }
    gh_micro_must(given > 0);
    qsort(took, ROUNDS, sizeof(took[0]), gh_micro_by_value);
    return (double)sizeof(text) / took[ROUNDS / 2] / 1e6;
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        size_t piece;
        bool is_held;
    } cases[] = {{"scan_mb_s", sizeof(text), true}, {"scan_logged_mb_s", sizeof(text), false},
        {"scan_180_byte_pieces_mb_s", 180, true}, {"scan_tokens_mb_s", 5, true}};
    struct gh_patterns *p;
    struct gh_err err = {0};

    fill(argc > 1 ? argv[1] : NULL);
    if (gh_patterns_load(&p, GATEHOUSE_PATTERNS, &err) != GH_OK) {
        fprintf(stderr, "micro_dlp: %s: %s\n", GATEHOUSE_PATTERNS, err.what);
        return 1;
    }
    struct gh_patterns_scratch *scratch = gh_patterns_scratch_new(p);
    struct gh_patterns_stream *engine = gh_patterns_stream_open(p);
    gh_micro_must(scratch != NULL && engine != NULL);
    printf("{");
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        const struct gh_dlp_rules rules = {.types = GH_DLP_PATTERNS, .held = cases[c].is_held ? GH_DLP_PATTERNS : 0};
        printf("\"%s\":%.1f,", cases[c].name, median(&rules, engine, scratch, cases[c].piece));
    }
    printf("\"text_bytes\":%zu,\"stream_bytes\":%zu}\n", sizeof(text),
        sizeof(struct gh_dlp_stream) + GH_DLP_WINDOW_BYTES + gh_patterns_stream_bytes(p));
    gh_patterns_stream_close(engine);
    gh_patterns_scratch_free(scratch);
    gh_patterns_free(p);
    return 0;
}
