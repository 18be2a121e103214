/* SPDX-License-Identifier: Apache-2.0 */
/* cli/guidance: the command: gathers the facts, asks every row for its proof, prints a table, JSON or one page to hand on. */
#include "cli/guidance.h"

#include <string.h>

#include "cli/objects.h"

const char *const gh_standing_names[GH_STANDING_COUNT] = {
    [GH_STANDING_UNTOLD] = "cannot tell",
    [GH_STANDING_NOT] = "not",
    [GH_STANDING_PARTLY] = "partly",
    [GH_STANDING_IN_FORCE] = "in force",
};

static enum gh_standing
prove(const struct gh_guidance_row *row, const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (row->prove != NULL)
        return row->prove(f, e);
    gh_guidance_proof_say(e, "%s", row->here);
    return GH_STANDING_NOT;
}

/* One row as an object; `f` NULL: no installation was asked. */
static json_t *
row_json(const struct gh_guidance_row *row, const struct gh_facts *f)
{
    struct gh_guidance_proof e = {.lines = json_array()};
    enum gh_standing s = f == NULL ? GH_STANDING_UNTOLD : prove(row, f, &e);

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "id", row->id, "title", row->title, "means", row->means, "here",
        row->here, "azure", row->azure, "standing", gh_standing_names[s], "evidence", e.lines);
}

static json_t *
report(const struct gh_facts *f)
{
    json_t *all = json_array(), *sum = json_object();

    for (size_t i = 0; i < GH_STANDING_COUNT; i++)
        (void)json_object_set_new(sum, gh_standing_names[i], json_integer(0));
    for (size_t i = 0; i < gh_guidance_count; i++) {
        json_t *row = row_json(&gh_guidance_table[i], f);
        const char *standing = json_string_value(json_object_get(row, "standing"));

        (void)json_object_set_new(sum, standing, json_integer(json_integer_value(json_object_get(sum, standing)) + 1));
        (void)json_array_append_new(all, row);
    }
    return json_pack("{s:O, s:o, s:o}", "installation",
        f == NULL || f->status == NULL ? json_null() : json_object_get(f->status, "installation"), "summary", sum,
        "recommendations", all);
}

/* ---- table ---- */

static const char *
text(const json_t *row, const char *name)
{
    const char *s = json_string_value(json_object_get(row, name));

    return s == NULL ? "" : s;
}

static const char *
colour(const char *standing, bool is_colour)
{
    if (!is_colour)
        return "";
    if (strcmp(standing, "in force") == 0)
        return "\033[32m";
    return strcmp(standing, "partly") == 0 ? "\033[33m" : strcmp(standing, "not") == 0 ? "\033[31m" : "\033[2m";
}

static void
print_table(const json_t *r, bool is_colour)
{
    const json_t *row, *line;
    size_t i, k;

    json_array_foreach(json_object_get(r, "recommendations"), i, row)
    {
        const char *standing = text(row, "standing");

        printf("%-6s %s%-12s%s %s\n", text(row, "id"), colour(standing, is_colour), standing, is_colour ? "\033[0m" : "",
            text(row, "title"));
        json_array_foreach(json_object_get(row, "evidence"), k, line) printf("                    %s\n", json_string_value(line));
    }
    putchar('\n');
    for (size_t s = GH_STANDING_COUNT; s-- > 0;)
        printf("%s%s: %" JSON_INTEGER_FORMAT, s + 1 == GH_STANDING_COUNT ? "" : ", ", gh_standing_names[s],
            json_integer_value(json_object_get(json_object_get(r, "summary"), gh_standing_names[s])));
    putchar('\n');
}

/* ---- page ---- */

static const char page_head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Guidance: what is in force</title>\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<style>\n"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}\n"
    "h1{font-size:1.5rem}h2{font-size:1rem;margin:1.6rem 0 .2rem}code{background:#f2f2f2;padding:.1rem "
    ".3rem;overflow-wrap:anywhere}\n"
    "p{margin:.2rem 0}ul{margin:.2rem 0 .2rem 1.2rem;padding:0}b.s{display:inline-block;min-width:6.5rem;padding:0 "
    ".4rem;border-radius:.2rem;"
    "font-weight:600}\n.in{background:#d9f2e0}.partly{background:#fff1cc}.not{background:#fbd9d6}.cannot{background:#e6e6e6}\n"
    "small{color:#555}@media(prefers-color-scheme:dark){body{background:#161616;color:#eee}code{background:#2a2a2a}small{color:#"
    "aaa}"
    ".in{background:#1f4d2e}.partly{background:#5a4710}.not{background:#5c1f1a}.cannot{background:#3a3a3a}}\n</style></"
    "head><body>\n"
    "<h1>Guidance: what is in force</h1>\n";

static void
put_html(const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == '<')
            fputs("&lt;", stdout);
        else if (*s == '>')
            fputs("&gt;", stdout);
        else if (*s == '&')
            fputs("&amp;", stdout);
        else if (*s == '"')
            fputs("&quot;", stdout);
        else
            putchar(*s);
    }
}

static void
put_element(const char *open, const char *s, const char *close)
{
    fputs(open, stdout);
    put_html(s);
    fputs(close, stdout);
}

static void
print_page_row(const json_t *row)
{
    const char *standing = text(row, "standing");
    const json_t *line;
    size_t i;

    put_element("<h2 id=\"", text(row, "id"), "\">");
    printf("<b class=\"s %.*s\">", (int)strcspn(standing, " "), standing);
    put_element("", standing, "</b> ");
    put_element("", text(row, "id"), " &middot; ");
    put_element("", text(row, "title"), "</h2>\n");
    put_element("<p>", text(row, "means"), "</p>\n<ul>");
    json_array_foreach(json_object_get(row, "evidence"), i, line) put_element("<li>", json_string_value(line), "</li>");
    put_element("</ul>\n<p><small>here</small> <code>", text(row, "here"), "</code></p>\n");
    put_element("<p><small>Azure</small> <code>", text(row, "azure"), "</code></p>\n");
}

static void
print_page(const json_t *r)
{
    const json_t *row, *installation = json_object_get(r, "installation");
    size_t i;

    fputs(page_head, stdout);
    if (json_is_string(installation))
        put_element("<p>Installation <code>", json_string_value(installation), "</code></p>\n");
    fputs("<p>", stdout);
    for (size_t s = GH_STANDING_COUNT; s-- > 0;)
        printf("<b class=\"s %.*s\">%s: %" JSON_INTEGER_FORMAT "</b> ", (int)strcspn(gh_standing_names[s], " "),
            gh_standing_names[s], gh_standing_names[s],
            json_integer_value(json_object_get(json_object_get(r, "summary"), gh_standing_names[s])));
    fputs("</p>\n", stdout);
    json_array_foreach(json_object_get(r, "recommendations"), i, row) print_page_row(row);
    fputs("</body></html>\n", stdout);
}

/* ---- the command ---- */

enum form { FORM_TABLE, FORM_JSON, FORM_HTML, FORM_NONE };

static enum form
form_of(const struct gh_cli *c)
{
    static const char *const names[] = {[FORM_TABLE] = "table", [FORM_JSON] = "json", [FORM_HTML] = "html"};
    const char *given = gh_cli_value(c, GH_OPTION_OUTPUT);

    if (given == NULL)
        return FORM_TABLE;
    for (enum form f = FORM_TABLE; f < FORM_NONE; f++)
        if (strcmp(given, names[f]) == 0)
            return f;
    (void)gh_cli_fail(GH_EXIT_UNABLE, "-o is table, json or html", given, NULL);
    return FORM_NONE;
}

static void
print_report(const json_t *r, enum form form, bool is_colour)
{
    if (form == FORM_JSON) {
        (void)json_dumpf(r, stdout, JSON_INDENT(2));
        putchar('\n');
    } else if (form == FORM_HTML) {
        print_page(r);
    } else {
        print_table(r, is_colour);
    }
}

int
gh_cli_guidance(struct gh_cli *c)
{
    bool is_asked = gh_cli_has(c, GH_OPTION_DATA) || gh_cli_has(c, GH_OPTION_SERVER);
    enum form form = form_of(c);
    struct gh_facts f = {0};
    gh_auto_access *x = NULL;
    json_t *r;
    int status = form == FORM_NONE ? GH_EXIT_UNABLE : GH_EXIT_DONE;

    if (status == GH_EXIT_DONE && is_asked && (status = gh_access_open(&x, c)) == GH_EXIT_DONE)
        status = gh_facts_gather(&f, x);
    if (status == GH_EXIT_DONE) {
        r = report(is_asked ? &f : NULL);
        print_report(r, form, c->is_colour);
        json_decref(r);
    }
    gh_facts_free(&f);
    return status;
}
