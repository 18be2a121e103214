/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/outbound: may something that leaves for a workspace go to that host, address and port? One matcher for all that dials: backends
 * today, sessions, tools and webhooks as they come. It is asked with the address after resolution, after policy/egress.h, whose refusals
 * no rule lifts; the address that was checked is the one that is dialled.
 *
 * Isolation: DISABLED asks nothing more. INTERNET lets out to public addresses, to others only by a rule. APPROVED lets out by a rule alone.
 * A workspace goes from one to the next and never back. A rule that denies wins over all that allow, in both latter modes.
 *
 * Pure; names are compared as A-labels in lower case (RFC 5890), which control makes of what people write.
 */
#ifndef GH_POLICY_OUTBOUND_H
#define GH_POLICY_OUTBOUND_H

#include "policy/egress.h"

enum gh_isolation { GH_ISOLATION_DISABLED = 0, GH_ISOLATION_INTERNET, GH_ISOLATION_APPROVED, GH_ISOLATION_COUNT };
/* "Disabled", "AllowInternetOutbound", "AllowOnlyApprovedOutbound"; GH_ISOLATION_COUNT: none of them. */
enum gh_isolation gh_isolation_find(struct gh_str name);

enum gh_outbound_type {
    GH_OUTBOUND_NONE = 0,
    GH_OUTBOUND_FQDN,            /* names, at public addresses          */
    GH_OUTBOUND_SERVICE_TAG,     /* a named set of addresses, any host  */
    GH_OUTBOUND_PRIVATE_ENDPOINT /* names, at the addresses that it lists */
};

struct gh_port_range {
    uint16_t first, last;
};

struct gh_outbound_rule {
    struct gh_str id; /* path: named in decisions */
    enum gh_outbound_type type;
    bool is_deny;                /* SERVICE_TAG alone                                             */
    const struct gh_str *names;  /* "a.example", or "*.example": any name below it, not it itself */
    size_t n_names;
    struct gh_str ranges;        /* policy/ranges.h                                               */
    const struct gh_port_range *ports;
    size_t n_ports;              /* 0: no port                                                    */
};

/* X(name, text for records) */
#define GH_OUTBOUND_WHY_LIST(X)                                                       \
    X(OK, "may be dialled")                                                           \
    X(NO_ADDRESS, "no address of the backend is known")                               \
    X(EGRESS, "no address of the backend may be dialled: reserved, or our own")       \
    X(NO_RULE, "no outbound rule of the workspace allows the backend's host, address and port") \
    X(DENIED, "an outbound rule of the workspace denies the backend's address")       \
    X(SWITCHED_OFF, "the backend is switched off")
enum gh_outbound_why {
#define GH_OUTBOUND_WHY_ENUM(name, text) GH_OUTBOUND_##name,
    GH_OUTBOUND_WHY_LIST(GH_OUTBOUND_WHY_ENUM)
#undef GH_OUTBOUND_WHY_ENUM
    GH_OUTBOUND_WHY_COUNT
};
/* A literal, also for numbers of another build. */
const char *gh_outbound_text(uint64_t why);

/* `host` as it was configured, lower case; an address, or a name with or without its last dot. *rule (may be NULL): path of the rule that
 * decided, or the mode. */
enum gh_outbound_why gh_outbound_decide(struct gh_str *rule, enum gh_isolation isolation, const struct gh_outbound_rule *rules, size_t n_rules,
    struct gh_str host, const struct gh_addr *addr);

/* Whether `pattern` ("a.example", "*.example") stands for `host`. An address is no name: no pattern stands for it. */
bool gh_host_matches(struct gh_str pattern, struct gh_str host);
/* The grammar of patterns: labels of letters, digits and inner hyphens in lower case, "*" as the leftmost one alone, at most 253 bytes. */
bool gh_host_pattern_is_valid(struct gh_str pattern);

/* "80,443,8000-8100", strictly; false: not of this form, or more than `max`. */
GH_MUST_USE bool gh_ports_read(struct gh_port_range *out, size_t *n, size_t max, struct gh_str text);

#endif
