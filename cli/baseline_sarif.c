/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline_sarif: a scan as SARIF 2.1.0 (OASIS). Fails are results of kind "fail", what is not decided is "review"; what passes or is not asked is
 * left out, as viewers show each result as a finding. A waived fail has a suppression. Places are in characters (columnKind).
 */
#include "cli/baseline_compat.h"
#include "wire/json.h"

#define PIECE_BYTES_MAX 32768

static const char *const levels[GH_SEVERITY_COUNT] = {"none", "note", "warning", "error", "error"};
/* GitHub's "security-severity": 9.0 and above critical, 7.0 high, 4.0 medium */
static const char *const scores[GH_SEVERITY_COUNT] = {"0.0", "3.0", "5.5", "8.0", "9.5"};

static void
put_message(struct gh_jsonw *w, const char *key, struct gh_str text)
{
    gh_jsonw_key(w, key);
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "text", text);
    gh_jsonw_end(w, '}');
}

static void
put_equals(struct gh_jsonw *w, const struct gh_rule *rule)
{
    gh_jsonw_key(w, "equivalents");
    gh_jsonw_arr(w);
    for (const struct gh_equal *e = rule->equal; e != NULL && e->tool != GH_TOOL_NONE; e++) {
        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "tool", gh_str_z(gh_baseline_tool_names[e->tool]));
        gh_jsonw_kstr(w, "id", gh_str_z(e->id));
        gh_jsonw_kstr(w, "relation", gh_str_z(gh_baseline_relation(e->relation)));
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, ']');
}

static void
put_help(struct gh_jsonw *w, const struct gh_rule *rule)
{
    char mem[1024];
    int n = snprintf(mem, sizeof mem, "%s. To do: %s. See: gatehouse baseline explain %s", rule->title,
        rule->fix == NULL ? "see the rule" : rule->fix, rule->id);

    put_message(w, "help", gh_str(mem, n < 0 ? 0 : (size_t)n < sizeof mem ? (size_t)n : sizeof mem - 1));
}

static void
put_rule(struct gh_jsonw *w, const struct gh_rule *rule)
{
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", gh_str_z(rule->id));
    put_message(w, "shortDescription", gh_str_z(rule->title));
    put_message(w, "fullDescription", gh_str_z(rule->note != NULL ? rule->note : rule->title));
    put_help(w, rule);
    gh_jsonw_key(w, "defaultConfiguration");
    gh_jsonw_obj(w);
    gh_jsonw_kbool(w, "enabled", rule->severity != GH_SEVERITY_OFF);
    gh_jsonw_kstr(w, "level", gh_str_z(levels[rule->severity]));
    gh_jsonw_end(w, '}');
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    gh_jsonw_key(w, "tags");
    gh_jsonw_arr(w);
    gh_jsonw_str(w, GH_STR("security"));
    gh_jsonw_words(w, rule->control);
    gh_jsonw_words(w, rule->seed);
    gh_jsonw_end(w, ']');
    gh_jsonw_kstr(w, "severity", gh_str_z(gh_severity_names[rule->severity]));
    gh_jsonw_kstr(w, "security-severity", gh_str_z(scores[rule->severity]));
    gh_jsonw_kstr(w, "precision", GH_STR("very-high"));
    if (rule->well_architected != NULL)
        gh_jsonw_kstr(w, "wellArchitected", gh_str_z(rule->well_architected));
    put_equals(w, rule);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

/* RFC 3986: relative as it was given, "./" taken off; absolute as file:. What may not stand in a path is percent-encoded. */
static void
put_uri(struct gh_buf *b, const char *path)
{
    static const char digits[] = "0123456789ABCDEF", plain[] = "-._~/!$&'()*+,;=@";

    if (path[0] == '.' && path[1] == '/')
        path += 2;
    if (path[0] == '/')
        gh_buf_putz(b, "file://");
    for (const unsigned char *p = (const unsigned char *)path; *p != '\0'; p++) {
        bool is_word = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9');
        if (is_word || strchr(plain, *p) != NULL) {
            gh_buf_putc(b, (char)*p);
            continue;
        }
        gh_buf_putc(b, '%');
        gh_buf_putc(b, digits[*p >> 4]);
        gh_buf_putc(b, digits[*p & 15]);
    }
}

static void
put_location(struct gh_jsonw *w, const struct gh_report *rep, const struct gh_report_result *r, struct gh_str name)
{
    struct gh_doc_place at = gh_report_place(rep, r);
    char mem[8192];
    struct gh_buf uri;

    gh_buf_init_fixed(&uri, mem, sizeof mem);
    put_uri(&uri, rep->file[r->file]->path);
    gh_jsonw_key(w, "locations");
    gh_jsonw_arr(w);
    gh_jsonw_obj(w);
    gh_jsonw_key(w, "physicalLocation");
    gh_jsonw_obj(w);
    gh_jsonw_key(w, "artifactLocation");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "uri", gh_buf_str(&uri));
    gh_jsonw_end(w, '}');
    gh_jsonw_key(w, "region");
    gh_jsonw_obj(w);
    gh_jsonw_ku64(w, "startLine", at.line);
    gh_jsonw_ku64(w, "startColumn", at.column);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
    if (name.n > 0) {
        gh_jsonw_key(w, "logicalLocations");
        gh_jsonw_arr(w);
        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "name", name);
        gh_jsonw_kstr(w, "fullyQualifiedName", gh_report_type(rep, r));
        gh_jsonw_kstr(w, "kind", GH_STR("resource"));
        gh_jsonw_end(w, '}');
        gh_jsonw_end(w, ']');
    }
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, ']');
}

/* The same finding in the next version of the file: rule, resource and property, not the line. */
static void
put_fingerprint(struct gh_jsonw *w, const struct gh_report *rep, const struct gh_report_result *r, struct gh_str name)
{
    struct gh_str parts[] = {gh_str_z(r->r.rule->id), gh_report_type(rep, r), name, r->r.path};
    uint64_t h = 14695981039346656037u;
    char mem[32];
    int n;

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        for (size_t k = 0; k < parts[i].n; k++)
            h = (h ^ (unsigned char)parts[i].p[k]) * 1099511628211u;
        h = (h ^ 0xff) * 1099511628211u;
    }
    n = snprintf(mem, sizeof mem, "%016llx", (unsigned long long)h);
    gh_jsonw_key(w, "partialFingerprints");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "gatehouseBaseline/v1", gh_str(mem, n < 0 ? 0 : (size_t)n));
    gh_jsonw_end(w, '}');
}

static void
put_suppressions(struct gh_jsonw *w, const struct gh_report *rep, const struct gh_report_result *r)
{
    char mem[2048];
    int n;

    if (rep->n_waivers == 0)
        return;
    gh_jsonw_key(w, "suppressions");
    gh_jsonw_arr(w);
    if (gh_report_is_waived(r)) {
        n = snprintf(mem, sizeof mem, "%.*s (%.*s, until %.*s)", (int)r->waiver->reason.n, r->waiver->reason.p,
            (int)r->waiver->owner.n, r->waiver->owner.p, (int)r->waiver->expires.n, r->waiver->expires.p);
        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "kind", GH_STR("external"));
        gh_jsonw_kstr(w, "status", GH_STR("accepted"));
        gh_jsonw_kstr(w, "justification", gh_str(mem, n < 0 ? 0 : (size_t)n < sizeof mem ? (size_t)n : sizeof mem - 1));
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, ']');
}

static void
put_text(struct gh_jsonw *w, const struct gh_report_result *r, struct gh_str name)
{
    const struct gh_rule *rule = r->r.rule;
    bool is_fail = r->r.outcome == GH_OUTCOME_FAIL;
    char mem[4096];
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, sizeof mem);
    gh_buf_putz(&b, rule->title);
    if (name.n > 0)
        gh_buf_putz(&b, ": ");
    gh_buf_put(&b, name);
    gh_buf_putz(&b, is_fail ? ". Found " : ". Not decided: ");
    if (is_fail && r->r.path.n > 0) {
        gh_buf_put(&b, gh_str_sub(r->r.path, 0, 1024));
        gh_buf_putz(&b, " = ");
    }
    gh_buf_put(&b, gh_str_sub(r->r.found, 0, 1024));
    if (is_fail && r->r.wanted.n > 0) {
        gh_buf_putz(&b, "; wanted ");
        gh_buf_put(&b, gh_str_sub(r->r.wanted, 0, 1024));
    }
    if (is_fail && rule->fix != NULL) {
        gh_buf_putz(&b, ". Fix: ");
        gh_buf_putz(&b, rule->fix);
    }
    if (r->r.is_if_deployed)
        gh_buf_putz(&b, " (if deployed)");
    gh_buf_putc(&b, '.');
    put_message(w, "message", b.rc == GH_OK ? gh_buf_str(&b) : gh_str_z(rule->title));
}

static void
put_result(struct gh_jsonw *w, const struct gh_report *rep, const struct gh_report_result *r, uint64_t index)
{
    bool is_fail = r->r.outcome == GH_OUTCOME_FAIL;
    char mem[512];
    struct gh_str name = gh_report_resource(rep, r, mem);

    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "ruleId", gh_str_z(r->r.rule->id));
    gh_jsonw_ku64(w, "ruleIndex", index);
    gh_jsonw_kstr(w, "kind", gh_str_z(is_fail ? "fail" : "review"));
    gh_jsonw_kstr(w, "level", gh_str_z(is_fail ? levels[r->r.rule->severity] : "none"));
    put_text(w, r, name);
    put_location(w, rep, r, name);
    put_fingerprint(w, rep, r, name);
    put_suppressions(w, rep, r);
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "path", r->r.path);
    gh_jsonw_kstr(w, "found", is_fail ? r->r.found : GH_STR(""));
    gh_jsonw_kstr(w, "wanted", r->r.wanted);
    gh_jsonw_kbool(w, "ifDeployed", r->r.is_if_deployed);
    gh_baseline_compat_put(w, rep, r);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

/* ---- the whole ---- */

static char piece[PIECE_BYTES_MAX];

static void
begin(struct gh_jsonw *w, struct gh_buf *b)
{
    gh_buf_init_fixed(b, piece, sizeof piece);
    gh_jsonw_init(w, b);
}

static void
end(FILE *f, struct gh_buf *b, bool *is_first)
{
    fprintf(f, "%s%.*s", *is_first ? "\n" : ",\n", (int)gh_buf_str(b).n, gh_buf_str(b).p);
    *is_first = false;
}

static void
put_rules(FILE *f, uint64_t *index)
{
    const struct gh_rule *rule;
    struct gh_jsonw w;
    struct gh_buf b;
    bool is_first = true;
    uint64_t n = 0;

    for (size_t i = 0; (rule = gh_rule_at(i)) != NULL; i++) {
        if (rule->over == GH_OVER_GATEWAY)
            continue;
        index[i] = n++;
        begin(&w, &b);
        put_rule(&w, rule);
        end(f, &b, &is_first);
    }
}

static size_t
number_of(const struct gh_rule *rule)
{
    size_t i = 0;

    while (gh_rule_at(i) != rule && gh_rule_at(i) != NULL)
        i++;
    return i;
}

void
gh_baseline_out_sarif(FILE *f, struct gh_report *rep)
{
    static uint64_t index[512];
    double score = gh_report_score(rep);
    struct gh_jsonw w;
    struct gh_buf b;
    bool is_first = true;

    fputs("{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{\n"
          "\"tool\":{\"driver\":{\"name\":\"gatehouse\",\"fullName\":\"gatehouse baseline scan\",\"semanticVersion\":\"" GH_VERSION
          "\",\"rules\":[",
        f);
    put_rules(f, index);
    fputs("]}},\n\"columnKind\":\"unicodeCodePoints\",\n\"invocations\":[{\"executionSuccessful\":true}],\n\"properties\":{", f);
    if (score >= 0)
        fprintf(f, "\"score\":%.4f,", score);
    fprintf(f, "\"pass\":%zu,\"fail\":%zu,\"unknown\":%zu,\"n/a\":%zu,\"waived\":%zu},\n\"results\":[",
        rep->outcomes[GH_OUTCOME_PASS], rep->outcomes[GH_OUTCOME_FAIL], rep->outcomes[GH_OUTCOME_UNKNOWN],
        rep->outcomes[GH_OUTCOME_NA], rep->waived);
    for (size_t i = 0; i < rep->n; i++) {
        const struct gh_report_result *r = &rep->result[i];
        if (r->r.outcome != GH_OUTCOME_FAIL && r->r.outcome != GH_OUTCOME_UNKNOWN)
            continue;
        begin(&w, &b);
        put_result(&w, rep, r, index[number_of(r->r.rule)]);
        end(f, &b, &is_first);
    }
    fputs("]}]}\n", f);
}
