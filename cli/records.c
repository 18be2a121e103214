/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/records.h"

#include "base/codec.h"
#include "cli/tree.h"
#include "host/host.h"

#define ARENA_MAX (256u << 20)

/* "15m" -> a time that long ago; a time stays as it is. */
int
gh_records_since(char out[40], const char *given)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
    struct gh_str s = gh_str_z(given);
    struct gh_buf b;
    uint64_t n;
    int64_t ms;

    if (s.n < 40 && gh_time_read(&ms, s) == GH_OK) {
        memcpy(out, given, s.n + 1);
        return GH_EXIT_DONE;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0] && s.n > 1; i++) {
        if (s.p[s.n - 1] != units[i].unit || gh_str_u64(&n, gh_str_sub(s, 0, s.n - 1), 1000000) != GH_OK)
            continue;
        gh_buf_init_fixed(&b, out, 39);
        gh_time_put(&b, gh_now_ms() - (int64_t)n * units[i].ms);
        out[b.n] = '\0';
        return GH_EXIT_DONE;
    }
    return gh_cli_fail(GH_EXIT_UNABLE, "--since is a time like 2026-01-31T10:00:00Z, or 90s, 15m, 24h, 7d", given, NULL);
}

void
gh_records_put_arg(struct gh_buf *b, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    gh_buf_putc(b, '&');
    gh_buf_putz(b, name);
    gh_buf_putc(b, '=');
    gh_access_escape(b, gh_str_z(value));
}

int
gh_records_fetch(json_t **out, struct gh_access *x, const struct gh_records_query *q)
{
    struct gh_request r = {.method = "GET"};
    struct gh_answer answer;
    struct gh_buf path;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    gh_buf_init(&path, &a, 4096);
    gh_buf_putz(&path, "/audit/records?");
    gh_buf_putz(&path, q->order);
    gh_records_put_arg(&path, "since", q->since);
    gh_records_put_arg(&path, "kind", q->kinds);
    gh_records_put_arg(&path, "caller", q->caller);
    gh_buf_putc(&path, '\0');
    if (path.rc != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "the filters are too long", NULL, NULL);
    r.path = path.p;
    if ((status = gh_access_call(&answer, x, &a, &r)) != GH_EXIT_DONE)
        return status;
    if (answer.status != 200)
        return gh_access_refused(&r, &answer);
    *out = gh_tree_read(answer.body);
    return *out != NULL ? GH_EXIT_DONE : gh_cli_fail(GH_EXIT_REFUSED, "the answer is no list of records", NULL, NULL);
}
