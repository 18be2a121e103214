/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to all decisions of an instance at once: its end, taking them back, taking over what is recommended. */
#include "control/review/review_int.h"

static bool
is_open(const struct review_decision *d)
{
    return gh_str_eq(d->decision, GH_STR("NotReviewed")) || gh_str_eq(d->decision, GH_STR("DontKnow"));
}

/* False: there is no word to take over, it stays undecided. */
static bool
take_over(struct review_decision *d, struct gh_str word, struct gh_str by, const char *why, int64_t now_ms)
{
    if (gh_str_eq(word, GH_STR("Recommendation")))
        word = d->recommendation;
    if (!gh_str_eq(word, GH_STR("Approve")) && !gh_str_eq(word, GH_STR("Deny")))
        return false;
    d->decision = word;
    d->by = by;
    d->justification = gh_str_z(why);
    d->decided_ms = now_ms;
    return true;
}

static void
count(struct review_instance *i, const struct review_decision *d)
{
    i->decisions++;
    i->approved += gh_str_eq(d->decision, GH_STR("Approve"));
    i->denied += gh_str_eq(d->decision, GH_STR("Deny"));
    i->undecided += is_open(d);
}

enum work { COMPLETE, RESET, ACCEPT };

struct settle {
    enum work work;
    struct gh_str word, by;
    int64_t now_ms;
    review_may_fn *may; /* of RESET and ACCEPT */
    const void *ctx;
    int64_t *left; /* of RESET: what was decided, and stays so */
};

static bool
change(struct review_decision *d, const struct settle *s)
{
    switch (s->work) {
    case COMPLETE:
        return is_open(d) && take_over(d, s->word, s->by, "undecided at the end: by the policy of the review", s->now_ms);
    case ACCEPT:
        return is_open(d) && s->may(s->ctx, d) &&
               take_over(d, GH_STR("Recommendation"), s->by, "the recommendation was accepted", s->now_ms);
    case RESET:
        break;
    }
    if (!s->may(s->ctx, d)) {
        *s->left += !is_open(d);
        return false;
    }
    d->decision = GH_STR("NotReviewed");
    d->by = d->justification = GH_STR("");
    d->decided_ms = 0;
    return true;
}

static enum gh_rc
settle(struct review_instance *i, struct gh_store_tx *tx, struct gh_arena *a, const struct settle *s)
{
    struct review_decisions all;
    enum gh_rc rc = review_decisions_load(&all, tx, a, i->path);
    i->decisions = i->approved = i->denied = i->undecided = 0;
    for (size_t k = 0; rc == GH_OK && k < all.n; k++) {
        if (change(&all.p[k], s))
            rc = review_decision_store(tx, a, &all.p[k], s->now_ms);
        count(i, &all.p[k]);
    }
    return rc;
}

enum gh_rc
review_complete(struct review_instance *i, struct gh_store_tx *tx, struct gh_arena *a, const struct gh_review *r, int64_t now_ms)
{
    const struct settle s = {.work = COMPLETE, .word = r->default_decision, .by = GH_STR("policy"), .now_ms = now_ms};
    enum gh_rc rc = settle(i, tx, a, &s);
    i->status = r->is_auto_applied ? REVIEW_APPLYING : REVIEW_COMPLETED;
    return rc;
}

enum gh_rc
review_reset(struct review_instance *i, int64_t *left, struct gh_store_tx *tx, struct gh_arena *a, review_may_fn *may,
    const void *ctx, int64_t now_ms)
{
    *left = 0;
    return settle(i, tx, a, &(const struct settle){.work = RESET, .may = may, .ctx = ctx, .left = left, .now_ms = now_ms});
}

enum gh_rc
review_accept(struct review_instance *i, struct gh_store_tx *tx, struct gh_arena *a, struct gh_str by, review_may_fn *may,
    const void *ctx, int64_t now_ms)
{
    return settle(i, tx, a, &(const struct settle){.work = ACCEPT, .by = by, .may = may, .ctx = ctx, .now_ms = now_ms});
}
