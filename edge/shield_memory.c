/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

/*
 * What was judged before: verdicts of texts, by a keyed hash of everything that a verdict depends on (the model, the kind, the threshold, the
 * text), so that a long conversation which comes again with each turn costs its last turn alone. A table of one size in each worker, shared
 * by its threads; within a set the oldest goes. No text stands in it, and without the key nobody can make a text that is taken for another.
 */

#define WAYS 4
#define SETS 8192 /* with four ways 32,768 verdicts: a thousand conversations of thirty turns, in 2 MiB */

typedef struct {
    uint64_t tag[2]; /* half of the hash; zeros: empty */
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

static entry_t *
set_of(const uint8_t hash[GH_SHA256_BYTES])
{
    uint32_t at;

    memcpy(&at, hash + 16, sizeof(at));
    return self.entries + (size_t)(at % SETS) * WAYS;
}

bool
ngx_http_gatehouse_memory_find(ngx_http_gatehouse_verdict_t *out, const uint8_t hash[GH_SHA256_BYTES])
{
    entry_t *set = set_of(hash);
    bool is_there = false;

    (void)pthread_mutex_lock(&self.lock);
    for (unsigned i = 0; i < WAYS && !is_there; i++) {
        if (memcmp(set[i].tag, hash, sizeof(set[i].tag)) != 0)
            continue;
        *out = set[i].verdict;
        set[i].used = ++self.clock;
        is_there = true;
    }
    (void)pthread_mutex_unlock(&self.lock);
    return is_there;
}

void
ngx_http_gatehouse_memory_put(const uint8_t hash[GH_SHA256_BYTES], const ngx_http_gatehouse_verdict_t *verdict)
{
    entry_t *set = set_of(hash), *oldest = set;

    (void)pthread_mutex_lock(&self.lock);
    for (unsigned i = 1; i < WAYS; i++)
        if (self.clock - set[i].used > self.clock - oldest->used)
            oldest = &set[i];
    memcpy(oldest->tag, hash, sizeof(oldest->tag));
    oldest->verdict = *verdict;
    oldest->used = ++self.clock;
    (void)pthread_mutex_unlock(&self.lock);
}
