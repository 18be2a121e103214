/* SPDX-License-Identifier: Apache-2.0 */
/* control/rest/openapi_int: what openapi.c (head and paths) and openapi_components.c (schemas) share. */
#ifndef GH_CONTROL_REST_OPENAPI_INT_H
#define GH_CONTROL_REST_OPENAPI_INT_H

#include "control/rest/openapi.h"

#define GH_OPENAPI_WORD_MAX 512 /* bytes of a name, or of a path with the names of its parameters */

/* A member that is a string, one that is an object and stays open, and the end of an object. */
void gh_openapi_str(struct gh_jsonw *w, const char *key, const char *value);
void gh_openapi_open(struct gh_jsonw *w, const char *key);
void gh_openapi_end(struct gh_jsonw *w);

/* The schema of a type is called as the type with a capital, and a suffix: "EndpointList". As a key, and as a reference to it. */
void gh_openapi_schema_key(struct gh_jsonw *w, const char *name, const char *suffix);
void gh_openapi_ref(struct gh_jsonw *w, const char *name, const char *suffix);
void gh_openapi_item_ref(struct gh_jsonw *w, enum gh_resource type); /* without one */

/* Whether it is stored nowhere: an answer, or computed. */
bool gh_openapi_is_special(enum gh_resource type);

/* "components": schemas of all types, and what operations refer to. */
void gh_openapi_put_components(struct gh_jsonw *w);

#endif
