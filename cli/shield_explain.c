/* SPDX-License-Identifier: Apache-2.0 */
/* cli/shield_explain: one text, and how the shield came to its verdict: readings, windows, and the words that weigh most. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "cli/shield.h"
#include "host/host.h"
#include "shield/scan.h"
#include "wire/json.h"

#define WORDS_SHOWN 12
#define OUT_MAX     (8u << 20)

struct weighed {
    uint32_t word;
    int32_t weight;
};

static int
by_weight(const void *pa, const void *pb)
{
    const struct weighed *a = pa, *b = pb;

    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return a->word < b->word ? -1 : a->word > b->word;
}

static void
put_share(struct gh_jsonw *w, const char *key, float v)
{
    char text[32];

    gh_jsonw_key(w, key);
    gh_jsonw_raw(w, gh_str(text, (size_t)snprintf(text, sizeof text, "%.6f", (double)v)));
}

/* A word as the shield reads it: folded letters, one byte each, so letters beyond ASCII are shown as they stand in the text. */
static struct gh_str
shown(const struct gh_words *words, uint32_t i, struct gh_str text)
{
    const struct gh_word *x = &words->word[i];

    return x->script == 0 ? gh_str(words->text + x->text, x->n) : gh_str_sub(text, x->at, x->end - x->at);
}

static void
put_words(struct gh_jsonw *w, struct gh_arena *a, const struct gh_shield_model *m, enum gh_shield_kind kind,
    const struct gh_scan_piece *p, const struct gh_scan_window *window, struct gh_str text)
{
    const struct gh_words *words = &p->views.view[window->view_index].words;
    struct weighed *all = gh_arena_take_array(a, window->to, sizeof *all);
    struct gh_feature_state state = {0};
    uint32_t ids[GH_FEATURE_WORD_MAX];

    if (all == NULL)
        return;
    for (uint32_t i = 0; i < window->to; i++) {
        all[i].word = i;
        for (size_t k = 0, n = gh_feature_word(ids, &state, words, i); k < n; k++)
            all[i].weight += m->linear[kind][ids[k]];
    }
    qsort(all + window->from, window->to - window->from, sizeof *all, by_weight);
    gh_jsonw_key(w, "words");
    gh_jsonw_arr(w);
    for (uint32_t i = window->from; i < window->to && i < window->from + WORDS_SHOWN && all[i].weight > 0; i++) {
        const struct gh_word *x = &words->word[all[i].word];

        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "word", shown(words, all[i].word, text));
        gh_jsonw_key(w, "weight");
        gh_jsonw_i64(w, all[i].weight);
        gh_jsonw_ku64(w, "at", x->at);
        gh_jsonw_ku64(w, "end", x->end);
        gh_jsonw_kbool(w, "mended", (x->flags & GH_WORD_MENDED) != 0);
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, ']');
}

static void
put_window(struct gh_jsonw *w, struct gh_arena *a, const struct gh_shield_model *m, enum gh_shield_kind kind,
    const struct gh_scan_piece *p, const struct gh_scan_window *window, struct gh_str text)
{
    struct gh_net_word words[GH_NET_WORDS];
    int32_t net[GH_NET_OUTPUTS];

    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "view", gh_str_z(gh_view_names[window->view]));
    gh_jsonw_ku64(w, "at", window->at);
    gh_jsonw_ku64(w, "end", window->end);
    gh_jsonw_key(w, "sum");
    gh_jsonw_i64(w, window->sum);
    put_share(w, "score", (float)gh_model_curve_at(&m->kind[kind].first, window->sum) / 65535.0f);
    if (m->net.word != NULL && window->to - window->from <= GH_NET_WORDS) {
        size_t n = gh_net_words(words, &p->views.view[window->view_index].words, window->from, window->to);

        gh_net_ask(net, &m->net, words, n, (unsigned)kind * 8u + (unsigned)window->view);
        gh_jsonw_key(w, "second_stage");
        gh_jsonw_i64(w, net[0]);
    }
    put_words(w, a, m, kind, p, window, text);
    gh_jsonw_end(w, '}');
}

static void
put_view(struct gh_jsonw *w, const struct gh_view *v)
{
    const uint32_t *count = v->words.count;

    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "view", gh_str_z(gh_view_names[v->id]));
    gh_jsonw_ku64(w, "words", v->words.n);
    gh_jsonw_ku64(
        w, "mended", (uint64_t)count[GH_WORDS_LOOKALIKE] + count[GH_WORDS_LEET] + count[GH_WORDS_JOINED] + count[GH_WORDS_JUMBLED]);
    gh_jsonw_ku64(w, "invisible", (uint64_t)count[GH_WORDS_HIDDEN] + count[GH_WORDS_TAGS] + count[GH_WORDS_SELECTORS]);
    if (v->id != GH_VIEW_PLAIN)
        gh_jsonw_kstr(w, "text", v->text);
    gh_jsonw_end(w, '}');
}

/* Views and windows of one piece after the other, as members of the two arrays. */
static enum gh_rc
put_pieces(struct gh_jsonw *w, const struct gh_shield_model *m, enum gh_shield_kind kind, struct gh_str text, bool is_views)
{
    for (size_t at = 0; at < text.n;) {
        size_t end = gh_scan_piece_end(text, at);
        gh_auto_arena a;
        struct gh_scan_piece p;
        enum gh_rc rc;

        gh_arena_init(&a, gh_heap(), 2 * GH_SHIELD_SCRATCH_MAX);
        if ((rc = gh_scan_piece(&p, m, &a, kind, gh_str_sub(text, at, end - at), (uint32_t)at)) != GH_OK)
            return rc;
        for (size_t i = 0; is_views && i < p.views.n; i++)
            put_view(w, &p.views.view[i]);
        for (size_t i = 0; !is_views && i < p.best.n; i++)
            put_window(w, &a, m, kind, &p, &p.best.w[i], text);
        at = end == text.n ? end : gh_scan_piece_next(at, end);
    }
    return GH_OK;
}

static enum gh_rc
put_all(struct gh_jsonw *w, const struct gh_shield_model *m, enum gh_shield_kind kind, struct gh_str text)
{
    struct gh_shield_verdict v;
    enum gh_rc rc = gh_cli_shield_judge(&v, m, kind, text);

    if (rc != GH_OK)
        return rc;
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "kind", gh_str_z(gh_shield_kind_names[kind]));
    put_share(w, "score", v.score);
    put_share(w, "threshold", v.threshold);
    gh_jsonw_kbool(w, "attack", v.is_attack);
    gh_jsonw_kstr(w, "class", gh_str_z(gh_shield_class_names[v.class_]));
    gh_jsonw_kbool(w, "second_stage", v.is_second_stage);
    gh_jsonw_ku64(w, "at", v.at);
    gh_jsonw_ku64(w, "end", v.end);
    gh_jsonw_kstr(w, "model", gh_shield_info(m)->version);
    gh_jsonw_key(w, "views");
    gh_jsonw_arr(w);
    rc = put_pieces(w, m, kind, text, true);
    gh_jsonw_end(w, ']');
    gh_jsonw_key(w, "windows");
    gh_jsonw_arr(w);
    if (rc == GH_OK)
        rc = put_pieces(w, m, kind, text, false);
    gh_jsonw_end(w, ']');
    gh_jsonw_end(w, '}');
    return rc != GH_OK ? rc : w->out->rc;
}

/* ---- the same for people ---- */

static struct gh_str
text_of(const struct gh_json *j, struct gh_arena *a, gh_json_ref v, const char *key)
{
    struct gh_str s = {NULL, 0};
    gh_json_ref x = gh_json_get(j, v, gh_str_z(key));

    if (gh_json_str(&s, a, j, x) == GH_OK)
        return s;
    return gh_json_raw(j, x);
}

/* Control characters of a text that somebody else wrote do nothing to the terminal. */
static void
print_text(struct gh_str s, size_t most)
{
    for (size_t i = 0; i < s.n && i < most; i++)
        putchar((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f ? ' ' : s.p[i]);
}

static void
print_views(const struct gh_json *j, struct gh_arena *a)
{
    gh_json_ref views = gh_json_get(j, 0, GH_STR("views"));

    for (gh_json_ref v = gh_json_first(j, views); v != GH_JSON_NO; v = gh_json_next(j, views, v)) {
        struct gh_str name = text_of(j, a, v, "view"), words = text_of(j, a, v, "words"), mended = text_of(j, a, v, "mended");

        printf("  %-10.*s %5.*s words, %.*s mended", (int)name.n, name.p, (int)words.n, words.p, (int)mended.n, mended.p);
        if (gh_json_get(j, v, GH_STR("text")) != GH_JSON_NO) {
            fputs(": ", stdout);
            print_text(text_of(j, a, v, "text"), 100);
        }
        putchar('\n');
    }
}

static void
print_windows(const struct gh_json *j, struct gh_arena *a)
{
    gh_json_ref windows = gh_json_get(j, 0, GH_STR("windows"));

    for (gh_json_ref v = gh_json_first(j, windows); v != GH_JSON_NO; v = gh_json_next(j, windows, v)) {
        struct gh_str name = text_of(j, a, v, "view"), at = text_of(j, a, v, "at"), end = text_of(j, a, v, "end"),
                      score = text_of(j, a, v, "score");
        gh_json_ref words = gh_json_get(j, v, GH_STR("words"));

        printf(
            "  %.*s  bytes %.*s to %.*s of %.*s:", (int)score.n, score.p, (int)at.n, at.p, (int)end.n, end.p, (int)name.n, name.p);
        for (gh_json_ref x = gh_json_first(j, words); x != GH_JSON_NO; x = gh_json_next(j, words, x)) {
            putchar(' ');
            print_text(text_of(j, a, x, "word"), 40);
        }
        putchar('\n');
    }
}

static int
print_table(struct gh_str text, struct gh_arena *a)
{
    struct gh_json j;
    struct gh_str attack, class, score, threshold, kind;

    if (gh_json_parse(&j, a, text, NULL) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "the text cannot be shown", NULL, "try -o json");
    attack = text_of(&j, a, 0, "attack");
    class = text_of(&j, a, 0, "class");
    score = text_of(&j, a, 0, "score");
    threshold = text_of(&j, a, 0, "threshold");
    kind = text_of(&j, a, 0, "kind");
    printf("%s as %.*s: score %.*s, threshold %.*s", gh_str_eq(attack, GH_STR("true")) ? "an attack" : "no attack", (int)kind.n,
        kind.p, (int)score.n, score.p, (int)threshold.n, threshold.p);
    if (gh_str_eq(attack, GH_STR("true")))
        printf(", class %.*s", (int)class.n, class.p);
    puts("\nreadings:");
    print_views(&j, a);
    puts("windows, and the words that weigh most:");
    print_windows(&j, a);
    return GH_EXIT_DONE;
}

int
gh_cli_shield_explain(struct gh_cli *c)
{
    const char *path = c->n_operands > 0 && strcmp(c->operand[0], "-") != 0 ? c->operand[0] : NULL,
               *word = gh_cli_value(c, GH_OPTION_KIND), *format = gh_cli_value(c, GH_OPTION_OUTPUT);
    enum gh_shield_kind kind = GH_SHIELD_USER;
    gh_auto_arena a;
    struct gh_shield_model *m;
    struct gh_jsonw w;
    struct gh_buf b;
    struct gh_str text;
    enum gh_rc rc;

    gh_arena_init(&a, gh_heap(), 256u << 20);
    if (word != NULL && !gh_cli_shield_kind(&kind, gh_str_z(word)))
        return gh_cli_fail(GH_EXIT_UNABLE, "kind is none of user, document, tool_output", word, NULL);
    if (gh_cli_shield_open(&m, &a, c) != GH_EXIT_DONE)
        return GH_EXIT_UNABLE;
    rc = path != NULL ? gh_file_read(&text, &a, AT_FDCWD, path, GH_JSON_BYTES_MAX)
                      : gh_read_all(&text, &a, STDIN_FILENO, GH_JSON_BYTES_MAX);
    if (rc != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, rc == GH_LIMIT ? "the text is too long" : "cannot be read", path, NULL);
    gh_buf_init(&b, &a, OUT_MAX);
    gh_jsonw_init(&w, &b);
    if ((rc = put_all(&w, m, kind, text)) != GH_OK)
        return gh_cli_fail(
            GH_EXIT_UNABLE, rc == GH_LIMIT ? "the text is too long to be explained" : "the text cannot be judged", path, NULL);
    if (format == NULL || strcmp(format, "table") == 0)
        return print_table(gh_buf_str(&b), &a);
    if (strcmp(format, "json") != 0)
        return gh_cli_fail(GH_EXIT_UNABLE, "-o is table or json", format, NULL);
    printf("%.*s\n", (int)b.n, b.p);
    return GH_EXIT_DONE;
}
