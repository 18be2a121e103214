/* SPDX-License-Identifier: Apache-2.0 */
/* cli/say: the one way to stderr. What came from outside is redacted: a mistyped command line may hold a key. */
#include "base/redact.h"
#include "cli/command.h"

#define ABOUT_MAX 400

int
gh_cli_fail_str(int status, const char *what, struct gh_str about, const char *next)
{
    char mem[2 * ABOUT_MAX];
    struct gh_buf b;
    struct gh_str s;

    gh_buf_init_fixed(&b, mem, sizeof mem);
    gh_redact_put(&b, about, ABOUT_MAX);
    s = gh_buf_str(&b);
    fprintf(stderr, "gatehouse: %s%s%.*s\n", what, s.n > 0 ? ": " : "", (int)s.n, s.n > 0 ? s.p : "");
    if (next != NULL)
        fprintf(stderr, "  %s\n", next);
    return status;
}

int
gh_cli_fail(int status, const char *what, const char *about, const char *next)
{
    return gh_cli_fail_str(status, what, gh_str_z(about), next);
}

void
gh_cli_note(const char *what, const char *about)
{
    (void)gh_cli_fail(0, what, about, NULL);
}
