/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

/* The database of patterns (patterns/patterns.h): a file of every worker's (file.h), and what each thread needs to scan with it. */

static const char *
believe(ngx_http_gatehouse_file_t *f)
{
    struct gh_patterns *db;
    struct gh_err err = {.what = "no memory"};

    if (gh_patterns_open(&db, gh_str(f->bytes, f->size), false, &err) != GH_OK)
        return err.what;
    f->made = db;
    return NULL;
}

static void
drop(void *made)
{
    gh_patterns_free(made);
}

const ngx_http_gatehouse_file_kind_t ngx_http_gatehouse_patterns_kind = {.believe = believe, .drop = drop, .is_copied = true};

/* Of this thread, for the database that it was made for. */
static __thread struct {
    uint64_t number;
    struct gh_patterns_scratch *scratch;
    struct gh_patterns_stream *engine;
} mine;

const struct gh_patterns *
ngx_http_gatehouse_patterns_db(const ngx_http_gatehouse_file_t *f)
{
    return f == NULL ? NULL : f->made;
}

void
ngx_http_gatehouse_patterns_exit(void)
{
    gh_patterns_stream_close(mine.engine);
    gh_patterns_scratch_free(mine.scratch);
    mine.engine = NULL;
    mine.scratch = NULL;
}

struct gh_patterns_scratch *
ngx_http_gatehouse_patterns_scratch(const ngx_http_gatehouse_file_t *f)
{
    if (mine.scratch != NULL && mine.number == f->number)
        return mine.scratch;
    ngx_http_gatehouse_patterns_exit();
    mine.number = f->number;
    mine.scratch = gh_patterns_scratch_new(f->made);
    return mine.scratch;
}

struct gh_patterns_stream *
ngx_http_gatehouse_patterns_engine(const ngx_http_gatehouse_file_t *f)
{
    if (ngx_http_gatehouse_patterns_scratch(f) != NULL && mine.engine == NULL)
        mine.engine = gh_patterns_stream_open(f->made);
    return mine.engine;
}
