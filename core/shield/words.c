/* SPDX-License-Identifier: Apache-2.0 */
/* shield/words: the one pass over the bytes. What mends the words is in words_mend.c. */
#include "shield/words.h"

#include "base/limits.h"
#include "shield/fold.h"
#include "shield/words_int.h"

/* Concept and frequency of the word with the letters p and this hash. */
void
gh_words_find(const struct gh_lexicon *l, const char *p, struct gh_word *x)
{
    uint32_t v;

    if (l->slots == NULL)
        return;
    if ((v = gh_lexicon_find(l, x->hash, GH_LEXICON_WORD)) != 0) {
        x->frequency = (uint8_t)(v >> 8 & 15);
        x->concept = (uint8_t)v;
    }
    if (x->concept != 0 || x->n < 4 || !gh_lexicon_stem_gate(l, gh_lexicon_three(p)))
        return;
    for (uint32_t k = x->n < 10 ? x->n : 10; k >= 3; k--)
        if ((v = gh_lexicon_find(l, gh_lexicon_hash(p, k, x->script), GH_LEXICON_STEM)) != 0) {
            x->concept = (uint8_t)v;
            return;
        }
}

void
gh_words_look_up(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *x)
{
    const char *p = w->text + x->text;
    uint32_t known = x->script == 0 ? gh_words_known_at(l, p, x->n) : 0;

    x->concept = x->frequency = 0;
    x->known = 0;
    x->plain = GH_WORD_LOOK;
    if (known != 0) {
        gh_words_take_known(x, &l->known[known], known);
        if ((x->flags & (GH_WORD_LONG | GH_WORD_MENDED)) != 0)
            x->plain = GH_WORD_LOOK;
        return;
    }
    x->hash = gh_lexicon_hash(p, x->n, x->script);
    gh_words_find(l, p, x);
}

uint32_t
gh_words_put_text(struct gh_words *w, const char *p, size_t n)
{
    uint32_t at = w->n_text + 1;

    if (n + 10 > w->cap_text - w->n_text) /* mended words have used the room up: what is written over is judged no more */
        at = 1;
    w->text[at - 1] = ' ';
    memcpy(w->text + at, p, n);
    memset(w->text + at + n, ' ', 8);
    if (at != 1)
        w->n_text = at + (uint32_t)n + 1;
    return at;
}

/* A word written in look-alikes is taken for the Latin one: when it mixes scripts, or when only the Latin reading is a known word. */
static bool
is_lookalike(const struct gh_words_reader *r)
{
    char pad[GH_WORD_LETTERS_MAX + 8] = {0};
    uint32_t h;

    if ((r->is_mixed & 2) == 0 || (r->is_mixed & 4) != 0 || r->n_letters < 2)
        return false;
    if ((r->is_mixed & 1) != 0)
        return true;
    h = gh_lexicon_hash(r->letters, r->n_letters, r->now.script);
    if (gh_lexicon_find(r->lexicon, h, GH_LEXICON_WORD) != 0)
        return false;
    memcpy(pad, r->latin, r->n_letters);
    h = gh_lexicon_hash(pad, r->n_letters, 0);
    return gh_lexicon_find(r->lexicon, h, GH_LEXICON_WORD) != 0;
}

static void
close_word(struct gh_words_reader *r)
{
    struct gh_words *w = r->w;
    struct gh_word *x;

    if (!r->is_open)
        return;
    r->is_open = false;
    if (w->n >= w->cap)
        return;
    x = &w->word[w->n++];
    *x = r->now;
    x->n = (uint8_t)r->n_letters;
    x->at = gh_words_source(r, r->at);
    x->end = gh_words_source_end(r, r->end);
    if (r->is_mixed > 1) {
        memset(r->letters + r->n_letters, 0, 8);
        if (is_lookalike(r)) {
            memcpy(r->letters, r->latin, r->n_letters);
            x->script = 0;
            x->flags |= GH_WORD_MENDED;
            w->count[GH_WORDS_LOOKALIKE]++;
        } else if ((r->is_mixed & 6) != 0) {
            x->flags |= GH_WORD_FOREIGN;
        }
    }
    if (!r->has_letter)
        x->flags |= GH_WORD_DIGITS;
    else if (!r->has_lower && r->n_letters > 1)
        x->flags |= GH_WORD_CAPS;
    if (r->has_hidden)
        w->count[GH_WORDS_HIDDEN_INSIDE]++;
    memset(r->letters + r->n_letters, ' ', 8);
    w->n_text = x->text + x->n + 1;
    gh_words_look_up(r->lexicon, w, x);
    if (x->plain != GH_WORD_PLAIN)
        gh_words_note_rare(w, w->n - 1);
    gh_words_note_single(r, x->n == 1);
}

static void
open_word(struct gh_words_reader *r, uint32_t i)
{
    uint8_t before = r->n_signs > 0 ? 1 : 0;

    if (r->w->cap_text - r->w->n_text <
        GH_WORD_LETTERS_MAX + 16) /* cannot be: see cap_text; if it were, old text is written over */
        r->w->n_text = 16;
    r->now = (struct gh_word){.text = r->w->n_text + 1, .flags = r->flags, .before = (uint16_t)(before != 0 ? r->signs | 1 : 0)};
    r->letters = r->w->text + r->now.text;
    r->letters[-1] = ' ';
    r->n_letters = 0;
    r->at = r->end = i;
    r->is_open = true;
    r->has_lower = r->has_letter = r->has_hidden = false;
    r->is_mixed = 0;
    r->signs = r->n_signs = r->flags = 0;
}

static void
put_letter(struct gh_words_reader *r, uint32_t e, uint32_t cp, uint32_t i, uint32_t len)
{
    uint32_t c = e & 0xffff;

    if (!r->is_open)
        open_word(r, i);
    if (r->n_letters == GH_WORD_LETTERS_MAX) {
        r->now.flags |= GH_WORD_LONG;
        close_word(r);
        open_word(r, i);
        r->now.flags |= GH_WORD_LONG;
    }
    if (c < 128) {
        r->letters[r->n_letters] = (char)c;
        r->latin[r->n_letters] = (char)c;
        r->is_mixed |= (uint8_t)(c > '9');
    } else {
        r->letters[r->n_letters] = (char)(0x80 | (c & 0x7f));
        r->latin[r->n_letters] = (char)(e >> 24);
        r->now.script = (uint8_t)(r->now.script + (c >> 7));
        r->is_mixed |= (e >> 24) != 0 ? 2 : 4;
    }
    r->has_letter |= gh_fold_class(e) == GH_FOLD_LETTER;
    r->has_lower |= cp == c; /* folding changes capitals */
    r->n_letters++;
    r->end = i + len;
}

/* One letter of a script without spaces. */
static void
put_ideo(struct gh_words_reader *r, uint32_t e, uint32_t i, uint32_t len)
{
    uint32_t c = e & 0xffff;

    close_word(r);
    open_word(r, i);
    r->letters[0] = (char)(0x80 | (c & 0x7f));
    r->letters[1] = (char)(0x80 | (c >> 7 & 0x7f));
    r->n_letters = 2;
    r->now.script = (uint8_t)(0x80 | c >> 14);
    r->now.flags |= GH_WORD_IDEO;
    r->has_letter = r->has_lower = true;
    r->end = i + len;
    close_word(r);
    r->w->count[GH_WORDS_FOREIGN]++;
}

static void
put_sign(struct gh_words_reader *r, uint32_t c, bool is_line)
{
    struct gh_words *w = r->w;

    if (r->is_open)
        r->now.after = (uint8_t)c;
    close_word(r);
    if (is_line || c == '.' || c == '!' || c == '?' || c == ':' || c == ';')
        r->flags |= GH_WORD_START;
    if (is_line) {
        r->flags |= GH_WORD_LINE;
        return;
    }
    if (r->n_signs < 4) {
        r->signs = (r->signs * 37 + c) & 0xffff;
        r->n_signs++;
    }
    w->count[GH_WORDS_SIGNS]++;
}

/* The run without spaces ends: does it mix letters with digits or signs that stand for letters? */
static void
close_chunk(struct gh_words_reader *r, uint32_t i)
{
    close_word(r);
    if (r->n_chunk > 0 && i - r->chunk_at >= GH_WORDS_RUN_BYTES)
        gh_words_note_run(r, r->chunk_at, i);
    if (r->has_chunk_letter && r->has_chunk_odd && r->n_chunk >= 3 && r->n_chunk <= GH_WORDS_CHUNK_MAX)
        gh_words_mend_leet(
            r->lexicon, r->w, r->chunk_first, r->chunk, r->n_chunk, gh_words_source(r, r->chunk_at), gh_words_source_end(r, i));
    r->n_chunk = 0;
    r->has_chunk_letter = r->has_chunk_odd = false;
    r->chunk_first = r->w->n;
}

static void
put_chunk(struct gh_words_reader *r, uint32_t c, enum gh_fold_class class, uint32_t i)
{
    if (r->n_chunk == 0)
        r->chunk_at = i;
    if (r->n_chunk < GH_WORDS_CHUNK_MAX)
        r->chunk[r->n_chunk] = (char)(c < 128 ? c : 0x7f);
    r->n_chunk++;
    if (class == GH_FOLD_LETTER)
        r->has_chunk_letter = true;
    else
        r->has_chunk_odd |=
            class == GH_FOLD_DIGIT || c == '@' || c == '$' || c == '!' || c == '|' || c == '+' || c == '(' || c == '#';
}

static void
step(struct gh_words_reader *r, uint32_t cp, uint32_t i, uint32_t len)
{
    uint32_t e = gh_fold_entry(cp), c = e & 0xffff;
    enum gh_fold_class class = gh_fold_class(e);
    uint32_t *count = r->w->count;

    switch (class) {
    case GH_FOLD_LETTER:
        count[GH_WORDS_LETTERS]++;
        count[GH_WORDS_FOREIGN] += c > 127;
        put_letter(r, e, cp, i, len);
        put_chunk(r, c < 128 ? c : e >> 24 != 0 ? e >> 24 : 0x7f, class, i);
        break;
    case GH_FOLD_DIGIT:
        put_letter(r, e, cp, i, len);
        put_chunk(r, c, class, i);
        break;
    case GH_FOLD_IDEO:
        close_chunk(r, i);
        put_ideo(r, e, i, len);
        r->chunk_first = r->w->n;
        break;
    case GH_FOLD_SPACE:
        if (r->is_open)
            r->now.after = ' ';
        close_chunk(r, i);
        break;
    case GH_FOLD_NEWLINE:
        close_chunk(r, i);
        put_sign(r, '\n', true);
        break;
    case GH_FOLD_SIGN:
        if (c == '\'' && r->is_open) /* don't is one word */
            break;
        put_sign(r, c, false);
        put_chunk(r, c, class, i);
        break;
    case GH_FOLD_SYMBOL:
        count[GH_WORDS_SYMBOLS]++;
        close_chunk(r, i);
        put_sign(r, 0x7f, false);
        break;
    case GH_FOLD_MARK:
        count[GH_WORDS_MARKS]++;
        break;
    case GH_FOLD_HIDDEN:
        count[GH_WORDS_HIDDEN]++;
        r->has_hidden |= r->is_open;
        break;
    case GH_FOLD_TAG:
        count[GH_WORDS_TAGS]++;
        break;
    case GH_FOLD_SELECTOR:
        count[GH_WORDS_SELECTORS]++;
        break;
    case GH_FOLD_CONTROL:
        count[GH_WORDS_CONTROLS]++;
        break;
    }
}

static enum gh_rc
words_init(struct gh_words *w, struct gh_arena *scratch, size_t n)
{
    *w = (struct gh_words){.cap = (uint32_t)(n / 2 + 4), .cap_text = (uint32_t)(3 * n + 128)};
    w->word = gh_arena_take_raw(scratch, w->cap * sizeof *w->word);
    w->text = gh_arena_take_raw(scratch, w->cap_text);
    w->rare = gh_arena_take_raw(scratch, (w->cap + 1u) * sizeof *w->rare);
    if (w->word == NULL || w->text == NULL || w->rare == NULL)
        return GH_NOMEM;
    memset(w->text, ' ', 24);
    w->n_text = 16;
    return GH_OK;
}

static enum gh_rc
read_words(struct gh_words *out, struct gh_arena *scratch, const struct gh_lexicon *lexicon, struct gh_str text,
    const uint32_t *map, uint32_t base, bool is_bytewise)
{
    struct gh_words_reader r = {.w = out,
        .lexicon = lexicon,
        .p = (const uint8_t *)text.p,
        .n = text.n,
        .map = map,
        .base = base,
        .flags = GH_WORD_START | GH_WORD_LINE};
    enum gh_rc rc = words_init(out, scratch, text.n);
    uint32_t cp;

    if (rc != GH_OK)
        return rc;
    for (size_t i = 0; (i = is_bytewise ? i : gh_words_run(&r, i)) < text.n;)
        do {
            size_t len = gh_fold_next(&cp, r.p + i, text.n - i);

            gh_words_note_sign(out, r.p[i]);
            if (cp == 0xfffd && len == 1)
                out->count[GH_WORDS_BAD_UTF8]++;
            step(&r, cp, (uint32_t)i, (uint32_t)len);
            i += len;
        } while (i < text.n && (r.is_open || r.n_chunk > 0));
    close_chunk(&r, (uint32_t)text.n);
    gh_words_mend(lexicon, out);
    return GH_OK;
}

enum gh_rc
gh_words_read(struct gh_words *out, struct gh_arena *scratch, const struct gh_lexicon *lexicon, struct gh_str text,
    const uint32_t *map, uint32_t base)
{
    return read_words(out, scratch, lexicon, text, map, base, false);
}

enum gh_rc
gh_words_read_bytewise(struct gh_words *out, struct gh_arena *scratch, const struct gh_lexicon *lexicon, struct gh_str text,
    const uint32_t *map, uint32_t base)
{
    return read_words(out, scratch, lexicon, text, map, base, true);
}
