/* SPDX-License-Identifier: Apache-2.0 */
/* What expressions become: a table of input and result, in one template with parameters, variables and functions of its own. */
#include "baseline/input.h"

#include "sweeps.h"

static const char template[] =
    "{\"$schema\":\"https://schema.management.azure.com/schemas/2019-04-01/"
    "deploymentTemplate.json#\",\"contentVersion\":\"1.0.0.0\","
    "\"parameters\":{\"name\":{\"type\":\"string\",\"defaultValue\":\"Kv\"},\"free\":{\"type\":\"string\"},"
    "\"secret\":{\"type\":\"secureString\"},\"n\":{\"type\":\"int\",\"defaultValue\":3},"
    "\"loop\":{\"type\":\"string\",\"defaultValue\":\"[parameters('loop')]\"},"
    "\"o\":{\"type\":\"object\",\"defaultValue\":{\"A\":1,\"b\":{\"c\":[\"x\",\"[parameters('name')]\"]},\"e\":\"[parameters('free'"
    ")]\"}},"
    "\"region\":{\"type\":\"string\",\"defaultValue\":\"[resourceGroup().location]\"},"
    "\"id\":{\"type\":\"string\",\"defaultValue\":\"[newGuid()]\"}},"
    "\"functions\":[{\"namespace\":\"my\",\"members\":{\"twice\":{\"parameters\":[{\"name\":\"x\",\"type\":\"string\"}],"
    "\"output\":{\"type\":\"string\",\"value\":\"[concat(parameters('x'), parameters('x'))]\"}}}}],"
    "\"variables\":{\"copy\":[{\"name\":\"three\",\"count\":3,\"input\":\"[concat('v', copyIndex('three'))]\"}],"
    "\"full\":\"[toLower(concat(parameters('name'), '-x'))]\",\"a\":\"[variables('b')]\",\"b\":\"[variables('a')]\","
    "\"list\":[1,2,\"[parameters('n')]\"],\"esc\":\"[[not]\",\"q\":\"it's\",\"open\":\"[union(parameters('o'), createObject('A', "
    "parameters('free')))]\","
    "\"obj\":{\"copy\":[{\"name\":\"m\",\"count\":\"[parameters('n')]\",\"input\":{\"i\":\"[copyIndex('m', 1)]\"}}],\"k\":true},"
    "\"d0\":\"[concat(variables('d1'),variables('d1'))]\",\"d1\":\"[concat(variables('d2'),variables('d2'))]\",\"d2\":\"zz\"},"
    "\"resources\":[]}";

#define U "unknown"

static const struct {
    const char *text, *want;
} cases[] = {
    /* texts */
    {"'it''s'", "it's"},
    {"concat('a', 'b', 1, true())", "ab1True"},
    {"concat('a')", "a"},
    {"format('{0}/{1}{{x}}', 'a', 2)", "a/2{x}"},
    {"format('{1}-{0}', 'a', 'b')", "b-a"},
    {"format('{0:N2}', 2)", U},
    {"format('{5}', 'a')", U},
    {"toLower('AbC')", "abc"},
    {"toUpper('AbC')", "ABC"},
    {"trim('  a b ')", "a b"},
    {"replace('a-b-c', '-', '')", "abc"},
    {"split('a,b;c', createArray(',', ';'))[2]", "c"},
    {"split('a/b', '/')[0]", "a"},
    {"length(split('', '/'))", "1"},
    {"join(createArray('a', 'b'), '-')", "a-b"},
    {"substring('abcdef', 1, 2)", "bc"},
    {"substring('abc', 2)", "c"},
    {"substring('abc', 2, 5)", U},
    {"startsWith('Abc', 'aB')", "true"},
    {"endsWith('Abc', 'BC')", "true"},
    {"indexOf('abcb', 'B')", "1"},
    {"lastIndexOf('abcb', 'b')", "3"},
    {"indexOf('abc', 'z')", "-1"},
    {"padLeft(7, 3, '0')", "007"},
    {"string(42)", "42"},
    {"base64('one, two')", "b25lLCB0d28="},
    {"base64('a')", "YQ=="},
    {"base64ToString('b25lLCB0d28=')", "one, two"},
    {"base64ToString('?')", U},
    {"uri('http://contoso.org/firstpath', 'myscript.sh')", "http://contoso.org/myscript.sh"},
    {"take('abc', 2)", "ab"},
    {"skip('abc', 2)", "c"},
    {"first('abc')", "a"},
    {"last('abc')", "c"},
    {"contains('abc', 'bc')", "true"},
    {"contains('abc', 'BC')", "false"},
    {"empty('')", "true"},
    {"length('abc')", "3"},
    {"length('\xc3\xa9')", "1"},
    /* logic */
    {"if(true(), 'a', 'b')", "a"},
    {"if(false(), 'a', 'b')", "b"},
    {"if(equals(parameters('free'), 'x'), 'a', 'b')", U},
    {"if(equals(parameters('free'), 'x'), 'a', 'a')", "a"},
    {"and(true(), false(), parameters('free'))", "false"},
    {"and(true(), equals(parameters('free'), '1'))", U},
    {"or(equals(parameters('free'), '1'), true())", "true"},
    {"not(false())", "true"},
    {"equals('a', 'A')", "false"},
    {"equals(1, 1)", "true"},
    {"equals('1', 1)", "false"},
    {"equals(parameters('free'), parameters('free'))", "true"},
    {"equals(parameters('free'), '')", U},
    {"equals(createArray(), createArray())", "true"},
    {"coalesce(null(), 'a')", "a"},
    {"coalesce(parameters('free'), 'a')", U},
    {"bool('True')", "true"},
    {"bool('maybe')", U},
    {"bool(0)", "false"},
    {"less(1, 2)", "true"},
    {"lessOrEquals(2, 2)", "true"},
    {"greater(1, 2)", "false"},
    {"greaterOrEquals('b', 'a')", "true"},
    {"less(1, 'a')", U},
    /* numbers */
    {"add(2, 3)", "5"},
    {"sub(2, 3)", "-1"},
    {"mul(2, 3)", "6"},
    {"div(7, 2)", "3"},
    {"mod(7, 2)", "1"},
    {"div(1, 0)", U},
    {"add(9223372036854775807, 1)", U},
    {"int('42')", "42"},
    {"int('x')", U},
    {"min(3, 1, 2)", "1"},
    {"max(createArray(3, 1))", "3"},
    {"range(2, 3)[2]", "4"},
    {"range(0, 10001)", U},
    /* arrays and objects */
    {"createArray('a', 'b')[1]", "b"},
    {"createObject('a', 1, 'b', 2).B", "2"},
    {"createArray('a')[5]", U},
    {"length(union(createArray(1, 2), createArray(2, 3)))", "3"},
    {"union(createObject('a', 1), createObject('a', 2)).a", "2"},
    {"union(parameters('o'), createObject('z', 1)).b.c[1]", "Kv"},
    {"union(createObject('b', createObject('x', 1)), parameters('o')).b", U},
    {"variables('open').A", U},
    {"variables('open').b.c[0]", "x"},
    {"union(createObject('a', 1), reference('x')).a", U},
    {"union(reference('x'), createObject('a', 1)).a", "1"},
    {"union(reference('x'), createObject('a', 1)).other", U},
    {"length(intersection(createArray(1, 2), createArray(2, 3)))", "1"},
    {"contains(createArray('a', 'b'), 'b')", "true"},
    {"contains(createArray('a', parameters('free')), 'b')", U},
    {"contains(parameters('o'), 'a')", "true"},
    {"contains(parameters('o'), 'zz')", "false"},
    {"first(createArray('a', 'b'))", "a"},
    {"last(variables('list'))", "3"},
    {"length(concat(variables('list'), createArray(9)))", "4"},
    {"concat(variables('list'), createArray(9))[3]", "9"},
    {"take(variables('list'), 2)[1]", "2"},
    {"skip(variables('list'), 2)[0]", "3"},
    {"array('a')[0]", "a"},
    {"items(createObject('z', 1, 'y', 2))[0].key", "y"},
    {"objectKeys(createObject('z', 1))[0]", "z"},
    {"tryGet(parameters('o'), 'nope')", "null"},
    {"tryGet(parameters('o'), 'b', 'c', 0)", "x"},
    {"shallowMerge(createArray(createObject('a', 1), createObject('a', 2))).a", "2"},
    {"json('{\"a\": [1, true]}').a[1]", "true"},
    {"json('null')", "null"},
    {"json('{')", U},
    {"empty(createObject())", "true"},
    {"empty(parameters('free'))", U},
    {"empty(concat('x', parameters('free')))", "false"},
    /* parameters, variables, loops, lambdas, own functions */
    {"parameters('NAME')", "Kv"},
    {"parameters('none')", U},
    {"parameters('free')", U},
    {"parameters('loop')", U},
    {"parameters('o').B.C[1]", "Kv"},
    {"parameters('o')['a']", "1"},
    {"parameters('o').nope", U},
    {"variables('full')", "kv-x"},
    {"variables('a')", U},
    {"variables('three')[2]", "v2"},
    {"length(variables('three'))", "3"},
    {"variables('obj').m[1].i", "2"},
    {"variables('obj').k", "true"},
    {"variables('esc')", "[not]"},
    {"variables('q')", "it's"},
    {"variables('d0')", "zzzzzzzz"},
    {"my.twice('ab')", "abab"},
    {"my.thrice('ab')", U},
    {"map(range(0, 3), lambda('i', mul(lambdaVariables('i'), 10)))[2]", "20"},
    {"map(createArray('a', 'b'), lambda('x', 'i', concat(lambdaVariables('x'), lambdaVariables('i'))))[1]", "b1"},
    {"length(filter(range(0, 5), lambda('i', greater(lambdaVariables('i'), 2))))", "2"},
    {"toObject(createArray('a', 'b'), lambda('x', lambdaVariables('x')), lambda('x', concat(lambdaVariables('x'), '!'))).b", "b!"},
    {"map(map(range(0, 2), lambda('i', add(lambdaVariables('i'), 1))), lambda('j', lambdaVariables('j')))[1]", "2"},
    /* opaque: what is known of it decides, nothing else */
    {"startsWith(concat('http://', parameters('free')), 'HTTP')", "true"},
    {"startsWith(concat('http://', parameters('free')), 'https')", "false"},
    {"startsWith(parameters('free'), 'https')", U},
    {"equals(uniqueString('a'), uniqueString('a'))", "true"},
    {"equals(uniqueString('a'), uniqueString('b'))", U},
    {"empty(uniqueString('a'))", "false"},
    {"empty(newGuid())", "false"},
    {"equals(concat('a', uniqueString('x')), concat('b', uniqueString('x')))", "false"},
    {"equals(parameters('region'), resourceGroup().location)", "true"},
    {"equals(parameters('id'), parameters('id'))", "true"},
    {"equals(newGuid(), newGuid())", U},
    {"equals(resourceId('Microsoft.X/y', parameters('free')), resourceId('Microsoft.X/y', parameters('free')))", "true"},
    {"endsWith(resourceId('Microsoft.X/y/z', 'a', 'b'), 'providers/Microsoft.X/y/a/z/b')", "true"},
    {"resourceId('Microsoft.X/y', 'a', 'b')", U},
    {"resourceId('s', 'g', 'Microsoft.X/y', 'a')", "/subscriptions/s/resourceGroups/g/providers/Microsoft.X/y/a"},
    {"subscriptionResourceId('s', 'Microsoft.X/y', 'a')", "/subscriptions/s/providers/Microsoft.X/y/a"},
    {"tenantResourceId('Microsoft.X/y', 'a')", "/providers/Microsoft.X/y/a"},
    {"extensionResourceId('/x', 'Microsoft.X/y', 'a')", "/x/providers/Microsoft.X/y/a"},
    {"equals(subscription().subscriptionId, subscription().subscriptionId)", "true"},
    {"empty(subscription().tenantId)", "false"},
    {"environment().suffixes.storage", U},
    {"empty(environment().suffixes.storage)", "false"},
    {"reference('x').y", U},
    {"listKeys('x', '2020').key1", U},
    {"utcNow('yyyy')", U},
    {"pickZones('a', 'b', 'c')", U},
    {"nobodyKnows(1)", U},
    /* what is no expression */
    {"", U},
    {"concat('a'", U},
    {"concat('a', )", U},
    {"'a", U},
    {"concat('a'))", U},
    {"a.b.c", U},
    {"true", U},
    {"-", U},
    {"1x", U},
    {"concat(", U},
    {"[]", U},
    {"lambda('x')", U},
    {"map(1, 2)", U},
};

static void
show(struct gh_buf *out, struct gh_value v)
{
    if (v.kind == GH_VALUE_UNKNOWN)
        gh_buf_putz(out, U);
    else
        gh_value_show(out, v, 200);
}

static void
table(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_err err;
    struct gh_input in;

    (void)state;
    assert_int_equal(gh_input_read(&in, &a, gh_str_z(template), NULL, &err), GH_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct gh_value v = gh_expr_text(&in.eval, gh_str_z(cases[i].text), in.template[0].scope->base);
        struct gh_str got;
        struct gh_buf b;
        char mem[512];
        gh_buf_init_fixed(&b, mem, sizeof mem);
        show(&b, v);
        got = gh_buf_str(&b);
        if (!gh_str_eq(got, gh_str_z(cases[i].want)))
            fail_msg("%s: got %.*s (%s), want %s", cases[i].text, (int)got.n, got.p, v.why == NULL ? "" : v.why, cases[i].want);
        assert_int_equal(in.eval.rc, GH_OK);
    }
    gh_arena_fini(&a);
}

static void
secrets(void **state)
{
    static const char *const secret[] = {"parameters('secret')", "concat('x', parameters('secret'))",
        "listKeys('x', 'y').keys[0].value", "base64(parameters('secret'))"};
    struct gh_arena a = gh_test_arena();
    struct gh_err err;
    struct gh_input in;

    (void)state;
    assert_int_equal(gh_input_read(&in, &a, gh_str_z(template), NULL, &err), GH_OK);
    for (size_t i = 0; i < sizeof secret / sizeof secret[0]; i++)
        if (!gh_expr_text(&in.eval, gh_str_z(secret[i]), in.template[0].scope->base).is_secret)
            fail_msg("%s is not secret", secret[i]);
    assert_false(gh_expr_text(&in.eval, GH_STR("parameters('name')"), in.template[0].scope->base).is_secret);
    gh_arena_fini(&a);
}

/* What grows without bound is unknown, and soon so. */
static void
bounds(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_err err;
    struct gh_input in;
    struct gh_buf b;

    (void)state;
    assert_int_equal(gh_input_read(&in, &a, gh_str_z(template), NULL, &err), GH_OK);
    gh_buf_init(&b, &a, 1u << 20);
    for (int i = 0; i < 1000; i++)
        gh_buf_putz(&b, "concat(");
    assert_int_equal(gh_expr_text(&in.eval, gh_buf_str(&b), in.template[0].scope->base).kind, GH_VALUE_UNKNOWN);
    b.n = 0;
    gh_buf_putz(&b, "'x'");
    for (int i = 0; i < 100; i++)
        gh_buf_putz(&b, "[0]");
    assert_int_equal(gh_expr_text(&in.eval, gh_buf_str(&b), in.template[0].scope->base).kind, GH_VALUE_UNKNOWN);
    assert_int_equal(in.eval.rc, GH_OK);
    gh_arena_fini(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(table), cmocka_unit_test(secrets), cmocka_unit_test(bounds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
