/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline_find: operands -> files. A directory is walked with a list of what is still to be seen; hidden entries and symbolic links are left out. A
 * parameter file beside its template (main.parameters.json, main.parameters.dev.json beside main.json) is bound to it: the template
 * is judged once with each.
 */
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/baseline_int.h"

#define FILES_MAX     100000
#define FILE_PATH_MAX 4096

static int
add(struct gh_finds *f, const char *path, const char *parameters)
{
    if (f->n == f->cap) {
        size_t cap = f->cap == 0 ? 64 : f->cap * 2;
        struct gh_found *more = cap > 2 * FILES_MAX ? NULL : realloc(f->file, cap * sizeof *more);
        if (more == NULL)
            return gh_cli_fail(GH_EXIT_UNABLE, "too many files", path, NULL);
        f->file = more;
        f->cap = cap;
    }
    f->file[f->n] = (struct gh_found){strdup(path), parameters == NULL ? NULL : strdup(parameters)};
    if (f->file[f->n].path == NULL || (parameters != NULL && f->file[f->n].parameters == NULL))
        return gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
    f->n++;
    return GH_EXIT_DONE;
}

void
gh_baseline_find_fini(struct gh_finds *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->file[i].path);
        free(f->file[i].parameters);
    }
    free(f->file);
}

/* ---- one directory ---- */

struct walk {
    struct gh_finds *f;
    char **dir; /* still to be seen */
    size_t n, cap;
};

static int
later(struct walk *w, const char *path)
{
    if (w->n == w->cap) {
        size_t cap = w->cap == 0 ? 16 : w->cap * 2;
        char **more = cap > 2 * FILES_MAX ? NULL : realloc(w->dir, cap * sizeof *more);
        if (more == NULL)
            return gh_cli_fail(GH_EXIT_UNABLE, "too many directories", path, NULL);
        w->dir = more;
        w->cap = cap;
    }
    if ((w->dir[w->n] = strdup(path)) == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
    w->n++;
    return GH_EXIT_DONE;
}

static int
is_shown(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static bool
is_json(const char *name)
{
    struct gh_str s = gh_str_z(name);

    return s.n > 5 && gh_str_eq_ci(gh_str_sub(s, s.n - 5, 5), GH_STR(".json"));
}

/* How long BASE is in BASE.parameters.json or BASE.parameters.WHAT.json; 0: it is no such name. */
static size_t
parameters_base(const char *name)
{
    static const char word[] = ".parameters.";
    struct gh_str s = gh_str_z(name);

    for (size_t i = 1; i + sizeof word - 1 <= s.n; i++)
        if (gh_str_eq_ci(gh_str_sub(s, i, sizeof word - 1), gh_str_z(word)))
            return i;
    return 0;
}

static bool
belongs_to(const char *parameters, const char *template)
{
    struct gh_str t = gh_str_z(template);
    size_t n = parameters_base(parameters);

    return n > 0 && gh_str_eq(gh_str_sub(gh_str_z(parameters), 0, n), gh_str_sub(t, 0, t.n - 5));
}

/* A template once with each of its parameter files, or alone. Parameter files of no template are told, not judged. */
static int
add_json(struct walk *w, const char *dir, struct dirent **entry, int n, int i)
{
    char path[FILE_PATH_MAX], parameters[FILE_PATH_MAX];
    bool has_any = false, is_any_template = false;
    int status = GH_EXIT_DONE;

    (void)snprintf(path, sizeof path, "%s/%s", dir, entry[i]->d_name);
    for (int k = 0; k < n && status == GH_EXIT_DONE; k++) {
        is_any_template |= k != i && is_json(entry[k]->d_name) && belongs_to(entry[i]->d_name, entry[k]->d_name);
        if (k == i || !is_json(entry[k]->d_name) || !belongs_to(entry[k]->d_name, entry[i]->d_name))
            continue;
        has_any = true;
        (void)snprintf(parameters, sizeof parameters, "%s/%s", dir, entry[k]->d_name);
        status = add(w->f, path, parameters);
    }
    if (parameters_base(entry[i]->d_name) > 0) {
        if (!is_any_template)
            gh_cli_note("a parameter file without its template beside it is left out", path);
        return status;
    }
    return has_any || status != GH_EXIT_DONE ? status : add(w->f, path, NULL);
}

static int
see_entry(struct walk *w, const char *dir, struct dirent **entry, int n, int i)
{
    char path[FILE_PATH_MAX];
    struct stat st;
    int len = snprintf(path, sizeof path, "%s/%s", dir, entry[i]->d_name);

    if (len < 0 || (size_t)len >= sizeof path || lstat(path, &st) != 0)
        return gh_cli_fail(GH_EXIT_UNABLE, "the file cannot be looked at", entry[i]->d_name, NULL);
    if (S_ISDIR(st.st_mode))
        return later(w, path);
    return S_ISREG(st.st_mode) && is_json(path) ? add_json(w, dir, entry, n, i) : GH_EXIT_DONE;
}

static int
see_dir(struct walk *w, const char *dir)
{
    struct dirent **entry = NULL;
    int n = scandir(dir, &entry, is_shown, alphasort), status = GH_EXIT_DONE;

    if (n < 0)
        return gh_cli_fail(GH_EXIT_UNABLE, "the directory cannot be read", dir, NULL);
    for (int i = 0; i < n && status == GH_EXIT_DONE; i++)
        status = see_entry(w, dir, entry, n, i);
    for (int i = 0; i < n; i++)
        free(entry[i]);
    free(entry);
    return status;
}

static int
walk(struct gh_finds *f, const char *path)
{
    struct walk w = {.f = f};
    size_t before = f->n;
    int status = later(&w, path);

    for (size_t i = 0; i < w.n && status == GH_EXIT_DONE; i++)
        status = see_dir(&w, w.dir[i]);
    for (size_t i = 0; i < w.n; i++)
        free(w.dir[i]);
    free(w.dir);
    if (status == GH_EXIT_DONE && f->n == before)
        return gh_cli_fail(GH_EXIT_UNABLE, "there is no *.json file in the directory: nothing could be judged", path, NULL);
    return status;
}

int
gh_baseline_find(struct gh_finds *f, const char *operand)
{
    struct stat st;
    char path[FILE_PATH_MAX];
    struct gh_str s = gh_str_z(operand);

    if (gh_str_eq(s, GH_STR("-")))
        return add(f, operand, NULL);
    if (stat(operand, &st) != 0)
        return gh_cli_fail(GH_EXIT_UNABLE, "there is no such file or directory", operand, NULL);
    if (!S_ISDIR(st.st_mode))
        return add(f, operand, NULL);
    f->is_walked = true;
    while (s.n > 1 && s.p[s.n - 1] == '/')
        s.n--;
    (void)snprintf(path, sizeof path, "%.*s", (int)(s.n < sizeof path ? s.n : sizeof path - 1), s.p);
    return walk(f, path);
}
