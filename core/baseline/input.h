/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline/input: one file, whatever its shape, as a list of resources:
 *     template        `resources` an array, or an object of symbolic names; nested deployments with inner or outer scope; copy loops; conditions;
 *                     nested children; a parameter file beside it
 *     resource list   array of resources (az resource list, Get-AzResource), or one resource; with or without nested `resources`
 *     Resource Graph  {"data": [...]}, {"value": [...]}, {"data": {"columns", "rows"}}; `properties` may be JSON in a string
 * What is none of these is GH_BAD with the place and the reason: nothing that was not understood is ever an empty success.
 */
#ifndef GH_BASELINE_INPUT_H
#define GH_BASELINE_INPUT_H

#include "baseline/expr.h"

#define GH_INPUT_NONE UINT32_MAX

enum gh_input_shape { GH_INPUT_UNKNOWN = 0, GH_INPUT_TEMPLATE, GH_INPUT_PARAMETERS, GH_INPUT_LIST, GH_INPUT_GRAPH, GH_INPUT_RESOURCE };

struct gh_input_resource {
    struct gh_str type;       /* whole: Microsoft.KeyVault/vaults/secrets; as written                             */
    struct gh_value name;     /* whole: vault/secret; may be opaque or unknown                                    */
    struct gh_str api_version;/* empty: not said (exports) or not known                                           */
    struct gh_str id;         /* exports: as written; templates: provider path, unknown parts as marks; empty: not known */
    struct gh_str scope;      /* what an extension is attached to, as `id`; empty: not said, or not known         */
    struct gh_value root;     /* the object itself: gh_expr_path(ev, r->root, "properties.x")                     */
    uint32_t parent;          /* index of the resource that it is a child or extension of, or GH_INPUT_NONE    */
    uint32_t next_child, first_child;
    uint32_t first_link;      /* private endpoints that lead to it: index into gh_input.link                      */
    uint32_t template;        /* index of the template that it stands in; exports: 0                              */
    bool is_if_deployed;      /* its condition, or one around it, is not decided                                  */
    bool is_existing;         /* declared `existing`: linked to, not judged                                       */
    bool is_extension;        /* attached to `parent` by its scope                                                */
    bool has_unknown_scope;   /* says a scope that cannot be reduced                                              */
    bool has_no_properties;   /* an export that shows no properties: nothing about them is known                  */
    bool has_children_listed; /* an export that lists what belongs to it under `resources`                         */
};

/* A template of the input: the file's own, and each nested one. */
struct gh_template {
    struct gh_scope *scope;     /* where its expressions are reduced (the outer one's for outer scope)             */
    gh_json_ref root;           /* the template object in `scope->doc`                                             */
    uint32_t deployment;        /* resource that deploys it, or GH_INPUT_NONE                                   */
    struct gh_str symbol;       /* symbolic name of that resource, or empty                                        */
    bool is_inner;              /* inner evaluation scope; the file's own template counts as one                   */
};

/* A private endpoint that leads to a resource of the input. */
struct gh_link {
    uint32_t by, next;        /* the Microsoft.Network/privateEndpoints resource; the next link to the same target */
    struct gh_value groups;   /* groupIds of the connection                                                        */
};

/* Something that the reader must say though it is no error: a page is missing, a linked template is not here. */
struct gh_note {
    const char *what; /* literal */
    uint32_t at;
};

struct gh_input {
    struct gh_doc doc;
    enum gh_input_shape shape;
    struct gh_eval eval;
    struct gh_input_resource *resource;
    uint32_t n_resources, cap_resources;
    struct gh_template *template;
    uint32_t n_templates, cap_templates;
    struct gh_note *note;
    uint32_t n_notes, cap_notes;
    struct gh_link *link;
    uint32_t n_links, cap_links;
    bool has_stray_endpoint;    /* some private endpoint's target could not be reduced                              */
    bool has_stray_setting;     /* some diagnostic setting's scope could not be reduced                             */
    uint32_t *by_type;          /* indices of resources, those of a type together, in their order                  */
    struct gh_input_types {
        struct gh_str type;
        uint32_t from, n;       /* in by_type */
    } *types;
    uint32_t n_types;
    uint32_t *type_slot, n_type_slots; /* hash of type -> its number + 1  */
    uint32_t *id_slot, n_id_slots;     /* hash of id -> resource + 1      */
    struct gh_arena *a;
};

/* What a text is, by its outer form alone; GH_INPUT_UNKNOWN with err->at and a reason. */
enum gh_input_shape gh_input_shape(const struct gh_doc *d, struct gh_err *err);

/*
 * Reads `text` (borrowed). `parameters` (NULL: none) is a parameter file that was read before. GH_BAD, GH_LIMIT, GH_NOMEM with err->at
 * and err->what. Everything lives in the arena. `in` must not move afterwards.
 */
GH_MUST_USE enum gh_rc gh_input_read(struct gh_input *in, struct gh_arena *a, struct gh_str text, const struct gh_doc *parameters, struct gh_err *err);

static inline bool
gh_input_is_export(const struct gh_input *in)
{
    return in->shape != GH_INPUT_TEMPLATE;
}

/* The resources of a type (without regard to case) in the order of the input; *n of them. */
const uint32_t *gh_input_of_type(uint32_t *n, const struct gh_input *in, struct gh_str type);

/* The resource that an id (whole, or provider path, possibly opaque) names, or GH_INPUT_NONE. */
uint32_t gh_input_find(const struct gh_input *in, struct gh_value id);

#endif
