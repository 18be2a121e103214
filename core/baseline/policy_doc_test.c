/* SPDX-License-Identifier: Apache-2.0 */
/* Policy documents: what is found in them, whatever stands in expressions, comments and attributes. */
#include "baseline/policy_doc.h"

#include "sweeps.h"

#define BASE "<base />"

static const struct {
    const char *name, *text;
    uint32_t has, has_not;
} cases[] = {
    {"whole",
        "<policies><inbound>" BASE "</inbound><backend>" BASE "</backend><outbound>" BASE "</outbound><on-error>" BASE
        "</on-error></policies>",
        GH_POLICY_ROOT | GH_POLICY_BASE | GH_POLICY_INBOUND_BASE, GH_POLICY_BROKEN | GH_POLICY_CORS},
    {"a section without base",
        "<policies><inbound>" BASE "</inbound><backend/><outbound>" BASE "</outbound><on-error>" BASE "</on-error></policies>",
        GH_POLICY_ROOT | GH_POLICY_INBOUND_BASE, GH_POLICY_BASE},
    {"base not directly below", "<policies><inbound><choose>" BASE "</choose></inbound></policies>", GH_POLICY_ROOT,
        GH_POLICY_INBOUND_BASE},
    {"an expression with quotes and brackets in an attribute",
        "<policies><inbound><set-header name=\"x\" value=\"@(context.Get(\"a>b\", ')') < 1 ? \"<cors>\" : "
        "\"\")\"/><validate-jwt/></inbound></policies>",
        GH_POLICY_VALIDATES, GH_POLICY_CORS | GH_POLICY_BROKEN},
    {"an expression as text",
        "<policies><inbound><x>@{ if (a < b) { return \"</inbound>\"; } }</x><llm-token-limit a='1' /></inbound></policies>",
        GH_POLICY_LIMIT, GH_POLICY_BROKEN},
    {"comments and CDATA hold nothing", "<policies><!-- <cors> --><x><![CDATA[<validate-jwt/>]]></x></policies>", GH_POLICY_ROOT,
        GH_POLICY_CORS | GH_POLICY_VALIDATES | GH_POLICY_BROKEN},
    {"a wildcard of cors", "<cors><allowed-origins>\n<origin> * </origin></allowed-origins></cors>",
        GH_POLICY_CORS | GH_POLICY_CORS_STAR, GH_POLICY_BROKEN},
    {"a wildcard elsewhere", "<cors><origin>https://a</origin></cors><y><origin>*</origin></y>", GH_POLICY_CORS,
        GH_POLICY_CORS_STAR},
    {"a key that is set", "<set-header exists-action=\"override\" name='api-key'><value>k</value></set-header>", GH_POLICY_API_KEY,
        0},
    {"a key that is deleted", "<set-header name=\"api-key\" exists-action=\"delete\" />", 0, GH_POLICY_API_KEY},
    {"a shield that is off", "<llm-content-safety backend-id=\"b\" shield-prompt=\"false\" />", 0, GH_POLICY_SHIELD},
    {"a shield that is on", "<LLM-content-safety shield-prompt = \"true\" />", GH_POLICY_SHIELD, 0},
    {"identity", "<authentication-managed-identity resource=\"r\"/>", GH_POLICY_IDENTITY | GH_POLICY_AUTHENTICATES, 0},
    {"an element that does not end", "<policies><inbound>", GH_POLICY_ROOT | GH_POLICY_BROKEN, 0},
    {"an expression that does not end", "<policies><x>@(\"</x><cors/></policies>", GH_POLICY_BROKEN, GH_POLICY_CORS},
    {"an end without a beginning", "</policies>", GH_POLICY_BROKEN, GH_POLICY_ROOT},
    {"nothing", "", 0, GH_POLICY_BROKEN},
};

static void
documents(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t bits = gh_policy_doc_scan(gh_str_z(cases[i].text));
        if ((bits & cases[i].has) != cases[i].has || (bits & cases[i].has_not) != 0)
            fail_msg("%s: %x, want %x and not %x", cases[i].name, bits, cases[i].has, cases[i].has_not);
    }
}

static enum gh_rc
scan(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    (void)a;
    gh_buf_put_u64(meaning, gh_policy_doc_scan(in));
    return GH_OK;
}

static void
ends_at_a_page(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        gh_test_page(scan, gh_str_z(cases[i].text));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(documents), cmocka_unit_test(ends_at_a_page)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
