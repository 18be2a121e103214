/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "base/guid.h"

#define G "53ca6127-db72-4b80-b1b0-d745d6d5456d"

static void
ends_of_ids(void **state)
{
    static const struct {
        const char *id;
        bool has;
    } cases[] = {
        {G, true},
        {"53CA6127-DB72-4B80-B1B0-D745D6D5456D", true},
        {"/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/" G, true},
        {"entra:" G, true},
        {"entra" G, false},
        {"-" G, false},
        {G "0", false},
        {G "/", false},
        {"53ca6127-db72-4b80-b1b0-d745d6d5456", false},
        {"53ca6127+db72-4b80-b1b0-d745d6d5456d", false},
        {"g3ca6127-db72-4b80-b1b0-d745d6d5456d", false},
        {"53ca6127-db72-4b80-b1b0-d745d6d5456-", false},
        {"", false},
        {"/", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct gh_str id = gh_str_z(cases[i].id), guid = gh_guid_of(id);

        if ((guid.n > 0) != cases[i].has || (guid.n > 0 && !gh_str_ends(id, guid)))
            fail_msg("%s", cases[i].id);
        assert_int_equal(gh_guid_is_valid(guid), cases[i].has);
    }
}

static void
made_of_bytes(void **state)
{
    uint8_t raw[16];
    char text[GH_GUID_BYTES + 1];

    (void)state;
    memset(raw, 0xff, sizeof(raw));
    gh_guid_put(text, raw);
    assert_string_equal(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    memset(raw, 0, sizeof(raw));
    raw[15] = 0x1a;
    gh_guid_put(text, raw);
    assert_string_equal(text, "00000000-0000-4000-8000-00000000001a");
    assert_true(gh_guid_is_valid(gh_str_z(text)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_of_ids),
        cmocka_unit_test(made_of_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
