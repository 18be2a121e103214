/* SPDX-License-Identifier: Apache-2.0 */
/* cli/snapshot: the compiled policy as lines. Sections, fields and their names come from the schema table; credentials are never shown. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/codec.h"
#include "cli/command.h"
#include "host/host.h"
#include "ipc/layout.h"
#include "policy/snapshot.h"
#include "wire/json.h"

#define PATH_BYTES 4096
#define ARENA_MAX  (64u << 20)
#define ROW_MAX    (16u << 20) /* bytes of one row as JSON */

/* ---- rows ---- */

/* Text as it is; bytes that are no text (bit sets, digests, keys) in hex. */
static void
put_text(struct gh_jsonw *w, struct gh_str s)
{
    bool is_text = gh_utf8_is_valid(s);
    gh_auto_arena a = {0};
    struct gh_buf hex;

    for (size_t i = 0; i < s.n && is_text; i++)
        is_text = (unsigned char)s.p[i] >= ' ' || s.p[i] == '\n';
    if (is_text) {
        gh_jsonw_str(w, s);
        return;
    }
    gh_arena_init(&a, gh_heap(), 4 * s.n + 64);
    gh_buf_init(&hex, &a, 2 * s.n + 4);
    gh_buf_putz(&hex, "0x");
    gh_buf_put_hex(&hex, s);
    gh_jsonw_str(w, gh_buf_str(&hex));
}

static bool
is_secret(enum gh_snap_section section, unsigned field)
{
    return (section == GH_SNAP_CREDENTIAL && field == GH_CREDENTIAL_VALUE) ||
           (section == GH_SNAP_TEXT_KEY && field == GH_TEXT_KEY_VALUE) ||
           (section == GH_SNAP_BOUND_KEY && field == GH_BOUND_KEY_VALUE);
}

/* A field that is no row of its own; false for RECS. */
static bool
put_plain(struct gh_jsonw *w, const struct gh_snap_rec *r, enum gh_snap_section section, unsigned i)
{
    const struct gh_snap_field *f = &gh_snap_schemas[section].fields[i];

    if (f->type == GH_SNAP_RECS)
        return false;
    gh_jsonw_key(w, f->name);
    if (is_secret(section, i)) {
        gh_jsonw_str(w, GH_STR("(hidden)"));
    } else if (f->type == GH_SNAP_U64) {
        gh_jsonw_u64(w, gh_snap_u64(r, i));
    } else if (f->type == GH_SNAP_STR) {
        put_text(w, gh_snap_str(r, i));
    } else {
        gh_jsonw_arr(w);
        for (size_t k = 0; k < gh_snap_count(r, i); k++)
            put_text(w, gh_snap_item(r, i, k));
        gh_jsonw_end(w, ']');
    }
    return true;
}

/* Rows within a row hold no rows themselves: the schema has one such level. */
static void
put_inner(struct gh_jsonw *w, const struct gh_snap_rec *r, enum gh_snap_section section, unsigned i)
{
    enum gh_snap_section of = gh_snap_schemas[section].fields[i].of;

    gh_jsonw_key(w, gh_snap_schemas[section].fields[i].name);
    gh_jsonw_arr(w);
    for (size_t k = 0; k < gh_snap_count(r, i); k++) {
        struct gh_snap_rec row = gh_snap_row(r, i, k);

        gh_jsonw_obj(w);
        for (unsigned m = 0; m < gh_snap_schemas[of].n_fields; m++)
            (void)put_plain(w, &row, of, m);
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, ']');
}

/* Parts of a key are joined by NUL. */
static void
put_key(struct gh_jsonw *w, struct gh_str key)
{
    char mem[2 * GH_SNAP_KEY_BYTES_MAX];
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, sizeof mem);
    for (size_t i = 0; i < key.n; i++)
        gh_buf_putc(&b, key.p[i] == '\0' ? ' ' : key.p[i]);
    put_text(w, gh_buf_str(&b));
}

static void
print_row(const struct gh_snap_rec *r, enum gh_snap_section section, struct gh_str key)
{
    struct gh_jsonw w;
    struct gh_buf b;
    gh_auto_arena a;

    gh_arena_init(&a, gh_heap(), 4 * ROW_MAX);
    gh_buf_init(&b, &a, ROW_MAX);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "section", gh_str_z(gh_snap_schemas[section].name));
    gh_jsonw_key(&w, "key");
    put_key(&w, key);
    for (unsigned i = 0; i < gh_snap_schemas[section].n_fields; i++) {
        if (!put_plain(&w, r, section, i))
            put_inner(&w, r, section, i);
    }
    gh_jsonw_end(&w, '}');
    printf("%.*s\n", (int)gh_buf_str(&b).n, gh_buf_str(&b).p == NULL ? "" : gh_buf_str(&b).p);
}

static void
print_meta(const struct gh_snap_meta *m, const char *path)
{
    char mem[40];
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, sizeof mem);
    gh_time_put(&b, m->made_ms);
    fprintf(stderr, "%s: %s, generation %llu", path,
        m->is_credentials ? "credentials"
        : m->is_overlay   ? "overlay"
                          : "base",
        (unsigned long long)m->generation);
    if (m->is_overlay)
        fprintf(stderr, " on base %llu", (unsigned long long)m->base_generation);
    fprintf(stderr, ", made %.*s\n", (int)gh_buf_str(&b).n, gh_buf_str(&b).p == NULL ? "" : gh_buf_str(&b).p);
}

static void
print_all(const struct gh_snap *s)
{
    for (enum gh_snap_section section = 1; section < GH_SNAP_SECTION_COUNT; section++) {
        struct gh_snap_rec r;
        struct gh_str key;
        size_t it = 0;

        if (gh_snap_schemas[section].is_inner)
            continue; /* its rows were shown within those that hold them */
        while (gh_snap_each(&r, &key, &it, s, section))
            print_row(&r, section, key);
    }
}

/* ---- files: mapped as long as the program runs ---- */

static int
map_file(struct gh_str *out, const char *path)
{
    gh_auto_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    void *p;

    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
        return gh_cli_fail(GH_EXIT_UNABLE, "the snapshot cannot be read", path, NULL);
    if ((p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED)
        return gh_cli_fail(GH_EXIT_UNABLE, "the snapshot cannot be mapped", path, NULL);
    *out = gh_str(p, (size_t)st.st_size);
    return GH_EXIT_DONE;
}

static int
open_file(struct gh_snap_file **out, struct gh_arena *a, const char *path)
{
    struct gh_err err = {.what = "damaged"};
    struct gh_str bytes;
    int status = map_file(&bytes, path);

    if (status != GH_EXIT_DONE)
        return status;
    if (gh_snap_verify(out, a, bytes, NULL, &err) != GH_OK)
        return gh_cli_fail(GH_EXIT_REFUSED, err.what, path, "this file would not be believed by the edge either");
    print_meta(gh_snap_file_meta(*out), path);
    return GH_EXIT_DONE;
}

static int
open_generation(struct gh_snap_file **out, struct gh_arena *a, const char *data, const char *kind, uint64_t generation)
{
    char path[PATH_BYTES];
    int n = snprintf(path, sizeof path, "%s/" GH_LAYOUT_SNAPSHOT "/%s-%016llx.snap", data, kind, (unsigned long long)generation);

    return n > 0 && (size_t)n < sizeof path ? open_file(out, a, path)
                                            : gh_cli_fail(GH_EXIT_UNABLE, "the path is too long", data, NULL);
}

static int
show_current(struct gh_arena *a, const char *data)
{
    struct gh_snap_file *base = NULL, *overlay = NULL;
    struct gh_snap_current current;
    struct gh_snap s;
    struct gh_str text;
    char path[PATH_BYTES];
    int n = snprintf(path, sizeof path, "%s/" GH_LAYOUT_CURRENT, data), status;

    if (n < 0 || (size_t)n >= sizeof path || gh_file_read(&text, a, AT_FDCWD, path, GH_SNAP_CURRENT_BYTES) != GH_OK)
        return gh_cli_fail(
            GH_EXIT_UNABLE, "nothing is published in this data directory", data, "does it run? gatehouse status --data DIR");
    if (gh_snap_current_read(&current, text) != GH_OK)
        return gh_cli_fail(GH_EXIT_REFUSED, "the file `current` is damaged", path, "publish again: gatehouse recover --data DIR");
    if ((status = open_generation(&base, a, data, "base", current.base_generation)) != GH_EXIT_DONE)
        return status;
    if (current.overlay_generation != 0 &&
        (status = open_generation(&overlay, a, data, "overlay", current.overlay_generation)) != GH_EXIT_DONE)
        return status;
    if (gh_snap_join(&s, base, overlay) != GH_OK)
        return gh_cli_fail(GH_EXIT_REFUSED, "base and overlay do not belong together", data, NULL);
    print_all(&s);
    return GH_EXIT_DONE;
}

int
gh_cli_snapshot_show(struct gh_cli *c)
{
    const char *data = gh_cli_value(c, GH_OPTION_DATA), *format = gh_cli_value(c, GH_OPTION_OUTPUT);
    struct gh_snap_file *file = NULL;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    if ((data == NULL) == (c->n_operands == 0))
        return gh_cli_fail(GH_EXIT_UNABLE, "which snapshot? give a FILE, or --data DIR for the one in force", NULL, NULL);
    if (format != NULL && !gh_str_eq(gh_str_z(format), GH_STR("json")))
        return gh_cli_fail(GH_EXIT_UNABLE, "rows are shown as JSON, one a line", format, NULL);
    if (data != NULL)
        return show_current(&a, data);
    if ((status = open_file(&file, &a, c->operand[0])) == GH_EXIT_DONE)
        print_all(&(struct gh_snap){.base = file});
    return status;
}
