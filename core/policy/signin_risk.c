/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/signin_risk.h"

#define DAY_MS        INT64_C(86400000)
#define DORMANT_MS    (90 * DAY_MS)
#define WINDOW_MS     INT64_C(600000) /* failures are counted within */
#define FAILURES_MAX  10              /* ... and these are a burst   */
#define HOLD_MS       DAY_MS          /* how long a level stays whole, and how long each lower one does */
#define KM_PER_HOUR   900             /* airliners */
#define KM_LEAST      500             /* below, databases of places are not sure enough */
#define HOUR_MS       INT64_C(3600000)
#define WEIGHT_LOW    25
#define WEIGHT_MEDIUM 50
#define WEIGHT_HIGH   100

// clang-format off
const struct gh_signin_row gh_signin_table[GH_SIGNIN_COUNT] = {
#define ROW(name, word, weight, text) {word, text, weight},
    GH_SIGNIN_LIST(ROW)
#undef ROW
};
// clang-format on

void
gh_signin_put_words(struct gh_buf *out, uint32_t found)
{
    const char *between = "";

    for (unsigned i = 0; i < GH_SIGNIN_COUNT; i++) {
        if ((found >> i & 1) == 0)
            continue;
        gh_buf_putz(out, between);
        gh_buf_putz(out, gh_signin_table[i].word);
        between = ",";
    }
}

/* ---- what is known of networks and devices ---- */

uint64_t
gh_signin_network(const uint8_t ip[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    bool is_v4 = memcmp(ip, mapped, sizeof(mapped)) == 0;
    const uint8_t *from = is_v4 ? ip + 12 : ip;
    uint64_t id = is_v4 ? 4 : 6;

    for (int i = 0; i < 6; i++)
        id = id << 8 | (i < 3 || !is_v4 ? from[i] : 0);
    return id;
}

static void
put_hex16(struct gh_buf *out, unsigned v)
{
    static const char digits[] = "0123456789abcdef";
    bool is_begun = false;

    for (int shift = 12; shift >= 0; shift -= 4) {
        unsigned digit = v >> shift & 15;
        is_begun |= digit != 0 || shift == 0;
        if (is_begun)
            gh_buf_putc(out, digits[digit]);
    }
}

void
gh_signin_put_network(struct gh_buf *out, uint64_t network)
{
    bool is_v4 = network >> 48 == 4;

    for (int i = 0; i < 3; i++) {
        if (is_v4)
            gh_buf_put_u64(out, network >> (40 - 8 * i) & 0xff);
        else
            put_hex16(out, (unsigned)(network >> (32 - 16 * i) & 0xffff));
        gh_buf_putc(out, is_v4 ? '.' : ':');
    }
    gh_buf_putz(out, is_v4 ? "0/24" : ":/48");
}

static bool
knows(const struct gh_signin_known *k, size_t n, uint64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (k[i].seen_s != 0 && k[i].id == id)
            return true;
    return false;
}

static bool
knows_any(const struct gh_signin_known *k, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (k[i].seen_s != 0)
            return true;
    return false;
}

/* In its place, or in that of the one that was not seen for longest. */
static void
learn(struct gh_signin_known *k, size_t n, uint64_t id, int64_t at_ms)
{
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        if (k[i].seen_s != 0 && k[i].id == id) {
            at = i;
            break;
        }
        if (k[i].seen_s < k[at].seen_s)
            at = i;
    }
    int64_t s = at_ms / 1000;
    k[at] = (struct gh_signin_known){id, s < 1 ? 1 : s > UINT32_MAX ? UINT32_MAX : (uint32_t)s};
}

/* ---- distance ---- */

#define PI          3.14159265358979323846
#define EARTH_KM    6371.0
#define DEGREES(e4) ((double)(e4) * (PI / 1800000.0))

/* Taylor's series; exact to 1e-7 for |x| up to pi / 2. Core has no libm, and a hundredth is enough here. */
static double
sine(double x)
{
    double sum = x, term = x;

    for (int i = 2; i <= 12; i += 2) {
        term *= -x * x / (double)(i * (i + 1));
        sum += term;
    }
    return sum;
}

static double
square(double x)
{
    return x * x;
}

/* h = sin^2(d / 2R) by the haversine formula; d is then found by halving, because the square of the sine rises all the way to half the globe. */
uint32_t
gh_signin_km(const struct gh_signin_place *a, const struct gh_signin_place *b)
{
    double north = DEGREES(a->latitude_e4 - b->latitude_e4), east = DEGREES(a->longitude_e4 - b->longitude_e4);
    double cosines = sine(PI / 2 - DEGREES(a->latitude_e4 < 0 ? -a->latitude_e4 : a->latitude_e4)) *
                     sine(PI / 2 - DEGREES(b->latitude_e4 < 0 ? -b->latitude_e4 : b->latitude_e4));

    east = east < 0 ? -east : east;
    east = east > PI ? 2 * PI - east : east;
    double h = square(sine(north / 2)) + cosines * square(sine(east / 2));
    double low = 0, high = PI / 2;
    for (int i = 0; i < 30; i++) {
        double middle = (low + high) / 2;
        if (square(sine(middle)) < h)
            low = middle;
        else
            high = middle;
    }
    return (uint32_t)(2 * EARTH_KM * low);
}

/* ---- what one sign-in shows: a function for each detection that needs more than a bit ---- */

static bool
is_new_device(const struct gh_signin_state *s, const struct gh_signin *in)
{
    return in->device != 0 && knows_any(s->device, GH_SIGNIN_DEVICES_MAX) && !knows(s->device, GH_SIGNIN_DEVICES_MAX, in->device);
}

static bool
is_new_network(const struct gh_signin_state *s, const struct gh_signin *in)
{
    return in->ip != NULL && !in->is_trusted_network && knows_any(s->network, GH_SIGNIN_NETWORKS_MAX) &&
           !knows(s->network, GH_SIGNIN_NETWORKS_MAX, gh_signin_network(in->ip));
}

/* The time between counts, whichever came first: records of several workers come in any order, and clocks are set back. */
static uint32_t
too_fast_km(const struct gh_signin_state *s, const struct gh_signin *in)
{
    if (!s->place.has_coordinates || !in->place.has_coordinates || in->is_trusted_network)
        return 0;
    uint32_t km = gh_signin_km(&s->place, &in->place);
    uint64_t ms =
        in->at_ms > s->place_ms ? (uint64_t)in->at_ms - (uint64_t)s->place_ms : (uint64_t)s->place_ms - (uint64_t)in->at_ms;
    return km >= KM_LEAST && (uint64_t)km * (uint64_t)HOUR_MS > (uint64_t)KM_PER_HOUR * ms ? km : 0;
}

static bool
is_dormant(const struct gh_signin_state *s, const struct gh_signin *in)
{
    return s->last_ms > 0 && in->at_ms > s->last_ms && in->at_ms - s->last_ms >= DORMANT_MS;
}

static uint32_t
of_list(enum gh_risk level)
{
    static const uint32_t bits[GH_RISK_LEVELS] = {[GH_RISK_LEVEL_LOW] = GH_SIGNIN_BIT(LISTED_LOW),
        [GH_RISK_LEVEL_MEDIUM] = GH_SIGNIN_BIT(LISTED_MEDIUM),
        [GH_RISK_LEVEL_HIGH] = GH_SIGNIN_BIT(LISTED_HIGH)};

    return (unsigned)level < GH_RISK_LEVELS ? bits[level] : 0;
}

/* Told once in a window: at the failure that makes it a burst. */
static uint32_t
count_failure(struct gh_signin_state *s, int64_t at_ms)
{
    bool is_in_window = s->n_failures > 0 && at_ms >= s->failures_ms - WINDOW_MS && at_ms < s->failures_ms + WINDOW_MS;

    if (!is_in_window) {
        s->failures_ms = at_ms;
        s->n_failures = 0;
    }
    s->n_failures += s->n_failures < UINT32_MAX;
    return s->n_failures == FAILURES_MAX ? GH_SIGNIN_BIT(FAILURES) : 0;
}

static uint32_t
judge(struct gh_signin_result *out, const struct gh_signin_state *s, const struct gh_signin *in)
{
    uint32_t found = of_list(in->listed);

    out->km = too_fast_km(s, in);
    if (out->km > 0)
        found |= GH_SIGNIN_BIT(TRAVEL);
    if (is_new_device(s, in))
        found |= GH_SIGNIN_BIT(NEW_DEVICE);
    if (is_new_network(s, in))
        found |= GH_SIGNIN_BIT(NEW_NETWORK);
    if (is_dormant(s, in))
        found |= GH_SIGNIN_BIT(DORMANT);
    return found;
}

static void
learn_all(struct gh_signin_state *s, const struct gh_signin *in)
{
    s->n_signins += s->n_signins < UINT32_MAX;
    s->first_ms = s->first_ms == 0 ? in->at_ms : s->first_ms;
    s->last_ms = in->at_ms > s->last_ms ? in->at_ms : s->last_ms;
    if (in->ip != NULL)
        learn(s->network, GH_SIGNIN_NETWORKS_MAX, gh_signin_network(in->ip), in->at_ms);
    if (in->device != 0)
        learn(s->device, GH_SIGNIN_DEVICES_MAX, in->device, in->at_ms);
    if (in->place.has_coordinates && !in->is_trusted_network && in->at_ms >= s->place_ms) {
        s->place = in->place;
        s->place_ms = in->at_ms;
    }
}

/* ---- levels ---- */

static enum gh_risk
level_of(uint32_t found)
{
    unsigned weight = 0;

    for (unsigned i = 0; i < GH_SIGNIN_COUNT; i++)
        weight += (found >> i & 1) != 0 ? gh_signin_table[i].weight : 0;
    return weight >= WEIGHT_HIGH     ? GH_RISK_LEVEL_HIGH
           : weight >= WEIGHT_MEDIUM ? GH_RISK_LEVEL_MEDIUM
           : weight >= WEIGHT_LOW    ? GH_RISK_LEVEL_LOW
                                     : GH_RISK_LEVEL_NONE;
}

enum gh_risk
gh_signin_level(const struct gh_signin_state *s, int64_t now_ms)
{
    return (enum gh_risk)gh_risk_decayed(s->level, now_ms, (uint64_t)s->until_ms, (uint64_t)s->step_ms);
}

static void
remember(struct gh_signin_state *s, const struct gh_signin *in, uint32_t found, enum gh_risk level)
{
    memmove(s->event + 1, s->event, (GH_SIGNIN_EVENTS_MAX - 1) * sizeof(s->event[0]));
    s->event[0] = (struct gh_signin_event){.at_ms = in->at_ms < 1 ? 1 : in->at_ms,
        .network = in->ip == NULL ? 0 : gh_signin_network(in->ip),
        .found = found,
        .level = (uint8_t)level,
        .country = {in->place.country[0], in->place.country[1]}};
}

/* A higher level, or the same one for longer; a lower one changes nothing. A person's word stands. */
static bool
raise_to(struct gh_signin_state *s, enum gh_risk level, uint32_t found, int64_t at_ms)
{
    enum gh_risk now = gh_signin_level(s, at_ms);

    if (s->is_confirmed || gh_signin_is_lost(s) || level == GH_RISK_LEVEL_NONE || level < now)
        return false;
    s->found = level > now ? found : s->found | found;
    s->since_ms = level > now ? at_ms : s->since_ms;
    s->level = (uint8_t)level;
    s->until_ms = (at_ms < 0 ? 0 : at_ms) + HOLD_MS;
    s->step_ms = HOLD_MS;
    return true;
}

void
gh_signin_judge(struct gh_signin_result *out, struct gh_signin_state *s, const struct gh_signin *in)
{
    *out = (struct gh_signin_result){0};
    out->found = in->is_failed ? count_failure(s, in->at_ms) : judge(out, s, in);
    if (!in->is_failed && !s->is_confirmed)
        learn_all(s, in);
    if (out->found == 0)
        return;
    enum gh_risk level = level_of(out->found);
    remember(s, in, out->found, level);
    out->is_published = raise_to(s, level, out->found, in->at_ms);
}

void
gh_signin_lose(struct gh_signin_state *s)
{
    *s = (struct gh_signin_state){.level = GH_RISK_LEVEL_HIGH, .found = GH_SIGNIN_BIT(UNREADABLE)};
}

bool
gh_signin_is_lost(const struct gh_signin_state *s)
{
    return (s->found & GH_SIGNIN_BIT(UNREADABLE)) != 0;
}

void
gh_signin_confirm(struct gh_signin_state *s, int64_t now_ms)
{
    remember(s, &(const struct gh_signin){.at_ms = now_ms}, GH_SIGNIN_BIT(CONFIRMED), GH_RISK_LEVEL_HIGH);
    s->level = GH_RISK_LEVEL_HIGH;
    s->found = GH_SIGNIN_BIT(CONFIRMED);
    s->since_ms = s->until_ms = now_ms;
    s->step_ms = 0;
    s->is_confirmed = true;
}

void
gh_signin_dismiss(struct gh_signin_state *s, int64_t now_ms)
{
    remember(s, &(const struct gh_signin){.at_ms = now_ms}, GH_SIGNIN_BIT(DISMISSED), GH_RISK_LEVEL_NONE);
    s->level = GH_RISK_LEVEL_NONE;
    s->found = 0;
    s->since_ms = s->until_ms = s->step_ms = 0;
    s->n_failures = 0;
    s->is_confirmed = false;
}
