/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/rest/openapi: the management API as an OpenAPI 3.1 document, made from the one table of resource types (core/policy/resource.h). A type
 * that is added there stands here by itself, with its paths, schemas and actions. What that table does not say (members that a handler
 * adds, members of properties that are objects, answers that are no resources) is a row of gh_openapi_parts; a handler that has `render` or
 * `answer` and no such row fails openapi_test.c, and what an answer holds beyond its schema fails the end-to-end tests, which hold every
 * management answer against this document.
 *
 * Served at /api/openapi.json; the same text is printed by `gatehouse api describe`. It names no installation.
 */
#ifndef GH_CONTROL_REST_OPENAPI_H
#define GH_CONTROL_REST_OPENAPI_H

#include "policy/resource.h"

#define GH_OPENAPI_BYTES_MAX (4u << 20)

/* Appends the document. GH_LIMIT, GH_NOMEM: of the buffer. */
GH_MUST_USE enum gh_rc gh_openapi_put(struct gh_buf *out);

/* Members of an object: the same rows as properties of a resource. Those that are not required may be absent or null. */
struct gh_openapi_members {
    const struct gh_prop *p;
    size_t n;
};

struct gh_openapi_part {
    /* Beside "properties" in the answer; GH_PROP_SECRET: in the answer that makes the resource, and never again. */
    struct gh_openapi_members members;
    /* Of each GH_PROP_OBJECT or element of GH_PROP_OBJECTS among the properties, by its name; ends with a NULL name. Without one: any. */
    const struct gh_openapi_nested {
        const char *name;
        struct gh_openapi_members members;
    } *nested;
    struct gh_openapi_members query; /* parameters of GET, beside those of all lists */
    /* The whole answer, where it is no resource: its schema, and what it comes as (NULL: application/json). */
    void (*answer)(struct gh_jsonw *w);
    const char *const *media; /* ends with NULL */
    bool is_computed;         /* like a resource, but stored nowhere: no etag, no times */
};
extern const struct gh_openapi_part gh_openapi_parts[GH_RESOURCE_COUNT];

/* ---- schemas, for the document and its parts ---- */

/* One property as a JSON Schema. is_request: null stands for absent. */
void gh_openapi_put_prop(struct gh_jsonw *w, const struct gh_prop *p, const struct gh_openapi_part *part, bool is_request);
/* An object of these members and no others. */
void gh_openapi_put_members(struct gh_jsonw *w, const struct gh_openapi_members *m);

#endif
