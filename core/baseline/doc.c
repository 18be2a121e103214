/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/doc: text into a document. What JSON has not but templates have (a mark in front, comments) is turned into blanks, so that offsets stay. */
#include "baseline/doc.h"

#include "base/limits.h"

#define MARK_BYTES 512u

static const struct gh_json_bounds bounds = {GH_DOC_BYTES_MAX, GH_DOC_NODES_MAX, GH_JSON_DEPTH_FILE_MAX};

/* The place behind `n` bytes that begin at `from`; a character is each byte that does not continue one. */
static struct gh_doc_place
place_behind(struct gh_doc_place from, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\n')
            from = (struct gh_doc_place){from.line + 1, 1};
        else
            from.column += ((unsigned char)p[i] & 0xc0) != 0x80;
    }
    return from;
}

/* Where the string that begins at `at` ends. */
static size_t
string_end(struct gh_str s, size_t at)
{
    for (at++; at < s.n && s.p[at] != '"'; at++)
        at += s.p[at] == '\\';
    return at < s.n ? at + 1 : s.n;
}

/* Where the comment that begins at `at` ends; `at` itself when it is none. */
static size_t
comment_end(struct gh_str s, size_t at)
{
    struct gh_str rest = gh_str_sub(s, at, SIZE_MAX);
    size_t n = SIZE_MAX;

    if (gh_str_starts(rest, GH_STR("//")) && (n = gh_str_chr(rest, '\n')) == SIZE_MAX)
        return s.n;
    if (gh_str_starts(rest, GH_STR("/*")) && (n = gh_str_find(rest, GH_STR("*/"))) != SIZE_MAX)
        n += 2;
    return n == SIZE_MAX ? at : at + n;
}

/* A copy without comments: blanks in their place, line ends kept. p is NULL when there are none, or no memory. */
static struct gh_str
without_comments(enum gh_rc *rc, struct gh_arena *a, struct gh_str text)
{
    struct gh_str copy = {NULL, 0};

    for (size_t at = 0; at < text.n;) {
        size_t end = text.p[at] == '/' ? comment_end(text, at) : at;

        if (text.p[at] == '"') {
            at = string_end(text, at);
            continue;
        }
        if (end == at) {
            at++;
            continue;
        }
        if (copy.p == NULL && (*rc = gh_arena_dup(&copy, a, text)) != GH_OK)
            return copy;
        for (; at < end; at++)
            if (text.p[at] != '\n')
                ((char *)(uintptr_t)copy.p)[at] = ' ';
    }
    return copy;
}

/* The same for a whole block, which most often has no line end or a few: two counts over it, which compilers make wide. */
static struct gh_doc_place
place_behind_block(struct gh_doc_place from, const char *p)
{
    uint32_t lines = 0, characters = 0;

    for (size_t i = 0; i < MARK_BYTES; i++) {
        lines += p[i] == '\n';
        characters += ((unsigned char)p[i] & 0xc0) != 0x80;
    }
    if (lines == 0)
        return (struct gh_doc_place){from.line, from.column + characters};
    for (size_t i = MARK_BYTES; i-- > 0;) {
        if (p[i] == '\n')
            return place_behind((struct gh_doc_place){from.line + lines, 1}, p + i + 1, MARK_BYTES - i - 1);
    }
    return from;
}

static enum gh_rc
mark_places(struct gh_doc *d, struct gh_arena *a)
{
    struct gh_str text = d->json.text;
    size_t n = text.n / MARK_BYTES + 1;

    if ((d->mark = gh_arena_take_array(a, n, sizeof(*d->mark))) == NULL)
        return GH_NOMEM;
    d->mark[0] = (struct gh_doc_place){1, 1};
    for (size_t i = 1; i < n; i++)
        d->mark[i] = place_behind_block(d->mark[i - 1], text.p + (i - 1) * MARK_BYTES);
    return GH_OK;
}

static enum gh_rc
read_json(struct gh_doc *d, struct gh_arena *a, struct gh_str text, struct gh_err *err)
{
    enum gh_rc rc = gh_json_parse_within(&d->json, a, text, &bounds, err);
    struct gh_str copy;

    if (rc != GH_BAD || err->at >= text.n || text.p[err->at] != '/')
        return rc;
    copy = without_comments(&rc, a, text);
    return copy.p == NULL ? rc : gh_json_parse_within(&d->json, a, copy, &bounds, err);
}

enum gh_rc
gh_doc_read(struct gh_doc *out, struct gh_arena *a, struct gh_str text, struct gh_err *err)
{
    static const char bom[] = "\xef\xbb\xbf";
    uint32_t skipped = gh_str_starts(text, GH_STR("\xef\xbb\xbf")) ? sizeof(bom) - 1 : 0;
    struct gh_err why = {.rc = GH_OK};
    enum gh_rc rc;

    *out = (struct gh_doc){.outer = NULL};
    if (gh_str_starts(text, GH_STR("\xff\xfe")) || gh_str_starts(text, GH_STR("\xfe\xff")))
        return gh_fail(err, GH_BAD, 0, "UTF-16 text: save it as UTF-8");
    rc = read_json(out, a, gh_str_sub(text, skipped, SIZE_MAX), &why);
    if (rc == GH_OK) {
        out->skipped = skipped;
        rc = mark_places(out, a);
        why = (struct gh_err){.what = "no memory"};
    }
    if (rc != GH_OK)
        return gh_fail(err, rc == GH_MORE ? GH_BAD : rc, why.at + skipped, why.what);
    return GH_OK;
}

struct gh_doc_place
gh_doc_text_place(struct gh_str text, uint32_t at)
{
    return place_behind((struct gh_doc_place){1, 1}, text.p, at < text.n ? at : text.n);
}

struct gh_doc_place
gh_doc_place(const struct gh_doc *d, uint32_t at)
{
    struct gh_str text = d->json.text;
    size_t n = at < d->skipped ? 0 : at - d->skipped, mark;

    n = n < text.n ? n : text.n;
    mark = n / MARK_BYTES;
    return place_behind(d->mark[mark], text.p + mark * MARK_BYTES, n - mark * MARK_BYTES);
}

uint32_t
gh_doc_at(const struct gh_doc *d, gh_json_ref v)
{
    if (d->outer != NULL)
        return d->outer_at;
    return v < d->json.n ? d->json.nodes[v].at + d->skipped : 0;
}
