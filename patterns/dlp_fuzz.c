/* SPDX-License-Identifier: Apache-2.0 */
/* Property: every byte comes out once and in order, findings lie in the text, do not overlap, and do not depend on the pieces, nor on AVX2. */
#include "fuzz.h"
#include "sweeps.h"

#include "base/codec.h"
#include "dlp/term.h"
#include "patterns/patterns.h"

#define TEXT_MAX (1u << 15)

static struct {
    struct gh_patterns *db[2];
    struct gh_patterns_scratch *scratch[2];
    struct gh_patterns_stream *stream[2];
} self;

static void
open_engines(void)
{
    struct gh_arena a;
    struct gh_buf file;
    struct gh_err err;

    gh_arena_init(&a, gh_test_heap(), 64u << 20);
    gh_buf_init(&file, &a, 8u << 20);
    gh_fuzz_check(gh_patterns_make(&file, &err) == GH_OK);
    for (size_t i = 0; i < 2; i++) {
        gh_fuzz_check(gh_patterns_open(&self.db[i], gh_buf_str(&file), i == 1, &err) == GH_OK);
        self.scratch[i] = gh_patterns_scratch_new(self.db[i]);
        self.stream[i] = gh_patterns_stream_open(self.db[i]);
    }
    gh_arena_fini(&a);
}

struct out {
    struct gh_str in;
    size_t n; /* bytes that came out */
    uint64_t done;
    struct gh_buf found;
};

static void
on_text(void *ctx, struct gh_str s)
{
    struct out *o = ctx;

    gh_fuzz_check(gh_str_eq(s, gh_str_sub(o->in, o->n, s.n)));
    o->n += s.n;
}

static void
on_found(void *ctx, const struct gh_dlp_finding *f, struct gh_str s, struct gh_str known, bool is_begin, bool is_end)
{
    struct out *o = ctx;

    (void)known;
    on_text(ctx, s);
    if (is_begin)
        gh_fuzz_check(f->at >= o->done);
    if (!is_end)
        return;
    gh_fuzz_check(f->end > f->at && f->end <= o->in.n);
    o->done = f->end;
    gh_buf_putc(&o->found, (char)f->type);
    gh_buf_put_le64(&o->found, f->at);
    gh_buf_put_le64(&o->found, f->end);
}

/* Pieces of lengths drawn from `seed` (0: all at once), never inside a character. */
static void
run(struct out *o, struct gh_arena *a, size_t engine, const struct gh_dlp_rules *rules, uint64_t seed)
{
    static char window[GH_DLP_WINDOW_BYTES];
    const struct gh_dlp_sink sink = {o, on_text, on_found};
    struct gh_dlp_stream s;
    size_t at = 0;

    o->n = 0;
    o->done = 0;
    gh_buf_init(&o->found, a, 8u << 20);
    gh_dlp_stream_init(&s, rules, &sink, window);
    gh_fuzz_check(gh_patterns_stream_reset(self.stream[engine]) == GH_OK);
    do {
        size_t n = o->in.n - at;
        seed = seed * UINT64_C(6364136223846793005) + (seed != 0);
        if (seed != 0 && n > (seed >> 59) + 1)
            n = (size_t)(seed >> 59) + 1;
        while (at + n < o->in.n && ((unsigned char)o->in.p[at + n] & 0xc0) == 0x80)
            n++;
        gh_fuzz_check(
            gh_patterns_feed(&s, self.stream[engine], self.scratch[engine], gh_str_sub(o->in, at, n), at + n == o->in.n) == GH_OK);
        at += n;
    } while (at < o->in.n);
    gh_fuzz_check(o->n == o->in.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct gh_dlp_term terms[] = {
        {GH_STR_INIT("falcon"), GH_DLP_BLOCKED_TERM, true}, {GH_STR_INIT("[EMAIL_1]"), GH_DLP_PLACEHOLDER, false}};
    static const struct gh_str instructions = GH_STR_INIT("the quick brown fox jumps over the lazy dog and then it sleeps");
    struct gh_dlp_rules rules = {.types = UINT32_MAX, .held = UINT32_MAX};
    struct gh_dlp_terms *made;
    struct gh_dlp_shingles *shingles;
    struct gh_arena a;
    struct out whole = {.in = gh_str(data, size > TEXT_MAX ? TEXT_MAX : size)}, other = whole;

    if (self.db[0] == NULL)
        open_engines();
    if (!gh_utf8_is_valid(whole.in)) /* texts come out of JSON */
        return 0;
    gh_arena_init(&a, gh_test_heap(), 256u << 20);
    gh_fuzz_check(
        gh_dlp_terms_make(&made, &a, terms, 2) == GH_OK && gh_dlp_shingles_make(&shingles, &a, 7, &instructions, 1) == GH_OK);
    rules.terms = made;
    rules.shingles = shingles;
    run(&whole, &a, 0, &rules, 0);
    run(&other, &a, 1, &rules, 0);
    gh_fuzz_check(gh_str_eq(gh_buf_str(&whole.found), gh_buf_str(&other.found)));
    for (uint64_t seed = 1; seed < 4; seed++) {
        run(&other, &a, 0, &rules, seed + size * 4);
        gh_fuzz_check(whole.found.rc == GH_OK && gh_str_eq(gh_buf_str(&whole.found), gh_buf_str(&other.found)));
    }
    gh_arena_fini(&a);
    return 0;
}
