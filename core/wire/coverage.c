/* SPDX-License-Identifier: Apache-2.0 */
/* wire/coverage: one row for each control: on which ways of serving it runs, and what of a dialect it needs. */
#include "wire/coverage.h"

/* How a row of the route table is served. */
enum served {
    MANAGED = 1,
    ANSWERED = 2,
    FORWARDED = 4,
    REFUSED = 8,
    JUDGED = 16 /* a body is judged and answered here */,
    ALL = 31
};

/* What an operation must have for a control to have something to look at. */
enum need { NOTHING = 0, CONVERSATION, MODEL_TEXT, WHOLE_ANSWER, STREAMED_ANSWER, TOKENS };

static const struct {
    enum gh_phase phase;
    unsigned served; /* bits of enum served */
    enum need need;
} rows[] = {
    [GH_CONTROL_ROUTE] = {GH_PHASE_REQUEST, ALL, NOTHING},
    [GH_CONTROL_AUTHENTICATION] = {GH_PHASE_REQUEST, ALL, NOTHING},
    [GH_CONTROL_AUTHORIZATION] = {GH_PHASE_REQUEST, ALL, NOTHING},
    [GH_CONTROL_BODY] = {GH_PHASE_REQUEST, MANAGED | FORWARDED | JUDGED, NOTHING},
    [GH_CONTROL_DIALECT] = {GH_PHASE_REQUEST, FORWARDED, NOTHING},
    [GH_CONTROL_SPLICE] = {GH_PHASE_REQUEST, FORWARDED, CONVERSATION},
    [GH_CONTROL_CREDENTIAL] = {GH_PHASE_REQUEST, FORWARDED, NOTHING},
    [GH_CONTROL_HEADERS] = {GH_PHASE_REQUEST, MANAGED | FORWARDED, NOTHING},
    [GH_CONTROL_RESPONSE] = {GH_PHASE_ANSWER, FORWARDED, WHOLE_ANSWER},
    [GH_CONTROL_STREAM] = {GH_PHASE_ANSWER, FORWARDED, STREAMED_ANSWER},
    [GH_CONTROL_USAGE] = {GH_PHASE_ANSWER, FORWARDED, TOKENS},
    [GH_CONTROL_TOOLS] = {GH_PHASE_REQUEST, FORWARDED, CONVERSATION},
    [GH_CONTROL_INSTRUCTIONS] = {GH_PHASE_REQUEST, FORWARDED, CONVERSATION},
    [GH_CONTROL_BOUNDS] = {GH_PHASE_REQUEST, FORWARDED, CONVERSATION},
    [GH_CONTROL_END_USER] = {GH_PHASE_REQUEST, FORWARDED, CONVERSATION},
    [GH_CONTROL_NETWORK] = {GH_PHASE_REQUEST, ALL, NOTHING},
    [GH_CONTROL_OWNERSHIP] = {GH_PHASE_REQUEST, FORWARDED, NOTHING},
    [GH_CONTROL_SHIELD] = {GH_PHASE_REQUEST, FORWARDED | JUDGED, CONVERSATION},
    [GH_CONTROL_SPOTLIGHT] = {GH_PHASE_REQUEST, FORWARDED, MODEL_TEXT},
    [GH_CONTROL_CONDITIONAL] = {GH_PHASE_REQUEST, ALL, NOTHING},
    [GH_CONTROL_DLP] = {GH_PHASE_ANSWER, FORWARDED, NOTHING},
    [GH_CONTROL_BLOCKLIST] = {GH_PHASE_ANSWER, FORWARDED, NOTHING},
};
_Static_assert(sizeof(rows) / sizeof(*rows) == GH_CONTROL_COUNT, "a control without a row");

static enum served
served_how(const struct gh_route_row *row)
{
    if (gh_surface_is_managed(row->surface))
        return MANAGED;
    if (row->op == GH_OP_UNSPOKEN)
        return REFUSED;
    if (row->op == GH_OP_SHIELD_PROMPT)
        return JUDGED;
    return row->upstream == NULL ? ANSWERED : FORWARDED;
}

static const char *
why_not_served(enum served served)
{
    switch (served) {
    case MANAGED:
        return "the management API answers; control checks what it does by itself";
    case ANSWERED:
    case JUDGED:
        return "answered here: nothing is forwarded";
    case REFUSED:
        return "refused by name";
    case FORWARDED:
    case ALL:
        break;
    }
    return "nothing to look at";
}

/* NULL, or what the operation has not. */
static const char *
lacks(const struct gh_dialect *d, enum need need, bool is_stream)
{
    switch (need) {
    case CONVERSATION:
        return d->read == NULL ? "the operation has no body" : NULL;
    case MODEL_TEXT:
        if (d->read == NULL)
            return "the operation has no body";
        return gh_dialect_is_silent(d) ? "no text of a model comes back" : NULL;
    case WHOLE_ANSWER:
        return is_stream ? "the answer is a stream: each event is read instead" : NULL;
    case STREAMED_ANSWER:
        return is_stream ? NULL : "the answer is not a stream";
    case TOKENS:
        if (d->op == GH_OP_RESPONSE)
            return "its tokens were counted when it was made";
        return d->family == GH_FAMILY_SCORING || d->op == GH_OP_COUNT_TOKENS ? "no tokens are consumed" : NULL;
    case NOTHING:
        break;
    }
    return NULL;
}

/* `d` is the row's dialect, NULL if it has none. */
static const char *
why_not(const struct gh_dialect *d, enum served served, enum gh_control control, bool is_stream)
{
    if ((rows[control].served & served) == 0)
        return why_not_served(served);
    return d == NULL ? NULL : lacks(d, rows[control].need, is_stream && d->delta != NULL);
}

struct gh_cover
gh_coverage_of(const struct gh_route_row *row, enum gh_control control, bool is_stream)
{
    const struct gh_dialect *d = gh_dialect_find(row->surface, row->op);

    return (struct gh_cover){rows[control].phase, why_not(d, served_how(row), control, is_stream)};
}

enum gh_control
gh_coverage_missing(const struct gh_route_row *row, const struct gh_controls *ran, bool is_stream, enum gh_phase phase)
{
    const struct gh_dialect *d = NULL;
    enum served served = served_how(row);

    for (unsigned i = 0; i < GH_CONTROL_COUNT; i++) {
        if (rows[i].phase != phase || ran->ran[i] != GH_RAN_NOT || ran->reason[i] != NULL)
            continue; /* on a whole call that is nearly every row */
        if (d == NULL)
            d = gh_dialect_find(row->surface, row->op);
        if (why_not(d, served, (enum gh_control)i, is_stream) == NULL)
            return (enum gh_control)i;
    }
    return GH_CONTROL_COUNT;
}
