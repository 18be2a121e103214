/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/signin_risk: what is usual for a principal, and what a sign-in says beside it. One pure function from (state, sign-in) to (state,
 * what was found); control keeps the state, and publishes the level (policy/risk.h).
 *
 * A sign-in is the first use of a credential from a network at the edge, or a use that failed although the credential is his. It is judged
 * before it is learned: what was unusual once is usual from then on, and the level that it left decays. Nothing here is sure, so nothing
 * here denies: conditional access decides what a level means.
 *
 * Adding a detection is adding a row to the table in signin_risk.c and its test to what judges.
 */
#ifndef GH_POLICY_SIGNIN_RISK_H
#define GH_POLICY_SIGNIN_RISK_H

#include "base/limits.h"
#include "policy/risk.h"

/* X(NAME, "as it is told", weight, text). Numbers are stored: append only. Weights of one sign-in are added: 25 is low, 50 medium, 100 high. */
#define GH_SIGNIN_LIST(X)                                                                                                  \
    X(NEW_DEVICE, "newDevice", 25, "a device that was not seen with this identity before")                                  \
    X(NEW_NETWORK, "newNetwork", 25, "a network (/24, /48) that was not seen with this identity before")                    \
    X(TRAVEL, "impossibleTravel", 100, "two sign-ins farther apart than 900 km/h allow")                                    \
    X(FAILURES, "failureBurst", 50, "ten failed uses of his credentials, or refusals, within ten minutes")                  \
    X(DORMANT, "dormantIdentity", 50, "not seen for 90 days")                                                              \
    X(LISTED_LOW, "listedNetworkLow", 25, "a network that an operator's list calls low")                                   \
    X(LISTED_MEDIUM, "listedNetworkMedium", 50, "a network that an operator's list calls medium")                          \
    X(LISTED_HIGH, "listedNetworkHigh", 100, "a network that an operator's list calls high")                               \
    X(CONFIRMED, "confirmedCompromised", 0, "a person says that it is in other hands")                                     \
    X(DISMISSED, "dismissed", 0, "a person says that it is well")                                                          \
    X(LISTED_PRINCIPAL, "listedPrincipal", 0, "an operator's list names this identity")                                    \
    X(UNREADABLE, "unreadableState", 0, "what was known of this identity cannot be read: its risk is unknown")

enum gh_signin_detection {
#define GH_SIGNIN_ENUM(name, word, weight, text) GH_SIGNIN_##name,
    GH_SIGNIN_LIST(GH_SIGNIN_ENUM)
#undef GH_SIGNIN_ENUM
    GH_SIGNIN_COUNT
};
#define GH_SIGNIN_BIT(name) (1u << GH_SIGNIN_##name)

struct gh_signin_row {
    const char *word, *text;
    unsigned weight;
};
extern const struct gh_signin_row gh_signin_table[GH_SIGNIN_COUNT];

/* The words of a set of bits, joined by commas. */
void gh_signin_put_words(struct gh_buf *out, uint32_t found);

struct gh_signin_place {
    char country[2];      /* zeroed: unknown */
    bool has_coordinates; /* in 1/10000 degree */
    int32_t latitude_e4, longitude_e4;
};

/* One sign-in as it was seen. What is not known is zeroed, and judged by no row. */
struct gh_signin {
    int64_t at_ms;
    bool is_failed;
    const uint8_t *ip; /* 16 bytes, IPv4 as ::ffff:a.b.c.d; NULL: none was told */
    uint64_t device;   /* digest of its id */
    struct gh_signin_place place;
    bool is_trusted_network;  /* an operator's list says so: neither new nor too far */
    enum gh_risk listed;      /* level of an operator's list of networks             */
};

struct gh_signin_known { /* a network or a device; `seen_s` 0: a free place */
    uint64_t id;
    uint32_t seen_s;
};

struct gh_signin_event {
    int64_t at_ms;
    uint64_t network; /* gh_signin_network of it; 0: unknown */
    uint32_t found;   /* bits of GH_SIGNIN_*                 */
    uint8_t level;    /* that it gave                        */
    char country[2];
};

/* All of one principal. Zeroed: never seen. */
struct gh_signin_state {
    int64_t first_ms, last_ms; /* of good ones; 0: none yet */
    uint32_t n_signins;        /* good ones, saturating     */
    struct gh_signin_known network[GH_SIGNIN_NETWORKS_MAX], device[GH_SIGNIN_DEVICES_MAX];
    struct gh_signin_place place; /* of the last good one whose place was known */
    int64_t place_ms;
    int64_t failures_ms; /* beginning of the window in which failures are counted */
    uint32_t n_failures;
    uint8_t level; /* enum gh_risk, as of since_ms; decays as policy/risk.h says */
    uint32_t found; /* what led to it                                             */
    int64_t since_ms, until_ms, step_ms;
    bool is_confirmed; /* by a person: high, until he takes it back */
    struct gh_signin_event event[GH_SIGNIN_EVENTS_MAX]; /* newest first; at_ms 0: none */
};

struct gh_signin_result {
    uint32_t found;    /* bits of GH_SIGNIN_*; 0: nothing unusual          */
    uint32_t km;       /* of a journey that was too fast                   */
    bool is_published; /* level, reason or times differ from what they were */
};

/* Judges, then learns. */
void gh_signin_judge(struct gh_signin_result *out, struct gh_signin_state *s, const struct gh_signin *in);

/* A person's word. Compromised: high, no decay, nothing is learned any more. Dismissed: none; what he was seen with is usual. */
void gh_signin_confirm(struct gh_signin_state *s, int64_t now_ms);
void gh_signin_dismiss(struct gh_signin_state *s, int64_t now_ms);

/* What stands for a state that cannot be read: high, no decay, its level unknown, until a person decides. Nothing is learned into it. */
void gh_signin_lose(struct gh_signin_state *s);
bool gh_signin_is_lost(const struct gh_signin_state *s);

/* What is left of the level. */
enum gh_risk gh_signin_level(const struct gh_signin_state *s, int64_t now_ms);

/* The network of an address as a number that is never 0: /24 of IPv4, /48 of IPv6; and as people write it ("192.0.2.0/24"). */
uint64_t gh_signin_network(const uint8_t ip[16]);
void gh_signin_put_network(struct gh_buf *out, uint64_t network);

/* Kilometres over the ground, good to one in a hundred; both places must have coordinates. */
uint32_t gh_signin_km(const struct gh_signin_place *a, const struct gh_signin_place *b);

/* As it is stored: at most GH_SIGNIN_BYTES_MAX, only what is there. GH_BAD: not written by _put. */
void gh_signin_put(struct gh_buf *out, const struct gh_signin_state *s);
GH_MUST_USE enum gh_rc gh_signin_read(struct gh_signin_state *out, struct gh_str stored);

#endif
