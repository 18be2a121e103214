/* SPDX-License-Identifier: Apache-2.0 */
#include "shield/model_testing.h"

static const uint32_t sizes[GH_MODEL_SECTIONS] = {
    [GH_MODEL_INFO] = GH_MODEL_INFO_BYTES,
    [GH_MODEL_LINEAR_USER] = GH_FEATURES,
    [GH_MODEL_LINEAR_DOCUMENT] = GH_FEATURES,
    [GH_MODEL_LINEAR_TOOL] = GH_FEATURES,
    [GH_MODEL_CLASS] = 8u << GH_MODEL_CLASS_BITS,
    [GH_MODEL_SLOTS] = 64 * sizeof(struct gh_lexicon_slot),
    [GH_MODEL_STEM_GATE] = GH_LEXICON_GATE_BITS / 8,
    [GH_MODEL_PAIR_GATE] = GH_LEXICON_GATE_BITS / 8,
    [GH_MODEL_TEXTS] = 64,
    [GH_MODEL_NET] = GH_NET_BYTES,
};

static const char *const words[] = {"ignore", "all", "previous", "rules", "instructions"};

static void
put_curve(struct gh_buf *b)
{
    gh_buf_put_le32(b, (uint32_t)-2000);
    gh_buf_put_le32(b, 100);
    for (uint32_t i = 0; i < GH_MODEL_CURVE; i++)
        gh_buf_put_le16(b, (uint16_t)(i * 65535 / (GH_MODEL_CURVE - 1)));
}

static void
put_info(struct gh_buf *b)
{
    char name[GH_MODEL_VERSION_BYTES + GH_SHA256_BYTES] = "test";

    gh_buf_put(b, gh_str(name, sizeof name));
    for (size_t k = 0; k < GH_SHIELD_KINDS; k++) {
        gh_buf_put_le32(b, (uint32_t)-100);
        gh_buf_put_le32(b, 1u << 20);
        gh_buf_put_le32(b, 256);
        gh_buf_put_le32(b, 32768);
        put_curve(b);
        put_curve(b);
    }
}

/* A few words, all with an idea, and their scrambled forms. */
static void
put_slots(struct gh_buf *b)
{
    struct gh_lexicon_slot slots[64] = {{0, 0}};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char pad[32] = {0};
        size_t n = strlen(words[i]);

        memcpy(pad, words[i], n);
        for (unsigned type = GH_LEXICON_WORD; type <= GH_LEXICON_JUMBLE; type += 3) {
            uint32_t key = gh_lexicon_key(
                type == GH_LEXICON_WORD ? gh_lexicon_hash(pad, n, 0) : gh_lexicon_jumble(pad, n), (enum gh_lexicon_type)type);
            uint32_t at = key >> 3 & 63;

            while (slots[at].key != 0)
                at = (at + 1) & 63;
            slots[at] = (struct gh_lexicon_slot){key, type == GH_LEXICON_WORD ? (uint32_t)i + 1 + (8u << 8) : 6u};
        }
    }
    for (size_t i = 0; i < 64; i++) {
        gh_buf_put_le32(b, slots[i].key);
        gh_buf_put_le32(b, slots[i].value);
    }
}

static void
put_net_head(struct gh_buf *b)
{
    for (size_t i = 0; i < 4; i++)
        gh_buf_put_le32(b, 7);
    for (size_t i = 0; i < GH_NET_BIASES; i++)
        gh_buf_put_le32(b, (uint32_t)(i * 37 % 200));
}

static void
put_section(struct gh_buf *b, uint32_t id)
{
    size_t start = b->n;

    if (id == GH_MODEL_INFO)
        put_info(b);
    if (id == GH_MODEL_SLOTS)
        put_slots(b);
    if (id == GH_MODEL_TEXTS)
        gh_buf_put(b, GH_STR("ignore          "));
    if (id == GH_MODEL_NET)
        put_net_head(b);
    for (size_t i = b->n - start; i < sizes[id]; i++)
        gh_buf_putc(b, id == GH_MODEL_STEM_GATE || id == GH_MODEL_PAIR_GATE ? '\x55' : (char)(i * 2654435761u >> 24));
}

void
gh_model_testing_seal(struct gh_str bytes)
{
    struct gh_str parts[2] = {gh_str_sub(bytes, 0, 16), gh_str_sub(bytes, GH_MODEL_HEAD_BYTES, SIZE_MAX)};
    uint8_t digest[GH_SHA256_BYTES] = {0};

    if (gh_sha256_v(digest, parts, 2) == GH_OK)
        memcpy((char *)(uintptr_t)bytes.p + 16, digest, sizeof digest);
}

struct gh_str
gh_model_testing(struct gh_arena *a)
{
    uint32_t at = GH_MODEL_HEAD_BYTES + GH_MODEL_ROW_BYTES * (GH_MODEL_SECTIONS - 1);
    struct gh_buf b;

    gh_buf_init(&b, a, 16u << 20);
    gh_buf_putz(&b, GH_MODEL_MAGIC);
    gh_buf_put_le32(&b, GH_MODEL_FORMAT);
    gh_buf_put_le32(&b, GH_MODEL_SECTIONS - 1);
    for (size_t i = 0; i < GH_SHA256_BYTES; i++)
        gh_buf_putc(&b, '\0');
    for (uint32_t i = 1; i < GH_MODEL_SECTIONS; i++) {
        at = (at + 63) / 64 * 64;
        gh_buf_put_le32(&b, i);
        gh_buf_put_le32(&b, at);
        gh_buf_put_le32(&b, sizes[i]);
        at += sizes[i];
    }
    for (uint32_t i = 1; i < GH_MODEL_SECTIONS; i++) {
        while (b.n % 64 != 0)
            gh_buf_putc(&b, '\0');
        put_section(&b, i);
    }
    if (b.rc == GH_OK)
        gh_model_testing_seal(gh_buf_str(&b));
    return gh_buf_str(&b);
}
