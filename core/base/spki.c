/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spki.h"

#include "base/cursor.h"
#include "base/limits.h"

enum { DER_INTEGER = 0x02, DER_BITS = 0x03, DER_SEQUENCE = 0x30 };

#define RSA_ALGORITHM "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"

/* Keys of fixed size: all but the numbers is a constant. For EC the prefix ends in the mark of an uncompressed point. */
static const struct fixed_key {
    enum gh_key_kind kind;
    uint32_t bits;
    size_t field_bytes;
    struct gh_str curve;
    struct gh_str prefix;
} fixed_keys[] = {
    // clang-format off
    {GH_KEY_EC, 256, 32, GH_STR_INIT("P-256"),
     GH_STR_INIT("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04")},
    {GH_KEY_EC, 384, 48, GH_STR_INIT("P-384"),
     GH_STR_INIT("\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00\x04")},
    {GH_KEY_EC, 521, 66, GH_STR_INIT("P-521"),
     GH_STR_INIT("\x30\x81\x9b\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23\x03\x81\x86\x00\x04")},
    {GH_KEY_ED25519, 256, 32, GH_STR_INIT(""), GH_STR_INIT("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00")},
    // clang-format on
};

#define FIXED_KEYS (sizeof(fixed_keys) / sizeof(fixed_keys[0]))

/* ---- DER, as much of it as an RSA key needs: definite lengths below 65536 in their shortest form ---- */

static enum gh_rc
der_length(size_t *out, struct gh_cursor *c)
{
    uint8_t first, high = 0, low;
    enum gh_rc rc;

    if ((rc = gh_cursor_u8(&first, c)) != GH_OK)
        return rc;
    if (first < 0x80) {
        *out = first;
        return GH_OK;
    }
    if (first != 0x81 && first != 0x82)
        return GH_BAD;
    if (first == 0x82 && (rc = gh_cursor_u8(&high, c)) != GH_OK)
        return rc;
    if ((rc = gh_cursor_u8(&low, c)) != GH_OK)
        return rc;
    *out = ((size_t)high << 8) | low;
    return *out >= (first == 0x81 ? 0x80u : 0x100u) ? GH_OK : GH_BAD;
}

static enum gh_rc
der_element(struct gh_str *out, struct gh_cursor *c, uint8_t tag)
{
    uint8_t found;
    size_t n;
    enum gh_rc rc;

    if ((rc = gh_cursor_u8(&found, c)) != GH_OK)
        return rc;
    if (found != tag)
        return GH_BAD;
    if ((rc = der_length(&n, c)) != GH_OK)
        return rc;
    return gh_cursor_bytes(out, c, n);
}

/* The only element of `in`. */
static enum gh_rc
der_whole(struct gh_str *out, struct gh_str in, uint8_t tag)
{
    struct gh_cursor c = gh_cursor(in);
    enum gh_rc rc = der_element(out, &c, tag);

    return rc == GH_OK && gh_cursor_left(&c) != 0 ? GH_BAD : rc;
}

/* A positive INTEGER in its shortest form, without the sign byte. */
static enum gh_rc
der_positive(struct gh_str *out, struct gh_cursor *c)
{
    enum gh_rc rc = der_element(out, c, DER_INTEGER);

    if (rc != GH_OK)
        return rc;
    if (out->n == 0 || (out->p[0] & 0x80) != 0)
        return GH_BAD;
    if (out->p[0] != 0)
        return GH_OK;
    *out = gh_str_sub(*out, 1, out->n - 1);
    return out->n > 0 && (out->p[0] & 0x80) != 0 ? GH_OK : GH_BAD;
}

static size_t
der_length_bytes(size_t n)
{
    return n < 0x80 ? 1 : n < 0x100 ? 2 : 3;
}

static void
put_der_head(struct gh_buf *out, uint8_t tag, size_t n)
{
    gh_buf_putc(out, (char)tag);
    if (n >= 0x100)
        gh_buf_putc(out, (char)0x82);
    else if (n >= 0x80)
        gh_buf_putc(out, (char)0x81);
    if (n >= 0x100)
        gh_buf_putc(out, (char)(n >> 8));
    gh_buf_putc(out, (char)n);
}

static size_t
der_element_bytes(size_t n)
{
    return 1 + der_length_bytes(n) + n;
}

static bool
needs_sign_byte(struct gh_str number)
{
    return (number.p[0] & 0x80) != 0;
}

static void
put_der_positive(struct gh_buf *out, struct gh_str number)
{
    put_der_head(out, DER_INTEGER, number.n + needs_sign_byte(number));
    if (needs_sign_byte(number))
        gh_buf_putc(out, 0);
    gh_buf_put(out, number);
}

/* ---- RSA ---- */

static uint32_t
bit_length(struct gh_str number)
{
    uint32_t bits = (uint32_t)(number.n - 1) * 8;

    for (uint8_t top = (uint8_t)number.p[0]; top != 0; top >>= 1)
        bits++;
    return bits;
}

static uint32_t
modulo(struct gh_str number, uint32_t divisor)
{
    uint32_t rest = 0;

    for (size_t i = 0; i < number.n; i++)
        rest = (rest * 256 + (uint8_t)number.p[i]) % divisor;
    return rest;
}

/* Whether `value` is a power of 65537 modulo the prime `p`. */
static bool
is_power_of_f4(uint32_t value, uint32_t p)
{
    uint32_t power = 1;

    do {
        if (power == value)
            return true;
        power = power * (65537 % p) % p;
    } while (power != 1);
    return false;
}

/*
 * Moduli made by one faulty family of smart cards (CVE-2017-15361) are powers of 65537 modulo every small prime; these alone tell
 * them apart, an honest modulus is mistaken for one with a chance below 2^-27.
 */
static bool
has_roca_fingerprint(struct gh_str modulus)
{
    static const uint8_t primes[] = {11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157};

    for (size_t i = 0; i < sizeof(primes); i++)
        if (!is_power_of_f4(modulo(modulus, primes[i]), primes[i]))
            return false;
    return true;
}

static enum gh_rc
check_rsa(struct gh_spki *key, struct gh_err *err)
{
    key->bits = bit_length(key->n);
    if (key->bits < GH_RSA_BITS_MIN || key->bits > GH_RSA_BITS_MAX)
        return gh_fail(err, GH_LIMIT, 0, "RSA key outside 2048 to 8192 bits");
    if ((key->n.p[key->n.n - 1] & 1) == 0)
        return gh_fail(err, GH_BAD, 0, "RSA modulus is even");
    if (key->e.n > 4 || (key->e.p[key->e.n - 1] & 1) == 0 || (key->e.n == 1 && key->e.p[0] < 3))
        return gh_fail(err, GH_BAD, 0, "RSA exponent is not odd within 3 to 2^32");
    if (has_roca_fingerprint(key->n))
        return gh_fail(err, GH_BAD, 0, "RSA modulus is factorable (CVE-2017-15361)");
    return GH_OK;
}

static enum gh_rc
read_rsa_numbers(struct gh_spki *out, struct gh_str der)
{
    struct gh_str whole, algorithm, bits, pair;
    struct gh_cursor c;
    enum gh_rc rc;

    if ((rc = der_whole(&whole, der, DER_SEQUENCE)) != GH_OK)
        return rc;
    c = gh_cursor(whole);
    if ((rc = gh_cursor_bytes(&algorithm, &c, sizeof(RSA_ALGORITHM) - 1)) != GH_OK)
        return rc;
    if (!gh_str_eq(algorithm, GH_STR(RSA_ALGORITHM)))
        return GH_BAD;
    if ((rc = der_whole(&bits, gh_str_sub(whole, c.at, whole.n), DER_BITS)) != GH_OK)
        return rc;
    if (bits.n == 0 || bits.p[0] != 0) /* unused bits of the last byte: none */
        return GH_BAD;
    if ((rc = der_whole(&pair, gh_str_sub(bits, 1, bits.n), DER_SEQUENCE)) != GH_OK)
        return rc;
    c = gh_cursor(pair);
    if ((rc = der_positive(&out->n, &c)) != GH_OK || (rc = der_positive(&out->e, &c)) != GH_OK)
        return rc;
    return gh_cursor_left(&c) == 0 ? GH_OK : GH_BAD;
}

static enum gh_rc
put_rsa(struct gh_buf *out, const struct gh_spki *key)
{
    size_t pair, bits;

    if (key->n.n == 0 || key->e.n == 0 || key->n.n > GH_RSA_BITS_MAX / 8 || key->e.n > 4)
        return GH_BAD;
    pair = der_element_bytes(key->n.n + needs_sign_byte(key->n)) + der_element_bytes(key->e.n + needs_sign_byte(key->e));
    bits = 1 + der_element_bytes(pair);
    put_der_head(out, DER_SEQUENCE, sizeof(RSA_ALGORITHM) - 1 + der_element_bytes(bits));
    gh_buf_put(out, GH_STR(RSA_ALGORITHM));
    put_der_head(out, DER_BITS, bits);
    gh_buf_putc(out, 0);
    put_der_head(out, DER_SEQUENCE, pair);
    put_der_positive(out, key->n);
    put_der_positive(out, key->e);
    return out->rc;
}

/* ---- all ---- */

static void
take_fixed(struct gh_spki *out, const struct fixed_key *row, struct gh_str der)
{
    struct gh_str numbers = gh_str_sub(der, row->prefix.n, der.n);

    *out = (struct gh_spki){.kind = row->kind, .bits = row->bits, .x = gh_str_sub(numbers, 0, row->field_bytes)};
    if (row->kind != GH_KEY_EC)
        return;
    out->y = gh_str_sub(numbers, row->field_bytes, row->field_bytes);
    out->point = gh_str_sub(der, row->prefix.n - 1, der.n);
}

enum gh_rc
gh_spki_read(struct gh_spki *out, struct gh_str der, struct gh_err *err)
{
    *out = (struct gh_spki){.kind = GH_KEY_NONE};
    for (size_t i = 0; i < FIXED_KEYS; i++) {
        const struct fixed_key *row = &fixed_keys[i];
        size_t numbers = row->field_bytes * (row->kind == GH_KEY_EC ? 2 : 1);

        if (der.n == row->prefix.n + numbers && gh_str_starts(der, row->prefix)) {
            take_fixed(out, row, der);
            return GH_OK;
        }
    }
    if (der.n > GH_SPKI_BYTES_MAX)
        return gh_fail(err, GH_LIMIT, 0, "public key is too long");
    if (read_rsa_numbers(out, der) != GH_OK)
        return gh_fail(err, GH_BAD, 0, "not the DER of an RSA, P-256, P-384, P-521 or Ed25519 public key");
    out->kind = GH_KEY_RSA;
    return check_rsa(out, err);
}

enum gh_rc
gh_spki_put(struct gh_buf *out, const struct gh_spki *key)
{
    if (key->kind == GH_KEY_RSA)
        return put_rsa(out, key);
    for (size_t i = 0; i < FIXED_KEYS; i++) {
        const struct fixed_key *row = &fixed_keys[i];

        if (row->kind != key->kind || row->bits != key->bits)
            continue;
        if (key->x.n != row->field_bytes || key->y.n != (row->kind == GH_KEY_EC ? row->field_bytes : 0))
            return GH_BAD;
        gh_buf_put(out, row->prefix);
        gh_buf_put(out, key->x);
        gh_buf_put(out, key->y);
        return out->rc;
    }
    return GH_BAD;
}

uint32_t
gh_spki_curve_bits(struct gh_str name)
{
    for (size_t i = 0; i < FIXED_KEYS; i++)
        if (fixed_keys[i].kind == GH_KEY_EC && gh_str_eq(name, fixed_keys[i].curve))
            return fixed_keys[i].bits;
    return 0;
}

struct gh_str
gh_spki_curve_name(uint32_t bits)
{
    for (size_t i = 0; i < FIXED_KEYS; i++)
        if (fixed_keys[i].kind == GH_KEY_EC && fixed_keys[i].bits == bits)
            return fixed_keys[i].curve;
    return GH_STR("");
}
