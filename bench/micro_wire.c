/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/micro_wire: what the body of a request and the events of an answer cost, on one core: a JSON object for each line of `cases`, with
 * nanoseconds per operation (median of rounds), bytes of input and blocks of memory that were asked for.
 */
#include <stdio.h>

#include "bench/micro.h"
#include "base/limits.h"
#include "wire/dialect.h"
#include "wire/sse.h"

enum { ROUNDS = 21, ITERATIONS = 2000, ARENA_BYTES = 8 << 20 };

struct bench {
    struct gh_str input;
    const struct gh_dialect *dialect;
    struct gh_micro_pool pool; /* of one request */
};

static void
parse(struct bench *b, struct gh_arena *a)
{
    struct gh_json j;

    gh_micro_must(gh_json_parse(&j, a, b->input, NULL) == GH_OK);
}

static void
read_body(struct bench *b, struct gh_arena *a)
{
    struct gh_json j;
    struct gh_conv c;

    gh_micro_must(gh_json_parse(&j, a, b->input, NULL) == GH_OK);
    gh_micro_must(b->dialect->read(&c, a, &j, NULL) == GH_OK && c.refused == NULL);
}

/* All that stands between a body and the backend. */
static void
forward(struct bench *b, struct gh_arena *a)
{
    struct gh_json j;
    struct gh_conv c;
    struct gh_edits edits = {.arena = a};
    const struct gh_forward how = {.model = GH_STR("gpt-4o-2024-11-20")};
    struct gh_buf out;

    gh_micro_must(gh_json_parse(&j, a, b->input, NULL) == GH_OK);
    gh_micro_must(b->dialect->read(&c, a, &j, NULL) == GH_OK);
    gh_micro_must(b->dialect->plan(&edits, a, &j, &c, &how) == GH_OK);
    gh_buf_init(&out, a, b->input.n + 1024);
    gh_micro_must(gh_dialect_splice(&out, b->input, edits.item, edits.n) == GH_OK);
    gh_micro_must(gh_dialect_check(b->dialect, a, &c, &how, gh_buf_str(&out)) == GH_OK);
}

static void
split_events(struct bench *b, struct gh_arena *a)
{
    struct gh_sse s;
    struct gh_sse_event e;
    struct gh_str in = b->input;

    gh_sse_init(&s, a);
    while (gh_sse_feed(&e, &s, &in) == GH_OK)
        gh_micro_must(e.has_data);
}

static void
understand_event(struct bench *b, struct gh_arena *a)
{
    struct gh_delta d;

    gh_micro_must(b->dialect->delta(&d, a, GH_STR(""), b->input) == GH_OK && d.text.n != 0);
}

#define SENTENCE                                                                                                                   \
    "Tell me about the history of Lisbon, and about the earthquake of 1755.\\nName three sources, in plain words, please. "
#define TURN "{\"role\":\"user\",\"content\":\"" SENTENCE SENTENCE "\"},"
#define CHUNK                                                                                                                      \
    "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"m\",\"choices\":[{\"index\":"  \
    "0,\"delta\":"                                                                                                                 \
    "{\"content\":\" word\"},\"finish_reason\":null}],\"usage\":null}"

#define BODY                                                                                                                       \
    "{\"model\":\"chat\",\"temperature\":0.7,\"stream\":true,\"messages\":[{\"role\":\"system\",\"content\":\"Answer "             \
    "briefly.\"}," TURN TURN TURN TURN TURN TURN TURN "{\"role\":\"user\",\"content\":\"Go on.\"}]}"

static const struct {
    const char *name;
    struct gh_str input;
    void (*run)(struct bench *, struct gh_arena *);
} cases[] = {
    {"json_parse", GH_STR_INIT(BODY), parse},
    {"dialect_read", GH_STR_INIT(BODY), read_body},
    {"dialect_forward", GH_STR_INIT(BODY), forward},
    {"sse_event", GH_STR_INIT("data: " CHUNK "\n\n"), split_events},
    {"delta", GH_STR_INIT(CHUNK), understand_event},
};

static double
round_ns(struct bench *b, void (*run)(struct bench *, struct gh_arena *))
{
    double start = gh_micro_ns(CLOCK_MONOTONIC);

    for (unsigned i = 0; i < ITERATIONS; i++) {
        struct gh_arena a;
        gh_micro_pool_begin(&a, &b->pool);
        run(b, &a);
        gh_arena_fini(&a);
    }
    return (gh_micro_ns(CLOCK_MONOTONIC) - start) / ITERATIONS;
}

static int
ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int
main(void)
{
    struct bench b = {.dialect = gh_dialect_find(GH_SURFACE_OPENAI, GH_OP_CHAT), .pool = {malloc(ARENA_BYTES), ARENA_BYTES, 0, 0}};

    gh_micro_must(b.pool.memory != NULL && b.dialect != NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        double ns[ROUNDS];
        b.input = cases[i].input;
        for (unsigned r = 0; r < ROUNDS; r++)
            ns[r] = round_ns(&b, cases[i].run);
        qsort(ns, ROUNDS, sizeof(*ns), ascending);
        printf(
            "{\"bench\":\"wire\",\"case\":\"%s\",\"ns\":%.0f,\"ns_min\":%.0f,\"bytes\":%zu,\"blocks\":%zu,\"compiler\":\"%s\"}\n",
            cases[i].name, ns[ROUNDS / 2], ns[0], b.input.n, b.pool.blocks, __VERSION__);
    }
    free(b.pool.memory);
    return 0;
}
