/* SPDX-License-Identifier: Apache-2.0 */
/* cli/shield: the model file, and `gatehouse shield scan`: JSON Lines in, one verdict a line out, in the same order and as they come. */
#include "cli/shield.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "host/host.h"
#include "supervisor/spawn.h"
#include "wire/json.h"

#define MODEL_MAX  (32u << 20)
#define LINE_BYTES (GH_JSON_BYTES_MAX + 2)
#define LINE_ARENA (6u * GH_JSON_BYTES_MAX)
#define NEXT_MODEL "name a model file with --model, or install the one that comes with this program"

int
gh_cli_shield_open(struct gh_shield_model **out, struct gh_arena *a, const struct gh_cli *c)
{
    const char *path = gh_cli_value(c, GH_OPTION_MODEL), *looked = NULL;
    gh_auto_fd fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : gh_program_open(GH_PROGRAM_SHIELD_MODEL, &looked);
    struct gh_err err = {0};
    struct gh_str bytes;

    if (fd < 0 || gh_read_all(&bytes, a, fd, MODEL_MAX) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "the shield's model cannot be read", path != NULL ? path : looked, NEXT_MODEL);
    if (gh_shield_open(out, a, bytes, &err) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, err.what, path, NEXT_MODEL);
    return GH_EXIT_DONE;
}

bool
gh_cli_shield_kind(enum gh_shield_kind *out, struct gh_str word)
{
    for (size_t k = 0; k < GH_SHIELD_KINDS; k++)
        if (gh_str_eq(word, gh_str_z(gh_shield_kind_names[k]))) {
            *out = (enum gh_shield_kind)k;
            return true;
        }
    return false;
}

enum gh_rc
gh_cli_shield_judge(struct gh_shield_verdict *out, const struct gh_shield_model *m, enum gh_shield_kind kind, struct gh_str text)
{
    size_t at = 0;
    enum gh_rc rc;

    *out = (struct gh_shield_verdict){.score = -1};
    do {
        struct gh_shield_verdict v;
        struct gh_arena scratch;
        struct gh_str piece = gh_str_sub(text, at, GH_SHIELD_TEXT_MAX);

        gh_arena_init(&scratch, gh_heap(), GH_SHIELD_SCRATCH_MAX);
        rc = gh_shield_scan(&v, m, &scratch, kind, piece, 0);
        gh_arena_fini(&scratch);
        if (rc == GH_OK && v.score > out->score) {
            *out = v;
            out->at += v.is_attack ? at : 0;
            out->end += v.is_attack ? at : 0;
        }
        at += GH_SHIELD_TEXT_MAX - GH_SHIELD_OVERLAP_BYTES;
    } while (rc == GH_OK && at + GH_SHIELD_OVERLAP_BYTES < text.n);
    return rc;
}

static uint64_t
now_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static void
put_share(struct gh_jsonw *w, const char *key, float v)
{
    char text[32];

    gh_jsonw_key(w, key);
    gh_jsonw_raw(w, gh_str(text, (size_t)snprintf(text, sizeof text, "%.6f", (double)v)));
}

static void
put_verdict(struct gh_jsonw *w, const struct gh_shield_verdict *v, uint64_t us)
{
    put_share(w, "score", v->score);
    gh_jsonw_kbool(w, "attack", v->is_attack);
    gh_jsonw_key(w, "class");
    if (v->is_attack)
        gh_jsonw_str(w, gh_str_z(gh_shield_class_names[v->class_]));
    else
        gh_jsonw_null(w);
    put_share(w, "threshold", v->threshold);
    gh_jsonw_key(w, "window");
    if (v->is_attack) {
        gh_jsonw_arr(w);
        gh_jsonw_u64(w, v->at);
        gh_jsonw_u64(w, v->end);
        gh_jsonw_end(w, ']');
    } else {
        gh_jsonw_null(w);
    }
    gh_jsonw_ku64(w, "us", us);
}

/* What is asked of a line; NULL, or why it cannot be read. */
static const char *
read_line(enum gh_shield_kind *kind, struct gh_str *text, struct gh_arena *a, const struct gh_json *j)
{
    struct gh_str word = {NULL, 0};

    *kind = GH_SHIELD_USER;
    if (gh_json_type(j, 0) != GH_JSON_OBJECT)
        return "the line is no JSON object";
    if (gh_json_str(text, a, j, gh_json_get(j, 0, GH_STR("text"))) != GH_OK)
        return "the line has no text";
    if (gh_json_opt_str(&word, a, j, 0, "kind") != GH_OK || (word.p != NULL && !gh_cli_shield_kind(kind, word)))
        return "kind is none of user, document, tool_output";
    return NULL;
}

struct gh_str
gh_cli_id_of_bad_line(struct gh_arena *a, struct gh_str line)
{
    size_t at = gh_str_find(line, GH_STR("\"id\":")), n = 0;
    struct gh_str rest = gh_str_sub(line, at == SIZE_MAX ? line.n : at + 5, SIZE_MAX);
    struct gh_json j;

    while (rest.n > 0 && rest.p[0] == ' ')
        rest = gh_str_sub(rest, 1, SIZE_MAX);
    if (rest.n > 0 && rest.p[0] == '"') {
        for (n = 1; n < rest.n && rest.p[n] != '"'; n++)
            n += rest.p[n] == '\\';
        n++;
    } else {
        while (n < rest.n && rest.p[n] != ',' && rest.p[n] != '}' && rest.p[n] != ' ')
            n++;
    }
    if (n == 0 || n > rest.n || gh_json_parse(&j, a, gh_str_sub(rest, 0, n), NULL) != GH_OK)
        return (struct gh_str){NULL, 0};
    return gh_json_type(&j, 0) == GH_JSON_STRING || gh_json_type(&j, 0) == GH_JSON_NUMBER ? gh_json_raw(&j, 0)
                                                                                          : (struct gh_str){NULL, 0};
}

static void
put_id(struct gh_jsonw *w, struct gh_arena *a, const struct gh_json *j, struct gh_str line, bool is_json)
{
    gh_json_ref id = is_json ? gh_json_get(j, 0, GH_STR("id")) : GH_JSON_NO;
    struct gh_str raw =
        is_json ? (id != GH_JSON_NO ? gh_json_raw(j, id) : (struct gh_str){NULL, 0}) : gh_cli_id_of_bad_line(a, line);

    gh_jsonw_key(w, "id");
    if (raw.n == 0)
        gh_jsonw_null(w);
    else
        gh_jsonw_raw(w, raw);
}

/* One line in, one line out; false when it could not be read. */
static bool
answer(const struct gh_shield_model *m, struct gh_str line, bool is_cut)
{
    gh_auto_arena a;
    struct gh_shield_verdict v = {0};
    struct gh_err err = {0};
    struct gh_json j = {0};
    struct gh_jsonw w;
    struct gh_buf b;
    struct gh_str text;
    enum gh_shield_kind kind;
    const char *why = is_cut ? "the line is longer than can be read" : NULL;
    bool is_json = false;
    uint64_t us = 0;

    gh_arena_init(&a, gh_heap(), LINE_ARENA);
    gh_buf_init(&b, &a, LINE_BYTES);
    gh_jsonw_init(&w, &b);
    if (why == NULL) {
        is_json = gh_json_parse(&j, &a, line, &err) == GH_OK;
        why = is_json ? read_line(&kind, &text, &a, &j) : err.what != NULL ? err.what : "the line is no JSON";
    }
    if (why == NULL) {
        us = now_us();
        if (gh_cli_shield_judge(&v, m, kind, text) != GH_OK)
            why = "the text cannot be judged";
        us = now_us() - us;
    }
    gh_jsonw_obj(&w);
    put_id(&w, &a, &j, line, is_json);
    if (why != NULL)
        gh_jsonw_kstr(&w, "error", gh_str_z(why));
    else
        put_verdict(&w, &v, us);
    gh_jsonw_end(&w, '}');
    gh_buf_putc(&b, '\n');
    (void)fwrite(b.p, 1, b.n, stdout);
    (void)fflush(stdout);
    return why == NULL && b.rc == GH_OK;
}

bool
gh_cli_next_line(struct gh_str *out, bool *is_cut, char *mem, size_t cap, FILE *f)
{
    size_t n = 0;
    int c;

    *is_cut = false;
    while ((c = getc_unlocked(f)) != EOF && c != '\n') {
        if (n < cap)
            mem[n++] = (char)c;
        else
            *is_cut = true;
    }
    *out = gh_str(mem, n);
    return c != EOF || n > 0;
}

static void
show_progress(const char *path, FILE *f, size_t lines)
{
    static const char bar[] = "########################################";
    struct stat st;
    long at;

    if (lines % 64 != 0 || !isatty(STDERR_FILENO) || path == NULL || fstat(fileno(f), &st) != 0 || st.st_size <= 0 ||
        (at = ftell(f)) < 0)
        return;
    fprintf(stderr, "\r[%-40.*s] %zu texts", (int)((int64_t)at * 40 / st.st_size), bar, lines);
}

int
gh_cli_shield_scan(struct gh_cli *c)
{
    const char *path = c->n_operands > 0 && strcmp(c->operand[0], "-") != 0 ? c->operand[0] : NULL;
    gh_auto_arena a;
    struct gh_shield_model *m;
    struct gh_str line;
    FILE *f = stdin;
    bool is_cut, is_whole = true;
    char *mem;

    gh_arena_init(&a, gh_heap(), 2 * MODEL_MAX + LINE_BYTES);
    if (!gh_cli_has(c, GH_OPTION_JSONL))
        return gh_cli_fail(
            GH_EXIT_UNABLE, "say --jsonl: texts are read as JSON Lines", NULL, "for one text: gatehouse shield explain FILE");
    if (gh_cli_shield_open(&m, &a, c) != GH_EXIT_DONE)
        return GH_EXIT_UNABLE;
    if ((mem = gh_arena_take_raw(&a, LINE_BYTES)) == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
    if (path != NULL && (f = fopen(path, "re")) == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "cannot be read", path, NULL);
    for (size_t n = 0; gh_cli_next_line(&line, &is_cut, mem, LINE_BYTES, f); n++) {
        show_progress(path, f, n);
        if (line.n > 0 || is_cut)
            is_whole &= answer(m, line, is_cut);
    }
    if (path != NULL && isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    if (ferror(f) != 0 || ferror(stdout) != 0)
        is_whole = false;
    if (f != stdin)
        (void)fclose(f);
    return is_whole ? GH_EXIT_DONE : GH_EXIT_UNABLE;
}
