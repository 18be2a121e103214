/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/json: the one JSON reader (RFC 8259, strict). One pass over the text gives a flat array of nodes with offsets into
 * it; nothing is copied. Refused: duplicate keys (after unescaping), bad UTF-8, lone surrogates (also as \u escapes), numbers
 * outside the grammar or so large that readers disagree on them, control characters, a byte order mark, anything behind the value,
 * more depth, nodes or bytes than base/limits.h allows.
 * Depth is a small array, not recursion.
 *
 * The nodes: a container is followed by its members; an object's member is a key node and then its value. `next` is the
 * index of the node behind the whole value, so siblings are walked without reading what lies between.
 */
#ifndef GH_WIRE_JSON_H
#define GH_WIRE_JSON_H

#include "base/arena.h"
#include "base/buf.h"

enum gh_json_type { GH_JSON_NONE = 0, GH_JSON_NULL, GH_JSON_FALSE, GH_JSON_TRUE, GH_JSON_NUMBER, GH_JSON_STRING, GH_JSON_ARRAY,
                    GH_JSON_OBJECT };

struct gh_json_node {
    uint32_t at;      /* offset of the first byte: the quote of a string, the bracket of a container */
    uint32_t end;     /* offset behind the last byte                                                 */
    uint32_t next;    /* index of the node after this value (for a key: of its value)                */
    uint8_t type;     /* enum gh_json_type; a key is a GH_JSON_STRING                                */
    uint8_t has_escape;
    uint16_t count_hint; /* members or elements, saturating at 65535                                 */
};

struct gh_json {
    struct gh_str text; /* borrowed from the caller, must outlive the document */
    struct gh_json_node *nodes;
    uint32_t n;
};

/* A value in a document. Node 0 is the root. An absent value is GH_JSON_NO. */
typedef uint32_t gh_json_ref;
#define GH_JSON_NO UINT32_MAX

/* Reads the whole text. GH_MORE when it ends early, GH_BAD, GH_LIMIT, GH_NOMEM, with the offset in err->at. */
GH_MUST_USE enum gh_rc gh_json_parse(struct gh_json *out, struct gh_arena *a, struct gh_str text, struct gh_err *err);

/* The same within other bounds than those of requests, for files that an operator names. depth at most GH_JSON_DEPTH_FILE_MAX. */
struct gh_json_bounds {
    uint32_t bytes, nodes, depth;
};
GH_MUST_USE enum gh_rc gh_json_parse_within(struct gh_json *out, struct gh_arena *a, struct gh_str text, const struct gh_json_bounds *bounds,
    struct gh_err *err);

enum gh_json_type gh_json_type(const struct gh_json *j, gh_json_ref v); /* GH_JSON_NONE for GH_JSON_NO */

/* The member of object `v` with this name (compared after unescaping), or GH_JSON_NO; also when `v` is no object. */
gh_json_ref gh_json_get(const struct gh_json *j, gh_json_ref v, struct gh_str key);

/* Walk of a container: first element (array) or first value (object), then its siblings; GH_JSON_NO at the end. */
gh_json_ref gh_json_first(const struct gh_json *j, gh_json_ref v);
gh_json_ref gh_json_next(const struct gh_json *j, gh_json_ref container, gh_json_ref v);
/* The key of an object's value, unescaped: borrowed from the text, or from the arena if it held escapes. */
GH_MUST_USE enum gh_rc gh_json_key(struct gh_str *out, struct gh_arena *a, const struct gh_json *j, gh_json_ref value);

/* The text of a value exactly as it stands. */
struct gh_str gh_json_raw(const struct gh_json *j, gh_json_ref v);

/* Unescaped string: a slice of the text when it has no escapes, else a copy in the arena. GH_BAD if it is no string. */
GH_MUST_USE enum gh_rc gh_json_str(struct gh_str *out, struct gh_arena *a, const struct gh_json *j, gh_json_ref v);

/* An integer without fraction or exponent. GH_BAD for anything else, GH_LIMIT outside int64. */
GH_MUST_USE enum gh_rc gh_json_i64(int64_t *out, const struct gh_json *j, gh_json_ref v);

/* Short forms for records of known shape: absent or null leaves *out as it was and is GH_OK; another type is GH_BAD. */
GH_MUST_USE enum gh_rc gh_json_opt_str(struct gh_str *out, struct gh_arena *a, const struct gh_json *j, gh_json_ref obj, const char *key);
GH_MUST_USE enum gh_rc gh_json_opt_i64(int64_t *out, const struct gh_json *j, gh_json_ref obj, const char *key);
GH_MUST_USE enum gh_rc gh_json_opt_bool(bool *out, const struct gh_json *j, gh_json_ref obj, const char *key);

/*
 * The one writer. Commas are its business: open, key, value, close. Everything goes to `out`, whose sticky error covers all.
 */
struct gh_jsonw {
    struct gh_buf *out;
    uint64_t need_comma; /* a bit for each open level */
    uint32_t depth;
    bool after_key;
};

void gh_jsonw_init(struct gh_jsonw *w, struct gh_buf *out);
void gh_jsonw_obj(struct gh_jsonw *w);
void gh_jsonw_arr(struct gh_jsonw *w);
void gh_jsonw_end(struct gh_jsonw *w, char bracket); /* '}' or ']' */
void gh_jsonw_key(struct gh_jsonw *w, const char *key);
void gh_jsonw_key_str(struct gh_jsonw *w, struct gh_str key);
void gh_jsonw_str(struct gh_jsonw *w, struct gh_str s); /* escapes; invalid UTF-8 becomes U+FFFD */
void gh_jsonw_i64(struct gh_jsonw *w, int64_t v);
void gh_jsonw_u64(struct gh_jsonw *w, uint64_t v);
void gh_jsonw_bool(struct gh_jsonw *w, bool v);
void gh_jsonw_null(struct gh_jsonw *w);
void gh_jsonw_raw(struct gh_jsonw *w, struct gh_str json); /* text that a reader accepted */
/* key and value at once */
void gh_jsonw_kstr(struct gh_jsonw *w, const char *key, struct gh_str v);
void gh_jsonw_ku64(struct gh_jsonw *w, const char *key, uint64_t v);
void gh_jsonw_kbool(struct gh_jsonw *w, const char *key, bool v);
/* The words of a list "a|b", as tables have them: each a string of the array that is open; or an array of them. */
void gh_jsonw_words(struct gh_jsonw *w, const char *list);
void gh_jsonw_kwords(struct gh_jsonw *w, const char *key, const char *list);

#endif
