/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of the edge alone: makes the files that control and vault would write, and reads what the edge wrote.
 *
 *   edge_tool snapshot < JSON > FILE    {"installation","generation","base","made_ms","overlay","credentials","rows":[{"section","key":[],"values":{}}]}
 *   edge_tool current ID BASE OVERLAY CREDENTIALS NOW_MS > FILE
 *   edge_tool render DATA MEMORY MODULE WORKERS SINGLE < FILE > nginx.conf
 *   edge_tool records < SPOOL > JSON lines
 *
 * Strings that begin with "hex:" are bytes, with "actions:" the bits of the actions named (comma between them).
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "audit/record.h"
#include "base/codec.h"
#include "host/host.h"
#include "policy/role.h"
#include "supervisor/render.h"

static struct gh_arena arena;

static void
die(const char *what)
{
    fprintf(stderr, "edge_tool: %s\n", what);
    exit(1);
}

static void
must(enum gh_rc rc, const char *what)
{
    if (rc != GH_OK)
        die(what);
}

static void
put_stdout(struct gh_str s)
{
    must(gh_write_all(STDOUT_FILENO, s), "stdout");
}

static struct gh_str
actions_to_bits(struct gh_str list)
{
    struct gh_role_bits *bits = gh_arena_take(&arena, sizeof(*bits));
    struct gh_str name;

    while (gh_str_cut(&name, &list, ',')) {
        enum gh_action a = gh_action_find(name);
        if (a == GH_ACTION_NONE)
            die("unknown action");
        bits->w[(unsigned)a / 64] |= UINT64_C(1) << ((unsigned)a % 64);
    }
    return gh_str(bits, sizeof(*bits));
}

static struct gh_str
read_string(const struct gh_json *j, gh_json_ref v)
{
    struct gh_str s;

    must(gh_json_str(&s, &arena, j, v), "string expected");
    if (gh_str_starts(s, GH_STR("hex:")))
        must(gh_hex_decode(&s, &arena, gh_str_sub(s, 4, s.n)), "hex");
    else if (gh_str_starts(s, GH_STR("actions:")))
        s = actions_to_bits(gh_str_sub(s, 8, s.n));
    return s;
}

static size_t
count(const struct gh_json *j, gh_json_ref list)
{
    size_t n = 0;

    for (gh_json_ref v = gh_json_first(j, list); v != GH_JSON_NO; v = gh_json_next(j, list, v))
        n++;
    return n;
}

static void read_values(struct gh_snap_value *out, const struct gh_snap_schema *schema, const struct gh_json *j, gh_json_ref obj);

static struct gh_snap_value
read_value(const struct gh_snap_field *field, const struct gh_json *j, gh_json_ref v)
{
    struct gh_snap_value out = {0};
    int64_t number = 0;
    size_t i = 0;

    if (field->type == GH_SNAP_U64) {
        must(gh_json_i64(&number, j, v), "number expected");
        out.u64 = (uint64_t)number;
        return out;
    }
    if (field->type == GH_SNAP_STR) {
        out.str = read_string(j, v);
        return out;
    }
    out.n = count(j, v);
    const struct gh_snap_schema *of = &gh_snap_schemas[field->of];
    struct gh_str *list = gh_arena_take_array(&arena, out.n + 1, sizeof(*list));
    struct gh_snap_value *recs = gh_arena_take_array(&arena, out.n * of->n_fields + 1, sizeof(*recs));
    for (gh_json_ref e = gh_json_first(j, v); e != GH_JSON_NO; e = gh_json_next(j, v, e), i++) {
        if (field->type == GH_SNAP_LIST)
            list[i] = read_string(j, e);
        else
            read_values(recs + i * of->n_fields, of, j, e);
    }
    out.list = list;
    out.recs = recs;
    return out;
}

static void
read_values(struct gh_snap_value *out, const struct gh_snap_schema *schema, const struct gh_json *j, gh_json_ref obj)
{
    for (size_t f = 0; f < schema->n_fields; f++) {
        gh_json_ref v = gh_json_get(j, obj, gh_str_z(schema->fields[f].name));
        if (v != GH_JSON_NO)
            out[f] = read_value(&schema->fields[f], j, v);
    }
}

static enum gh_snap_section
section_of(struct gh_str name)
{
    for (unsigned s = GH_SNAP_NONE + 1; s < GH_SNAP_SECTION_COUNT; s++)
        if (gh_str_eq(name, gh_str_z(gh_snap_schemas[s].name)))
            return (enum gh_snap_section)s;
    fprintf(stderr, "section %.*s: ", (int)name.n, name.p);
    die("unknown section");
    return GH_SNAP_NONE;
}

static void
put_row(struct gh_snap_writer *w, const struct gh_json *j, gh_json_ref row)
{
    struct gh_snap_value values[GH_SNAP_FIELDS_MAX] = {0};
    struct gh_str parts[4], section;
    gh_json_ref list = gh_json_get(j, row, GH_STR("key")), given = gh_json_get(j, row, GH_STR("values"));
    struct gh_buf key;
    size_t n = 0;

    must(gh_json_str(&section, &arena, j, gh_json_get(j, row, GH_STR("section"))), "section");
    enum gh_snap_section s = section_of(section);
    for (gh_json_ref v = gh_json_first(j, list); v != GH_JSON_NO && n < 4; v = gh_json_next(j, list, v))
        parts[n++] = read_string(j, v);
    gh_buf_init(&key, &arena, 4096);
    gh_snap_key(&key, parts, n);
    if (given != GH_JSON_NO)
        read_values(values, &gh_snap_schemas[s], j, given);
    must(gh_snap_put(w, s, gh_buf_str(&key), given == GH_JSON_NO ? NULL : values), "row refused");
}

static void
read_installation(uint8_t out[16], struct gh_str hex)
{
    struct gh_str bytes;

    must(gh_hex_decode(&bytes, &arena, hex), "installation");
    if (bytes.n != 16)
        die("installation has 32 digits");
    memcpy(out, bytes.p, 16);
}

static void
snapshot(void)
{
    struct gh_str text, installation, file;
    struct gh_json j;
    struct gh_err err = {0};
    struct gh_snap_meta meta = {0};
    struct gh_snap_writer *w;
    int64_t generation = 1, base = 0;

    must(gh_read_all(&text, &arena, STDIN_FILENO, 8u << 20), "stdin");
    must(gh_json_parse(&j, &arena, text, &err), "JSON");
    must(gh_json_str(&installation, &arena, &j, gh_json_get(&j, 0, GH_STR("installation"))), "installation");
    read_installation(meta.installation, installation);
    must(gh_json_opt_i64(&generation, &j, 0, "generation"), "generation");
    must(gh_json_opt_i64(&base, &j, 0, "base"), "base");
    must(gh_json_opt_i64(&meta.made_ms, &j, 0, "made_ms"), "made_ms");
    must(gh_json_opt_bool(&meta.is_overlay, &j, 0, "overlay"), "overlay");
    must(gh_json_opt_bool(&meta.is_credentials, &j, 0, "credentials"), "credentials");
    meta.generation = (uint64_t)generation;
    meta.base_generation = base == 0 ? meta.generation : (uint64_t)base;
    must(gh_snap_writer_new(&w, &arena, &meta), "writer");
    gh_json_ref rows = gh_json_get(&j, 0, GH_STR("rows"));
    for (gh_json_ref r = gh_json_first(&j, rows); r != GH_JSON_NO; r = gh_json_next(&j, rows, r))
        put_row(w, &j, r);
    must(gh_snap_finish(&file, w), "finish");
    put_stdout(file);
}

static uint64_t
number(const char *arg)
{
    uint64_t v;

    must(gh_str_u64(&v, gh_str_z(arg), INT64_MAX), "number");
    return v;
}

static void
current(char **argv)
{
    struct gh_snap_current c = {.base_generation = number(argv[1]),
        .overlay_generation = number(argv[2]),
        .credentials_generation = number(argv[3]),
        .now_ms = (int64_t)number(argv[4])};
    uint8_t out[GH_SNAP_CURRENT_BYTES];

    read_installation(c.installation, gh_str_z(argv[0]));
    gh_snap_current_put(out, &c);
    put_stdout(gh_str(out, sizeof(out)));
}

static void
render(char **argv)
{
    struct gh_str bytes;
    struct gh_snap snap = {NULL, NULL};
    struct gh_snap_file *file;
    struct gh_err err = {0};
    struct gh_buf out;
    struct gh_render_env env = {.data = gh_str_z(argv[0]),
        .memory = gh_str_z(argv[1]),
        .module = gh_str_z(argv[2]),
        .workers = (unsigned)number(argv[3]),
        .single_process = number(argv[4]) != 0};

    must(gh_read_all(&bytes, &arena, STDIN_FILENO, 8u << 20), "stdin");
    must(gh_snap_verify(&file, &arena, bytes, NULL, &err), "snapshot");
    snap.base = file;
    gh_buf_init(&out, &arena, GH_RENDER_BYTES_MAX);
    if (gh_render_conf(&out, &snap, &env, &err) != GH_OK)
        die(err.what);
    put_stdout(gh_buf_str(&out));
}

static void
records(void)
{
    struct gh_str in;
    struct gh_record r;
    struct gh_buf out;
    enum gh_rc rc;

    must(gh_read_all(&in, &arena, STDIN_FILENO, 64u << 20), "stdin");
    gh_buf_init(&out, &arena, 256u << 20);
    while ((rc = gh_record_next(&r, &in)) == GH_OK && r.kind != GH_RECORD_NONE) {
        gh_record_json(&out, &r);
        gh_buf_putc(&out, '\n');
    }
    put_stdout(gh_buf_str(&out));
    if (rc == GH_BAD)
        die("damaged record");
}

int
main(int argc, char **argv)
{
    gh_arena_init(&arena, gh_heap(), (size_t)1 << 30);
    if (argc == 2 && strcmp(argv[1], "snapshot") == 0)
        snapshot();
    else if (argc == 7 && strcmp(argv[1], "current") == 0)
        current(argv + 2);
    else if (argc == 7 && strcmp(argv[1], "render") == 0)
        render(argv + 2);
    else if (argc == 2 && strcmp(argv[1], "records") == 0)
        records();
    else
        die("usage: edge_tool snapshot|current|render|records");
    gh_arena_fini(&arena);
    return 0;
}
