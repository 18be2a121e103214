/* SPDX-License-Identifier: Apache-2.0 */
/* What paths and components of the document are written with: members, and the names of schemas. */
#include "control/rest/openapi_int.h"

void
gh_openapi_str(struct gh_jsonw *w, const char *key, const char *value)
{
    gh_jsonw_kstr(w, key, gh_str_z(value));
}

void
gh_openapi_open(struct gh_jsonw *w, const char *key)
{
    gh_jsonw_key(w, key);
    gh_jsonw_obj(w);
}

void
gh_openapi_end(struct gh_jsonw *w)
{
    gh_jsonw_end(w, '}');
}

/* "endpoint" -> "Endpoint" + suffix, with what goes before it. */
static void
put_word(struct gh_buf *b, const char *before, const char *name, const char *suffix)
{
    gh_buf_putz(b, before);
    gh_buf_putc(b, (char)(name[0] >= 'a' && name[0] <= 'z' ? name[0] - 'a' + 'A' : name[0]));
    gh_buf_put(b, gh_str_sub(gh_str_z(name), 1, SIZE_MAX));
    gh_buf_putz(b, suffix);
}

void
gh_openapi_ref(struct gh_jsonw *w, const char *name, const char *suffix)
{
    char mem[GH_OPENAPI_WORD_MAX];
    struct gh_buf b;
    gh_buf_init_fixed(&b, mem, sizeof(mem));
    put_word(&b, "#/components/schemas/", name, suffix);
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "$ref", gh_buf_str(&b));
    gh_openapi_end(w);
}

void
gh_openapi_schema_key(struct gh_jsonw *w, const char *name, const char *suffix)
{
    char mem[GH_OPENAPI_WORD_MAX];
    struct gh_buf b;
    gh_buf_init_fixed(&b, mem, sizeof(mem));
    put_word(&b, "", name, suffix);
    gh_jsonw_key_str(w, gh_buf_str(&b));
}

void
gh_openapi_item_ref(struct gh_jsonw *w, enum gh_resource type)
{
    gh_openapi_ref(w, gh_resource_table[type].name, "");
}

bool
gh_openapi_is_special(enum gh_resource type)
{
    return gh_openapi_parts[type].answer != NULL || gh_openapi_parts[type].is_computed;
}
