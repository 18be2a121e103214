/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline_fix: a corrected copy of each template that has fails with an edit in their row. The text stays as it is but for the places that
 * change: a value is replaced, or a member is put in front of the others of its object. One round makes the edits that do not touch
 * one another; the copy is read and judged again, until nothing more can be done. Never in place.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/redact.h"
#include "cli/baseline_int.h"
#include "host/host.h"

#define ROUNDS_MAX  32
#define EDITS_MAX   4096 /* of one round */
#define ARENA_MAX   ((size_t)512 << 20)
#define SECRETS_MAX 256
#define AHEAD_MAX   400 /* lines within which two texts must meet again */

struct edit {
    uint32_t at, n;     /* bytes that go, in json.text */
    struct gh_str text; /* what comes                  */
};

struct fixer {
    struct gh_input *in;
    struct gh_arena *a;
    struct gh_report rep; /* the report's waivers, and this round's file alone */
    struct gh_report_file *file;
    struct edit edit[EDITS_MAX];
    size_t n;
};

/* ---- one edit ---- */

static gh_json_ref
find_member(const struct gh_json *j, gh_json_ref object, struct gh_str name)
{
    for (gh_json_ref m = gh_json_first(j, object); m != GH_JSON_NO; m = gh_json_next(j, object, m)) {
        const struct gh_json_node *key = &j->nodes[m - 1];
        if (gh_str_eq_ci(gh_str(j->text.p + key->at + 1, key->end - key->at - 2), name))
            return m;
    }
    return GH_JSON_NO;
}

/* The white space between a line's start and `at`; p is NULL when something else stands there. */
static struct gh_str
indent_of(const struct gh_json *j, uint32_t at)
{
    uint32_t from = at;

    while (from > 0 && (j->text.p[from - 1] == ' ' || j->text.p[from - 1] == '\t'))
        from--;
    if (from == 0 || j->text.p[from - 1] != '\n')
        return (struct gh_str){NULL, 0};
    return gh_str(j->text.p + from, at - from);
}

/* "name": value for what is left of the path: objects within objects. */
static void
put_nested(struct gh_buf *b, struct gh_str name, struct gh_str path, const char *json)
{
    unsigned depth = 0;

    do {
        gh_buf_putz(b, depth++ > 0 ? "{\"" : "\"");
        gh_buf_put(b, name);
        gh_buf_putz(b, "\": ");
    } while (gh_expr_segment(&name, &path));
    gh_buf_putz(b, json);
    while (--depth > 0)
        gh_buf_putc(b, '}');
}

static bool
insert(struct fixer *x, struct edit *e, gh_json_ref object, struct gh_str name, struct gh_str path, const char *json)
{
    const struct gh_json *j = &x->in->doc.json;
    gh_json_ref first = gh_json_first(j, object);
    struct gh_str indent = first == GH_JSON_NO ? (struct gh_str){NULL, 0} : indent_of(j, j->nodes[first - 1].at);
    struct gh_buf b;

    gh_buf_init(&b, x->a, 65536);
    if (indent.p != NULL)
        gh_buf_putc(&b, '\n');
    gh_buf_put(&b, indent);
    put_nested(&b, name, path, json);
    if (first != GH_JSON_NO)
        gh_buf_putz(&b, indent.p != NULL ? "," : ", ");
    *e = (struct edit){j->nodes[object].at + 1, 0, gh_buf_str(&b)};
    return b.rc == GH_OK;
}

/* From the resource's object along the path: what is there is replaced, what is not is put in. */
static bool
plan(struct fixer *x, struct edit *e, gh_json_ref object, struct gh_str path, const char *json)
{
    const struct gh_json *j = &x->in->doc.json;
    struct gh_str name;

    while (gh_expr_segment(&name, &path)) {
        gh_json_ref m = find_member(j, object, name);
        if (gh_str_chr(name, '*') != SIZE_MAX || gh_json_type(j, object) != GH_JSON_OBJECT)
            return false;
        if (m == GH_JSON_NO)
            return insert(x, e, object, name, path, json);
        if (path.n == 0 || gh_json_type(j, m) == GH_JSON_NULL) {
            struct gh_buf b;
            gh_buf_init(&b, x->a, 65536);
            gh_buf_putz(&b, json);
            *e = (struct edit){j->nodes[m].at, j->nodes[m].end - j->nodes[m].at, gh_buf_str(&b)};
            return path.n == 0;
        }
        object = m;
    }
    return false;
}

static void
on_result(void *ctx, const struct gh_result *r)
{
    struct fixer *x = ctx;
    const struct gh_value *root = r->resource == GH_INPUT_NONE ? NULL : &x->in->resource[r->resource].root;
    struct gh_report_result asked = {.r = *r};

    if (r->outcome != GH_OUTCOME_FAIL || root == NULL || root->doc != &x->in->doc || root->made != NULL)
        return;
    asked.waiver = gh_baseline_waiver_of(&x->rep, &asked);
    if (gh_report_is_waived(&asked)) /* somebody wants it so */
        return;
    for (size_t i = 0; i < GH_RULE_EDITS_MAX && r->rule->edit[i].path != NULL; i++) {
        struct edit e;
        bool is_free = x->n < EDITS_MAX && plan(x, &e, root->node, gh_str_z(r->rule->edit[i].path), r->rule->edit[i].json);
        for (size_t k = 0; is_free && k < x->n; k++)
            is_free = e.at + e.n < x->edit[k].at || e.at > x->edit[k].at + x->edit[k].n;
        if (is_free)
            x->edit[x->n++] = e;
    }
}

static int
by_place(const void *x, const void *y)
{
    const struct edit *a = x, *b = y;

    return (a->at > b->at) - (a->at < b->at);
}

/* One round over `text`: *out is the edited text, or empty when there was nothing to do. */
static enum gh_rc
one_round(struct gh_str *out, struct gh_arena *a, struct gh_str text, const struct gh_doc *parameters, const struct gh_report *rep)
{
    struct fixer *x = gh_arena_take(a, sizeof *x);
    struct gh_report_file *file = gh_arena_take(a, sizeof *file);
    struct gh_input *in;
    struct gh_buf b;
    uint32_t at = 0;
    enum gh_rc rc;

    *out = (struct gh_str){NULL, 0};
    if (x == NULL || file == NULL)
        return GH_NOMEM;
    in = &file->input;
    x->in = in;
    x->a = a;
    x->rep = *rep;
    x->file = file;
    x->rep.file = &x->file;
    x->rep.n_files = 1;
    if ((rc = gh_input_read(in, a, text, parameters, NULL)) != GH_OK || (rc = gh_judge_run(in, rep->config, on_result, x)) != GH_OK)
        return rc;
    if (x->n == 0)
        return GH_OK;
    qsort(x->edit, x->n, sizeof x->edit[0], by_place);
    gh_buf_init(&b, a, GH_DOC_BYTES_MAX);
    for (size_t i = 0; i < x->n; i++) {
        gh_buf_put(&b, gh_str_sub(text, at, x->edit[i].at + in->doc.skipped - at));
        gh_buf_put(&b, x->edit[i].text);
        at = x->edit[i].at + x->edit[i].n + in->doc.skipped;
    }
    gh_buf_put(&b, gh_str_sub(text, at, SIZE_MAX));
    *out = gh_buf_str(&b);
    return b.rc;
}

/* ---- how two texts differ ---- */

struct lines {
    struct gh_str *line;
    size_t n;
};

static bool
split(struct lines *l, struct gh_arena *a, struct gh_str text)
{
    size_t n = 1, from = 0;

    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    if ((l->line = gh_arena_take_array(a, n, sizeof *l->line)) == NULL)
        return false;
    for (l->n = 0; from < text.n; l->n++) {
        size_t end = gh_str_chr(gh_str_sub(text, from, SIZE_MAX), '\n');
        l->line[l->n] = gh_str_sub(text, from, end);
        from = end == SIZE_MAX ? text.n : from + end + 1;
    }
    return true;
}

/* How many lines go and come until both texts are at the same line again: the fewest together. */
static void
meet(size_t *gone, size_t *come, const struct lines *a, size_t i, const struct lines *b, size_t k)
{
    for (size_t sum = 1; sum < AHEAD_MAX; sum++) {
        for (size_t g = 0; g <= sum; g++) {
            size_t c = sum - g;
            bool at_end = i + g == a->n && k + c == b->n;
            if (at_end || (i + g < a->n && k + c < b->n && gh_str_eq(a->line[i + g], b->line[k + c]))) {
                *gone = g;
                *come = c;
                return;
            }
        }
    }
    *gone = a->n - i;
    *come = b->n - k;
}

/* Texts that are not shown: what a rule found to be secret, and what stands under the name of a credential. They stay in the copy. */
struct secrets {
    struct gh_str text[SECRETS_MAX]; /* as written, with quotes */
    size_t n;
    bool is_full;
};

static void
add_secret(struct secrets *s, const struct gh_json *j, gh_json_ref v)
{
    struct gh_str text = gh_str_sub(j->text, j->nodes[v].at, j->nodes[v].end - j->nodes[v].at);

    if (text.n <= 2 || text.p[1] == '[') /* nothing, or an expression */
        return;
    for (size_t i = 0; i < s->n; i++)
        if (gh_str_eq(s->text[i], text))
            return;
    if (s->n == SECRETS_MAX)
        s->is_full = true;
    else
        s->text[s->n++] = text;
}

/* A key's value ends behind the key's next node; a value's next node is the one behind it. */
static bool
is_key(const struct gh_json *j, gh_json_ref v)
{
    return j->nodes[v].type == GH_JSON_STRING && j->nodes[v].next > v + 1;
}

/* The value, or all texts in it. */
static void
add_secrets_in(struct secrets *s, const struct gh_json *j, gh_json_ref v)
{
    for (gh_json_ref i = v; i < j->n && j->nodes[i].at < j->nodes[v].end; i++)
        if (j->nodes[i].type == GH_JSON_STRING && !is_key(j, i))
            add_secret(s, j, i);
}

static bool
is_credential(struct gh_str key)
{
    static const char *const names[] = {"credentials", "key", "apiKey", "api-key", "secret", "password", "adminPassword", "token",
        "connectionString", "sasToken", "accountKey", "accessKey", "clientSecret", "primaryKey", "secondaryKey"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (gh_str_eq_ci(key, gh_str_z(names[i])))
            return true;
    return false;
}

static gh_json_ref
node_at(const struct gh_json *j, uint32_t at)
{
    uint32_t low = 0, high = j->n;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (j->nodes[mid].at < at)
            low = mid + 1;
        else
            high = mid;
    }
    return low < j->n && j->nodes[low].at == at ? low : GH_JSON_NO;
}

/* What stands as the value of a vault's secret or of a named value. */
static void
add_secret_values(struct secrets *s, struct gh_input *in)
{
    static const char *const types[] = {"Microsoft.KeyVault/vaults/secrets", "Microsoft.ApiManagement/service/namedValues"};

    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        uint32_t n;
        const uint32_t *list = gh_input_of_type(&n, in, gh_str_z(types[t]));
        for (uint32_t i = 0; i < n; i++) {
            struct gh_value v = gh_expr_path(&in->eval, in->resource[list[i]].root, "properties.value");
            if (v.doc == &in->doc && v.node != GH_JSON_NO)
                add_secrets_in(s, &in->doc.json, v.node);
        }
    }
}

static void
find_secrets(struct secrets *s, const struct gh_report *rep, struct gh_report_file *file)
{
    const struct gh_json *j = &file->input.doc.json;

    s->n = 0;
    s->is_full = false;
    add_secret_values(s, &file->input);
    for (gh_json_ref i = 0; i + 1 < j->n; i++)
        if (is_key(j, i) && is_credential(gh_str_sub(j->text, j->nodes[i].at + 1, j->nodes[i].end - j->nodes[i].at - 2)))
            add_secrets_in(s, j, i + 1);
    for (size_t i = file->first; i < file->first + file->n; i++) {
        const struct gh_result *r = &rep->result[i].r;
        bool is_hidden = gh_str_eq(r->found, GH_STR("(hidden)")) || (r->rule->is_secret && r->outcome == GH_OUTCOME_FAIL);
        gh_json_ref v = is_hidden && r->at >= file->input.doc.skipped ? node_at(j, r->at - file->input.doc.skipped) : GH_JSON_NO;
        if (v != GH_JSON_NO && v > 0)
            add_secrets_in(s, j, v);
    }
}

#define PIECE_MAX 8192u

/* Up to the next tab, else so much that a text is not cut in two. */
static size_t
piece_of(struct gh_str s)
{
    size_t tab = gh_str_chr(s, '\t'), n = s.n < PIECE_MAX ? s.n : PIECE_MAX;

    if (tab != SIZE_MAX && tab <= n)
        return tab;
    for (size_t i = n; n < s.n && i > 1; i--)
        if (s.p[i - 1] == '"')
            return i;
    return n;
}

/* The rest goes through the one formatter that knows passwords in addresses, tokens, keys. */
static void
put_plain(FILE *f, struct gh_str s)
{
    char mem[4 * PIECE_MAX + 16];
    struct gh_buf b;

    while (s.n > 0) {
        size_t n = piece_of(s);
        gh_buf_init_fixed(&b, mem, sizeof mem);
        gh_redact_put(&b, gh_str_sub(s, 0, n), 4 * PIECE_MAX);
        fwrite(mem, 1, b.n, f);
        s = gh_str_sub(s, n, SIZE_MAX);
        for (; s.n > 0 && s.p[0] == '\t'; s = gh_str_sub(s, 1, SIZE_MAX))
            fputc('\t', f);
    }
}

static void
put_line(FILE *f, char sign, struct gh_str line, const struct secrets *secrets)
{
    fputc(sign, f);
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    while (line.n > 0) {
        size_t at = line.n, n = 0;
        for (size_t i = 0; i < secrets->n; i++) {
            size_t hit = gh_str_find(line, secrets->text[i]);
            if (hit != SIZE_MAX && hit < at) {
                at = hit;
                n = secrets->text[i].n;
            }
        }
        put_plain(f, gh_str_sub(line, 0, at));
        fputs(n > 0 ? "\"(hidden)\"" : "", f);
        line = gh_str_sub(line, at + n, SIZE_MAX);
    }
    fputc('\n', f);
}

static void
put_lines(FILE *f, char sign, const struct lines *l, size_t from, size_t n, const struct secrets *secrets)
{
    for (size_t i = from; i < from + n && i < l->n; i++)
        put_line(f, sign, l->line[i], secrets);
}

/* Unified, with up to three lines around each change. */
static void
put_diff(FILE *f, const struct lines *a, const struct lines *b, const struct secrets *secrets)
{
    size_t i = 0, k = 0, shown = 0, gone, come; /* up to `shown` lines of the old text stand in a change before this */

    while (i < a->n || k < b->n) {
        size_t before, after = 0;
        if (i < a->n && k < b->n && gh_str_eq(a->line[i], b->line[k])) {
            i++;
            k++;
            continue;
        }
        meet(&gone, &come, a, i, b, k);
        before = i - shown < 3 ? i - shown : 3;
        while (after < 3 && i + gone + after < a->n && k + come + after < b->n &&
               gh_str_eq(a->line[i + gone + after], b->line[k + come + after]))
            after++;
        fprintf(f, "@@ -%zu,%zu +%zu,%zu @@\n", i - before + 1, before + gone + after, k - before + 1, before + come + after);
        put_lines(f, ' ', a, i - before, before, secrets);
        put_lines(f, '-', a, i, gone, secrets);
        put_lines(f, '+', b, k, come, secrets);
        put_lines(f, ' ', a, i + gone, after, secrets);
        i += gone + after;
        k += come + after;
        shown = i;
    }
}

/* ---- files ---- */

/* DIR/NAME.json, or NAME.fixed.json beside the template. False: too long. */
static bool
name_copy(char *out, size_t n, const char *path, const char *dir)
{
    struct gh_str s = gh_str_z(path);
    const char *name = strrchr(path, '/');
    int len;

    if (dir != NULL) {
        len = snprintf(out, n, "%s/%s", dir, name == NULL ? path : name + 1);
    } else {
        if (s.n > 5 && gh_str_eq_ci(gh_str_sub(s, s.n - 5, 5), GH_STR(".json")))
            s.n -= 5;
        len = snprintf(out, n, "%.*s.fixed.json", (int)s.n, s.p);
    }
    return len > 0 && (size_t)len < n;
}

static int
write_copy(const struct gh_report *rep, struct gh_report_file *file, struct gh_str was, struct gh_str text, const char *out_dir,
    FILE *diff, struct gh_arena *a)
{
    struct secrets secrets;
    struct lines old, new;
    struct stat st, own;
    char path[4096];

    if (!name_copy(path, sizeof path, file->path, out_dir))
        return gh_cli_fail(GH_EXIT_UNABLE, "the name of the corrected copy is too long", file->path, NULL);
    if (stat(path, &st) == 0 && stat(file->path, &own) == 0 && st.st_ino == own.st_ino && st.st_dev == own.st_dev)
        return gh_cli_fail(GH_EXIT_UNABLE, "--fix never writes over the template itself", path, "give another directory by --out");
    if (gh_file_replace(AT_FDCWD, path, 0644, text) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "the corrected copy cannot be written", path,
            "--out names a directory that is there and can be written");
    if (!split(&old, a, was) || !split(&new, a, text))
        return gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
    fprintf(diff, "--- %s\n+++ %s\n", file->path, path);
    find_secrets(&secrets, rep, file);
    if (secrets.is_full)
        fputs("(too many secrets stand in it for the difference to be shown)\n", diff);
    else
        put_diff(diff, &old, &new, &secrets);
    return GH_EXIT_DONE;
}

static int
fix_file(const struct gh_report *rep, struct gh_report_file *file, const char *out_dir, FILE *diff)
{
    struct gh_doc *parameters;
    struct gh_str text, next, original, given;
    bool is_changed = false;
    enum gh_rc rc = GH_OK;
    gh_auto_arena a;

    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    if (gh_baseline_read(&text, &a, file->path) != GH_EXIT_DONE || (parameters = gh_arena_take(&a, sizeof *parameters)) == NULL)
        return GH_EXIT_UNABLE;
    if (file->parameters != NULL &&
        (gh_baseline_read(&given, &a, file->parameters) != GH_EXIT_DONE || gh_doc_read(parameters, &a, given, NULL) != GH_OK))
        return GH_EXIT_UNABLE;
    original = text;
    for (int i = 0; i < ROUNDS_MAX && rc == GH_OK; i++) {
        rc = one_round(&next, &a, text, file->parameters != NULL ? parameters : NULL, rep);
        if (rc != GH_OK || next.p == NULL || gh_str_eq(next, text))
            break;
        text = next;
        is_changed = true;
    }
    if (rc != GH_OK)
        return gh_cli_fail(
            GH_EXIT_UNABLE, "the template cannot be corrected", file->path, "out of memory, or its corrected form is no template");
    return is_changed ? write_copy(rep, file, original, text, out_dir, diff, &a) : GH_EXIT_DONE;
}

int
gh_baseline_fix(const struct gh_report *rep, const char *out_dir, FILE *diff)
{
    int status = GH_EXIT_DONE;

    for (size_t i = 0; i < rep->n_files; i++) {
        struct gh_report_file *file = rep->file[i];
        bool is_again = i > 0 && strcmp(rep->file[i - 1]->path, file->path) == 0; /* with another parameter file */
        if (file->input.shape != GH_INPUT_TEMPLATE || is_again || strcmp(file->path, "-") == 0)
            continue;
        if (fix_file(rep, file, out_dir, diff) != GH_EXIT_DONE)
            status = GH_EXIT_UNABLE;
    }
    return status;
}
