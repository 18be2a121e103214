/* SPDX-License-Identifier: Apache-2.0 */
/* The whole environment of a child: settings (ipc/layout.h), never secrets, and nothing of ours. */
#include "supervisor/super.h"

#include <stdio.h>
#include <stdlib.h>

#include "ipc/layout.h"

/* A build under sanitizers needs these in all its programs. Only where one user runs everything anyway. */
static const char *const passed_on[] = {"LD_PRELOAD", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"};

static void
env_put(struct gh_env *e, const char *name, const char *value)
{
    int n = snprintf(e->text[e->n], GH_ENV_BYTES, "%s=%s", name, value);

    if (n > 0 && n < GH_ENV_BYTES) {
        e->p[e->n] = e->text[e->n];
        e->n++;
    }
}

void
gh_env_fill(struct gh_env *e, const struct gh_super *s)
{
    char port[8];

    memset(e, 0, sizeof(*e));
    env_put(e, GH_ENV_DATA, s->house.path);
    env_put(e, GH_ENV_MEMORY, s->house.memory);
    env_put(e, GH_ENV_LISTEN, s->listen_text);
    env_put(e, GH_ENV_SEPARATION, gh_owners_separation(&s->house.owners));
    if (s->settings->allow_loopback)
        env_put(e, GH_ENV_LOOPBACK, "1");
    if (s->settings->geo != NULL)
        env_put(e, GH_ENV_GEO, s->settings->geo);
    if (s->settings->is_demo) {
        (void)snprintf(port, sizeof(port), "%u", s->echo_port);
        env_put(e, GH_ENV_DEMO, port);
    }
    for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]) && !s->house.owners.is_full; i++) {
        const char *value = getenv(passed_on[i]);
        if (value != NULL)
            env_put(e, passed_on[i], value);
    }
}
