/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of an installation with many assignments: what is about one principal comes from the index, what must be walked comes in bounded pieces. */
#include "control/testing.h"

#include <stdio.h>

#include "control/rest/arm_list.h"
#include "host/host.h"

#define LISTS "/arm/providers/Microsoft.Authorization/"
#define AT_W  "/arm/workspaces/w/providers/Microsoft.Authorization/"
#define MANY  (GH_ARM_SCAN + 500)

static const char *vault_program;

static size_t
count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, what)) != NULL; p += strlen(what))
        n++;
    return n;
}

struct pages {
    size_t n, largest, objects;
};

/* Follows nextLink to the end. By the owner's socket links have no origin. */
static struct pages
walk(struct gh_test_house *h, const char *first)
{
    struct pages out = {0, 0, 0};
    char target[1024];
    (void)snprintf(target, sizeof(target), "%s", first);
    for (;;) {
        int64_t began = gh_now_ms();
        unsigned status = gh_test_house_ask(h, NULL, "GET", target, NULL);
        if (status != 200)
            fail_msg("%s: %u %s", target, status, h->answer);
        size_t n = count(h->answer, "\"createdOn\"");
        print_message("# %s: %zu in %lld ms\n", target, n, (long long)(gh_now_ms() - began));
        out.n++;
        out.objects += n;
        out.largest = n > out.largest ? n : out.largest;
        const char *next = strstr(h->answer, "\"nextLink\":\"");
        if (next == NULL)
            return out;
        next += strlen("\"nextLink\":\"");
        const char *end = strchr(next, '"');
        assert_non_null(end);
        (void)snprintf(target, sizeof(target), "%.*s", (int)(end - next), next);
    }
}

static void
many_assignments(void **state)
{
    struct gh_test_house *h = gh_test_house_open(vault_program);
    const char version[] = "?api-version=2022-04-01";
    char target[256];
    (void)state;
    gh_test_house_put(h, "/workspaces/w", "{}");
    gh_test_house_put(h, "/workspaces/other", "{}");
    gh_test_house_fill(h, &(const struct gh_test_fill){MANY, .scope = "/workspaces/other", .hundredth = "/workspaces/w"});

    /* by the index: one page, though the last of all is asked for */
    (void)snprintf(target, sizeof(target), LISTS "roleAssignments%s&$filter=principalId%%20eq%%20'corp:u%u'", version, MANY - 1);
    struct pages one = walk(h, target);
    assert_int_equal(one.n, 1);
    assert_int_equal(one.objects, 1);
    (void)snprintf(target, sizeof(target), LISTS "roleAssignmentSchedules%s&$filter=assignedTo('corp:u%u')", version, MANY - 1);
    one = walk(h, target);
    assert_int_equal(one.n, 1);
    assert_int_equal(one.objects, 1);

    /* walked: nothing fits, and each answer looks at so many at most */
    struct pages none = walk(h, LISTS "roleAssignments?api-version=2022-04-01&$filter=roleDefinitionId%20eq%20'none'");
    assert_int_equal(none.n, 2);
    assert_int_equal(none.objects, 0);

    /* few fit: pages are full until so many were looked at, and none is lost or told twice */
    struct pages few = walk(h, AT_W "roleAssignments?api-version=2022-04-01&$top=150");
    assert_int_equal(few.objects, (MANY + 99) / 100);
    assert_int_equal(few.largest, 150);
    gh_test_house_close(h);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_assignments),
    };
    vault_program = argc > 1 ? argv[1] : NULL;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
