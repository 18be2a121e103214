/* SPDX-License-Identifier: Apache-2.0 */
/* dlp: the detectors of the output guard over lines of JSON, without any installation. */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "cli/command.h"
#include "cli/shield.h"
#include "host/host.h"
#include "patterns/patterns.h"
#include "supervisor/spawn.h"
#include "wire/json.h"

#define LINE_MAX_BYTES GH_JSON_BYTES_MAX
#define TOO_LONG       "the line is longer than can be read"

struct scan {
    struct gh_patterns *patterns;
    struct gh_patterns_scratch *scratch;
    struct gh_patterns_stream *engine;
    struct gh_jsonw json;
    bool is_bad; /* a line could not be read */
};

static void
on_text(void *ctx, struct gh_str s)
{
    (void)ctx;
    (void)s;
}

static void
on_found(void *ctx, const struct gh_dlp_finding *f, struct gh_str s, struct gh_str known, bool is_begin, bool is_end)
{
    struct scan *scan = ctx;

    (void)s;
    (void)known;
    (void)is_begin;
    if (!is_end)
        return;
    gh_jsonw_obj(&scan->json);
    gh_jsonw_kstr(&scan->json, "type", gh_str_z(gh_dlp_type_names[f->type]));
    gh_jsonw_ku64(&scan->json, "start", f->at);
    gh_jsonw_ku64(&scan->json, "end", f->end);
    gh_jsonw_end(&scan->json, '}');
}

static enum gh_rc
scan_text(struct scan *s, struct gh_str text)
{
    static char window[GH_DLP_WINDOW_BYTES];
    const struct gh_dlp_rules rules = {.types = GH_DLP_PATTERNS};
    const struct gh_dlp_sink sink = {s, on_text, on_found};
    struct gh_dlp_stream stream;

    if (gh_patterns_stream_reset(s->engine) != GH_OK)
        return GH_BUG;
    gh_dlp_stream_init(&stream, &rules, &sink, window);
    return gh_patterns_feed(&stream, s->engine, s->scratch, text, true);
}

/* The value of `id` as it stands: whatever it is, it is given back. */
static struct gh_str
id_of(const struct gh_json *j)
{
    gh_json_ref id = gh_json_get(j, 0, GH_STR("id"));

    return id == GH_JSON_NO ? GH_STR("null") : gh_json_raw(j, id);
}

static const char *
scan_line(struct scan *s, struct gh_buf *out, struct gh_arena *a, struct gh_str line, struct gh_str *id)
{
    struct gh_err err = {.what = "no memory"};
    struct gh_json j;
    struct gh_str text;

    *id = GH_STR("null");
    if (gh_json_parse(&j, a, line, &err) != GH_OK) {
        *id = gh_cli_id_of_bad_line(a, line);
        *id = id->n > 0 ? *id : GH_STR("null");
        return err.what == NULL ? "line ends early" : err.what;
    }
    if (gh_json_type(&j, 0) != GH_JSON_OBJECT)
        return "an object is wanted";
    *id = id_of(&j);
    gh_json_ref v = gh_json_get(&j, 0, GH_STR("text"));
    if (gh_json_type(&j, v) != GH_JSON_STRING || gh_json_str(&text, a, &j, v) != GH_OK)
        return "text is missing, or is no string";
    gh_jsonw_init(&s->json, out);
    gh_jsonw_obj(&s->json);
    gh_jsonw_key(&s->json, "id");
    gh_jsonw_raw(&s->json, *id);
    gh_jsonw_key(&s->json, "findings");
    gh_jsonw_arr(&s->json);
    if (scan_text(s, text) != GH_OK)
        return "text could not be scanned";
    gh_jsonw_end(&s->json, ']');
    gh_jsonw_end(&s->json, '}');
    return out->rc == GH_OK ? NULL : "there is too much in it";
}

static void
on_line(struct scan *s, struct gh_str line, bool is_cut)
{
    gh_auto_arena a;
    struct gh_buf out;
    struct gh_str id = GH_STR("null");

    gh_arena_init(&a, gh_heap(), 64 * (size_t)LINE_MAX_BYTES);
    gh_buf_init(&out, &a, 32 * (size_t)LINE_MAX_BYTES);
    const char *fault = is_cut ? TOO_LONG : scan_line(s, &out, &a, line, &id);
    if (fault != NULL) {
        s->is_bad = true;
        gh_buf_init(&out, &a, id.n + 1024);
        gh_jsonw_init(&s->json, &out);
        gh_jsonw_obj(&s->json);
        gh_jsonw_key(&s->json, "id");
        gh_jsonw_raw(&s->json, id);
        gh_jsonw_kstr(&s->json, "error", gh_str_z(fault));
        gh_jsonw_end(&s->json, '}');
    }
    (void)fwrite(out.p, 1, out.n, stdout);
    (void)fputc('\n', stdout);
}

static int
scan_stream(struct scan *s, FILE *in)
{
    char *mem = malloc(LINE_MAX_BYTES);
    struct gh_str line;
    bool is_cut;

    if (mem == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
    while (gh_cli_next_line(&line, &is_cut, mem, LINE_MAX_BYTES, in))
        if (line.n > 0 || is_cut)
            on_line(s, line, is_cut);
    free(mem);
    if (ferror(in) != 0 || fflush(stdout) != 0 || ferror(stdout) != 0) {
        return gh_cli_fail(GH_EXIT_UNABLE, "input or output failed", NULL, NULL);
    }
    return s->is_bad ? GH_EXIT_UNABLE : GH_EXIT_DONE;
}

#define NEXT_DATABASE "install the one that comes with this program"

static int
open_engine(struct scan *s)
{
    const char *looked;
    gh_auto_fd fd = gh_program_open(GH_PROGRAM_PATTERNS, &looked);
    gh_auto_arena a;
    struct gh_err err = {0};
    struct gh_str bytes;

    gh_arena_init(&a, gh_heap(), 16u << 20);
    if (fd < 0 || gh_read_all(&bytes, &a, fd, 8u << 20) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "the pattern database cannot be read", looked, NEXT_DATABASE);
    if (gh_patterns_open(&s->patterns, bytes, false, &err) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, err.what, NULL, NEXT_DATABASE);
    s->scratch = gh_patterns_scratch_new(s->patterns);
    s->engine = s->scratch == NULL ? NULL : gh_patterns_stream_open(s->patterns);
    return s->engine != NULL ? GH_EXIT_DONE : gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
}

int
gh_cli_dlp_scan(struct gh_cli *c)
{
    const char *path = c->n_operands > 0 && strcmp(c->operand[0], "-") != 0 ? c->operand[0] : NULL;
    struct scan s = {.patterns = NULL};
    FILE *in = stdin;
    int status;

    if (!gh_cli_has(c, GH_OPTION_JSONL))
        return gh_cli_fail(GH_EXIT_UNABLE, "say --jsonl: texts are read as JSON Lines", NULL, NULL);
    if (path != NULL && (in = fopen(path, "re")) == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "cannot be read", path, NULL);
    if ((status = open_engine(&s)) == GH_EXIT_DONE)
        status = scan_stream(&s, in);
    gh_patterns_stream_close(s.engine);
    gh_patterns_scratch_free(s.scratch);
    gh_patterns_free(s.patterns);
    if (in != stdin)
        (void)fclose(in);
    return status;
}
