/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/object_testing.h"

#include "control/publish/shield.h"

/* `told`: r required, spotlight's number, acts of each kind in the order of the classes (o l a b), thresholds. NULL: refused. */
static const struct gh_object_case cases[] = {
    {"nothing said", "{}", ""},
    {"null", "{\"shield\":null}", ""},
    {"empty", "{\"shield\":{}}", "0 bbbbb bbbbb bbbbb 0 0 0"},
    {"required and marked", "{\"shield\":{\"required\":true,\"spotlight\":\"datamark\"}}", "r2 bbbbb bbbbb bbbbb 0 0 0"},
    {"a kind's action", "{\"shield\":{\"document\":{\"action\":\"log\"}}}", "0 bbbbb lllll bbbbb 0 0 0"},
    {"a class of it, wherever the action stands",
        "{\"shield\":{\"user\":{\"direct\":\"off\",\"action\":\"annotate\",\"threshold\":0.93}}}", "0 aoaaa bbbbb bbbbb 9300 0 0"},
    {"thresholds", "{\"shield\":{\"toolOutput\":{\"threshold\":0.0001},\"document\":{\"threshold\":0.9999}}}",
        "0 bbbbb bbbbb bbbbb 0 9999 1"},
    {"a threshold as other programs write it", "{\"shield\":{\"user\":{\"threshold\":0.40000000000000002}}}",
        "0 bbbbb bbbbb bbbbb 4000 0 0"},
    {"a threshold that rounds", "{\"shield\":{\"user\":{\"threshold\":0.93996},\"document\":{\"threshold\":0.99999}}}",
        "0 bbbbb bbbbb bbbbb 9400 9999 0"},
    {"a threshold of one", "{\"shield\":{\"user\":{\"threshold\":1}}}", NULL},
    {"a threshold of nothing", "{\"shield\":{\"user\":{\"threshold\":0.0}}}", NULL},
    {"a threshold with an exponent", "{\"shield\":{\"user\":{\"threshold\":0.5e0}}}", NULL},
    {"a threshold below nothing", "{\"shield\":{\"user\":{\"threshold\":-0.5}}}", NULL},
    {"another action", "{\"shield\":{\"user\":{\"action\":\"allow\"}}}", NULL},
    {"another class", "{\"shield\":{\"user\":{\"none\":\"off\"}}}", NULL},
    {"another kind", "{\"shield\":{\"system\":{}}}", NULL},
    {"a kind that is a word", "{\"shield\":{\"user\":\"block\"}}", NULL},
    {"another spotlight", "{\"shield\":{\"spotlight\":\"on\"}}", NULL},
    {"required by a word", "{\"shield\":{\"required\":\"yes\"}}", NULL},
};

static void
tell(struct gh_buf *b, const struct gh_shield_policy *p)
{
    if (!p->is_set)
        return;
    gh_buf_putz(b, p->is_required ? "r" : "");
    gh_buf_put_u64(b, p->spotlight);
    for (unsigned k = 0; k < GH_SHIELD_KINDS; k++) {
        gh_buf_putc(b, ' ');
        for (unsigned c = GH_SHIELD_NONE + 1; c < GH_SHIELD_CLASSES; c++)
            gh_buf_putc(b, "olab"[p->act[k][c]]);
    }
    for (unsigned k = 0; k < GH_SHIELD_KINDS; k++) {
        gh_buf_putc(b, ' ');
        gh_buf_put_u64(b, p->threshold[k]);
    }
}

static enum gh_rc
read_and_tell(struct gh_buf *b, const struct gh_props *p, const char **why)
{
    struct gh_shield_policy policy;
    enum gh_rc rc = gh_shield_read(&policy, p, why);

    if (rc == GH_OK)
        tell(b, &policy);
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
