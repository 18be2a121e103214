/* SPDX-License-Identifier: Apache-2.0 */
#include "dlp/stream.h"

#include "dlp/term.h"

/*
 * The window: [behind | held | new]. Candidates are places in it, sorted; the first is judged until one wants more text. When room is
 * wanted, what lies further back than GH_DLP_BEHIND before the first candidate and before what was given is dropped.
 */

void
gh_dlp_stream_init(struct gh_dlp_stream *s, const struct gh_dlp_rules *rules, const struct gh_dlp_sink *sink, char *window)
{
    memset(s, 0, offsetof(struct gh_dlp_stream, cand)); /* candidates are 16 KiB, of which most texts need a few bytes */
    s->rules = rules;
    s->sink = *sink;
    s->window = window;
}

size_t
gh_dlp_stream_held(const struct gh_dlp_stream *s)
{
    return (size_t)(s->base + s->n - s->released);
}

size_t
gh_dlp_piece(struct gh_str text)
{
    size_t n = text.n < GH_DLP_PIECE_BYTES ? text.n : GH_DLP_PIECE_BYTES;

    if (n == text.n)
        return n;
    for (size_t back = 0; back < 4 && n > 1 && ((unsigned char)text.p[n] & 0xc0) == 0x80; back++)
        n--;
    return n;
}

/* ---- candidates ---- */

static void
drop(struct gh_dlp_stream *s, size_t i)
{
    memmove(&s->cand[i], &s->cand[i + 1], (s->n_cand - i - 1) * sizeof(s->cand[0]));
    s->n_cand--;
}

static void
add(void *ctx, enum gh_dlp_detector d, size_t at)
{
    struct gh_dlp_stream *s = ctx;
    uint32_t c = (uint32_t)at * 8 + (uint32_t)d;
    size_t i = s->n_cand;

    if (s->base + at < s->done)
        return;
    while (i > 0 && s->cand[i - 1] > c)
        i--;
    if (i > 0 && s->cand[i - 1] == c)
        return;
    if (s->n_cand == GH_DLP_CANDIDATES_MAX) {
        s->is_lost = true;
        return;
    }
    memmove(&s->cand[i + 1], &s->cand[i], (s->n_cand - i) * sizeof(s->cand[0]));
    s->cand[i] = c;
    s->n_cand++;
}

/* ---- giving ---- */

static void
give_text(struct gh_dlp_stream *s, uint64_t until)
{
    if (until <= s->released)
        return;
    s->sink.text(s->sink.ctx, gh_str(s->window + (s->released - s->base), (size_t)(until - s->released)));
    s->released = until;
}

static void
give_found(struct gh_dlp_stream *s, const struct gh_dlp_finding *f, uint64_t until, bool is_begin, bool is_end)
{
    uint64_t from = f->at > s->released ? f->at : s->released;
    struct gh_str known = is_begin ? gh_str(s->window + (f->at - s->base), (size_t)(until - f->at)) : gh_str(NULL, 0);

    if (is_begin)
        give_text(s, f->at);
    from = until > from ? from : until;
    s->sink.found(s->sink.ctx, f, gh_str(s->window + (from - s->base), (size_t)(until - from)), known, is_begin, is_end);
    s->released = until > s->released ? until : s->released;
    s->done = until;
}

/* ---- judging ---- */

/* Goes on with what is open. False: it is open still, and the view is used up. */
static bool
go_on(struct gh_dlp_stream *s, bool is_last)
{
    size_t from = (size_t)(s->done - s->base);
    size_t n = gh_dlp_body(s->open.type, gh_str(s->window + from, s->n - from), &s->state);
    bool is_end = n < s->n - from || is_last;

    s->open.end = s->done + n;
    give_found(s, &s->open, s->open.end, false, is_end);
    s->is_open = !is_end;
    return is_end;
}

/* Whether a candidate that wants more holds text back. */
static bool
is_holding(const struct gh_dlp_stream *s, enum gh_dlp_detector d)
{
    static const uint32_t by[GH_DLP_DETECTORS] = {
        [GH_DLP_SECRET] = GH_DLP_BIT(GH_DLP_PROVIDER_KEY) | GH_DLP_BIT(GH_DLP_CLOUD_KEY) | GH_DLP_BIT(GH_DLP_PRIVATE_KEY) |
                          GH_DLP_BIT(GH_DLP_JWT) | GH_DLP_BIT(GH_DLP_CONNECTION_STRING),
        [GH_DLP_NUMBER] =
            GH_DLP_BIT(GH_DLP_PHONE) | GH_DLP_BIT(GH_DLP_CARD) | GH_DLP_BIT(GH_DLP_IBAN) | GH_DLP_BIT(GH_DLP_NATIONAL_ID),
        [GH_DLP_MAIL] = GH_DLP_BIT(GH_DLP_EMAIL),
        [GH_DLP_LINK] = GH_DLP_BIT(GH_DLP_EXFIL_LINK),
        [GH_DLP_HIDDEN] = GH_DLP_BIT(GH_DLP_HIDDEN_TEXT),
        [GH_DLP_TERM] = GH_DLP_BIT(GH_DLP_CANARY) | GH_DLP_BIT(GH_DLP_BLOCKED_TERM) | GH_DLP_BIT(GH_DLP_PLACEHOLDER),
        [GH_DLP_SHINGLE] = GH_DLP_BIT(GH_DLP_INSTRUCTIONS),
    };

    return (s->rules->held & by[d]) != 0;
}

/* Judges until one wants more; gives the place from which on text is held. */
static size_t
judge_all(struct gh_dlp_stream *s, struct gh_dlp_view *v)
{
    size_t hold = v->n;
    struct gh_dlp_match m;

    while (s->n_cand > 0) {
        size_t at = s->cand[0] / 8;
        enum gh_dlp_detector d = (enum gh_dlp_detector)(s->cand[0] % 8);
        if (s->base + at < s->done) {
            drop(s, 0);
            continue;
        }
        m = (struct gh_dlp_match){.at = at};
        enum gh_dlp_verdict verdict = gh_dlp_judge(&m, d, s->rules, v, at);
        if (verdict == GH_DLP_MORE) {
            for (size_t i = 0; i < s->n_cand; i++) {
                size_t place = s->cand[i] / 8;
                if (is_holding(s, (enum gh_dlp_detector)(s->cand[i] % 8)) && place < hold)
                    hold = i == 0 && m.at > place ? m.at : place;
            }
            return hold;
        }
        drop(s, 0);
        if (verdict == GH_DLP_NO || (s->rules->types & GH_DLP_BIT(m.type)) == 0 || s->base + m.at < s->done)
            continue;
        struct gh_dlp_finding f = {m.type, s->base + m.at, s->base + m.end};
        give_found(s, &f, f.end, true, verdict == GH_DLP_FOUND);
        if (verdict == GH_DLP_FOUND)
            continue;
        s->open = f;
        s->is_open = true;
        s->state = 0;
        if (!go_on(s, v->is_last))
            break;
    }
    return hold;
}

static void
find_terms(struct gh_dlp_stream *s, const struct gh_dlp_view *v, size_t from)
{
    if (s->rules->terms == NULL)
        return;
    for (size_t i = from; i < v->n; i++)
        if (gh_dlp_terms_begin(s->rules->terms, v, i))
            add(s, GH_DLP_TERM, i);
}

/* ---- */

/* Drops what nobody looks back to. */
static void
make_room(struct gh_dlp_stream *s)
{
    size_t keep = s->n_cand > 0 ? s->cand[0] / 8 : s->n;
    size_t given = (size_t)(s->released - s->base);

    keep = given < keep ? given : keep;
    if (keep <= GH_DLP_BEHIND)
        return;
    size_t gone = keep - GH_DLP_BEHIND;
    memmove(s->window, s->window + gone, s->n - gone);
    s->n -= gone;
    s->base += gone;
    for (size_t i = 0; i < s->n_cand; i++)
        s->cand[i] -= (uint32_t)gone * 8;
}

void
gh_dlp_stream_feed(
    struct gh_dlp_stream *s, struct gh_str piece, const struct gh_dlp_anchor *anchors, size_t n, enum gh_dlp_behind behind)
{
    bool is_last = behind == GH_DLP_ENDS;
    size_t from;

    make_room(s);
    if (piece.n > GH_DLP_WINDOW_BYTES - s->n) { /* the bounds of the detectors add up to less; never lose a byte */
        s->n_cand = 0;
        give_text(s, s->base + s->n);
        make_room(s);
        piece.n = piece.n < GH_DLP_PIECE_BYTES ? piece.n : GH_DLP_PIECE_BYTES;
    }
    from = s->n;
    memcpy(s->window + s->n, piece.p, piece.n);
    s->n += piece.n;
    struct gh_dlp_view v = {s->window, s->n, s->base, is_last};
    for (size_t i = 0; i < n; i++) {
        const struct gh_dlp_anchor_row *row = &gh_dlp_anchor_table[anchors[i].row];
        if ((row->types & s->rules->types) != 0 && anchors[i].end > s->base && anchors[i].end <= s->base + s->n)
            row->begin(&v, (size_t)(anchors[i].end - s->base), add, s);
    }
    gh_dlp_marks_read(s->rules->types, &v, from, add, s);
    find_terms(s, &v, from);
    if (s->rules->shingles != NULL)
        gh_dlp_shingles_read(&s->words, s->rules->shingles, &v, from, add, s);
    if (s->is_open && !go_on(s, is_last))
        return;
    size_t hold = judge_all(s, &v);
    if (s->is_open)
        return;
    size_t done = s->done > s->base ? (size_t)(s->done - s->base) : 0;
    size_t alive = is_last                    ? s->n
                   : behind == GH_DLP_GOES_ON ? gh_dlp_alive_at_least(s->rules, &v, done)
                                              : gh_dlp_alive(s->rules, &v, done);
    hold = is_last ? s->n : alive < hold ? alive : hold;
    if (s->base + hold > s->released)
        give_text(s, s->base + hold);
}
