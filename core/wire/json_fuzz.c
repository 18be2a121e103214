/* SPDX-License-Identifier: Apache-2.0 */
/* Property: what the reader accepts, the writer can write again, and reading that gives the same document: types, structure, unescaped
 * strings, numbers. What it refuses is refused within the input. */
#include "fuzz.h"
#include "sweeps.h"

#include "base/limits.h"
#include "wire/json.h"

/* A writer walking a document from its first node to its last: for each open container where it ends and whether a key is due. */
struct walk {
    struct gh_jsonw w;
    struct gh_arena *a;
    const struct gh_json *j;
    uint32_t end[GH_JSON_DEPTH_MAX];
    bool is_object[GH_JSON_DEPTH_MAX], is_key_due[GH_JSON_DEPTH_MAX];
    uint32_t depth;
};

static void
close_ended(struct walk *k, uint32_t v)
{
    for (; k->depth > 0 && k->end[k->depth - 1] == v; k->depth--)
        gh_jsonw_end(&k->w, k->is_object[k->depth - 1] ? '}' : ']');
}

static void
open_container(struct walk *k, uint32_t v)
{
    bool is_object = k->j->nodes[v].type == GH_JSON_OBJECT;

    gh_fuzz_check(k->depth < GH_JSON_DEPTH_MAX);
    is_object ? gh_jsonw_obj(&k->w) : gh_jsonw_arr(&k->w);
    k->end[k->depth] = k->j->nodes[v].next;
    k->is_object[k->depth] = k->is_key_due[k->depth] = is_object;
    k->depth++;
}

static void
write_node(struct walk *k, uint32_t v)
{
    enum gh_json_type type = gh_json_type(k->j, v);
    uint32_t level = k->depth - 1;
    struct gh_str s = {NULL, 0};
    bool is_key = k->depth > 0 && k->is_key_due[level];

    if (k->depth > 0 && k->is_object[level])
        k->is_key_due[level] = !k->is_key_due[level];
    if (type == GH_JSON_OBJECT || type == GH_JSON_ARRAY) {
        open_container(k, v);
        return;
    }
    if (type != GH_JSON_STRING) {
        gh_jsonw_raw(&k->w, gh_json_raw(k->j, v));
        return;
    }
    gh_fuzz_check(gh_json_str(&s, k->a, k->j, v) == GH_OK);
    is_key ? gh_jsonw_key_str(&k->w, s) : gh_jsonw_str(&k->w, s);
}

static struct gh_str
rewrite(struct gh_arena *a, const struct gh_json *j)
{
    struct gh_buf out;
    struct walk k = {.a = a, .j = j};

    gh_buf_init(&out, a, 8 * j->text.n + 64);
    gh_jsonw_init(&k.w, &out);
    for (uint32_t v = 0; v < j->n; v++) {
        close_ended(&k, v);
        write_node(&k, v);
    }
    close_ended(&k, j->n);
    gh_fuzz_check(out.rc == GH_OK && k.depth == 0);
    return gh_buf_str(&out);
}

static void
same(struct gh_arena *a, const struct gh_json *x, const struct gh_json *y)
{
    struct gh_str s, t;

    gh_fuzz_check(x->n == y->n);
    for (uint32_t v = 0; v < x->n; v++) {
        gh_fuzz_check(x->nodes[v].type == y->nodes[v].type && x->nodes[v].next == y->nodes[v].next);
        gh_fuzz_check(x->nodes[v].count_hint == y->nodes[v].count_hint);
        if (gh_json_type(x, v) != GH_JSON_STRING)
            continue;
        gh_fuzz_check(gh_json_str(&s, a, x, v) == GH_OK && gh_json_str(&t, a, y, v) == GH_OK);
        gh_fuzz_check(gh_str_eq(s, t));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a;
    struct gh_json j, again;
    struct gh_err err = {.rc = GH_OK};
    enum gh_rc rc;

    gh_arena_init(&a, gh_test_heap(), 256u << 20);
    rc = gh_json_parse(&j, &a, gh_str(data, size), &err);
    gh_fuzz_check(rc == err.rc && (rc == GH_OK) == (j.n != 0));
    gh_fuzz_check(err.at <= size);
    if (rc == GH_OK) {
        gh_fuzz_check(gh_json_parse(&again, &a, rewrite(&a, &j), NULL) == GH_OK);
        same(&a, &j, &again);
    }
    gh_arena_fini(&a);
    return 0;
}
