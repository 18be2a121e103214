/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

/* The model of the shield: a file of every worker's (file.h; its pages are the kernel's, once for all), believed by its digest. */

static const char *
believe(ngx_http_gatehouse_file_t *f)
{
    struct gh_shield_model *model;
    struct gh_err err = {0};

    if (gh_shield_open(&model, &f->arena, gh_str(f->bytes, f->size), &err) != GH_OK)
        return err.what != NULL ? err.what : "the file is no model of the shield";
    f->made = model;
    return NULL;
}

const ngx_http_gatehouse_file_kind_t ngx_http_gatehouse_shield_kind = {.believe = believe};

const struct gh_shield_model *
ngx_http_gatehouse_shield_model(const ngx_http_gatehouse_file_t *f)
{
    return f == NULL ? NULL : f->made;
}
