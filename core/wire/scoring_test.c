/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/conv_testing.h"

#include "base/limits.h"

/* Parts as |<kind>:text with LF as a slash; only texts and the refusal differ between the dialects. */
static void
tell(struct gh_buf *b, const struct gh_conv *c)
{
    static const char kind[] = "-iPDASM";

    gh_buf_putz(b, c->refused == NULL ? "" : c->refused);
    for (size_t i = 0; i < c->n_parts; i++) {
        gh_buf_putc(b, '|');
        gh_buf_putc(b, kind[c->parts[i].kind]);
        gh_buf_putc(b, ':');
        for (size_t k = 0; k < c->parts[i].text.n; k++)
            gh_buf_putc(b, c->parts[i].text.p[k] == '\n' ? '/' : c->parts[i].text.p[k]);
    }
}

#define TENSOR       "{\"name\":\"t\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"x\"]}"
#define TENSOR_PARTS "|D:name|P:t|D:shape|D:datatype|P:BYTES|D:data|P:x"
static const struct {
    const char *name;
    enum gh_op op;
    const char *body;
    enum gh_rc rc;
    const char *conv;
} cases[] = {
    {"any object", GH_OP_SCORE, "{\"data\":[1,\"a\\u0062\",{\"k\":\"v\"}]}", GH_OK, "|D:data|P:ab|D:k|P:v"},
    {"an array", GH_OP_SCORE, "[\"a\",2]", GH_OK, "|P:a"},
    {"no text", GH_OP_SCORE, "[1,2]", GH_OK, ""},
    {"a string", GH_OP_SCORE, "\"a\"", GH_BAD, NULL},
    {"split", GH_OP_INVOCATIONS, "{\"dataframe_split\":{\"columns\":[\"c\"],\"data\":[[\"x\"]]},\"params\":{\"p\":\"q\"}}", GH_OK,
        "|D:dataframe_split|D:columns|P:c|D:data|P:x|D:params|D:p|P:q"},
    {"records", GH_OP_INVOCATIONS, "{\"dataframe_records\":[{\"c\":\"x\"}]}", GH_OK, "|D:dataframe_records|D:c|P:x"},
    {"instances", GH_OP_INVOCATIONS, "{\"instances\":[\"x\"]}", GH_OK, "|D:instances|P:x"},
    {"inputs", GH_OP_INVOCATIONS, "{\"inputs\":[\"x\"]}", GH_OK, "|D:inputs|P:x"},
    {"two kinds of rows", GH_OP_INVOCATIONS, "{\"inputs\":[1],\"instances\":[1]}", GH_BAD, NULL},
    {"no rows", GH_OP_INVOCATIONS, "{\"params\":{}}", GH_BAD, NULL},
    {"a chat", GH_OP_INVOCATIONS, "{\"inputs\":[1],\"messages\":[]}", GH_OK,
        "a member of the request that is not known here|D:inputs|D:messages"},
    {"an array of rows", GH_OP_INVOCATIONS, "[1]", GH_BAD, NULL},
    {"tensors", GH_OP_INFER, "{\"inputs\":[" TENSOR "]}", GH_OK, "|D:inputs" TENSOR_PARTS},
    {"outputs", GH_OP_INFER, "{\"inputs\":[" TENSOR "],\"outputs\":[{\"name\":\"o\"}]}", GH_OK,
        "|D:inputs" TENSOR_PARTS "|D:outputs|D:name|P:o"},
    {"a binary tensor", GH_OP_INFER,
        "{\"inputs\":[{\"name\":\"t\",\"shape\":[1],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":4}}]}", GH_OK,
        "tensors that are not JSON|D:inputs|D:name|P:t|D:shape|D:datatype|P:FP32|D:parameters|D:binary_data_size"},
    {"a binary answer", GH_OP_INFER, "{\"inputs\":[" TENSOR "],\"parameters\":{\"binary_data_output\":true}}", GH_OK,
        "tensors that are not JSON|D:inputs" TENSOR_PARTS "|D:parameters|D:binary_data_output"},
    {"shared memory", GH_OP_INFER,
        "{\"inputs\":[],\"outputs\":[{\"name\":\"o\",\"parameters\":{\"shared_memory\\u005fregion\":\"r\"}}]}", GH_OK,
        "tensors in shared memory|D:inputs|D:outputs|D:name|P:o|D:parameters|D:shared_memory_region|P:r"},
    {"an input without data", GH_OP_INFER, "{\"inputs\":[{\"name\":\"t\",\"shape\":[1],\"datatype\":\"FP32\"}]}", GH_BAD, NULL},
    {"an unknown member of an input", GH_OP_INFER, "{\"inputs\":[{\"name\":\"t\",\"url\":\"http://x\"}]}", GH_OK,
        "a member of an input that is not known here|D:inputs|D:name|P:t|D:url|P:http://x"},
    {"no inputs", GH_OP_INFER, "{\"id\":\"1\"}", GH_BAD, NULL},
};

static const struct gh_dialect *
dialect(enum gh_op op)
{
    return gh_dialect_find(op == GH_OP_INFER ? GH_SURFACE_KSERVE : GH_SURFACE_SCORING, op);
}

static void
reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct gh_conv_test t = {dialect(cases[i].op), tell};
        gh_conv_test_read(&t, cases[i].name, cases[i].body, cases[i].rc, cases[i].conv);
    }
}

/* Of a large table no text is lost: all of them are one part. */
static void
large(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_json j;
    struct gh_conv c;
    struct gh_buf b;

    (void)state;
    gh_buf_init(&b, &a, 1u << 20);
    gh_buf_putc(&b, '[');
    for (unsigned i = 0; i < GH_SCORING_TEXTS_MAX; i++)
        gh_buf_putz(&b, "\"a\",");
    gh_buf_putz(&b, "\"last\"]");
    assert_int_equal(gh_json_parse(&j, &a, gh_buf_str(&b), NULL), GH_OK);
    assert_int_equal(dialect(GH_OP_SCORE)->read(&c, &a, &j, NULL), GH_OK);
    assert_int_equal(c.n_parts, 1);
    assert_int_equal(c.parts[0].kind, GH_PART_PROMPT);
    assert_true(gh_str_ends(c.parts[0].text, GH_STR("a\nlast\n")));
    assert_int_equal(c.parts[0].text.n, 2 * GH_SCORING_TEXTS_MAX + 5);
    gh_arena_fini(&a);
}

/* Nothing is edited; what an endpoint adds cannot be said here. */
static void
plans(void **state)
{
    const struct gh_dialect *d = dialect(GH_OP_SCORE);
    const struct gh_forward nothing = {.model = GH_STR("")}, model = {.model = GH_STR("up")},
                            words = {.instructions = GH_STR("be good")};
    struct gh_arena a = gh_test_arena();
    struct gh_edits edits = {.arena = &a};
    struct gh_json j;
    struct gh_conv c;

    (void)state;
    assert_int_equal(gh_json_parse(&j, &a, GH_STR("[\"a\"]"), NULL), GH_OK);
    assert_int_equal(d->read(&c, &a, &j, NULL), GH_OK);
    assert_int_equal(d->plan(&edits, &a, &j, &c, &nothing), GH_OK);
    assert_int_equal(edits.n, 0);
    assert_int_equal(gh_dialect_check(d, &a, &c, &nothing, j.text), GH_OK);
    assert_int_equal(gh_dialect_check(d, &a, &c, &nothing, GH_STR("[\"b\"]")), GH_BUG);
    assert_int_equal(d->plan(&edits, &a, &j, &c, &model), GH_BAD);
    assert_int_equal(d->plan(&edits, &a, &j, &c, &words), GH_BAD);
    gh_arena_fini(&a);
}

static void
answers(void **state)
{
    static const struct {
        const char *text;
        enum gh_rc rc;
    } rows[] = {{"[0.5]", GH_OK}, {"{\"predictions\":[1]}", GH_OK}, {"1", GH_OK}, {"<html>", GH_BAD}, {"{", GH_BAD},
        {"{\"a\":1,\"a\":2}", GH_BAD}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_answer answer;
        assert_int_equal(dialect(GH_OP_SCORE)->answer(&answer, &a, gh_str_z(rows[i].text)), rows[i].rc);
        assert_int_equal(answer.usage.input_tokens, -1);
        gh_arena_fini(&a);
    }
}

static enum gh_rc
forward(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    const struct gh_conv_test t = {dialect(GH_OP_INFER), tell};
    const struct gh_forward how = {.model = GH_STR("")};

    return gh_conv_test_forward(&t, &how, meaning, a, in);
}

static void
sweeps(void **state)
{
    const struct gh_str golden =
        GH_STR("{\"id\":\"1\",\"inputs\":[" TENSOR "],\"outputs\":[{\"name\":\"o\",\"parameters\":{\"a\":\"\\n\"}}]}");

    (void)state;
    gh_test_mangle(forward, golden, false);
    gh_test_oom(forward, golden);
    gh_test_page(forward, golden);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(large),
        cmocka_unit_test(plans),
        cmocka_unit_test(answers),
        cmocka_unit_test(sweeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
