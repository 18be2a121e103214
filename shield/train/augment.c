/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/train: benign text in other shapes than the pool has it: a few sentences of a document as a user may type them, what a user typed
 * as a document, a few words of either. So ordinary words are ordinary for each kind of text and for each length.
 */
#include "train.h"

#define PIECES      3   /* of one document     */
#define PIECE_MAX   420 /* bytes of one piece  */
#define PIECE_MIN   24
#define FEW_WORDS   5  /* most words of a fragment */
#define FEW_SHARE   20 /* of 100 innocent texts: of so many a fragment is taken */
#define FEW_MAX     60 /* bytes of a fragment */
#define CARRIER_MAX 1500

static uint64_t
next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static bool
is_end(struct gh_str t, size_t i)
{
    return i == 0 || i >= t.n || t.p[i - 1] == '\n' ||
           (t.p[i - 1] == ' ' && i > 1 && (t.p[i - 2] == '.' || t.p[i - 2] == '!' || t.p[i - 2] == '?'));
}

/* A run of whole sentences from somewhere in the text; empty if it has none of a fitting length. */
static struct gh_str
some_sentences(struct gh_str t, uint64_t *random)
{
    size_t from = next_random(random) % t.n, to, want = PIECE_MIN + next_random(random) % (PIECE_MAX - PIECE_MIN);

    while (from > 0 && !is_end(t, from))
        from--;
    for (to = from + PIECE_MIN; to < t.n && to - from < PIECE_MAX && !(to - from >= want && is_end(t, to));)
        to++;
    return to > t.n ? (struct gh_str){NULL, 0} : gh_str_sub(t, from, to - from);
}

static void
add(struct train_set *s, const struct train_record *from, enum gh_shield_kind kind, struct gh_str text)
{
    struct train_record r = *from;

    if (text.n < PIECE_MIN || s->n == s->cap)
        return;
    r.kind = kind;
    r.text = text;
    r.is_made = true;
    s->record[s->n++] = r;
}

/* Sources of system prompts: what an owner writes to a model is no example of what a user does. */
static bool
is_system_prompt(struct gh_str source)
{
    return gh_str_starts(source, GH_STR("bigpromptlibrary")) || gh_str_starts(source, GH_STR("chatgpt_system_prompt"));
}

/* The attack within a part of an innocent document, at the end of a sentence. */
static struct gh_str
within(struct train_set *s, struct gh_str attack, struct gh_str document, uint64_t *random)
{
    size_t from = document.n > CARRIER_MAX ? next_random(random) % (document.n - CARRIER_MAX) : 0;
    struct gh_str part = gh_str_sub(document, from, 200 + next_random(random) % CARRIER_MAX);
    size_t at = part.n == 0 ? 0 : next_random(random) % part.n;
    static const char *const joints[] = {" ", "\n", "\n\n", " "};
    struct gh_buf b;

    while (at < part.n && !is_end(part, at))
        at++;
    gh_buf_init(&b, &s->arena, 1u << 20);
    gh_buf_put(&b, gh_str_sub(part, 0, at));
    gh_buf_putz(&b, joints[next_random(random) % 4]);
    gh_buf_put(&b, attack);
    gh_buf_putz(&b, joints[next_random(random) % 4]);
    gh_buf_put(&b, gh_str_sub(part, at, SIZE_MAX));
    return gh_buf_str(&b);
}

/* What attacks as a user's text attacks from a document too, by itself or within one. */
static void
add_indirect(struct train_set *s, size_t i, size_t n, uint64_t *random)
{
    const struct train_record *r = &s->record[i], *carrier = NULL;
    enum gh_shield_kind kind = next_random(random) % 2 == 0 ? GH_SHIELD_DOCUMENT : GH_SHIELD_TOOL_OUTPUT;
    struct gh_str text = r->text;

    if (r->class_ == GH_SHIELD_OBFUSCATED || next_random(random) % 2 == 0)
        return;
    for (int k = 0; k < 64 && carrier == NULL && next_random(random) % 4 != 0; k++) {
        const struct train_record *c = &s->record[next_random(random) % n];

        if (!c->is_attack && c->may_train && c->kind != GH_SHIELD_USER && !is_system_prompt(c->source))
            carrier = c;
    }
    if (carrier != NULL && text.n < 600)
        text = within(s, text, carrier->text, random);
    add(s, r, kind, text);
    s->record[s->n - 1].class_ = GH_SHIELD_INDIRECT;
}

/* A few words in a row of an innocent text: short texts are ordinary too. */
static void
add_few_words(struct train_set *s, const struct train_record *from, uint64_t *random)
{
    struct gh_str t = from->text;
    size_t at = next_random(random) % t.n, end, n = 1 + next_random(random) % FEW_WORDS;
    struct train_record r = *from;

    while (at > 0 && t.p[at - 1] != ' ' && t.p[at - 1] != '\n')
        at--;
    for (end = at; end < t.n; end++)
        if ((t.p[end] == ' ' || t.p[end] == '\n') && --n == 0)
            break;
    if (end - at > FEW_MAX || end == at || s->n == s->cap)
        return;
    r.kind = next_random(random) % 4 == 0 ? GH_SHIELD_DOCUMENT : GH_SHIELD_USER;
    r.text = gh_str_sub(t, at, end - at);
    r.is_made = true;
    s->record[s->n++] = r;
}

void
train_augment(struct train_set *s)
{
    uint64_t random = 20250501;

    for (size_t i = 0, n = s->n; i < n; i++) {
        const struct train_record *r = &s->record[i];

        if (!r->may_train)
            continue;
        if (r->is_attack && r->kind == GH_SHIELD_USER)
            add_indirect(s, i, n, &random);
        if (r->is_attack)
            continue;
        if (next_random(&random) % 100 < FEW_SHARE)
            add_few_words(s, r, &random);
        if (r->kind == GH_SHIELD_USER) {
            if (next_random(&random) % 4 == 0 && !gh_str_eq(r->source, GH_STR("c_at_ask"))) /* which a document does not ask */
                add(s, r, next_random(&random) % 2 == 0 ? GH_SHIELD_DOCUMENT : GH_SHIELD_TOOL_OUTPUT, r->text);
            continue;
        }
        for (int k = 0; k < PIECES && !is_system_prompt(r->source); k++)
            add(s, r, GH_SHIELD_USER, some_sentences(r->text, &random));
        if (next_random(&random) % 3 == 0)
            add(s, r, r->kind == GH_SHIELD_DOCUMENT ? GH_SHIELD_TOOL_OUTPUT : GH_SHIELD_DOCUMENT, r->text);
    }
}
