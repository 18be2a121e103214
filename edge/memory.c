/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/limits.h"

/*
 * What was judged before: verdicts of texts, by the text's print (a keyed hash: of a key of this worker, the workspace, the text) and by all
 * that judged it (the shield: model, kind, threshold; the guard: patterns, the endpoint's rules), so that a long conversation which comes
 * again with each turn costs little more than its last turn. A text is hashed once for both. A table of one size in each worker, shared by
 * its threads; within a set the oldest goes. No text stands in it, without the key nobody can make a text that is taken for another, and
 * no workspace learns from the time that an answer takes what another one asked.
 */

#define WAYS 4
#define SETS                                                                                                                       \
    16384 /* with four ways 65,536 verdicts: seven hundred conversations of thirty turns, looked at twice, and their seams; at most 3 MiB */

typedef struct {
    uint64_t tag[2]; /* the print      */
    uint64_t judge;  /* what judged it */
    uint32_t used;
    ngx_http_gatehouse_verdict_t verdict;
} entry_t;

static struct {
    pthread_mutex_t lock;
    entry_t *entries; /* calloc: pages that are never touched cost nothing */
    uint32_t clock;
    uint8_t key[GH_SHA256_BYTES];
} self = {.lock = PTHREAD_MUTEX_INITIALIZER};

ngx_int_t
ngx_http_gatehouse_memory_init(void)
{
    self.entries = calloc((size_t)SETS * WAYS, sizeof(*self.entries));
    if (self.entries == NULL || getrandom(self.key, sizeof(self.key), 0) != (ssize_t)sizeof(self.key))
        return NGX_ERROR;
    return NGX_OK;
}

struct gh_str
ngx_http_gatehouse_memory_key(void)
{
    return gh_str(self.key, sizeof(self.key));
}

void
ngx_http_gatehouse_memory_exit(void)
{
    free(self.entries);
    self.entries = NULL;
}

/* ---- prints ---- */

/* The keys of this workspace: of the worker's, which is drawn at its start. Calls of one workspace follow each other: a thread keeps the last. */
static enum gh_rc
make_key(ngx_http_gatehouse_judge_t *j)
{
    static __thread struct {
        char ws[GH_NAME_BYTES_MAX];
        size_t n; /* 0: none yet */
        uint8_t key[sizeof(j->print_key)];
    } last;
    const struct gh_str ws = j->route->ws, parts[] = {ngx_http_gatehouse_memory_key(), ws};

    if (j->has_print_key)
        return GH_OK;
    if (last.n > 0 && gh_str_eq(gh_str(last.ws, last.n), ws))
        ngx_memcpy(j->print_key, last.key, sizeof(j->print_key));
    else if (gh_sha256_v(j->print_key, parts, sizeof(parts) / sizeof(parts[0])) != GH_OK)
        return GH_BUG;
    else if (ws.n <= sizeof(last.ws)) {
        ngx_memcpy(last.key, j->print_key, sizeof(last.key));
        ngx_memcpy(last.ws, ws.p, last.n = ws.n);
    }
    j->has_print_key = true;
    return GH_OK;
}

enum gh_rc
ngx_http_gatehouse_print(uint8_t out[GH_SIPHASH_BYTES], ngx_http_gatehouse_judge_t *j, size_t part, struct gh_str text)
{
    enum gh_rc rc = make_key(j);

    if (rc != GH_OK)
        return rc;
    gh_siphash(out, j->print_key, text);
    if (j->prints == NULL && j->texts.conv != NULL) {
        j->prints = gh_arena_take_array(&j->work, j->texts.conv->n_parts, sizeof(*j->prints));
        j->n_prints = j->prints == NULL ? 0 : j->texts.conv->n_parts;
    }
    if (part < j->n_prints && j->prints[part].text.p == NULL) {
        j->prints[part].text = text;
        ngx_memcpy(j->prints[part].print, out, sizeof(j->prints[part].print));
    }
    return GH_OK;
}

enum gh_rc
ngx_http_gatehouse_print_all(uint8_t out[GH_SIPHASH_BYTES], ngx_http_gatehouse_judge_t *j, struct gh_str prints)
{
    enum gh_rc rc = make_key(j);

    if (rc == GH_OK)
        gh_siphash(out, j->print_key + GH_SIPHASH_KEY_BYTES, prints);
    return rc;
}

const uint8_t *
ngx_http_gatehouse_print_made(const ngx_http_gatehouse_judge_t *j, size_t part, struct gh_str text)
{
    const ngx_http_gatehouse_print_t *p = part < j->n_prints ? &j->prints[part] : NULL;

    return p != NULL && p->text.p == text.p && p->text.n == text.n ? p->print : NULL;
}

#define NAMED_BYTES 128 /* all that judges are made of, together; more has no name */

uint64_t
ngx_http_gatehouse_judge_name(const struct gh_str *parts, size_t n)
{
    uint8_t print[GH_SIPHASH_BYTES], mem[NAMED_BYTES];
    uint64_t name = 0;
    struct gh_buf all;

    gh_buf_init_fixed(&all, mem, sizeof(mem));
    for (size_t i = 0; i < n; i++)
        gh_buf_put(&all, parts[i]);
    if (all.rc != GH_OK)
        return 0;
    gh_siphash(print, self.key + sizeof(self.key) - GH_SIPHASH_KEY_BYTES, gh_buf_str(&all));
    ngx_memcpy(&name, print, sizeof(name));
    return name;
}

/* ---- verdicts ---- */

static entry_t *
set_of(const uint8_t print_of[GH_SIPHASH_BYTES], uint64_t judge)
{
    uint32_t at;

    memcpy(&at, print_of, sizeof(at));
    return self.entries + (size_t)((at ^ (uint32_t)judge) % SETS) * WAYS;
}

static bool
is_it(const entry_t *e, const uint8_t print_of[GH_SIPHASH_BYTES], uint64_t judge)
{
    return e->judge == judge && memcmp(e->tag, print_of, sizeof(e->tag)) == 0;
}

bool
ngx_http_gatehouse_memory_find(ngx_http_gatehouse_verdict_t *out, const uint8_t print_of[GH_SIPHASH_BYTES], uint64_t judge)
{
    entry_t *set = set_of(print_of, judge);
    bool is_there = false;

    if (judge == 0) /* nobody that has a name */
        return false;

    (void)pthread_mutex_lock(&self.lock);
    for (unsigned i = 0; i < WAYS && !is_there; i++) {
        if (!is_it(&set[i], print_of, judge))
            continue;
        *out = set[i].verdict;
        set[i].used = ++self.clock;
        is_there = true;
    }
    (void)pthread_mutex_unlock(&self.lock);
    return is_there;
}

void
ngx_http_gatehouse_memory_put(const uint8_t print_of[GH_SIPHASH_BYTES], uint64_t judge, const ngx_http_gatehouse_verdict_t *verdict)
{
    entry_t *set = set_of(print_of, judge), *oldest = set;

    if (judge == 0)
        return;
    (void)pthread_mutex_lock(&self.lock);
    for (unsigned i = 1; i < WAYS; i++)
        if (self.clock - set[i].used > self.clock - oldest->used)
            oldest = &set[i];
    memcpy(oldest->tag, print_of, sizeof(oldest->tag));
    oldest->judge = judge;
    oldest->verdict = *verdict;
    oldest->used = ++self.clock;
    (void)pthread_mutex_unlock(&self.lock);
}
