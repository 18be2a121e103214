/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/object_testing.h"

#include "control/publish/dlp.h"

/* `told`: flags, acts of requests and of answers in the order of the types (o l a r c b), hosts, terms, canary. NULL: refused. */
static const struct gh_object_case cases[] = {
    {"nothing said", "{}", ""},
    {"null", "{\"dlp\":null}", ""},
    {"empty", "{\"dlp\":{}}", "- llllllllllllllb lllllrrrrrrrccc 0 0 0"},
    {"flags", "{\"dlp\":{\"required\":true,\"reversible\":true,\"wholeWords\":true}}",
        "-rvw llllllllllllllb lllllrrrrrrrccc 0 0 0"},
    {"all, and one of them, in any order", "{\"dlp\":{\"input\":{\"email\":\"redact\",\"all\":\"off\"}}}",
        "- roooooooooooooo lllllrrrrrrrccc 0 0 0"},
    {"answers", "{\"dlp\":{\"output\":{\"all\":\"annotate\",\"private_key\":\"block\",\"blocked_term\":\"redact\"}}}",
        "- llllllllllllllb aaaaaaabaaaaaar 0 0 0"},
    {"lists", "{\"dlp\":{\"allowedHosts\":[\"a.example\",\"*.b.example\"],\"blockList\":[\"Falcon\"]}}",
        "- llllllllllllllb lllllrrrrrrrccc 2 1 0"},
    {"a canary", "{\"systemPrompt\":\"Be kind. 7f3a-canary\",\"dlp\":{\"canary\":\"7f3a-canary\"}}",
        "- llllllllllllllb lllllrrrrrrrccc 0 0 11"},
    {"a canary that was not planted", "{\"systemPrompt\":\"Be kind.\",\"dlp\":{\"canary\":\"7f3a-canary\"}}", NULL},
    {"a short canary", "{\"systemPrompt\":\"abc\",\"dlp\":{\"canary\":\"abc\"}}", NULL},
    {"another type", "{\"dlp\":{\"input\":{\"passport\":\"log\"}}}", NULL},
    {"placeholders are no type of a policy", "{\"dlp\":{\"input\":{\"placeholder\":\"log\"}}}", NULL},
    {"another action", "{\"dlp\":{\"output\":{\"email\":\"hide\"}}}", NULL},
    {"a direction that is a word", "{\"dlp\":{\"output\":\"redact\"}}", NULL},
    {"a host with a path", "{\"dlp\":{\"allowedHosts\":[\"a.example/x\"]}}", NULL},
    {"an empty term", "{\"dlp\":{\"blockList\":[\" \"]}}", NULL},
    {"categories", "{\"dlp\":{\"blockCategories\":[\"violence\"]}}", NULL},
    {"another member", "{\"dlp\":{\"block\":true}}", NULL},
    {"required by a word", "{\"dlp\":{\"required\":\"yes\"}}", NULL},
};

static void
tell(struct gh_buf *b, const struct gh_dlp_policy *p, const struct gh_dlp_lists *l)
{
    const uint64_t sizes[] = {l->n_hosts, l->n_terms, l->canary.n};

    if (!p->is_set)
        return;
    gh_buf_putc(b, '-');
    gh_buf_putz(b, p->is_required ? "r" : "");
    gh_buf_putz(b, p->is_reversible ? "v" : "");
    gh_buf_putz(b, p->is_whole_words ? "w" : "");
    for (unsigned d = 0; d < GH_DLP_DIRECTIONS; d++) {
        gh_buf_putc(b, ' ');
        for (unsigned t = 0; t < GH_DLP_POLICY_TYPES; t++)
            gh_buf_putc(b, "olarcb"[p->act[d][t]]);
    }
    for (size_t i = 0; i < 3; i++) {
        gh_buf_putc(b, ' ');
        gh_buf_put_u64(b, sizes[i]);
    }
}

static enum gh_rc
read_and_tell(struct gh_buf *b, const struct gh_props *p, const char **why)
{
    struct gh_dlp_policy policy;
    struct gh_dlp_lists lists;
    enum gh_rc rc = gh_dlp_read(&policy, &lists, p, why);

    if (rc == GH_OK)
        tell(b, &policy, &lists);
    return rc;
}

static void
reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        gh_object_check(&cases[i], read_and_tell);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
