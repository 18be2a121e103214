/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline/value: what stands at a place of the input once expressions are reduced. A small value, copied freely; what it points to lives as
 * long as the input's arena.
 *
 * Three kinds of knowing:
 *   known     null, bool, number, string, array, object
 *   opaque    a string that is the same at each deployment step but whose text we cannot have: it holds marks in place of what is not known
 *             ("kv-" and uniqueString(...)). Two opaque strings of the same text are the same string; anything else about the unknown
 *             part is undecided.
 *   unknown   nothing but a reason, and a text that stands for it (`sym`): the same text is the same value
 * Members of an array or object are reduced when they are asked for (expr.h), never before.
 */
#ifndef GH_BASELINE_VALUE_H
#define GH_BASELINE_VALUE_H

#include "baseline/doc.h"

enum gh_value_kind { GH_VALUE_ABSENT = 0, GH_VALUE_UNKNOWN, GH_VALUE_NULL, GH_VALUE_BOOL, GH_VALUE_INT, GH_VALUE_REAL, GH_VALUE_STR,
                     GH_VALUE_ARRAY, GH_VALUE_OBJECT, GH_VALUE_LAMBDA, GH_VALUE_LAZY /* these two within expr*.c alone */ };

/* Marks in opaque strings: MARK body END. A mark of the first kind may be any text, also none; of the second, some text. */
#define GH_MARK_ANY  '\x01'
#define GH_MARK_SOME '\x02'
#define GH_MARK_END  '\x03'

struct gh_env;
struct gh_made;

struct gh_value {
    uint8_t kind;      /* enum gh_value_kind                                                              */
    bool is_opaque;    /* STR: has marks                                                                  */
    bool is_secret;    /* comes from a secure parameter or a list* function                               */
    bool is_some;      /* UNKNOWN: but surely not empty                                                   */
    bool is_expr;      /* was an expression of the template, not written out                              */
    bool is_true;      /* BOOL                                                                            */
    gh_json_ref node;  /* where it is written in `doc`; GH_JSON_NO for what an expression made            */
    const struct gh_doc *doc;
    const struct gh_env *env;   /* of ARRAY and OBJECT in a template: where their expressions are reduced; NULL: there are none */
    const struct gh_made *made; /* ARRAY, OBJECT, LAMBDA that an expression made; NULL: it is `node`      */
    struct gh_str s;            /* STR: text; REAL: as written; UNKNOWN: sym                              */
    int64_t n;                  /* INT                                                                    */
    const char *why;            /* UNKNOWN: literal                                                       */
};

struct gh_member {
    struct gh_str key; /* empty in arrays */
    struct gh_value value;
};

/* An array or object that an expression made. */
struct gh_made {
    struct gh_member *member;
    uint32_t n;
    bool is_open;            /* there may be further members: what is not here is unknown */
    bool is_some;            /* is_open: what is not here is surely not empty             */
    bool is_reduced;         /* no member is lazy                                         */
    const char *why;         /* is_open: literal                                          */
    struct gh_str sym;       /* text that stands for the whole, for symbols of members    */
    struct gh_str names;     /* LAMBDA: of its variables, | between; its operations and environment */
    uint32_t from, to;
    const struct gh_env *env;
};

static inline struct gh_value
gh_value_unknown(const char *why, struct gh_str sym)
{
    return (struct gh_value){.kind = GH_VALUE_UNKNOWN, .why = why, .s = sym, .node = GH_JSON_NO};
}

static inline struct gh_value
gh_value_str(struct gh_str s)
{
    return (struct gh_value){.kind = GH_VALUE_STR, .s = s, .node = GH_JSON_NO};
}

static inline struct gh_value
gh_value_bool(bool is_true)
{
    return (struct gh_value){.kind = GH_VALUE_BOOL, .is_true = is_true, .node = GH_JSON_NO};
}

static inline struct gh_value
gh_value_int(int64_t n)
{
    return (struct gh_value){.kind = GH_VALUE_INT, .n = n, .node = GH_JSON_NO};
}

/* Decided, true, false: how all questions about values are answered. Zero is "not decided". */
enum gh_truth { GH_TRUTH_UNKNOWN = 0, GH_TRUTH_FALSE, GH_TRUTH_TRUE };

static inline enum gh_truth
gh_truth(bool is_true)
{
    return is_true ? GH_TRUTH_TRUE : GH_TRUTH_FALSE;
}

/* Neither absent nor null. */
static inline bool
gh_value_is_set(struct gh_value v)
{
    return v.kind != GH_VALUE_ABSENT && v.kind != GH_VALUE_NULL;
}

/*
 * Is the scalar `v` the text `want`, without regard to case? A bool is "true" or "false", an integer its digits. Undecided for an unknown, for
 * an opaque string that could be it, and for arrays and objects; an absent or null value is no text.
 */
enum gh_truth gh_value_is(struct gh_value v, struct gh_str want);
/* The same for a list "a|b|c". */
enum gh_truth gh_value_is_one(struct gh_value v, struct gh_str list);
enum gh_truth gh_value_begins(struct gh_value v, struct gh_str prefix);
enum gh_truth gh_value_ends(struct gh_value v, struct gh_str suffix);
/* The string holds `part`. */
enum gh_truth gh_value_holds(struct gh_value v, struct gh_str part);
/* Not null, not "", [] or {}. (For an array or object: is it known to have members.) */
enum gh_truth gh_value_has_content(struct gh_value v);
/* An integer, also one written as a string. */
enum gh_truth gh_value_number(int64_t *out, struct gh_value v);
/* Surely the same value, surely not, or undecided. Strings without regard to case when `ci`. Arrays and objects: undecided unless the same text. */
enum gh_truth gh_value_same(struct gh_value a, struct gh_value b, bool ci);

/* For people: known text as it is; marks as {...}; an unknown's symbol. At most `max` bytes. */
void gh_value_show(struct gh_buf *out, struct gh_value v, size_t max);

#endif
