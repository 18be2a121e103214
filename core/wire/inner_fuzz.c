/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Properties: what is told and what goes on do not depend on how the text was cut, on the room for what is told or on how long it waits; nothing is told beyond that
 * room, and characters stay whole. The strings are told as the JSON reader has them. Where nothing is dropped, what goes on tells the same, and what has no
 * backslash and no control character goes on byte for byte; where strings and numbers of JSON lose some of their bytes, what remains is JSON and tells what was not dropped.
 */
#include "fuzz.h"
#include "sweeps.h"

#include "base/codec.h"
#include "wire/inner.h"
#include "wire/json.h"

/* One way through: numbers are drawn from `seed`; 0: in one piece, with room for all, and each byte goes on at once. */
struct way {
    uint64_t seed;
    uint64_t dropped; /* which bytes are, where they may be; 0: none */
    size_t room;      /* bytes that may wait */
    bool is_utf8;     /* the text is         */
};

struct trace {
    struct gh_buf told, kinds, out;
};

static size_t
draw(uint64_t *seed, size_t most)
{
    if (*seed == 0)
        return most;
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(*seed >> 33) % most + 1;
}

static bool
is_inside_character(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Words (true, null) never are in part. */
static bool
is_of_number(const struct trace *t, size_t at)
{
    if (at > 0 && (t->told.p[at] == 'e' || t->told.p[at] == 'E'))
        at--;
    return memchr("0123456789+-.", t->told.p[at], 13) != NULL;
}

/* Of four places in a row, all or none, and characters whole. */
static bool
is_dropped(const struct trace *t, const struct way *w, size_t at)
{
    if (w->dropped == 0 || (t->kinds.p[at] == GH_INNER_OTHER && !is_of_number(t, at)))
        return false;
    for (unsigned i = 0; i < 3 && at > 0 && is_inside_character(t->told.p[at]); i++)
        at--;
    return ((at / 4 + 1) * w->dropped >> 13 & 3) == 0;
}

/* Tells some more. */
static bool
tell(struct trace *t, struct gh_inner *x, const struct way *w, size_t cap, struct gh_str *rest, bool is_last)
{
    char mem[GH_INNER_BYTES_MAX], *told = mem + sizeof(mem) - cap; /* what is behind is not ours */
    uint64_t from = x->n_read;
    struct gh_str before = *rest;
    size_t n = gh_inner_read(x, told, cap, rest, is_last);

    gh_fuzz_check(n <= cap && x->n_read == from + n && x->n_pending < sizeof(x->pending));
    gh_fuzz_check(rest->n == 0 || (n > 0 && rest->p + rest->n == before.p + before.n));
    gh_buf_put(&t->told, gh_str(told, n));
    for (uint64_t i = from; i < x->n_read; i++)
        gh_buf_putc(&t->kinds, (char)x->kind[i % GH_INNER_BYTES_MAX]);
    gh_fuzz_check(!w->is_utf8 || rest->n == 0 || !is_inside_character(x->n_pending > 0 ? x->pending[0] : rest->p[0]));
    return rest->n > 0 || (is_last && x->n_pending > 0);
}

/* Lets go on, or drops, all but `waiting` bytes. */
static void
give(struct trace *t, struct gh_inner *x, const struct way *w, size_t waiting)
{
    size_t in_string = 0, n = (size_t)(x->n_read - x->n_given);

    while (in_string < n && t->kinds.p[x->n_given + in_string] >= GH_INNER_STRING)
        in_string++;
    gh_fuzz_check(gh_inner_in_string(x, n) == in_string);
    while (x->n_read - x->n_given > waiting) {
        size_t at = (size_t)x->n_given;
        struct gh_str byte = gh_str(t->told.p + at, 1);
        if (is_dropped(t, w, at))
            gh_inner_drop(x, &t->out, byte);
        else
            gh_inner_write(x, &t->out, byte);
        gh_fuzz_check(x->n_given == at + 1);
    }
}

static void
go(struct trace *t, struct gh_arena *a, struct gh_str in, struct way w)
{
    struct gh_inner x = {.n_read = 0};

    gh_buf_init(&t->told, a, 1u << 20);
    gh_buf_init(&t->kinds, a, 1u << 20);
    gh_buf_init(&t->out, a, 8u << 20);
    for (size_t at = 0, n; at < in.n || at == 0; at += n) {
        n = in.n - at > 0 ? draw(&w.seed, in.n - at < 24 || w.seed == 0 ? in.n - at : 24) : 1;
        struct gh_str rest = gh_str_sub(in, at, n);
        bool goes_on = true;
        while (goes_on) {
            size_t cap = w.seed == 0 ? GH_INNER_BYTES_MAX / 2 : 3 + draw(&w.seed, 40);
            goes_on = tell(t, &x, &w, cap, &rest, at + n >= in.n);
            give(t, &x, &w, w.seed == 0 ? 0 : draw(&w.seed, w.room));
        }
    }
    give(t, &x, &w, 0);
    gh_fuzz_check(x.n_pending == 0 && t->told.rc == GH_OK && t->out.rc == GH_OK && t->told.n <= in.n);
}

static void
same(const struct gh_buf *x, const struct gh_buf *y)
{
    gh_fuzz_check(gh_str_eq(gh_buf_str(x), gh_buf_str(y)));
}

/* What the JSON reader says of all strings, one behind the other. */
static void
strings_are_told(const struct trace *t, struct gh_arena *a, const struct gh_json *j)
{
    struct gh_buf want, told;
    struct gh_str s;

    gh_buf_init(&want, a, 1u << 20);
    gh_buf_init(&told, a, 1u << 20);
    for (uint32_t v = 0; v < j->n; v++)
        if (gh_json_type(j, v) == GH_JSON_STRING) {
            gh_fuzz_check(gh_json_str(&s, a, j, v) == GH_OK);
            gh_buf_put(&want, s);
        }
    for (size_t i = 0; i < t->told.n; i++)
        if (t->kinds.p[i] == GH_INNER_STRING)
            gh_buf_putc(&told, t->told.p[i]);
    same(&want, &told);
}

/* The bytes of one kind that were not dropped. */
static void
put_left(struct gh_buf *out, const struct trace *t, const struct way *w, enum gh_inner_kind kind)
{
    for (size_t i = 0; i < t->told.n; i++)
        if (t->kinds.p[i] == (char)kind && !is_dropped(t, w, i))
            gh_buf_putc(out, t->told.p[i]);
}

/* JSON stays JSON: no member is lost, strings have what was not dropped; the numbers are some. */
static void
remains(const struct trace *t, const struct way *w, struct gh_arena *a)
{
    static const struct way none = {.seed = 0};
    struct gh_buf want, got;
    struct gh_json j;
    struct gh_err err;
    struct trace again;
    enum gh_rc rc = gh_json_parse(&j, a, gh_buf_str(&t->out), &err);

    gh_fuzz_check(rc == GH_OK || (w->dropped != 0 && strstr(err.what, "key") != NULL)); /* names may become the same */
    go(&again, a, gh_buf_str(&t->out), none);
    for (int kind = GH_INNER_SIGN; kind <= GH_INNER_STRING; kind += GH_INNER_STRING) {
        gh_buf_init(&want, a, 1u << 20);
        gh_buf_init(&got, a, 1u << 20);
        put_left(&want, t, kind == GH_INNER_SIGN ? &none : w, (enum gh_inner_kind)kind);
        put_left(&got, &again, &none, (enum gh_inner_kind)kind);
        same(&want, &got);
    }
}

/* All ways through, whose bytes are dropped in the same places. */
static void
one_way_or_another(struct trace *whole, struct gh_arena *a, struct gh_str in, uint64_t seed, struct way w)
{
    struct trace cut;

    go(whole, a, in, w);
    for (uint64_t i = 1; i < 4; i++) {
        w.seed = seed * i;
        w.room = i == 1 ? 1 : GH_INNER_BYTES_MAX / 4;
        go(&cut, a, in, w);
        same(&whole->told, &cut.told);
        same(&whole->kinds, &cut.kinds);
        same(&whole->out, &cut.out);
    }
}

/* Nothing is dropped. */
static void
goes_on(const struct trace *whole, struct gh_arena *a, struct gh_str in)
{
    struct trace again;

    go(&again, a, gh_buf_str(&whole->out), (struct way){.seed = 0});
    same(&whole->told, &again.told);
    same(&whole->out, &again.out);
    for (size_t i = 0; i < in.n; i++)
        if (in.p[i] == '\\' || (unsigned char)in.p[i] < ' ')
            return;
    gh_fuzz_check(gh_str_eq(gh_buf_str(&whole->out), in));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a;
    struct gh_str in = gh_str(data, size > 3 * GH_INNER_BYTES_MAX ? 3 * GH_INNER_BYTES_MAX : size);
    const uint64_t seed = (uint64_t)gh_crc32c(0, in) << 1 | 1;
    struct way w = {.is_utf8 = gh_utf8_is_valid(in)};
    struct trace whole;
    struct gh_json j;
    struct gh_err err;

    gh_arena_init(&a, gh_test_heap(), 256u << 20);
    const bool is_json = gh_json_parse(&j, &a, in, &err) == GH_OK;
    for (unsigned round = 0; round < 3; round++) {
        w.dropped = round * seed;
        one_way_or_another(&whole, &a, in, seed, w);
        if (round == 0)
            goes_on(&whole, &a, in);
        if (is_json && round == 0)
            strings_are_told(&whole, &a, &j);
        if (is_json)
            remains(&whole, &w, &a);
    }
    gh_arena_fini(&a);
    return 0;
}
