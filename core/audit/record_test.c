/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "audit/record.h"
#include "base/codec.h"
#include "wire/json.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define TIME         1700000000123

static const struct gh_controls ran = {.ran = {[GH_CONTROL_ROUTE] = GH_RAN_PASSED,
                                           [GH_CONTROL_BODY] = GH_RAN_BLOCKED,
                                           [GH_CONTROL_SPLICE] = GH_RAN_CHANGED,
                                           [GH_CONTROL_TOOLS] = GH_RAN_OBSERVED},
    .reason = {[GH_CONTROL_BODY] = "duplicate key"}};

static struct gh_str
golden(void *mem)
{
    struct gh_record_writer w;
    struct gh_str out;

    gh_record_begin(&w, mem, GH_RECORD_REFUSED, 0x0123456789abcdef, 42, TIME);
    gh_record_text(&w, GH_FIELD_CALLER, GH_STR("gatehouse:ann"));
    gh_record_text(&w, GH_FIELD_REASON, GH_STR(""));
    gh_record_u64(&w, GH_FIELD_STATUS, 403);
    gh_record_u64(&w, GH_FIELD_INPUT_TOKENS, UINT64_MAX);
    gh_record_u64(&w, GH_FIELD_OPEN_EPOCH, 0xfedcba9876543210);
    gh_record_bytes(&w, GH_FIELD_DIGEST, GH_STR("\x00\xff\x10"));
    gh_record_controls(&w, &ran);
    assert_int_equal(gh_record_end(&out, &w), GH_OK);
    return out;
}

static void
reads_what_was_written(void **state)
{
    char mem[GH_RECORD_BYTES_MAX];
    struct gh_str in = golden(mem), whole = in, value;
    struct gh_record r;
    enum gh_field f, last = GH_FIELD_NONE;
    size_t at = 0, n = 0;

    (void)state;
    assert_int_equal(gh_record_next(&r, &in), GH_OK);
    assert_int_equal(in.n, 0);
    assert_true(gh_str_eq(r.bytes, whole));
    assert_int_equal(r.kind, GH_RECORD_REFUSED);
    assert_int_equal(r.epoch, 0x0123456789abcdef);
    assert_int_equal(r.sequence, 42);
    assert_int_equal(r.time_ms, TIME);
    assert_true(gh_str_eq(gh_record_get(&r, GH_FIELD_CALLER), GH_STR("gatehouse:ann")));
    assert_int_equal(gh_record_get(&r, GH_FIELD_REASON).n, 0);
    assert_int_equal(gh_record_get_u64(&r, GH_FIELD_STATUS), 403);
    assert_int_equal(gh_record_get_u64(&r, GH_FIELD_INPUT_TOKENS), UINT64_MAX);
    assert_int_equal(gh_record_get_u64(&r, GH_FIELD_OUTPUT_TOKENS), 0);
    assert_int_equal(gh_record_get_u64(&r, GH_FIELD_CALLER), 0);
    assert_true(gh_str_eq(gh_record_get(&r, GH_FIELD_DIGEST), GH_STR("\x00\xff\x10")));
    for (; gh_record_field(&f, &value, &at, &r); last = f)
        n++;
    assert_int_equal(n, 6);
    assert_int_equal(last, GH_FIELD_CONTROLS);
    assert_int_equal(gh_record_next(&r, &in), GH_MORE);
}

static void
controls_are_all_there(void **state)
{
    char mem[GH_RECORD_BYTES_MAX];
    struct gh_str in = golden(mem), value, reason;
    struct gh_record r;
    enum gh_control c;
    enum gh_ran how;
    size_t at = 0, n = 0;

    (void)state;
    assert_int_equal(gh_record_next(&r, &in), GH_OK);
    value = gh_record_get(&r, GH_FIELD_CONTROLS);
    for (; gh_record_control(&c, &how, &reason, &at, value); n++) {
        assert_int_equal(c, n);
        assert_int_equal(how, ran.ran[n]);
        assert_true(gh_str_eq(reason, gh_str_z(ran.reason[n])));
    }
    assert_int_equal(n, GH_CONTROL_COUNT);
}

static void
as_json(void **state)
{
    static const char want[] =
        "{\"kind\":\"refused\",\"time\":\"2023-11-14T22:13:20.123Z\",\"epoch\":\"0123456789abcdef\",\"sequence\":42,"
        "\"caller\":\"gatehouse:ann\",\"status\":403,\"input_tokens\":18446744073709551615,\"open_epoch\":\"fedcba9876543210\","
        "\"digest\":\"00ff10\",\"controls\":{\"route\":{\"result\":\"passed\"},\"authentication\":{\"result\":\"not run\"},"
        "\"authorization\":{\"result\":\"not run\"},\"body\":{\"result\":\"blocked\",\"reason\":\"duplicate key\"},"
        "\"dialect\":{\"result\":\"not run\"},\"splice\":{\"result\":\"changed\"},\"credential\":{\"result\":\"not run\"},"
        "\"headers\":{\"result\":\"not run\"},\"response\":{\"result\":\"not run\"},\"stream\":{\"result\":\"not run\"},"
        "\"usage\":{\"result\":\"not run\"},\"tools\":{\"result\":\"observed\"},\"instructions\":{\"result\":\"not run\"},"
        "\"bounds\":{\"result\":\"not run\"},\"end_user\":{\"result\":\"not run\"},"
        "\"network\":{\"result\":\"not run\"},\"ownership\":{\"result\":\"not run\"},\"shield\":{\"result\":\"not run\"},"
        "\"spotlight\":{\"result\":\"not run\"},"
        "\"conditional_access\":{\"result\":\"not run\"},\"dlp\":{\"result\":\"not run\"},\"blocklist\":{\"result\":\"not run\"}}}";
    char mem[GH_RECORD_BYTES_MAX];
    struct gh_arena a = gh_test_arena();
    struct gh_str in = golden(mem);
    struct gh_record r;
    struct gh_json j;
    struct gh_buf b;

    (void)state;
    assert_int_equal(gh_record_next(&r, &in), GH_OK);
    gh_buf_init(&b, &a, 1u << 20);
    gh_record_json(&b, &r);
    if (!gh_str_eq(gh_buf_str(&b), gh_str_z(want)))
        fail_msg("%.*s", (int)b.n, b.p);
    assert_int_equal(gh_json_parse(&j, &a, gh_buf_str(&b), NULL), GH_OK);
    gh_arena_fini(&a);
}

/* Whatever a stranger sends, no credential, control character or newline comes into a record or its JSON. */
static void
text_is_redacted_and_cut(void **state)
{
    static const struct gh_str rows[] = {GH_STR_INIT("Bearer abcdefghijklmnopqrstuvwxyz"), GH_STR_INIT("line\nbreak"),
        GH_STR_INIT("gh_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_00000000"), GH_STR_INIT("\xff\xfe"),
        GH_STR_INIT("\0")};
    char mem[GH_RECORD_BYTES_MAX], long_text[4000];
    struct gh_record_writer w;
    struct gh_record r;
    struct gh_str in, value;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        gh_record_begin(&w, mem, GH_RECORD_ADMIN, 1, 1, TIME);
        gh_record_text(&w, GH_FIELD_DETAIL, rows[i]);
        assert_int_equal(gh_record_end(&in, &w), GH_OK);
        assert_int_equal(gh_record_next(&r, &in), GH_OK);
        value = gh_record_get(&r, GH_FIELD_DETAIL);
        assert_true(value.n > 0 && gh_utf8_is_valid(value));
        assert_int_equal(gh_str_find(value, GH_STR("AAAA")), SIZE_MAX);
        assert_int_equal(gh_str_find(value, GH_STR("abcdefgh")), SIZE_MAX);
        for (size_t k = 0; k < value.n; k++)
            assert_true((unsigned char)value.p[k] >= 0x20);
    }
    memset(long_text, 'x', sizeof(long_text));
    gh_record_begin(&w, mem, GH_RECORD_ADMIN, 1, 1, TIME);
    gh_record_text(&w, GH_FIELD_DETAIL, gh_str(long_text, sizeof(long_text)));
    assert_int_equal(gh_record_end(&in, &w), GH_OK);
    assert_int_equal(gh_record_next(&r, &in), GH_OK);
    assert_in_range(gh_record_get(&r, GH_FIELD_DETAIL).n, 1, GH_RECORD_TEXT_MAX);
}

static void
writer_refuses_misuse(void **state)
{
    static const struct {
        const char *name;
        enum gh_field text, number, bytes;
        enum gh_rc want;
    } rows[] = {
        {"right", GH_FIELD_CALLER, GH_FIELD_STATUS, GH_FIELD_DIGEST, GH_OK},
        {"a number as text", GH_FIELD_STATUS, GH_FIELD_BACKEND_STATUS, GH_FIELD_DIGEST, GH_BUG},
        {"text as a number", GH_FIELD_CALLER, GH_FIELD_REASON, GH_FIELD_DIGEST, GH_BUG},
        {"text as bytes", GH_FIELD_CALLER, GH_FIELD_STATUS, GH_FIELD_REASON, GH_BUG},
        {"controls as bytes", GH_FIELD_CALLER, GH_FIELD_STATUS, GH_FIELD_CONTROLS, GH_BUG},
        {"no field", GH_FIELD_NONE, GH_FIELD_STATUS, GH_FIELD_DIGEST, GH_BUG},
        {"behind the last field", GH_FIELD_CALLER, GH_FIELD_COUNT, GH_FIELD_DIGEST, GH_BUG},
        {"far behind the last field", GH_FIELD_CALLER, (enum gh_field)200, GH_FIELD_DIGEST, GH_BUG},
    };
    char mem[GH_RECORD_BYTES_MAX];
    struct gh_record_writer w;
    struct gh_str out;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        gh_record_begin(&w, mem, GH_RECORD_ADMIN, 1, 1, TIME);
        gh_record_text(&w, rows[i].text, GH_STR("x"));
        gh_record_u64(&w, rows[i].number, 1);
        gh_record_bytes(&w, rows[i].bytes, GH_STR("x"));
        if (gh_record_end(&out, &w) != rows[i].want || (rows[i].want != GH_OK && out.n != 0))
            fail_msg("%s", rows[i].name);
    }
    gh_record_begin(&w, mem, GH_RECORD_ADMIN, 1, 1, TIME);
    gh_record_u64(&w, GH_FIELD_STATUS, 1);
    gh_record_u64(&w, GH_FIELD_STATUS, 2);
    assert_int_equal(gh_record_end(&out, &w), GH_BUG);
    gh_record_begin(&w, mem, GH_RECORD_ADMIN, 1, 1, TIME);
    gh_record_controls(&w, &ran);
    gh_record_controls(&w, &ran);
    assert_int_equal(gh_record_end(&out, &w), GH_BUG);
}

static void
too_long_is_a_limit(void **state)
{
    char mem[GH_RECORD_BYTES_MAX], bytes[GH_RECORD_BYTES_MAX];
    struct gh_record_writer w;
    struct gh_str out;

    (void)state;
    memset(bytes, 1, sizeof(bytes));
    gh_record_begin(&w, mem, GH_RECORD_ADMIN, 1, 1, TIME);
    gh_record_bytes(&w, GH_FIELD_DIGEST, gh_str(bytes, sizeof(bytes) - GH_RECORD_HEADER_BYTES - 4));
    assert_int_equal(gh_record_end(&out, &w), GH_OK);
    assert_int_equal(out.n, GH_RECORD_BYTES_MAX);
    gh_record_begin(&w, mem, GH_RECORD_ADMIN, 1, 1, TIME);
    gh_record_bytes(&w, GH_FIELD_DIGEST, gh_str(bytes, sizeof(bytes) - GH_RECORD_HEADER_BYTES - 3));
    assert_int_equal(gh_record_end(&out, &w), GH_LIMIT);
}

/* ---- a spool: records one behind the other ---- */

static void
put_le(char *p, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (char)(v >> (8 * i));
}

/* Makes length and checksum of a changed record right again. */
static struct gh_str
reseal(char *mem, size_t n)
{
    put_le(mem, n, 4);
    put_le(mem + 4, gh_crc32c(0, gh_str(mem + 8, n - 8)), 4);
    return gh_str(mem, n);
}

static void
sealed_lies(void **state)
{
    static const struct {
        const char *name;
        size_t at, n; /* header: where the lie stands */
        uint64_t value;
        struct gh_str fields;
    } rows[] = {
        {"version", 8, 2, 2, GH_STR_INIT("")},
        {"kind 0", 10, 2, 0, GH_STR_INIT("")},
        {"kind behind the last", 10, 2, GH_RECORD_KIND_COUNT, GH_STR_INIT("")},
        {"field 0", 8, 2, 1, GH_STR_INIT("\0\0\1\0x")},
        {"field behind the last", 8, 2, 1, GH_STR_INIT("\xff\0\1\0x")},
        {"field far behind", 8, 2, 1, GH_STR_INIT("\xff\xff\1\0x")},
        {"half a field", 8, 2, 1, GH_STR_INIT("\2\0\1")},
        {"field longer than the record", 8, 2, 1, GH_STR_INIT("\2\0\2\0x")},
        {"field twice", 8, 2, 1, GH_STR_INIT("\2\0\1\0x\2\0\1\0x")},
        {"empty text", 8, 2, 1, GH_STR_INIT("\2\0\0\0")},
        {"short number", 8, 2, 1, GH_STR_INIT("\x11\0\7\0abcdefg")},
        {"long number", 8, 2, 1, GH_STR_INIT("\x11\0\x9\0abcdefghi")},
        {"control behind the last", 8, 2, 1, GH_STR_INIT("\x1e\0\3\0\xff\1\0")},
        {"control ran as nothing known", 8, 2, 1, GH_STR_INIT("\x1e\0\3\0\1\5\0")},
        {"control twice", 8, 2, 1, GH_STR_INIT("\x1e\0\6\0\1\1\0\1\1\0")},
        {"controls out of order", 8, 2, 1, GH_STR_INIT("\x1e\0\6\0\2\1\0\1\1\0")},
        {"reason longer than the field", 8, 2, 1, GH_STR_INIT("\x1e\0\4\0\1\1\2x")},
        {"half a control", 8, 2, 1, GH_STR_INIT("\x1e\0\2\0\1\1")},
    };
    char mem[GH_RECORD_BYTES_MAX];
    struct gh_record_writer w;
    struct gh_record r;
    struct gh_str in, before;

    (void)state;
    assert_int_equal(GH_FIELD_CALLER, 2);
    assert_int_equal(GH_FIELD_STATUS, 0x11);
    assert_int_equal(GH_FIELD_CONTROLS, 0x1e);
    for (size_t i = 0; i < COUNT(rows); i++) {
        gh_record_begin(&w, mem, GH_RECORD_ADMIN, 1, 1, TIME);
        assert_int_equal(gh_record_end(&in, &w), GH_OK);
        put_le(mem + rows[i].at, rows[i].value, rows[i].n);
        memcpy(mem + in.n, rows[i].fields.p, rows[i].fields.n);
        in = before = reseal(mem, in.n + rows[i].fields.n);
        if (gh_record_next(&r, &in) != GH_BAD || r.kind != GH_RECORD_NONE || in.p != before.p)
            fail_msg("%s: accepted", rows[i].name);
    }
}

static void
lengths_that_lie(void **state)
{
    static const uint32_t lengths[] = {0, 1, 4, 8, GH_RECORD_HEADER_BYTES - 1, GH_RECORD_BYTES_MAX + 1, 0x7fffffff, 0xffffffff};
    char mem[2 * GH_RECORD_BYTES_MAX];
    struct gh_str in;
    struct gh_record r;

    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        (void)golden(mem);
        put_le(mem, lengths[i], 4);
        in = gh_str(mem, sizeof(mem));
        assert_int_equal(gh_record_next(&r, &in), GH_BAD);
    }
    in = gh_str(NULL, 0);
    assert_int_equal(gh_record_next(&r, &in), GH_MORE);
}

static void
torn_at_the_end(void **state)
{
    char mem[2 * GH_RECORD_BYTES_MAX];
    struct gh_str one = golden(mem), in;
    struct gh_record r;

    (void)state;
    memcpy(mem + one.n, mem, one.n);
    for (size_t n = 0; n < one.n; n++) {
        in = gh_str(mem, one.n + n);
        assert_int_equal(gh_record_next(&r, &in), GH_OK);
        assert_int_equal(in.n, n);
        assert_int_equal(gh_record_next(&r, &in), GH_MORE);
        assert_int_equal(in.n, n);
    }
}

static enum gh_rc
parse(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    struct gh_record r;
    enum gh_rc rc;

    (void)a;
    if ((rc = gh_record_next(&r, &in)) != GH_OK)
        return rc;
    gh_record_json(meaning, &r);
    return meaning->rc;
}

static void
sweeps(void **state)
{
    char mem[GH_RECORD_BYTES_MAX];
    struct gh_str in = golden(mem);

    (void)state;
    gh_test_mangle(parse, in, true);
    gh_test_page(parse, in);
}

/* Every row of the tables has a name of its own: exports and queries go by them. */
static void
names_are_unique(void **state)
{
    (void)state;
    for (unsigned i = GH_FIELD_NONE + 1; i < GH_FIELD_COUNT; i++)
        for (unsigned k = GH_FIELD_NONE + 1; k < i; k++)
            assert_string_not_equal(gh_field_table[i].json_name, gh_field_table[k].json_name);
    for (unsigned i = GH_RECORD_NONE + 1; i < GH_RECORD_KIND_COUNT; i++)
        for (unsigned k = GH_RECORD_NONE + 1; k < i; k++)
            assert_string_not_equal(gh_record_kind_names[i], gh_record_kind_names[k]);
    for (unsigned i = 0; i < GH_CONTROL_COUNT; i++)
        assert_non_null(gh_control_names[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_was_written),
        cmocka_unit_test(controls_are_all_there),
        cmocka_unit_test(as_json),
        cmocka_unit_test(text_is_redacted_and_cut),
        cmocka_unit_test(writer_refuses_misuse),
        cmocka_unit_test(too_long_is_a_limit),
        cmocka_unit_test(sealed_lies),
        cmocka_unit_test(lengths_that_lie),
        cmocka_unit_test(torn_at_the_end),
        cmocka_unit_test(sweeps),
        cmocka_unit_test(names_are_unique),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
