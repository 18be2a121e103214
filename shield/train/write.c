/* SPDX-License-Identifier: Apache-2.0 */
/* shield/train: weights as bytes, and the file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "train.h"

#define FILE_MAX (16u << 20)

static int
by_value(const void *pa, const void *pb)
{
    float a = *(const float *)pa, b = *(const float *)pb;

    return (a > b) - (a < b);
}

/* All weights times one number, so that the greatest 64 of a million are cut to a byte. */
void
train_quantise(struct train_model *m)
{
    float *size = train_alloc(GH_FEATURES, sizeof *size);

    for (size_t i = 0; i < GH_FEATURES; i++)
        size[i] = fabsf(m->w.shared[i] + m->w.of_kind[0][i]);
    qsort(size, GH_FEATURES, sizeof *size, by_value);
    m->scale = 127 / (size[GH_FEATURES - 64] + 1e-6f);
    free(size);
    for (size_t k = 0; k < GH_SHIELD_KINDS; k++)
        for (size_t i = 0; i < GH_FEATURES; i++) {
            float v = roundf((m->w.shared[i] + m->w.of_kind[k][i]) * m->scale);

            m->linear[k][i] = (int8_t)(v > 127 ? 127 : v < -127 ? -127 : v);
        }
}

static void
put_curve(struct gh_buf *b, const struct gh_model_curve *c)
{
    gh_buf_put_le32(b, (uint32_t)c->first);
    gh_buf_put_le32(b, (uint32_t)c->step);
    for (size_t i = 0; i < GH_MODEL_CURVE; i++)
        gh_buf_put_le16(b, c->p[i]);
}

static void
put_info(struct gh_buf *b, const struct train_model *m, const struct train_set *s, const char *version)
{
    char name[GH_MODEL_VERSION_BYTES] = {0};

    for (size_t i = 0; i + 1 < sizeof name && version[i] != '\0'; i++)
        name[i] = version[i];
    gh_buf_put(b, gh_str(name, sizeof name));
    gh_buf_put(b, gh_str(s->digest, sizeof s->digest));
    for (size_t k = 0; k < GH_SHIELD_KINDS; k++) {
        gh_buf_put_le32(b, (uint32_t)m->kind[k].low);
        gh_buf_put_le32(b, (uint32_t)m->kind[k].high);
        gh_buf_put_le32(b, (uint32_t)m->kind[k].mix);
        gh_buf_put_le32(b, m->kind[k].threshold);
        put_curve(b, &m->kind[k].first);
        put_curve(b, &m->kind[k].both);
    }
}

static void
put_sections(struct gh_buf *b, const struct gh_str section[GH_MODEL_SECTIONS])
{
    uint32_t at = GH_MODEL_HEAD_BYTES + GH_MODEL_ROW_BYTES * (GH_MODEL_SECTIONS - 1);

    for (uint32_t i = 1; i < GH_MODEL_SECTIONS; i++) {
        at = (at + 63) / 64 * 64;
        gh_buf_put_le32(b, i);
        gh_buf_put_le32(b, at);
        gh_buf_put_le32(b, (uint32_t)section[i].n);
        at += (uint32_t)section[i].n;
    }
    for (uint32_t i = 1; i < GH_MODEL_SECTIONS; i++) {
        while (b->n % 64 != 0)
            gh_buf_putc(b, '\0');
        gh_buf_put(b, section[i]);
    }
}

struct gh_str
train_slots_as_bytes(struct gh_arena *a, const struct train_lexicon *l)
{
    struct gh_buf b;

    gh_buf_init(&b, a, FILE_MAX);
    for (uint32_t i = 0; i <= l->l.mask; i++) {
        gh_buf_put_le32(&b, l->slots[i].key);
        gh_buf_put_le32(&b, l->slots[i].value);
    }
    return gh_buf_str(&b);
}

/* The sections but INFO stand in m->section. */
void
train_write(const char *path, struct train_model *m, const struct train_set *s, const char *version)
{
    struct gh_arena a;
    struct gh_buf b, info;
    struct gh_str parts[2];
    uint8_t digest[GH_SHA256_BYTES] = {0};
    FILE *f = fopen(path, "we");

    gh_arena_init(&a, s->arena.alloc, 8 * FILE_MAX);
    gh_buf_init(&b, &a, FILE_MAX);
    gh_buf_init(&info, &a, FILE_MAX);
    put_info(&info, m, s, version);
    m->section[GH_MODEL_INFO] = gh_buf_str(&info);
    gh_buf_putz(&b, GH_MODEL_MAGIC);
    gh_buf_put_le32(&b, GH_MODEL_FORMAT);
    gh_buf_put_le32(&b, GH_MODEL_SECTIONS - 1);
    gh_buf_put(&b, gh_str(digest, sizeof digest));
    put_sections(&b, m->section);
    parts[0] = gh_str(b.p, 16);
    parts[1] = gh_str_sub(gh_buf_str(&b), GH_MODEL_HEAD_BYTES, SIZE_MAX);
    if (b.rc != GH_OK || gh_sha256_v(digest, parts, 2) != GH_OK)
        train_die("the model cannot be put together", NULL);
    memcpy(b.p + 16, digest, sizeof digest);
    if (f == NULL || fwrite(b.p, 1, b.n, f) != b.n || fclose(f) != 0)
        train_die("cannot be written", path);
    printf("written: %s, %zu bytes\n", path, b.n);
    gh_arena_fini(&a);
}
