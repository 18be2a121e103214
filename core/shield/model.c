/* SPDX-License-Identifier: Apache-2.0 */
/* shield/model: nothing in the file is believed before its digest and the size of each section were. */
#include "shield/model.h"

#include "base/cursor.h"

static const struct {
    uint32_t least, most; /* bytes */
} sizes[GH_MODEL_SECTIONS] = {
    [GH_MODEL_INFO] = {GH_MODEL_INFO_BYTES, GH_MODEL_INFO_BYTES},
    [GH_MODEL_LINEAR_USER] = {GH_FEATURES, GH_FEATURES},
    [GH_MODEL_LINEAR_DOCUMENT] = {GH_FEATURES, GH_FEATURES},
    [GH_MODEL_LINEAR_TOOL] = {GH_FEATURES, GH_FEATURES},
    [GH_MODEL_CLASS] = {8u << GH_MODEL_CLASS_BITS, 8u << GH_MODEL_CLASS_BITS},
    [GH_MODEL_SLOTS] = {2 * sizeof(struct gh_lexicon_slot), sizeof(struct gh_lexicon_slot) << 20},
    [GH_MODEL_STEM_GATE] = {GH_LEXICON_GATE_BITS / 8, GH_LEXICON_GATE_BITS / 8},
    [GH_MODEL_PAIR_GATE] = {GH_LEXICON_GATE_BITS / 8, GH_LEXICON_PAIR_BITS / 8},
    [GH_MODEL_TEXTS] = {0, 1u << 20},
    [GH_MODEL_NET] = {0, GH_NET_BYTES},
};

uint32_t
gh_model_curve_at(const struct gh_model_curve *c, int32_t sum)
{
    int64_t off = (int64_t)sum - c->first;
    int64_t k, in;

    if (c->step <= 0 || off <= 0)
        return c->p[0];
    k = off / c->step;
    in = off % c->step;
    if (k >= (int64_t)GH_MODEL_CURVE - 1)
        return c->p[GH_MODEL_CURVE - 1];
    return (uint32_t)(c->p[k] + (c->p[k + 1] - c->p[k]) * in / c->step);
}

static enum gh_rc
read_curve(struct gh_model_curve *out, struct gh_cursor *c)
{
    uint32_t first, step;

    if (gh_cursor_le32(&first, c) != GH_OK || gh_cursor_le32(&step, c) != GH_OK)
        return GH_BAD;
    out->first = (int32_t)first;
    out->step = (int32_t)step;
    if (out->step <= 0)
        return GH_BAD;
    for (size_t i = 0; i < GH_MODEL_CURVE; i++)
        if (gh_cursor_le16(&out->p[i], c) != GH_OK || (i > 0 && out->p[i] < out->p[i - 1]))
            return GH_BAD;
    return GH_OK;
}

static enum gh_rc
read_kind(struct gh_model_kind *k, struct gh_cursor *c)
{
    uint32_t v[3];

    for (size_t i = 0; i < 3; i++)
        if (gh_cursor_le32(&v[i], c) != GH_OK)
            return GH_BAD;
    k->low = (int32_t)v[0];
    k->high = (int32_t)v[1];
    k->mix = (int32_t)v[2];
    if (gh_cursor_le32(&k->threshold, c) != GH_OK || k->threshold == 0 || k->threshold > 65535 || k->mix < 0 || k->mix > 65536)
        return GH_BAD;
    if (read_curve(&k->first, c) != GH_OK)
        return GH_BAD;
    return read_curve(&k->both, c);
}

static enum gh_rc
read_info(struct gh_shield_model *m, struct gh_str s)
{
    struct gh_cursor c = gh_cursor(s);
    struct gh_str version, training;
    const char *end;

    if (gh_cursor_bytes(&version, &c, GH_MODEL_VERSION_BYTES) != GH_OK || gh_cursor_bytes(&training, &c, GH_SHA256_BYTES) != GH_OK)
        return GH_BAD;
    end = memchr(version.p, '\0', version.n);
    m->info.version = gh_str(version.p, end == NULL ? version.n : (size_t)(end - version.p));
    memcpy(m->training, training.p, GH_SHA256_BYTES);
    for (size_t k = 0; k < GH_SHIELD_KINDS; k++) {
        if (read_kind(&m->kind[k], &c) != GH_OK)
            return GH_BAD;
        m->info.threshold[k] = (float)m->kind[k].threshold / 65535.0f;
    }
    return GH_OK;
}

static enum gh_rc
check_digest(struct gh_shield_model *m, struct gh_str bytes, struct gh_err *err)
{
    struct gh_str parts[2] = {gh_str_sub(bytes, 0, 16), gh_str_sub(bytes, GH_MODEL_HEAD_BYTES, SIZE_MAX)};
    uint8_t found[GH_SHA256_BYTES];

    if (gh_sha256_v(found, parts, 2) != GH_OK || gh_sha256(m->info.digest, bytes) != GH_OK)
        return gh_fail(err, GH_BUG, 0, "no digest could be made");
    if (!gh_str_eq(gh_str(found, sizeof found), gh_str_sub(bytes, 16, GH_SHA256_BYTES)))
        return gh_fail(err, GH_BAD, 16, "the model's digest is not that of its bytes");
    return GH_OK;
}

/* The rows: each section once, in order, within the file, of a size that it may have. */
static enum gh_rc
read_rows(struct gh_str out[GH_MODEL_SECTIONS], struct gh_str bytes, uint32_t n, struct gh_err *err)
{
    struct gh_cursor c = {bytes, GH_MODEL_HEAD_BYTES};
    uint32_t id, at, size;

    if (n != GH_MODEL_SECTIONS - 1)
        return gh_fail(err, GH_BAD, 12, "a model has another number of sections");
    for (uint32_t i = 1; i <= n; i++) {
        if (gh_cursor_le32(&id, &c) != GH_OK || gh_cursor_le32(&at, &c) != GH_OK || gh_cursor_le32(&size, &c) != GH_OK)
            return gh_fail(err, GH_BAD, (uint32_t)c.at, "the model ends early");
        if (id != i || at % 64 != 0 || at > bytes.n || size > bytes.n - at || size < sizes[i].least || size > sizes[i].most)
            return gh_fail(err, GH_BAD, (uint32_t)c.at, "a section of the model has another place or size");
        out[i] = gh_str_sub(bytes, at, size);
    }
    return GH_OK;
}

/* Slots are numbers of 32 bits: used where they stand, if the file was mapped as files are; else copied. */
static enum gh_rc
read_lexicon(struct gh_lexicon *l, struct gh_arena *a, const struct gh_str section[GH_MODEL_SECTIONS], struct gh_err *err)
{
    struct gh_str s = section[GH_MODEL_SLOTS];
    size_t n = s.n / sizeof *l->slots, gate = section[GH_MODEL_PAIR_GATE].n;
    void *copy;

    if (s.n % sizeof *l->slots != 0 || (n & (n - 1)) != 0 || (gate & (gate - 1)) != 0)
        return gh_fail(err, GH_BAD, 0, "the model's lexicon has another size");
    l->slots = (const void *)s.p;
    if ((uintptr_t)s.p % _Alignof(struct gh_lexicon_slot) != 0) {
        if ((copy = gh_arena_take_raw(a, s.n)) == NULL)
            return gh_fail(err, GH_NOMEM, 0, "no memory");
        l->slots = memcpy(copy, s.p, s.n);
    }
    l->mask = (uint32_t)n - 1;
    l->stem_gate = (const uint8_t *)section[GH_MODEL_STEM_GATE].p;
    l->pair_gate = (const uint8_t *)section[GH_MODEL_PAIR_GATE].p;
    l->pair_mask = (uint32_t)gate * 8 - 1;
    l->texts = section[GH_MODEL_TEXTS].p;
    l->n_texts = (uint32_t)section[GH_MODEL_TEXTS].n;
    return GH_OK;
}

enum gh_rc
gh_shield_open(struct gh_shield_model **out, struct gh_arena *a, struct gh_str bytes, struct gh_err *err)
{
    struct gh_cursor c = {bytes, sizeof GH_MODEL_MAGIC - 1};
    struct gh_str section[GH_MODEL_SECTIONS] = {{NULL, 0}};
    struct gh_shield_model *m;
    uint32_t format, n;
    enum gh_rc rc;

    *out = NULL;
    if (bytes.n < GH_MODEL_HEAD_BYTES || !gh_str_starts(bytes, GH_STR(GH_MODEL_MAGIC)))
        return gh_fail(err, GH_BAD, 0, "this is no model of the shield");
    if (gh_cursor_le32(&format, &c) != GH_OK || gh_cursor_le32(&n, &c) != GH_OK || format != GH_MODEL_FORMAT)
        return gh_fail(err, GH_BAD, 8, "the model is of another format");
    if ((m = gh_arena_take(a, sizeof *m)) == NULL)
        return gh_fail(err, GH_NOMEM, 0, "no memory");
    if ((rc = check_digest(m, bytes, err)) != GH_OK || (rc = read_rows(section, bytes, n, err)) != GH_OK)
        return rc;
    if (read_info(m, section[GH_MODEL_INFO]) != GH_OK)
        return gh_fail(err, GH_BAD, 0, "the model's thresholds cannot be read");
    for (size_t k = 0; k < GH_SHIELD_KINDS; k++)
        m->linear[k] = (const int8_t *)section[GH_MODEL_LINEAR_USER + k].p;
    m->classes = (const int8_t *)section[GH_MODEL_CLASS].p;
    if ((rc = read_lexicon(&m->lexicon, a, section, err)) != GH_OK)
        return rc;
    if (gh_lexicon_know(&m->lexicon, a, m->linear) != GH_OK)
        return gh_fail(err, GH_NOMEM, 0, "no memory");
    if (gh_net_read(&m->net, section[GH_MODEL_NET]) != GH_OK)
        return gh_fail(err, GH_BAD, 0, "the model's second stage cannot be read");
    *out = m;
    return GH_OK;
}

const struct gh_shield_model_info *
gh_shield_info(const struct gh_shield_model *m)
{
    return &m->info;
}
