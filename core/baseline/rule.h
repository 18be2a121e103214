/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline/rule: the table of rules. A rule is one row; its conditions are data that cond.c evaluates.
 *
 * HOW TO WRITE A ROW (one file for each provider, rules_<provider>.c, each ends in a `const struct gh_rule_set`; rules.c lists the sets):
 *
 *   {
 *       .id = "GH-AIS-003", .title = "Network restricted", .severity = GH_SEVERITY_MEDIUM, .control = "NS-2", .seed = "NOPUB",
 *       .type = "Microsoft.CognitiveServices/accounts",              several: "A|B"
 *       .guard = GH_IF(GH_IN("kind", "OpenAI|AIServices")),          not met: n/a, with .guard_why
 *       .pass = GH_IF(GH_ANY(GH_IN("properties.publicNetworkAccess", "Disabled", .absent = "Enabled"),
 *                            GH_IN("properties.networkAcls.defaultAction", "Deny", .absent = "Allow"))),
 *       .fix = "deny by default", .edit = {{"properties.networkAcls.defaultAction", "\"Deny\""}},
 *       .equal = (const struct gh_equal[]){{GH_TOOL_PSRULE, "Azure.AI.PublicAccess", '='}, {GH_TOOL_POLICY, "037eea7a", '='}, {0}},
 *   }
 *
 * Paths start at the resource ("properties.x", "identity.type", "tags.owner", "kind", "sku.name", "name", "apiVersion"). `[*]` goes over the
 * elements of an array, `.*` over the members of an object: the condition must then hold for every one (or, with .some = true, for one).
 * Absent and null are the same: judged as .absent (with .since: as .absent_then from that apiVersion on); without .absent an absent value is
 * not one of GH_IN (fails) and is one of GH_NOT_IN (passes). .absent = "?" makes it unknown.
 * A value that cannot be reduced, or is an array or object where text is wanted, is unknown, never a pass.
 * What no row can say is a function of the same row: GH_CALL(fn) as a condition, or .judge = fn for the whole rule.
 */
#ifndef GH_BASELINE_RULE_H
#define GH_BASELINE_RULE_H

#include "baseline/input.h"

enum gh_severity { GH_SEVERITY_OFF = 0, GH_SEVERITY_LOW, GH_SEVERITY_MEDIUM, GH_SEVERITY_HIGH, GH_SEVERITY_CRITICAL, GH_SEVERITY_COUNT };
enum gh_outcome { GH_OUTCOME_NONE = 0 /* nothing to report */, GH_OUTCOME_PASS, GH_OUTCOME_FAIL, GH_OUTCOME_UNKNOWN, GH_OUTCOME_NA, GH_OUTCOME_COUNT };

struct gh_judge;
struct gh_cond;
/* `at` is what the condition is asked about: the resource's root, or an element of a loop. Says what it saw by gh_judge_saw. */
typedef enum gh_truth (*gh_cond_fn)(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);
/* Judges a whole rule by itself: calls gh_judge_report as often as there is something to say. */
typedef void (*gh_rule_fn)(struct gh_judge *j);

enum gh_cond_op {
    GH_COND_END = 0,
    GH_COND_ALL, GH_COND_ANY, GH_COND_NOT,
    GH_COND_IN,         /* text at path is one of value "a|b"                                    */
    GH_COND_NOT_IN,
    GH_COND_BEGINS,     /* text at path begins with one of "a|b"                                 */
    GH_COND_ENDS,
    GH_COND_HOLDS,      /* text at path holds one of "a|b", or array at path has it as an element */
    GH_COND_SET,        /* neither absent, null, "", [] nor {}                                    */
    GH_COND_UNSET,
    GH_COND_AT_MOST,    /* number at path <= value, or <= the configured number named "$name"     */
    GH_COND_AT_LEAST,   /* the same, >=                                                           */
    GH_COND_VERSION,    /* text at path, a date or date version, is value or later                */
    GH_COND_API,        /* the resource's apiVersion is value or later; exports: true             */
    GH_COND_EVERY,      /* `sub` holds for each element of array (member of object) at path; its paths start at the element  */
    GH_COND_SOME,       /* ... for at least one                                                   */
    GH_COND_RULE,       /* this resource passes rule `value`                                      */
    GH_COND_PARENT_RULE,/* the nearest ancestor of type `path` passes rule `value`; no such ancestor in the input: unknown  */
    GH_COND_PARENT,     /* `sub` holds for the nearest ancestor of type `path` (NULL: the parent); none in the input: unknown */
    GH_COND_CHILD,      /* some child or extension of type `path` in the input meets `sub` (NULL: exists) */
    GH_COND_ENDPOINT,   /* a private endpoint is linked; value: its group id, NULL: any           */
    GH_COND_LOGS,       /* a diagnostic setting is linked and on; value: categories "a|b" that count, NULL: any; some: a destination is not asked for */
    GH_COND_IDENTITY,   /* identity present (section 2)                                           */
    GH_COND_INPUT_HAS,  /* the input has a resource of one of the types "a|b"                     */
    GH_COND_EXPORT,     /* the input is an export                                                 */
    GH_COND_LISTED,     /* text at path matches (with *) an entry of the configured list `value`  */
    GH_COND_CONFIGURED, /* the configured list `value` is not empty                               */
    GH_COND_CALL,
    GH_COND_COUNT
};

struct gh_cond {
    enum gh_cond_op op;
    const char *path;
    const char *value;
    const struct gh_cond *sub; /* ends with GH_COND_END */
    const char *absent;        /* what an absent value is judged as; "?": unknown */
    const char *since, *absent_then;
    bool some;                 /* with a path that has `*`: one is enough */
    const char *wanted;        /* words for the report; NULL: made from the row */
    gh_cond_fn fn;
};

#define GH_CONDS(...) (const struct gh_cond[]){__VA_ARGS__, {.op = GH_COND_END}}
#define GH_IF(...) GH_CONDS(__VA_ARGS__) /* several: all must hold */
#define GH_ALL(...) {.op = GH_COND_ALL, .sub = GH_CONDS(__VA_ARGS__)}
#define GH_ANY(...) {.op = GH_COND_ANY, .sub = GH_CONDS(__VA_ARGS__)}
#define GH_NOT(...) {.op = GH_COND_NOT, .sub = GH_CONDS(__VA_ARGS__)}
#define GH_IN(p, v, ...) {.op = GH_COND_IN, .path = (p), .value = (v), ##__VA_ARGS__}
#define GH_NOT_IN(p, v, ...) {.op = GH_COND_NOT_IN, .path = (p), .value = (v), ##__VA_ARGS__}
#define GH_TRUE(p, ...) {.op = GH_COND_IN, .path = (p), .value = "true", ##__VA_ARGS__}
#define GH_FALSE(p, ...) {.op = GH_COND_IN, .path = (p), .value = "false", ##__VA_ARGS__}
#define GH_BEGINS(p, v, ...) {.op = GH_COND_BEGINS, .path = (p), .value = (v), ##__VA_ARGS__}
#define GH_ENDS(p, v, ...) {.op = GH_COND_ENDS, .path = (p), .value = (v), ##__VA_ARGS__}
#define GH_HOLDS(p, v, ...) {.op = GH_COND_HOLDS, .path = (p), .value = (v), ##__VA_ARGS__}
#define GH_SET(p, ...) {.op = GH_COND_SET, .path = (p), ##__VA_ARGS__}
#define GH_UNSET(p, ...) {.op = GH_COND_UNSET, .path = (p), ##__VA_ARGS__}
#define GH_AT_MOST(p, v, ...) {.op = GH_COND_AT_MOST, .path = (p), .value = (v), ##__VA_ARGS__}
#define GH_AT_LEAST(p, v, ...) {.op = GH_COND_AT_LEAST, .path = (p), .value = (v), ##__VA_ARGS__}
#define GH_VERSION_FROM(p, v, ...) {.op = GH_COND_VERSION, .path = (p), .value = (v), ##__VA_ARGS__}
#define GH_API_FROM(v) {.op = GH_COND_API, .value = (v)}
#define GH_EVERY(p, ...) {.op = GH_COND_EVERY, .path = (p), .sub = GH_CONDS(__VA_ARGS__)}
#define GH_SOME(p, ...) {.op = GH_COND_SOME, .path = (p), .sub = GH_CONDS(__VA_ARGS__)}
#define GH_PASSES(rule) {.op = GH_COND_RULE, .value = (rule)}
#define GH_PARENT_PASSES(t, rule) {.op = GH_COND_PARENT_RULE, .path = (t), .value = (rule)}
#define GH_PARENT(t, ...) {.op = GH_COND_PARENT, .path = (t), .sub = GH_CONDS(__VA_ARGS__)}
#define GH_HAS_CHILD(t, ...) {.op = GH_COND_CHILD, .path = (t), .sub = GH_CONDS(__VA_ARGS__)}
#define GH_ENDPOINT(group) {.op = GH_COND_ENDPOINT, .path = "properties.privateEndpointConnections", .value = (group)}
#define GH_LOGS(categories) {.op = GH_COND_LOGS, .value = (categories)}
#define GH_IDENTITY {.op = GH_COND_IDENTITY, .path = "identity.type"}
#define GH_INPUT_HAS(types) {.op = GH_COND_INPUT_HAS, .value = (types)}
#define GH_IS_EXPORT {.op = GH_COND_EXPORT}
#define GH_LISTED(p, list, ...) {.op = GH_COND_LISTED, .path = (p), .value = (list), ##__VA_ARGS__}
#define GH_CONFIGURED(list) {.op = GH_COND_CONFIGURED, .value = (list)}
#define GH_CALL(f, ...) {.op = GH_COND_CALL, .fn = (f), ##__VA_ARGS__}

enum gh_tool { GH_TOOL_NONE = 0, GH_TOOL_PSRULE, GH_TOOL_CHECKOV, GH_TOOL_POLICY, GH_TOOL_COUNT };

/* The same rule of another tool. pass NULL: its condition is ours when the relation is '='; else it is not written down here, and not judged. */
struct gh_equal {
    enum gh_tool tool;
    const char *id;
    char relation;              /* '=' the same, '>' ours is stricter, '~' they overlap, 't' Terraform only (not judged) */
    const struct gh_cond *guard, *pass;
    const char *difference;     /* words, where section 16 of the rules' page states none */
};

#define GH_PSRULE(i, r, ...) {.tool = GH_TOOL_PSRULE, .id = (i), .relation = (r), ##__VA_ARGS__}
#define GH_CHECKOV(i, r, ...) {.tool = GH_TOOL_CHECKOV, .id = (i), .relation = (r), ##__VA_ARGS__}
#define GH_POLICY(i, r, ...) {.tool = GH_TOOL_POLICY, .id = (i), .relation = (r), ##__VA_ARGS__}

struct gh_rule_edit {
    const char *path, *json;    /* for --fix: what is written there */
};

#define GH_RULE_EDITS_MAX 4

/* What a rule is asked about. */
enum gh_rule_over { GH_OVER_RESOURCES = 0, GH_OVER_TEMPLATES /* each template, nested ones too; .judge */, GH_OVER_INPUT /* once; .judge */,
                    GH_OVER_GATEWAY /* the installation's own objects: judged elsewhere, listed here */ };

struct gh_rule {
    const char *id, *title;
    enum gh_severity severity;
    const char *control;          /* several: "IM-1|PA-7" */
    const char *seed;             /* the same; NULL: none */
    const char *well_architected; /* item of the Well-Architected security pillar, "SE:05"; may be NULL */
    enum gh_rule_over over;
    const char *type;             /* resource types "a|b"; "*": each resource */
    const struct gh_cond *guard;
    const char *guard_why;        /* words for n/a */
    const struct gh_cond *pass;
    gh_rule_fn judge;             /* instead of guard and pass */
    const char *missing;          /* when no resource of the input meets type and guard: once unknown, with these words; NULL: nothing */
    const struct gh_cond *missing_if; /* asked once of the input (GH_INPUT_HAS) before `missing` is said; NULL: always */
    bool is_secret;               /* the deciding value is never shown */
    const char *fix;              /* one line */
    struct gh_rule_edit edit[GH_RULE_EDITS_MAX];
    const struct gh_equal *equal; /* ends with a zero row */
    const char *note;             /* for `baseline explain`: what the row cannot say; may be NULL */
};

struct gh_rule_set {
    const struct gh_rule *rule;
    size_t n;
};
extern const struct gh_rule_set gh_rules_ml, gh_rules_ai, gh_rules_apim, gh_rules_vault, gh_rules_storage, gh_rules_registry, gh_rules_app,
    gh_rules_authorization, gh_rules_security, gh_rules_network, gh_rules_template, gh_rules_gateway;

/* All rules in the order of the page. NULL behind the last. */
const struct gh_rule *gh_rule_at(size_t i);
size_t gh_rule_count(void);
const struct gh_rule *gh_rule_find(struct gh_str id);

extern const char *const gh_severity_names[GH_SEVERITY_COUNT]; /* "High" ... */
extern const char *const gh_outcome_names[GH_OUTCOME_COUNT];   /* "pass", "fail", "unknown", "n/a" */
extern const unsigned gh_severity_weights[GH_SEVERITY_COUNT];  /* of the score: 10, 5, 3, 1 */

#endif
