/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A spool file: records one behind the other, as they are and with their checksums made right. The records that are accepted are the
 * input's own bytes without a gap, their JSON is JSON, and each field is found by its number.
 */
#include "fuzz.h"
#include "sweeps.h"

#include "audit/record.h"
#include "base/codec.h"
#include "wire/json.h"

static void
check_fields(const struct gh_record *r)
{
    struct gh_str value;
    enum gh_field f;
    size_t at = 0;

    while (gh_record_field(&f, &value, &at, r)) {
        gh_fuzz_check(f > GH_FIELD_NONE && f < GH_FIELD_COUNT);
        gh_fuzz_check(gh_record_get(r, f).p == value.p);
    }
    gh_fuzz_check(at == r->fields.n);
}

static void
check_json(const struct gh_record *r)
{
    struct gh_arena a = gh_test_arena();
    struct gh_json j;
    struct gh_buf b;

    gh_buf_init(&b, &a, 1u << 20);
    gh_record_json(&b, r);
    /* A time outside the years that RFC 3339 writes has no JSON; everything else has. */
    gh_fuzz_check(b.rc != GH_OK || gh_json_parse(&j, &a, gh_buf_str(&b), NULL) == GH_OK);
    gh_fuzz_check(gh_str_chr(gh_buf_str(&b), '\n') == SIZE_MAX);
    gh_arena_fini(&a);
}

static void
walk(struct gh_str in)
{
    struct gh_str rest = in;
    struct gh_record r;

    for (;;) {
        struct gh_str before = rest;

        if (gh_record_next(&r, &rest) != GH_OK) {
            gh_fuzz_check(rest.p == before.p && rest.n == before.n);
            return;
        }
        gh_fuzz_check(r.bytes.p == before.p && r.bytes.n + rest.n == before.n);
        check_fields(&r);
        check_json(&r);
    }
}

/* The checksum of each record that lies whole in the input. */
static void
reseal(uint8_t *p, size_t n)
{
    for (size_t at = 0; n - at >= GH_RECORD_HEADER_BYTES;) {
        size_t length = (size_t)p[at] | (size_t)p[at + 1] << 8 | (size_t)p[at + 2] << 16 | (size_t)p[at + 3] << 24;
        uint32_t crc;

        if (length < GH_RECORD_HEADER_BYTES || length > n - at)
            return;
        crc = gh_crc32c(0, gh_str(p + at + 8, length - 8));
        for (size_t i = 0; i < 4; i++)
            p[at + 4 + i] = (uint8_t)(crc >> (8 * i));
        at += length;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);

    gh_fuzz_check(copy != NULL);
    if (size > 0)
        memcpy(copy, data, size);
    walk(gh_str(copy, size));
    reseal(copy, size);
    walk(gh_str(copy, size));
    free(copy);
    return 0;
}
