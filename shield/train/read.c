/* SPDX-License-Identifier: Apache-2.0 */
/* shield/train: records in, by licence and class. */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "train.h"
#include "wire/json.h"

#define REAL_WEIGHT    4.0f
#define WRITTEN_WEIGHT 3.0f

/* A record whose licence says one of these is for validation alone. */
static const char *const not_for_training[] = {"not confirmed", "NC", "GPL", "-SA", "research use"};

static const struct {
    const char *attack;
    enum gh_shield_class class_;
} classes[] = {
    {"jailbreak", GH_SHIELD_JAILBREAK},
    {"direct_injection", GH_SHIELD_DIRECT},
    {"direct", GH_SHIELD_DIRECT},
    {"indirect_injection", GH_SHIELD_INDIRECT},
    {"indirect", GH_SHIELD_INDIRECT},
    {"prompt_extraction", GH_SHIELD_EXTRACTION},
    {"extraction", GH_SHIELD_EXTRACTION},
    {"obfuscated", GH_SHIELD_OBFUSCATED},
};

static struct gh_str
member(struct train_set *s, const struct gh_json *j, const char *key)
{
    struct gh_str v = {NULL, 0}, copy = {NULL, 0};

    if (gh_json_opt_str(&v, &s->arena, j, 0, key) != GH_OK || gh_arena_dup(&copy, &s->arena, v) != GH_OK)
        train_die("a record has no text under", key);
    return copy;
}

static bool
may_train(struct gh_str licence)
{
    for (size_t i = 0; i < sizeof not_for_training / sizeof not_for_training[0]; i++)
        if (gh_str_find(licence, gh_str_z(not_for_training[i])) != SIZE_MAX)
            return false;
    return licence.n > 0;
}

/* Texts that people really wrote are few beside the composed ones. */
static float
weight_of(const struct train_record *r)
{
    if (gh_str_starts(r->source, GH_STR("w_")))
        return WRITTEN_WEIGHT;
    return r->is_attack && !gh_str_starts(r->source, GH_STR("c_")) && !gh_str_eq(r->source, GH_STR("asb_tools")) ? REAL_WEIGHT : 1;
}

static uint32_t
group_of(struct gh_str source)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < source.n; i++)
        h = (h ^ (unsigned char)source.p[i]) * 16777619u;
    return h ^ h >> 15;
}

/* What the label says; false: the record is none for this. */
static bool
read_label(struct train_record *r, int64_t label)
{
    r->is_attack = label != 0;
    r->class_ = GH_SHIELD_NONE;
    if (!r->is_attack)
        return true;
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (gh_str_eq(r->attack, gh_str_z(classes[i].attack))) {
            r->class_ = classes[i].class_;
            return true;
        }
    return false; /* harmful_request, task_injection_raw, adversarial */
}

static void
read_line(struct train_set *s, struct gh_str line)
{
    struct gh_arena a;
    struct gh_json j;
    struct gh_str kind;
    struct train_record r = {.weight = 1};
    int64_t label = -1;

    gh_arena_init(&a, s->arena.alloc, 64u << 20);
    if (gh_json_parse(&j, &a, line, NULL) != GH_OK || gh_json_opt_i64(&label, &j, 0, "label") != GH_OK || label < 0)
        train_die("a line is no record", NULL);
    r.id = member(s, &j, "id");
    r.source = member(s, &j, "source");
    r.licence = member(s, &j, "licence");
    r.attack = member(s, &j, "attack");
    r.lang = member(s, &j, "lang");
    r.text = member(s, &j, "text");
    kind = member(s, &j, "kind");
    r.kind = gh_str_eq(kind, GH_STR("document")) ? GH_SHIELD_DOCUMENT
             : gh_str_eq(kind, GH_STR("user"))   ? GH_SHIELD_USER
                                                 : GH_SHIELD_TOOL_OUTPUT;
    r.may_train = may_train(r.licence);
    r.group = group_of(r.source);
    if (read_label(&r, label) && r.text.n > 0) {
        r.weight = weight_of(&r);
        if (s->n == s->cap)
            train_die("too many records", NULL);
        s->record[s->n++] = r;
    }
    gh_arena_fini(&a);
}

void
train_read(struct train_set *s, const char *path)
{
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;

    if (f == NULL)
        train_die("cannot be read (is the pool at hand?)", path);
    while ((n = getline(&line, &cap, f)) > 0)
        if (n > 1)
            read_line(s, gh_str(line, (size_t)n));
    free(line);
    (void)fclose(f);
}

void
train_digest(struct train_set *s)
{
    uint8_t chain[2 * GH_SHA256_BYTES] = {0};

    for (size_t i = 0; i < s->n; i++) {
        struct gh_str parts[3] = {s->record[i].id, s->record[i].attack, s->record[i].text};

        if (s->record[i].may_train &&
            (gh_sha256_v(chain + GH_SHA256_BYTES, parts, 3) != GH_OK || gh_sha256(s->digest, gh_str(chain, sizeof chain)) != GH_OK))
            train_die("no digest could be made", NULL);
        if (s->record[i].may_train)
            memcpy(chain, s->digest, GH_SHA256_BYTES);
    }
}
