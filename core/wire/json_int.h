/* SPDX-License-Identifier: Apache-2.0 */
/* wire/json_int: what the files of the JSON reader share alone: the inside of strings, and the keys of objects. */
#ifndef GH_WIRE_JSON_INT_H
#define GH_WIRE_JSON_INT_H

#include "wire/json.h"

/* One escape at the front of `s`, a surrogate pair included: its code point and how many bytes it has. GH_MORE when `s` ends in
 * it, GH_BAD for an unknown letter, bad hex or a lone surrogate. */
GH_MUST_USE enum gh_rc gh_json_escape_read(uint32_t *cp, size_t *used, struct gh_str s);

/* What stands between the quotes of a string node. */
static inline struct gh_str
gh_json_inside(const struct gh_json *j, gh_json_ref v)
{
    return (struct gh_str){j->text.p + j->nodes[v].at + 1, j->nodes[v].end - j->nodes[v].at - 2};
}

/* Order of two texts by their unescaped bytes. One with escapes is an inside that the reader accepted; one without is taken as it is. */
int gh_json_text_cmp_escaped(struct gh_str a, bool a_has_escape, struct gh_str b, bool b_has_escape);

static inline int
gh_json_text_cmp(struct gh_str a, bool a_has_escape, struct gh_str b, bool b_has_escape)
{
    return a_has_escape || b_has_escape ? gh_json_text_cmp_escaped(a, a_has_escape, b, b_has_escape) : gh_str_cmp(a, b);
}

/* The same, asked only whether they are equal: most keys differ in length already. */
static inline bool
gh_json_text_eq(struct gh_str a, bool a_has_escape, struct gh_str b, bool b_has_escape)
{
    return a_has_escape || b_has_escape ? gh_json_text_cmp_escaped(a, a_has_escape, b, b_has_escape) == 0 : gh_str_eq(a, b);
}

/* The same for texts that gh_json_text_cmp calls the same. Not a keyed hash: use it to save work, never to bound it. */
uint32_t gh_json_text_hash(struct gh_str s, bool has_escape);

/* The unescaped bytes of an accepted inside; `out` has room for inside.n. Returns how many. */
size_t gh_json_unescape(char *out, struct gh_str inside);

/* A key to be sorted: hash first, so that most comparisons touch this array alone. */
struct gh_json_key {
    uint32_t hash, node;
};

/* Memory for the keys of large objects, one after the other: two runs of `cap` keys. Zeroed at first, taken when it is needed. */
struct gh_json_keys {
    struct gh_json_key *p;
    uint32_t cap;
};

/* The object at node `object`, the last one of the document so far, has all its members: GH_BAD at a key that was there before. */
GH_MUST_USE enum gh_rc gh_json_keys_check(struct gh_json_keys *scratch, struct gh_arena *a, const struct gh_json *j, gh_json_ref object,
    struct gh_err *err);

#endif
