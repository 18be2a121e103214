/* SPDX-License-Identifier: Apache-2.0 */
/* cli/audit_verify: the command around verify.c: where the chain is, what the auditor kept, and the verdict in words. */
#include <fcntl.h>
#include <string.h>

#include "base/codec.h"
#include "cli/command.h"
#include "cli/verify.h"
#include "control/audit/query.h"
#include "host/host.h"
#include "ipc/layout.h"
#include "wire/json.h"

#define PIN_FILE_MAX 65536
#define PATH_BYTES   4096

static void
cleanup_store(struct gh_store **s)
{
    gh_store_close(*s);
}
static void
cleanup_file(FILE **f)
{
    if (*f != NULL && *f != stdin)
        (void)fclose(*f);
}

/* ---- pins ---- */

static int
read_pins(struct gh_verify *v, const struct gh_cli *c)
{
    const char *path = gh_cli_value(c, GH_OPTION_KEY);
    struct gh_str text;
    gh_auto_arena a;

    gh_arena_init(&a, gh_heap(), 16u << 20);
    if (path != NULL && (gh_file_read(&text, &a, AT_FDCWD, path, PIN_FILE_MAX) != GH_OK || gh_verify_key(v, text, true) != GH_OK))
        return gh_cli_fail(
            GH_EXIT_UNABLE, "--key is no file with a P-256 public key in PEM", path, "make one: gatehouse audit key --data DIR");
    for (size_t i = 0; (path = gh_cli_nth(c, GH_OPTION_HEAD, i)) != NULL; i++) {
        if (gh_file_read(&text, &a, AT_FDCWD, path, PIN_FILE_MAX) != GH_OK || gh_verify_pin(v, text) != GH_OK)
            return gh_cli_fail(
                GH_EXIT_UNABLE, "--head is no file with a signed head", path, "make one: gatehouse audit head --data DIR");
    }
    return GH_EXIT_DONE;
}

/* ---- sources ---- */

static int
from_export(struct gh_verify *v, const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *f __attribute__((cleanup(cleanup_file))) = is_stdin ? stdin : fopen(path, "re");

    if (f == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "the export cannot be read", path, NULL);
    gh_verify_export(v, f);
    return GH_EXIT_DONE;
}

static int
read_installation(uint8_t out[16], const char *data)
{
    char path[PATH_BYTES];
    int n = snprintf(path, sizeof path, "%s/" GH_LAYOUT_INSTALLATION, data);
    struct gh_str text, bytes;
    gh_auto_arena a;

    gh_arena_init(&a, gh_heap(), 4096);
    if (n < 0 || (size_t)n >= sizeof path || gh_file_read(&text, &a, AT_FDCWD, path, 64) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "this is no data directory of an installation", data, NULL);
    while (text.n > 0 && text.p[text.n - 1] == '\n')
        text.n--;
    if (gh_hex_decode(&bytes, &a, text) != GH_OK || bytes.n != 16)
        return gh_cli_fail(GH_EXIT_UNABLE, "the installation's id is damaged", path, NULL);
    memcpy(out, bytes.p, 16);
    return GH_EXIT_DONE;
}

/* Without a key of the auditor's, the one in the store shows at least that all heads are of one hand. */
static void
borrow_key(struct gh_verify *v, struct gh_store *store)
{
    struct gh_buf pem;
    gh_auto_arena a;

    gh_arena_init(&a, gh_heap(), 16384);
    gh_buf_init(&pem, &a, 8192);
    if (v->key == NULL && gh_audit_query_key(&pem, store) == GH_OK)
        (void)!gh_verify_key(v, gh_buf_str(&pem), false);
}

static int
from_store(struct gh_verify *v, const char *data)
{
    struct gh_store *store __attribute__((cleanup(cleanup_store))) = NULL;
    uint8_t installation[16];
    struct gh_err err = {.what = "the store cannot be opened"};
    char path[PATH_BYTES];
    int n = snprintf(path, sizeof path, "%s/" GH_LAYOUT_STORE, data);

    if (read_installation(installation, data) != GH_EXIT_DONE)
        return GH_EXIT_UNABLE;
    if (n < 0 || (size_t)n >= sizeof path || gh_store_open_read(&store, path, &err) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, err.what, path, "as its owner or as root? an export can be verified by anybody");
    borrow_key(v, store);
    gh_verify_store(v, store, installation);
    return GH_EXIT_DONE;
}

/* ---- the verdict ---- */

static const char *const results[] = {
    [GH_CHAIN_INTACT] = "intact", [GH_CHAIN_TAMPERED] = "tampered with", [GH_CHAIN_UNDECIDED] = "undecided"};

static void
print_time(const char *before, int64_t ms)
{
    char mem[40];
    struct gh_buf b;
    struct gh_str s;

    gh_buf_init_fixed(&b, mem, sizeof mem);
    gh_time_put(&b, ms);
    s = gh_buf_str(&b);
    printf("%s%.*s", before, (int)s.n, s.p == NULL ? "" : s.p);
}

/* What a forger with the installation in his hands could still have done. */
static void
print_open_ends(const struct gh_verify *v)
{
    uint64_t pinned = 0;

    for (size_t i = 0; i < v->n_pins; i++)
        pinned = v->pin[i].head.n > pinned ? v->pin[i].head.n : pinned;
    if (v->after > 0)
        printf("  begin: not pinned: the export starts behind entry %llu\n", (unsigned long long)v->after);
    if (!v->is_key_given)
        printf("  key:   not pinned: somebody could have made the chain again and signed it with another key (--key)\n");
    for (size_t i = 1; i < v->n_keys; i++)
        printf("  key:   a restored copy was accepted at entry %llu; another audit key signs from there on\n",
            (unsigned long long)v->keys[i].from);
    if (v->is_key_given && gh_verify_covered(v) != UINT64_MAX)
        printf("  key:   yours covers what is in front of entry %llu; for the rest keep the new one (gatehouse audit key)\n",
            (unsigned long long)gh_verify_covered(v) + 1);
    if (pinned == 0)
        printf("  end:   not pinned: entries could have been cut off, or this is an old copy (--head)\n");
    else
        printf("  end:   pinned up to entry %llu by a head that you kept\n", (unsigned long long)pinned);
}

static void
print_words(const struct gh_verify *v)
{
    const struct gh_chain_check *c = &v->c;

    if (c->result != GH_CHAIN_INTACT) {
        printf("%s: entry %llu: %s\n", results[c->result], (unsigned long long)c->bad_n, c->why);
        return;
    }
    printf("%s: %llu entries", results[c->result], (unsigned long long)(c->state.n - v->after));
    if (c->last_head_n > 0) {
        printf(", last signed head at entry %llu", (unsigned long long)c->last_head_n);
        print_time(" of ", c->last_time_ms);
    }
    printf("\n");
    if (c->state.n > c->last_head_n)
        printf("  %llu entries at the end are not signed yet\n",
            (unsigned long long)(c->state.n - (c->last_head_n > v->after ? c->last_head_n : v->after)));
    print_open_ends(v);
}

static void
print_json(const struct gh_verify *v)
{
    static const char *const names[] = {
        [GH_CHAIN_INTACT] = "intact", [GH_CHAIN_TAMPERED] = "tampered", [GH_CHAIN_UNDECIDED] = "undecided"};
    char mem[1024];
    struct gh_jsonw w;
    struct gh_buf b;
    struct gh_str s;

    gh_buf_init_fixed(&b, mem, sizeof mem);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "result", gh_str_z(names[v->c.result]));
    gh_jsonw_ku64(&w, "last", v->c.state.n);
    gh_jsonw_ku64(&w, "signed", v->c.last_head_n);
    if (v->c.result != GH_CHAIN_INTACT) {
        gh_jsonw_ku64(&w, "entry", v->c.bad_n);
        gh_jsonw_kstr(&w, "why", gh_str_z(v->c.why));
    }
    gh_jsonw_kbool(&w, "keyPinned", v->is_key_given);
    gh_jsonw_kbool(&w, "headPinned", v->c.is_head_pinned);
    gh_jsonw_kbool(&w, "beginPinned", v->after == 0);
    gh_jsonw_end(&w, '}');
    s = gh_buf_str(&b);
    printf("%.*s\n", (int)s.n, s.p);
}

int
gh_cli_audit_verify(struct gh_cli *c)
{
    const char *export = gh_cli_value(c, GH_OPTION_EXPORT), *data = gh_cli_value(c, GH_OPTION_DATA);
    const char *format = gh_cli_value(c, GH_OPTION_OUTPUT);
    struct gh_verify v;
    int status;

    if ((export == NULL) == (data == NULL))
        return gh_cli_fail(GH_EXIT_UNABLE, "which chain? give --data DIR or --export FILE", NULL, NULL);
    if (format != NULL && strcmp(format, "json") != 0)
        return gh_cli_fail(GH_EXIT_UNABLE, "the verdict is words, or with -o json an object", format, NULL);
    gh_verify_init(&v);
    if ((status = read_pins(&v, c)) == GH_EXIT_DONE)
        status = export != NULL ? from_export(&v, export) : from_store(&v, data);
    if (status == GH_EXIT_DONE) {
        if (format != NULL)
            print_json(&v);
        else
            print_words(&v);
        status = (int)v.c.result;
    }
    gh_verify_fini(&v);
    return status;
}
