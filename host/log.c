/* SPDX-License-Identifier: Apache-2.0 */
/* One write(2) for each line, so that lines of several programs on one descriptor never mix. */
#include "host/host.h"

#include <errno.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/redact.h"

#define LINE_BYTES  2048
#define VALUE_BYTES 512

static const char *program = "gatehouse"; /* a literal of main(), set before any thread */

static const char *const level_names[] = {
    [GH_LOG_ERROR] = "error", [GH_LOG_WARN] = "warn", [GH_LOG_NOTICE] = "notice", [GH_LOG_DEBUG] = "debug"};

void
gh_log_init(const char *name)
{
    program = name;
}

/* In quotes, so that a value can hold blanks; a quote inside is escaped, so that it cannot end the value. */
static void
put_value(struct gh_buf *line, struct gh_str s)
{
    char mem[VALUE_BYTES * 4 + 16];
    struct gh_buf v;

    gh_buf_init_fixed(&v, mem, sizeof(mem));
    gh_redact_put(&v, s, VALUE_BYTES);
    struct gh_str safe = gh_buf_str(&v);
    gh_buf_putc(line, '"');
    for (size_t i = 0; i < safe.n; i++) {
        if (safe.p[i] == '"')
            gh_buf_putz(line, "\\x22");
        else
            gh_buf_putc(line, safe.p[i]);
    }
    gh_buf_putc(line, '"');
}

static void
put_pair(struct gh_buf *line, const struct gh_log_kv *kv)
{
    gh_buf_putc(line, ' ');
    gh_buf_putz(line, kv->key);
    gh_buf_putc(line, '=');
    if (kv->is_number)
        gh_buf_put_u64(line, kv->u);
    else
        put_value(line, kv->s);
}

void
gh_log_kvs(enum gh_log_level level, const char *text, const struct gh_log_kv *kv)
{
    char mem[LINE_BYTES];
    struct gh_buf line;
    int e = errno;

    /* The last byte is kept for the newline: a line that is too long is cut between two values, never lost. */
    gh_buf_init_fixed(&line, mem, sizeof(mem) - 1);
    gh_time_put(&line, gh_now_ms());
    gh_buf_putc(&line, ' ');
    gh_buf_putz(&line, program);
    gh_buf_putc(&line, ' ');
    gh_buf_putz(&line, level_names[level]);
    gh_buf_putz(&line, ": ");
    gh_buf_putz(&line, text);
    for (; kv != NULL && kv->key != NULL; kv++) {
        size_t whole = line.n;
        put_pair(&line, kv);
        if (line.rc != GH_OK) {
            line.rc = GH_OK;
            line.n = whole;
            break;
        }
    }
    mem[line.n] = '\n';
    enum gh_rc rc = gh_write_all(STDERR_FILENO, gh_str(mem, line.n + 1));
    (void)rc; /* nobody to tell */
    errno = e;
}
