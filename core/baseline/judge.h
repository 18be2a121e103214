/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline/judge: rules and an input -> results. Pure: what is configured comes in, results go out through a callback in the order of the input
 * (templates, resources in their order, then what concerns the whole input).
 */
#ifndef GH_BASELINE_JUDGE_H
#define GH_BASELINE_JUDGE_H

#include "baseline/rule.h"

/* What an owner configures: lists and numbers by name (config.c has the table of names and what holds when nothing is said). */
struct gh_baseline_config {
    struct gh_config_list {
        const struct gh_str *item;
        uint32_t n;
        bool is_given;
    } list[8];
    int64_t number[8];
    bool has_number[8];
};

/* Names of the lists: allowedRegions, requiredTags, approvedModels, approvedRegistries. Of the numbers: maxConcurrentSessions, ownersMax. */
void gh_config_init(struct gh_baseline_config *c);
const struct gh_config_list *gh_config_list(const struct gh_baseline_config *c, struct gh_str name); /* NULL: no such list */
bool gh_config_number(int64_t *out, const struct gh_baseline_config *c, struct gh_str name);
/* From {"allowedRegions": ["westeurope"], "maxConcurrentSessions": 50}: GH_BAD with the place for an unknown name or a wrong type. */
GH_MUST_USE enum gh_rc gh_config_parse(struct gh_baseline_config *c, struct gh_arena *a, const struct gh_json *json, struct gh_err *err);

/* What a condition saw when it decided. */
struct gh_evidence {
    struct gh_str path;      /* from the resource: "properties.publicNetworkAccess"; "parameters.NAME" */
    struct gh_value found;   /* ABSENT: judged as `absent` */
    const char *absent;      /* literal; NULL: no default applied */
    struct gh_str wanted;
    const char *why;         /* of an unknown or n/a: literal */
};

struct gh_result {
    const struct gh_rule *rule;
    uint32_t resource;       /* GH_INPUT_NONE: a template or the whole input */
    enum gh_outcome outcome;
    bool is_if_deployed;
    uint32_t at;             /* offset in the input's text: of the value, else of the resource */
    struct gh_str path;
    struct gh_str found;     /* shown: secrets masked, "absent, default Enabled"; unknown and n/a: the reason */
    struct gh_str wanted;
};
typedef void (*gh_result_fn)(void *ctx, const struct gh_result *r); /* strings live as long as the input's arena */

struct gh_judge_base;
struct gh_judge_words;
#define GH_JUDGE_KEPT 512

struct gh_judge {
    struct gh_eval *ev;
    struct gh_input *in;
    const struct gh_baseline_config *config;
    struct gh_arena *a;
    const struct gh_rule *rule;
    const struct gh_cond *pass_override; /* another tool's condition is asked (--compat) */
    uint32_t resource;                   /* GH_INPUT_NONE: over templates or the input */
    uint32_t template;                   /* over templates: which */
    struct gh_evidence seen;
    gh_result_fn fn;
    void *ctx;
    struct gh_str *kept;                 /* texts of reports shortly before; private to judge.c */
    struct gh_judge_words *words;        /* what conditions want, in words; NULL: made each time; private to cond.c */
    uint32_t depth;                      /* rules that ask rules */
    const struct gh_judge_base *base;    /* loops around the value that is asked about; private to cond.c */
};

/* All rules (those with severity off are left out) over the input. GH_NOMEM. */
GH_MUST_USE enum gh_rc gh_judge_run(struct gh_input *in, const struct gh_baseline_config *config, gh_result_fn fn, void *ctx);

/* One rule about one resource, without reporting. For rules that ask rules, and for --compat with `e` (NULL: our own condition). */
enum gh_outcome gh_judge_ask(struct gh_evidence *seen, struct gh_input *in, const struct gh_baseline_config *config, const struct gh_rule *rule,
    uint32_t resource, const struct gh_equal *e);

/* ---- for functions in rows ---- */

static inline const struct gh_input_resource *
gh_judge_resource(const struct gh_judge *j)
{
    return &j->in->resource[j->resource];
}
/* Says what was looked at; the last call before the verdict is what is reported. `path` literal or in the arena, `wanted` literal. */
void gh_judge_saw(struct gh_judge *j, struct gh_str path, struct gh_value found, const char *wanted);
/* One result of a rule with .judge, with what was seen last. */
void gh_judge_report(struct gh_judge *j, enum gh_outcome outcome);
/* A formatted path in the arena: "parameters." + name. */
struct gh_str gh_judge_path(struct gh_judge *j, const char *prefix, struct gh_str name);
/* Asks conditions (all must hold) about a value; fills j->seen. */
enum gh_truth gh_cond_holds(struct gh_judge *j, const struct gh_cond *conds, struct gh_value at);
/* The nearest ancestor of that type, or GH_INPUT_NONE. */
uint32_t gh_judge_ancestor(const struct gh_judge *j, uint32_t resource, const char *type);

#endif
