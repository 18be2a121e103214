/* SPDX-License-Identifier: Apache-2.0 */
/* wire/spoken: the texts of answers and events, dialect by dialect; whatever no dialect claims is a text of its own. */
#include "wire/spoken.h"

#include "base/limits.h"
#include "wire/json_int.h"
#include "wire/say.h"

enum said { CHAT = 1, RESPONSES, MESSAGES };

struct reader {
    struct gh_spoken *out;
    struct gh_arena *a;
    const struct gh_json *j;
    gh_json_ref *claimed; /* nodes that are pieces of channels, and ... */
    gh_channel *channel;
    size_t n_claimed, cap;
    size_t n_places; /* choices of this event, or 1: each begins and ends once at most */
    bool is_free;    /* no member is known: every string is a text */
};

static gh_channel
channel_of(enum said said, uint64_t place, uint64_t member, uint64_t tool)
{
    return (gh_channel)said << 56 | (place & 0xffffff) << 32 | (member & 0xffff) << 16 | (tool & 0xffff);
}

#define PLACE_MASK (UINT64_C(0xffffffff) << 32)

static enum gh_rc
claim(struct reader *r, gh_json_ref object, const char *name, gh_channel channel)
{
    gh_json_ref v = gh_json_get(r->j, object, gh_str_z(name));

    if (gh_json_type(r->j, v) != GH_JSON_STRING)
        return GH_OK;
    if (r->n_claimed == r->cap)
        return GH_LIMIT;
    r->claimed[r->n_claimed] = v;
    r->channel[r->n_claimed++] = channel;
    return GH_OK;
}

static enum gh_rc
ends(struct reader *r, gh_channel channel, gh_channel mask)
{
    if (r->out->end == NULL && (r->out->end = gh_arena_take_array(r->a, r->n_places, sizeof(*r->out->end))) == NULL)
        return GH_NOMEM;
    r->out->end[r->out->n_ends++] = (struct gh_spoken_end){channel, mask};
    return GH_OK;
}

static enum gh_rc
begun(struct reader *r, uint64_t index)
{
    if (r->out->begun == NULL && (r->out->begun = gh_arena_take_array(r->a, r->n_places, sizeof(*r->out->begun))) == NULL)
        return GH_NOMEM;
    r->out->begun[r->out->n_begun++] = (uint32_t)index;
    return GH_OK;
}

static uint64_t
index_of(const struct gh_json *j, gh_json_ref object, const char *name)
{
    int64_t v;

    return gh_json_i64(&v, j, gh_json_get(j, object, gh_str_z(name))) == GH_OK && v >= 0 ? (uint64_t)v : 0;
}

/* Asked of every key for every word of the lists: nearly all of them differ in length or in their first letter. */
static inline bool
is_word(const struct gh_json *j, gh_json_ref v, struct gh_str word)
{
    if (v >= j->n || j->nodes[v].type != GH_JSON_STRING)
        return false;
    struct gh_str s = gh_json_inside(j, v);
    if (j->nodes[v].has_escape)
        return gh_json_text_eq(s, true, word, false);
    return s.n == word.n && s.n > 0 && s.p[0] == word.p[0] && memcmp(s.p, word.p, s.n) == 0;
}

static bool
is_key(const struct gh_json *j, gh_json_ref v)
{
    return v < j->n && j->nodes[v].type == GH_JSON_STRING && j->nodes[v].next > v + 1;
}

/* ---- pieces that no dialect names ---- */

/* Members that say a text piece by piece, wherever they stand: parts of a content, details of reasoning, transcripts. */
static bool
is_piece(const struct gh_json *j, gh_json_ref key)
{
    static const struct gh_str names[] = {GH_STR_INIT("text"), GH_STR_INIT("content"), GH_STR_INIT("summary"),
        GH_STR_INIT("transcript"), GH_STR_INIT("thinking"), GH_STR_INIT("reasoning")};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (is_word(j, key, names[i]))
            return true;
    return false;
}

static bool
is_claimed(const struct reader *r, gh_json_ref v)
{
    for (size_t i = 0; i < r->n_claimed; i++)
        if (r->claimed[i] == v)
            return true;
    return false;
}

/* Those below `object`, by the names and indexes on the way to them. Pieces of one text come by the same way. */
static enum gh_rc
claim_others(struct reader *r, gh_json_ref object, enum said said, uint64_t place)
{
    const struct gh_json_node *nodes = r->j->nodes;
    uint64_t way[GH_JSON_DEPTH_MAX + 1] = {0};
    gh_json_ref end[GH_JSON_DEPTH_MAX + 1] = {0};
    size_t depth = 0;

    if (object == GH_JSON_NO)
        return GH_OK;
    end[0] = nodes[object].next;
    for (gh_json_ref v = object + 1; v < nodes[object].next; v++) {
        while (depth > 0 && v >= end[depth])
            depth--;
        if (!is_key(r->j, v) || depth == GH_JSON_DEPTH_MAX)
            continue;
        uint64_t h = way[depth];
        for (uint32_t i = nodes[v].at; i < nodes[v].end; i++)
            h = h * 33 + (unsigned char)r->j->text.p[i];
        end[++depth] = nodes[v].next;
        way[depth] = h;
        if (gh_json_type(r->j, v + 1) != GH_JSON_STRING || !is_piece(r->j, v) || is_claimed(r, v + 1))
            continue;
        if (r->n_claimed == r->cap)
            return GH_LIMIT;
        r->claimed[r->n_claimed] = v + 1;
        r->channel[r->n_claimed++] = channel_of(said, place, 0x8000 | ((h ^ h >> 17) & 0x7fff), 0);
    }
    return GH_OK;
}

/* ---- chat completions ---- */

static enum gh_rc
read_delta(struct reader *r, gh_json_ref delta, uint64_t choice)
{
    static const char *const members[] = {"content", "refusal", "reasoning_content", "reasoning"};
    gh_json_ref calls = gh_json_get(r->j, delta, GH_STR("tool_calls"));
    enum gh_rc rc = GH_OK;

    for (size_t i = 0; rc == GH_OK && i < sizeof(members) / sizeof(members[0]); i++)
        rc = claim(r, delta, members[i], channel_of(CHAT, choice, i + 1, 0));
    if (rc == GH_OK)
        rc = claim(r, gh_json_get(r->j, delta, GH_STR("function_call")), "arguments", channel_of(CHAT, choice, 7, 0));
    for (gh_json_ref c = gh_json_first(r->j, calls); rc == GH_OK && c != GH_JSON_NO; c = gh_json_next(r->j, calls, c)) {
        uint64_t tool = index_of(r->j, c, "index");
        rc = claim(r, gh_json_get(r->j, c, GH_STR("function")), "arguments", channel_of(CHAT, choice, 5, tool));
        if (rc == GH_OK)
            rc = claim(r, gh_json_get(r->j, c, GH_STR("custom")), "input", channel_of(CHAT, choice, 6, tool));
    }
    return rc;
}

/* Backends that say "" until then do not end a choice by it: pieces behind it belong to the same text. */
static bool
is_finished(const struct gh_json *j, gh_json_ref choice)
{
    gh_json_ref why = gh_json_get(j, choice, GH_STR("finish_reason"));

    return gh_say_is_set(j, why) && !gh_str_eq(gh_json_raw(j, why), GH_STR("\"\""));
}

static enum gh_rc
read_chat(struct reader *r)
{
    gh_json_ref choices = gh_json_get(r->j, 0, GH_STR("choices"));
    enum gh_rc rc = GH_OK;

    r->n_places = 0;
    for (gh_json_ref c = gh_json_first(r->j, choices); c != GH_JSON_NO; c = gh_json_next(r->j, choices, c))
        r->n_places++;
    for (gh_json_ref c = gh_json_first(r->j, choices); rc == GH_OK && c != GH_JSON_NO; c = gh_json_next(r->j, choices, c)) {
        uint64_t choice = index_of(r->j, c, "index");
        if ((rc = begun(r, choice)) == GH_OK)
            rc = read_delta(r, gh_json_get(r->j, c, GH_STR("delta")), choice);
        if (rc == GH_OK)
            rc = claim_others(r, gh_json_get(r->j, c, GH_STR("delta")), CHAT, choice);
        if (rc == GH_OK && is_finished(r->j, c))
            rc = ends(r, channel_of(CHAT, choice, 0, 0), PLACE_MASK);
    }
    return rc;
}

/* ---- responses ---- */

/* What kind of text: the event's type without its last word. */
static uint64_t
family_of(struct gh_str type)
{
    uint64_t h = 5381;

    while (type.n > 0 && type.p[type.n - 1] != '.')
        type.n--;
    for (size_t i = 0; i < type.n; i++)
        h = h * 33 + (unsigned char)type.p[i];
    return h ^ h >> 16;
}

static enum gh_rc
read_responses(struct reader *r)
{
    static const struct gh_str last[] = {GH_STR_INIT("response.completed"), GH_STR_INIT("response.incomplete"),
        GH_STR_INIT("response.failed"), GH_STR_INIT("response.cancelled"), GH_STR_INIT("error")};
    gh_json_ref sequence = gh_json_get(r->j, 0, GH_STR("sequence_number"));
    uint64_t place = index_of(r->j, 0, "output_index"),
             part = index_of(r->j, 0, "content_index") + index_of(r->j, 0, "summary_index");
    struct gh_str type = {NULL, 0};

    if (gh_json_str(&type, r->a, r->j, gh_json_get(r->j, 0, GH_STR("type"))) != GH_OK)
        return GH_BAD;
    if (gh_json_i64(&r->out->sequence, r->j, sequence) == GH_OK) {
        r->out->sequence_at = r->j->nodes[sequence].at;
        r->out->sequence_end = r->j->nodes[sequence].end;
    }
    if (gh_str_ends(type, GH_STR(".delta")))
        return claim(r, 0, "delta", channel_of(RESPONSES, place, family_of(type), part));
    if (gh_str_eq(type, GH_STR("response.content_part.done")) || gh_str_eq(type, GH_STR("response.output_item.done")))
        return ends(r, channel_of(RESPONSES, place, 0, 0), PLACE_MASK);
    if (gh_str_ends(type, GH_STR(".done")))
        return ends(r, channel_of(RESPONSES, place, family_of(type), part), UINT64_MAX);
    for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++)
        if (gh_str_eq(type, last[i]))
            return ends(r, 0, 0);
    return GH_OK;
}

/* ---- messages ---- */

static enum gh_rc
read_block(struct reader *r, const char *holder)
{
    static const char *const members[] = {"text", "thinking", "partial_json"};
    uint64_t index = index_of(r->j, 0, "index");
    gh_json_ref v = gh_json_get(r->j, 0, gh_str_z(holder));
    enum gh_rc rc = begun(r, index);

    for (size_t i = 0; rc == GH_OK && i < sizeof(members) / sizeof(members[0]); i++)
        rc = claim(r, v, members[i], channel_of(MESSAGES, index, i + 1, 0));
    if (rc == GH_OK && gh_str_eq(gh_str_z(holder), GH_STR("delta")))
        rc = claim_others(r, v, MESSAGES, index);
    return rc;
}

static enum gh_rc
read_messages(struct reader *r)
{
    gh_json_ref type = gh_json_get(r->j, 0, GH_STR("type"));

    if (is_word(r->j, type, GH_STR("content_block_delta")))
        return read_block(r, "delta");
    if (is_word(r->j, type, GH_STR("content_block_start")))
        return read_block(r, "content_block");
    if (is_word(r->j, type, GH_STR("content_block_stop")))
        return ends(r, channel_of(MESSAGES, index_of(r->j, 0, "index"), 0, 0), PLACE_MASK);
    if (is_word(r->j, type, GH_STR("message_delta")) || is_word(r->j, type, GH_STR("message_stop")) ||
        is_word(r->j, type, GH_STR("error")))
        return ends(r, 0, 0);
    return GH_OK;
}

/* ---- every other string ---- */

/*
 * What is known of a member by its name, in any dialect. SILENT says no text. What stands in FOREIGN has members that somebody else names: a
 * model, a caller, a file. ARGUMENTS of a tool are JSON inside of a string; DELTA is that of some events of responses. ECHO repeats what the
 * provider was told.
 */
enum { SILENT = 1, FOREIGN = 2, LOGPROBS = 4, ARGUMENTS = 8, DELTA = 16, ECHO = 32 };

#define NAME_BYTES_MAX 20
#define NAMES_MAX      4 /* of one length */

/* By their length, so that each key meets few of them. */
// clang-format off
#define NAME(nth, name, meaning) [sizeof(name) - 1][nth] = {name, meaning}
static const struct {
    const char *name;
    unsigned meaning;
} known[NAME_BYTES_MAX + 1][NAMES_MAX] = {
    NAME(0, "id", SILENT),
    NAME(0, "type", SILENT), NAME(1, "role", SILENT),
    NAME(0, "model", SILENT), NAME(1, "input", FOREIGN), NAME(2, "delta", DELTA),
    NAME(0, "object", SILENT), NAME(1, "status", SILENT), NAME(2, "schema", FOREIGN), NAME(3, "parsed", FOREIGN),
    NAME(0, "call_id", SILENT), NAME(1, "item_id", SILENT),
    NAME(0, "b64_json", SILENT), NAME(1, "metadata", FOREIGN), NAME(2, "logprobs", LOGPROBS),
    NAME(0, "signature", SILENT), NAME(1, "embedding", SILENT), NAME(2, "arguments", FOREIGN | ARGUMENTS),
    NAME(0, "parameters", FOREIGN), NAME(1, "attributes", FOREIGN),
    NAME(0, "stop_reason", SILENT), NAME(1, "obfuscation", SILENT), NAME(2, "tool_use_id", SILENT),
    NAME(0, "service_tier", SILENT), NAME(1, "partial_json", ARGUMENTS), NAME(2, "instructions", ECHO),
    NAME(0, "finish_reason", SILENT),
    NAME(0, "encrypted_index", SILENT),
    NAME(0, "encrypted_content", SILENT),
    NAME(0, "system_fingerprint", SILENT), NAME(1, "structured_content", FOREIGN),
    NAME(0, "previous_response_id", SILENT),
};
#undef NAME
// clang-format on

/* 0: it is not known. */
static inline unsigned
meaning_of_name(struct gh_str name)
{
    if (name.n > NAME_BYTES_MAX)
        return 0;
    for (size_t i = 0; i < NAMES_MAX && known[name.n][i].name != NULL; i++)
        if (memcmp(known[name.n][i].name, name.p, name.n) == 0)
            return known[name.n][i].meaning;
    return 0;
}

static unsigned
meaning_of_escaped(struct gh_str inside)
{
    char mem[6 * NAME_BYTES_MAX]; /* "\u0069\u0064" */

    return inside.n > sizeof(mem) ? 0 : meaning_of_name(gh_str(mem, gh_json_unescape(mem, inside)));
}

static unsigned
meaning_of(const struct gh_json *j, gh_json_ref key)
{
    struct gh_str inside = gh_json_inside(j, key);

    return j->nodes[key].has_escape ? meaning_of_escaped(inside) : meaning_of_name(inside);
}

static gh_channel
claimed_by(const struct reader *r, gh_json_ref v)
{
    for (size_t i = 0; i < r->n_claimed; i++)
        if (r->claimed[i] == v)
            return r->channel[i];
    return 0;
}

/* A string of JSON inside of a string. */
static bool
is_json(const struct gh_json *j, unsigned meaning)
{
    gh_json_ref type = (meaning & DELTA) != 0 ? gh_json_get(j, 0, GH_STR("type")) : GH_JSON_NO;

    return (meaning & ARGUMENTS) != 0 || (type != GH_JSON_NO && gh_str_ends(gh_json_inside(j, type), GH_STR("arguments.delta")));
}

static enum gh_rc
put_text(struct reader *r, gh_json_ref v)
{
    struct gh_spoken_text *t = &r->out->text[r->out->n];
    unsigned meaning = v > 0 && is_key(r->j, v - 1) ? meaning_of(r->j, v - 1) : 0;

    *t = (struct gh_spoken_text){.channel = claimed_by(r, v),
        .at = r->j->nodes[v].at,
        .end = r->j->nodes[v].end,
        .is_echo = (meaning & ECHO) != 0,
        .is_json = is_json(r->j, meaning)};
    enum gh_rc rc = gh_json_str(&t->text, r->a, r->j, v);
    r->out->n += rc == GH_OK && (t->channel != 0 || t->text.n > 0);
    return rc;
}

/* Members of a dialect have names of small letters, digits and underscores. */
static bool
is_odd_name(const struct gh_json *j, gh_json_ref key)
{
    struct gh_str s = gh_json_inside(j, key);
    bool is_odd = s.n > 0 && !(s.p[0] >= 'a' && s.p[0] <= 'z');

    for (size_t i = 0; !is_odd && i < s.n; i++)
        is_odd = !((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_');
    return is_odd;
}

/* What ids, types, models and signatures are made of; with a space or an `@` in it it is a text, whatever it is called. */
static bool
is_word_of_ids(const struct gh_json *j, gh_json_ref v)
{
    struct gh_str s = gh_json_inside(j, v);

    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f || s.p[i] == '@' || s.p[i] == '\\')
            return false;
    return true;
}

static enum gh_rc
put_name(struct reader *r, gh_json_ref key)
{
    size_t n = r->out->n;
    enum gh_rc rc = put_text(r, key);

    r->out->text[n].is_name = true;
    return rc;
}

#define NUMBER_BYTES_MIN 8 /* digits of the shortest number that a detector knows */

static void
put_number(struct reader *r, gh_json_ref v)
{
    struct gh_str s = gh_json_raw(r->j, v);

    if (s.n >= NUMBER_BYTES_MIN)
        r->out->text[r->out->n++] =
            (struct gh_spoken_text){.at = r->j->nodes[v].at, .end = r->j->nodes[v].end, .text = s, .is_number = true};
}

static enum gh_rc
read_all(struct reader *r)
{
    const struct gh_json *j = r->j;
    size_t strings = 0, logprobs = 0;
    gh_json_ref free_until = r->is_free ? (gh_json_ref)j->n : 0; /* below a member that somebody else fills */
    enum gh_rc rc = GH_OK;

    for (gh_json_ref v = 0; v < j->n; v++) {
        strings += j->nodes[v].type == GH_JSON_STRING || j->nodes[v].type == GH_JSON_NUMBER;
        logprobs += is_key(j, v) && is_word(j, v, GH_STR("logprobs"));
    }
    r->out->text = gh_arena_take_array(r->a, strings, sizeof(*r->out->text));
    r->out->logprobs = gh_arena_take_array(r->a, logprobs, sizeof(*r->out->logprobs));
    if (r->out->text == NULL || r->out->logprobs == NULL)
        return GH_NOMEM;
    for (gh_json_ref v = 0; rc == GH_OK && v < j->n; v++) {
        if (v < free_until && j->nodes[v].type == GH_JSON_NUMBER)
            put_number(r, v);
        if (j->nodes[v].type != GH_JSON_STRING)
            continue;
        if (!is_key(j, v)) {
            rc = put_text(r, v);
            continue;
        }
        unsigned meaning = meaning_of(j, v);
        if (meaning == 0 && (v < free_until || is_odd_name(j, v)))
            rc = put_name(r, v);
        if ((meaning & LOGPROBS) != 0 && gh_say_is_set(j, v + 1)) {
            r->out->logprobs[r->out->n_logprobs++] = (struct gh_spoken_text){.at = j->nodes[v + 1].at, .end = j->nodes[v + 1].end};
            v = j->nodes[v].next - 1;
        } else if (v >= free_until && (meaning & FOREIGN) != 0)
            free_until = j->nodes[v].next;
        else if (v >= free_until && (meaning & SILENT) != 0 && gh_json_type(j, v + 1) == GH_JSON_STRING && is_word_of_ids(j, v + 1))
            v++;
    }
    return rc;
}

static enum gh_rc
begin(struct reader *r, struct gh_spoken *out, struct gh_arena *a, const struct gh_json *j)
{
    *r = (struct reader){.out = out, .a = a, .j = j, .cap = GH_CHOICES_MAX + GH_TOOLS_MAX, .n_places = 1};
    r->cap = j->n < r->cap ? j->n : r->cap;
    r->claimed = gh_arena_take_array(a, r->cap, sizeof(*r->claimed));
    r->channel = gh_arena_take_array(a, r->cap, sizeof(*r->channel));
    return r->claimed == NULL || r->channel == NULL ? GH_NOMEM : GH_OK;
}

enum gh_rc
gh_spoken_event(struct gh_spoken *out, struct gh_arena *a, const struct gh_dialect *d, struct gh_str data)
{
    struct reader r;
    struct gh_json j;
    enum gh_rc rc;

    *out = (struct gh_spoken){.n = 0};
    if (gh_str_eq(data, GH_STR("[DONE]"))) {
        r = (struct reader){.out = out, .a = a, .n_places = 1};
        return ends(&r, 0, 0);
    }
    if ((rc = gh_say_object(&j, a, data)) != GH_OK || (rc = begin(&r, out, a, &j)) != GH_OK)
        return rc;
    if (d->family == GH_FAMILY_ANTHROPIC)
        rc = read_messages(&r);
    else if (d->op == GH_OP_RESPONSES)
        rc = read_responses(&r);
    else
        rc = read_chat(&r);
    return rc == GH_OK ? read_all(&r) : rc;
}

enum gh_rc
gh_spoken_answer(struct gh_spoken *out, struct gh_arena *a, const struct gh_dialect *d, const struct gh_json *answer)
{
    struct reader r;
    enum gh_rc rc;

    *out = (struct gh_spoken){.n = 0};
    rc = begin(&r, out, a, answer);
    r.is_free = d->family == GH_FAMILY_SCORING;
    return rc == GH_OK ? read_all(&r) : rc;
}
