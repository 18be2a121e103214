/* SPDX-License-Identifier: Apache-2.0 */
/* shield/train: the lexicon out of lexicon.txt (ideas) and of the benign texts (ordinary words). */
#include <stdio.h>
#include <stdlib.h>

#include "train.h"

#define SLOTS          (1u << 16)
#define WORDS_MAX      14000u /* ordinary words that are kept, the most frequent first */
#define COUNTS         (1u << 21)
#define JUMBLED_MAX    4000u  /* of them, those that are known with scrambled letters too */
#define RECORDS_LEAST  6u     /* texts that a word stands in */
#define STRANGE_MAX    40000u /* words whose letters are in the file in all, known or not: what a scan needs not look for long */
#define STRANGE_LEAST  2u     /* texts that such a word stands in */
#define JUMBLE_LETTERS 4u
#define LACKS_LETTERS  6u

static const struct gh_lexicon none = {0};

static void
put_slot(struct train_lexicon *t, uint32_t hash, enum gh_lexicon_type type, uint32_t value, bool is_last)
{
    uint32_t key = gh_lexicon_key(hash, type), i = key >> 3 & (SLOTS - 1), k = 0;

    for (; t->slots[i].key != 0 && t->slots[i].key != key; i = (i + 1) & (SLOTS - 1))
        if (++k == 64)
            return;
    if (t->slots[i].key == key && !is_last)
        return;
    if (t->slots[i].key == key && type == GH_LEXICON_WORD)
        value = (value & 0xff) | (((t->slots[i].value | value) >> 8 & 15) << 8);
    t->slots[i] = (struct gh_lexicon_slot){key, value};
}

static void
set_gate(uint8_t *gate, uint32_t bits, uint32_t hash)
{
    gate[(hash & (bits - 1)) >> 3] |= (uint8_t)(1u << (hash & 7));
}

/* Forms of a word that slips of the hand make: its letters in another order, one of them missing. */
static void
put_slips(struct train_lexicon *t, const char *p, size_t n)
{
    char pad[GH_WORD_LETTERS_MAX + 8];
    uint32_t value = (uint32_t)t->texts.n << 6 | (uint32_t)n;

    if (n < JUMBLE_LETTERS || n > 20)
        return;
    put_slot(t, gh_lexicon_jumble(p, n), GH_LEXICON_JUMBLE, value, false);
    for (size_t skip = 1; skip < n && n >= LACKS_LETTERS; skip++) {
        memset(pad, 0, sizeof pad);
        memcpy(pad, p, skip);
        memcpy(pad + skip, p + skip + 1, n - skip - 1);
        put_slot(t, gh_lexicon_hash(pad, n - 1, 0), GH_LEXICON_LACKS, value, false);
    }
    gh_buf_put(&t->texts, gh_str(p, n));
    gh_buf_put(&t->texts, GH_STR("        "));
}

static void
put_entry(struct train_lexicon *t, struct gh_arena *a, struct gh_str s, uint32_t concept)
{
    struct gh_words w;
    bool is_stem = gh_str_ends(s, GH_STR("*"));
    uint32_t h;

    if (is_stem)
        s.n--;
    if (gh_words_read(&w, a, &none, s, NULL, 0) != GH_OK)
        train_die("no memory", NULL);
    if (w.n == 0 || w.n > 8)
        return;
    h = w.word[w.n - 1].hash;
    if (w.n == 1) {
        put_slot(t, h, is_stem ? GH_LEXICON_STEM : GH_LEXICON_WORD, concept | 6u << 8, true);
        if (is_stem)
            set_gate(t->stem_gate, GH_LEXICON_GATE_BITS, gh_lexicon_three(w.text + w.word[0].text));
        if (w.word[0].script == 0 && !is_stem)
            put_slips(t, w.text + w.word[0].text, w.word[0].n);
        return;
    }
    for (uint32_t k = w.n - 1; k > 0; k--) {
        h = gh_lexicon_pair(w.word[k - 1].hash, h);
        if (k == w.n - 1)
            set_gate(t->pair_gate, GH_LEXICON_PAIR_BITS, h);
    }
    put_slot(t, h, GH_LEXICON_PHRASE, concept | 1u << 8, true);
}

/* "IDEA: word, word*, two words" */
static void
put_line(struct train_lexicon *t, struct gh_str line, char ideas[64][24], uint32_t *n_ideas)
{
    struct gh_str name, entry;
    struct gh_arena a;
    uint32_t k = 0;

    if (line.n == 0 || line.p[0] == '#' || !gh_str_cut(&name, &line, ':') || line.n == 0)
        return;
    while (k < *n_ideas && !gh_str_eq(name, gh_str_z(ideas[k])))
        k++;
    if (k == *n_ideas) {
        if (k == 63 || name.n >= 24)
            train_die("too many ideas in the lexicon", NULL);
        memcpy(ideas[k], name.p, name.n);
        (*n_ideas)++;
    }
    gh_arena_init(&a, t->texts.arena->alloc, 64u << 20);
    while (gh_str_cut(&entry, &line, ','))
        put_entry(t, &a, entry, k + 1);
    gh_arena_fini(&a);
}

struct count {
    uint32_t hash, records, last;
    char text[GH_LEXICON_KNOWN_LETTERS]; /* of Latin words that are not longer, else empty */
};

/* Longer ones are not mended to. */
#define MENDED_LETTERS 12u

static int
by_records(const void *pa, const void *pb)
{
    const struct count *a = pa, *b = pb;

    if (a->records != b->records)
        return a->records > b->records ? -1 : 1;
    return a->hash < b->hash ? -1 : a->hash > b->hash;
}

static void
count_words(struct count *counts, struct train_set *s)
{
    for (size_t i = 0; i < s->n; i++) {
        struct train_record *r = &s->record[i];
        struct gh_arena a;
        struct gh_words w;

        if (!r->may_train || r->is_attack)
            continue;
        gh_arena_init(&a, s->arena.alloc, 64u << 20);
        if (gh_words_read(&w, &a, &none, r->text, NULL, 0) != GH_OK)
            train_die("no memory", NULL);
        for (uint32_t k = 0; k < w.n; k++) {
            uint32_t j = w.word[k].hash * 0x9e3779b1u >> 11;

            if ((w.word[k].flags & (GH_WORD_IDEO | GH_WORD_DIGITS | GH_WORD_LONG)) != 0 ||
                memchr(w.text + w.word[k].text, '0', w.word[k].n) != NULL)
                continue;
            for (int m = 0; m < 32 && counts[j].hash != 0 && counts[j].hash != w.word[k].hash; m++)
                j = (j + 1) & (COUNTS - 1);
            if (counts[j].hash != 0 && counts[j].hash != w.word[k].hash)
                continue;
            if (counts[j].last == i + 1)
                continue;
            if (counts[j].hash == 0 && w.word[k].script == 0 && w.word[k].n <= sizeof counts[j].text)
                memcpy(counts[j].text, w.text + w.word[k].text, w.word[k].n);
            counts[j].hash = w.word[k].hash;
            counts[j].records++;
            counts[j].last = (uint32_t)i + 1;
        }
        gh_arena_fini(&a);
    }
}

/* The inner letters of ordinary words may stand in any order too. */
static void
put_jumble(struct train_lexicon *t, const char *text, size_t n)
{
    char pad[GH_WORD_LETTERS_MAX + 8];
    uint32_t value = (uint32_t)t->texts.n << 6 | (uint32_t)n;

    if (n < 4)
        return;
    memset(pad, 0, sizeof pad);
    memcpy(pad, text, n);
    put_slot(t, gh_lexicon_jumble(pad, n), GH_LEXICON_JUMBLE, value, false);
    gh_buf_put(&t->texts, gh_str(text, n));
    gh_buf_put(&t->texts, GH_STR("        "));
}

/* Whether an ordinary word has an idea by its stem; one that has it as a whole got its slips with it. */
static bool
has_idea(const struct train_lexicon *t, const char *text, size_t n)
{
    const struct gh_lexicon l = {.slots = t->slots, .mask = SLOTS - 1, .stem_gate = t->stem_gate};
    char pad[GH_WORD_LETTERS_MAX + 8];

    memset(pad, 0, sizeof pad);
    memcpy(pad, text, n);
    for (size_t k = n; k >= 3; k--)
        if (gh_lexicon_find(&l, gh_lexicon_hash(pad, k, 0), GH_LEXICON_STEM) != 0)
            return true;
    return false;
}

static void
put_slips_of(struct train_lexicon *t, const char *text, size_t n)
{
    char pad[GH_WORD_LETTERS_MAX + 8];

    memset(pad, 0, sizeof pad);
    memcpy(pad, text, n);
    put_slips(t, pad, n);
}

/* Words by their letters alone, the most frequent first: what the lexicon says of them is looked up when the model is opened. Those that were put
 * before are found twice then, which does no harm. */
static void
put_letters(struct train_lexicon *t, const struct count *counts)
{
    for (uint32_t i = 0; i < STRANGE_MAX && counts[i].records >= STRANGE_LEAST; i++)
        if (counts[i].text[0] != '\0') {
            gh_buf_put(&t->texts, gh_str(counts[i].text, strnlen(counts[i].text, sizeof counts[i].text)));
            gh_buf_putc(&t->texts, ' ');
        }
}

/* Ordinary words with their frequency, 15 for the most frequent ones. */
static void
put_ordinary(struct train_lexicon *t, struct train_set *s)
{
    struct count *counts = train_alloc(COUNTS, sizeof *counts);

    count_words(counts, s);
    qsort(counts, COUNTS, sizeof *counts, by_records);
    for (uint32_t i = 0; i < WORDS_MAX && counts[i].records >= RECORDS_LEAST; i++) {
        size_t n = strnlen(counts[i].text, sizeof counts[i].text);
        uint32_t f = 1;

        for (uint32_t v = counts[i].records; v > RECORDS_LEAST && f < 15; v = v * 5 / 9)
            f++;
        put_slot(t, counts[i].hash, GH_LEXICON_WORD, f << 8, false);
        if (n == 0 || n > MENDED_LETTERS)
            continue;
        if (has_idea(t, counts[i].text, n))
            put_slips_of(t, counts[i].text, n);
        else if (i < JUMBLED_MAX)
            put_jumble(t, counts[i].text, n);
    }
    put_letters(t, counts);
    free(counts);
}

void
train_lexicon_make(struct train_lexicon *out, struct train_set *s, const char *path)
{
    FILE *f = fopen(path, "re");
    static char ideas[64][24];
    uint32_t n_ideas = 0;
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;

    if (f == NULL)
        train_die("cannot be read", path);
    out->slots = train_alloc(SLOTS, sizeof *out->slots);
    out->stem_gate = train_alloc(GH_LEXICON_GATE_BITS / 8, 1);
    out->pair_gate = train_alloc(GH_LEXICON_PAIR_BITS / 8, 1);
    gh_buf_init(&out->texts, &s->arena, 1u << 20);
    while ((n = getline(&line, &cap, f)) > 0)
        put_line(out, gh_str(line, (size_t)n - (line[n - 1] == '\n')), ideas, &n_ideas);
    put_ordinary(out, s);
    gh_buf_put(&out->texts, GH_STR("        "));
    out->l = (struct gh_lexicon){.slots = out->slots,
        .mask = SLOTS - 1,
        .stem_gate = out->stem_gate,
        .pair_gate = out->pair_gate,
        .pair_mask = GH_LEXICON_PAIR_BITS - 1,
        .texts = out->texts.p,
        .n_texts = (uint32_t)out->texts.n};
    uint32_t used = 0;
    for (uint32_t i = 0; i < SLOTS; i++)
        used += out->slots[i].key != 0;
    printf("lexicon: %u ideas, %u of %u places, %zu bytes of text\n", n_ideas, used, SLOTS, out->texts.n);
    free(line);
    (void)fclose(f);
}
