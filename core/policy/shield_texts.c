/* SPDX-License-Identifier: Apache-2.0 */
/* policy/shield_policy: the texts of a conversation, by kind; and bytes that are hidden in one. */
#include "policy/shield_policy.h"

#include "base/codec.h"

struct list {
    struct gh_shield_text *item;
    size_t n, cap;
    struct gh_arena *a;
};

static bool
is_joined(const struct gh_shield_text *t)
{
    return t->is_seam || t->is_for_doubt;
}

static enum gh_rc
add(struct list *l, struct gh_shield_text text)
{
    if (text.text.n == 0 && !is_joined(&text))
        return GH_OK;
    if (l->n == l->cap) {
        size_t cap = l->cap == 0 ? 16 : l->cap * 2;
        struct gh_shield_text *more = gh_arena_take_array(l->a, cap, sizeof(*more));
        if (more == NULL)
            return GH_NOMEM;
        if (l->n > 0)
            memcpy(more, l->item, l->n * sizeof(*more));
        l->item = more;
        l->cap = cap;
    }
    l->item[l->n++] = text;
    return GH_OK;
}

/* ---- documents inside a user's message ---- */

#define OPENS  GH_STR("\"\"\"<documents>")
#define CLOSES GH_STR("</documents>\"\"\"")

/* Where `what` begins in `s`, from `from` on; SIZE_MAX: nowhere. */
static size_t
find(struct gh_str s, size_t from, struct gh_str what)
{
    for (size_t i = from; i + what.n <= s.n; i++) {
        size_t step = gh_str_chr(gh_str_sub(s, i, SIZE_MAX), what.p[0]);
        if (step == SIZE_MAX)
            return SIZE_MAX;
        i += step;
        if (gh_str_eq(gh_str_sub(s, i, what.n), what))
            return i;
    }
    return SIZE_MAX;
}

bool
gh_shield_embedded(size_t *from, size_t *to, struct gh_str text, size_t at)
{
    size_t opens = find(text, at, OPENS);

    if (opens == SIZE_MAX)
        return false;
    *from = opens + OPENS.n;
    *to = find(text, *from, CLOSES); /* an opening mark that nobody closes marks nothing */
    return *to != SIZE_MAX;
}

/* A prompt: what stands between the marks is a document, all else the user's. */
static enum gh_rc
add_prompt(struct list *l, size_t part, struct gh_str text)
{
    struct gh_shield_text user = {.part = part, .first = part, .kind = GH_SHIELD_USER},
                          document = {.part = part, .first = part, .kind = GH_SHIELD_DOCUMENT};
    size_t at = 0, from, to;
    enum gh_rc rc = GH_OK;

    while (rc == GH_OK && gh_shield_embedded(&from, &to, text, at)) {
        user.at = at;
        user.text = gh_str_sub(text, at, from - OPENS.n - at);
        document.at = from;
        document.text = gh_str_sub(text, from, to - from);
        if ((rc = add(l, user)) == GH_OK)
            rc = add(l, document);
        at = to + CLOSES.n;
    }
    if (rc != GH_OK)
        return rc;
    user.at = at;
    user.text = gh_str_sub(text, at, SIZE_MAX);
    user.is_whole = at == 0;
    return add(l, user);
}

/* ---- files ---- */

/* Of the front of a "data:" address. */
static bool
is_base64(struct gh_str head)
{
    const struct gh_str word = GH_STR(";base64");

    return head.n >= word.n && gh_str_eq_ci(gh_str_sub(head, head.n - word.n, word.n), word);
}

/* As decoders take base64 that are not strict: with breaks of lines, in the alphabet for addresses, without padding, with bits behind the end. */
static bool
decode_leniently(struct gh_str *out, struct gh_arena *a, struct gh_str in)
{
    char *clean = gh_arena_take_raw(a, in.n + 3);
    size_t n = 0, end = in.n, missing;

    while (end > 0 && gh_str_chr(GH_STR("=\r\n\t"), in.p[end - 1]) != SIZE_MAX)
        end--;
    for (size_t i = 0; clean != NULL && i < end; i++)
        if (gh_str_chr(GH_STR("\r\n\t"), in.p[i]) == SIZE_MAX)
            clean[n++] = in.p[i] == '-' ? '+' : in.p[i] == '_' ? '/' : in.p[i];
    n -= n % 4 == 1; /* six bits are no byte */
    missing = (4 - n % 4) % 4;
    if (clean == NULL)
        return false;
    memset(clean + n, 'A', missing); /* no bits; the bytes that they make are cut off */
    if (gh_b64_decode(out, a, gh_str(clean, n + missing)) != GH_OK)
        return false;
    *out = gh_str_sub(*out, 0, out->n - missing);
    return true;
}

/* "data:text/plain;base64,...". Bytes of another type are nothing that could be judged here. */
struct gh_str
gh_shield_media_text(struct gh_arena *a, struct gh_str uri)
{
    static const struct gh_str types[] = {GH_STR_INIT("text/"), GH_STR_INIT("application/json"), GH_STR_INIT("application/xml")};
    struct gh_str text, head, rest = gh_str_sub(uri, 5, SIZE_MAX);
    bool is_text;

    if (!gh_str_eq_ci(gh_str_sub(uri, 0, 5), GH_STR("data:")) || gh_str_chr(rest, ',') == SIZE_MAX ||
        !gh_str_cut(&head, &rest, ','))
        return gh_str(NULL, 0);
    is_text = head.n == 0 || head.p[0] == ';';
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        is_text |= gh_str_eq_ci(gh_str_sub(head, 0, types[i].n), types[i]);
    if (!is_text)
        return gh_str(NULL, 0);
    if (!is_base64(head) || (gh_b64_decode(&text, a, rest) != GH_OK && !decode_leniently(&text, a, rest)))
        return rest; /* of what is no base64: whatever the provider makes of it, judged as it stands */
    return text;
}

static enum gh_rc
add_media(struct list *l, size_t part, struct gh_str uri)
{
    struct gh_str text = gh_shield_media_text(l->a, uri);

    if (text.n == 0)
        return GH_OK;
    return add(l, (struct gh_shield_text){.part = part, .first = part, .text = text, .kind = GH_SHIELD_DOCUMENT});
}

/* ---- all of them ---- */

static enum gh_rc
add_part(struct list *l, size_t i, const struct gh_part *p)
{
    struct gh_shield_text text = {.part = i, .first = i, .text = p->text, .is_whole = true, .kind = GH_SHIELD_DOCUMENT};

    switch (p->kind) {
    case GH_PART_PROMPT:
        return add_prompt(l, i, p->text);
    case GH_PART_MEDIA:
        return add_media(l, i, p->text);
    case GH_PART_INSTRUCTION:
        text.is_instruction = true;
        break;
    case GH_PART_DOCUMENT:
        if (p->role == GH_ROLE_TOOL)
            text.kind = GH_SHIELD_TOOL_OUTPUT;
        break;
    case GH_PART_TOOL_ARGUMENTS:
    case GH_PART_TOOL_SCHEMA:
    case GH_PART_NONE:
        break;
    }
    return add(l, text);
}

/* ---- what was split over turns ---- */

bool
gh_shield_is_turn(const struct gh_part *p)
{
    return p->kind == GH_PART_PROMPT && !p->is_label && p->text.n > 0;
}

/* The first part of up to `turns` turns in front of part `end`, no more of them than hold `bytes`; `end`: there is none. */
static size_t
turns_before(const struct gh_conv *conv, size_t end, size_t turns, size_t bytes)
{
    size_t first = end, n = 0, held = 0;

    for (size_t i = end; i > 0 && n < turns && held < bytes; i--) {
        if (!gh_shield_is_turn(&conv->parts[i - 1]))
            continue;
        first = i - 1;
        held += conv->parts[i - 1].text.n + 1;
        n++;
    }
    return first;
}

/* Of the turns in [first, end), a line break behind each. */
static size_t
length_of(const struct gh_conv *conv, size_t first, size_t end)
{
    size_t n = 0;

    for (size_t i = first; i < end; i++)
        n += gh_shield_is_turn(&conv->parts[i]) ? conv->parts[i].text.n + 1 : 0;
    return n;
}

/* The last `bytes` of them. */
static enum gh_rc
put_end(struct gh_buf *out, const struct gh_conv *conv, size_t first, size_t end, size_t bytes)
{
    size_t all = length_of(conv, first, end), skip = all > bytes ? all - bytes : 0,
           n; /* of the first of them: the others are whole */

    for (size_t i = first; i < end; i++) {
        if (!gh_shield_is_turn(&conv->parts[i]))
            continue;
        n = skip < conv->parts[i].text.n ? skip : conv->parts[i].text.n;
        gh_buf_put(out, gh_str_sub(conv->parts[i].text, n, SIZE_MAX));
        gh_buf_putc(out, '\n');
        skip -= n;
    }
    return out->rc;
}

enum gh_rc
gh_shield_join(struct gh_shield_text *t, struct gh_arena *a, const struct gh_conv *conv)
{
    size_t end = t->is_seam ? t->part : t->part + 1, bytes = t->is_seam ? GH_SHIELD_SEAM_BYTES : GH_SHIELD_TURNS_BYTES;
    struct gh_buf b;

    if (!is_joined(t) || t->text.p != NULL)
        return GH_OK;
    gh_buf_init(&b, a, 2 * bytes + 1);
    if (put_end(&b, conv, t->first, end, bytes) == GH_OK && t->is_seam)
        gh_buf_put(&b, gh_str_sub(conv->parts[t->part].text, 0, bytes));
    t->text = gh_buf_str(&b);
    return b.rc;
}

/* Where turn `last` follows on those before it. */
static enum gh_rc
add_seam(struct list *l, const struct gh_conv *conv, size_t last)
{
    size_t first = turns_before(conv, last, GH_SHIELD_TURNS_MAX - 1, GH_SHIELD_SEAM_BYTES);

    return add(l, (struct gh_shield_text){.part = last, .first = first, .kind = GH_SHIELD_USER, .is_seam = true});
}

/* Whether a seam has all that its turns say: neither side of it is cut. */
static bool
is_whole_seam(const struct gh_shield_text *seam, const struct gh_conv *conv)
{
    return length_of(conv, seam->first, seam->part) <= GH_SHIELD_SEAM_BYTES &&
           conv->parts[seam->part].text.n <= GH_SHIELD_SEAM_BYTES;
}

static enum gh_rc
add_turns(struct list *l, const struct gh_conv *conv)
{
    size_t end = conv->n_parts, first = turns_before(conv, end, SIZE_MAX, SIZE_MAX), last = first;
    enum gh_rc rc = GH_OK;

    for (size_t i = first + 1; rc == GH_OK && i < end; i++) /* old ones too: nobody knows whether they ever came as the last */
        if (gh_shield_is_turn(&conv->parts[i]))
            rc = add_seam(l, conv, last = i);
    if (rc != GH_OK || last == first)
        return rc;
    first = turns_before(conv, last + 1, GH_SHIELD_TURNS_MAX, GH_SHIELD_TURNS_BYTES);
    const struct gh_shield_text *seam = &l->item[l->n - 1];
    if (seam->first == first && is_whole_seam(seam, conv))
        return GH_OK;
    return add(l, (struct gh_shield_text){.part = last, .first = first, .kind = GH_SHIELD_USER, .is_for_doubt = true});
}

enum gh_rc
gh_shield_texts(struct gh_shield_text **out, size_t *n, struct gh_arena *a, const struct gh_conv *conv)
{
    struct list l = {.a = a};
    enum gh_rc rc = GH_OK;

    for (size_t i = 0; rc == GH_OK && i < conv->n_parts; i++)
        rc = add_part(&l, i, &conv->parts[i]);
    if (rc == GH_OK)
        rc = add_turns(&l, conv);
    *out = l.item;
    *n = l.n;
    return rc;
}

/* ---- hidden bytes ---- */

#define SELECTORS_MAX 2 /* in a row: one for a letter, one for the mark on it */

/* Both kinds begin with one of two bytes, which texts without them hold rarely: U+FE00-FE0F, U+E0100-E01EF; U+E0000-E007F. */
static size_t
selector(struct gh_str s)
{
    const uint8_t *p = (const uint8_t *)s.p;

    if (s.n >= 3 && p[0] == 0xef && p[1] == 0xb8 && p[2] >= 0x80 && p[2] <= 0x8f)
        return 3;
    return s.n >= 4 && p[0] == 0xf3 && p[1] == 0xa0 && (p[2] >= 0x84 && p[2] <= 0x87) ? 4 : 0;
}

static size_t
tag(struct gh_str s)
{
    const uint8_t *p = (const uint8_t *)s.p;

    return s.n >= 4 && p[0] == 0xf3 && p[1] == 0xa0 && (p[2] == 0x80 || p[2] == 0x81) ? 4 : 0;
}

/* Length of the run of such characters at the front of s. */
static size_t
run(struct gh_str s, size_t (*one)(struct gh_str), size_t *count)
{
    size_t n = 0, step;

    for (*count = 0; (step = one(gh_str_sub(s, n, SIZE_MAX))) > 0; ++*count)
        n += step;
    return n;
}

/* A flag of a region: a black flag, up to six tags, the end of tags (UTS 51, ED-14a). */
static bool
is_flag(struct gh_str text, size_t at, size_t n, size_t count)
{
    return at >= 4 && gh_str_eq(gh_str_sub(text, at - 4, 4), GH_STR("\xf0\x9f\x8f\xb4")) && count <= 7 &&
           gh_str_eq(gh_str_sub(text, at + n - 4, 4), GH_STR("\xf3\xa0\x81\xbf"));
}

bool
gh_shield_is_smuggled(size_t *at, size_t *end, struct gh_str text)
{
    size_t n, count;

    for (size_t i = 0; i<text.n; i += n> 0 ? n : 1) {
        n = 0;
        if ((uint8_t)text.p[i] != 0xef && (uint8_t)text.p[i] != 0xf3)
            continue;
        struct gh_str rest = gh_str_sub(text, i, SIZE_MAX);
        *at = i;
        if ((n = run(rest, tag, &count)) > 0 && !is_flag(text, i, n, count)) {
            *end = i + n;
            return true;
        }
        if (n == 0 && (n = run(rest, selector, &count)) > 0 && count > SELECTORS_MAX) {
            *end = i + n;
            return true;
        }
    }
    *at = *end = 0;
    return false;
}
