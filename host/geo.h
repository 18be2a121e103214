/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host/geo: where an address is, by a database that the operator brings (MaxMind's format, GeoLite2 or GeoIP2 City or Country). The file is
 * mapped: replace it by renaming a new one over it, never by writing into it; the old one is used until it is opened again.
 *
 * It trusts nothing in the file: what cannot be read as expected is an unknown place. Unknown is no place: callers must not allow by it.
 */
#ifndef GH_HOST_GEO_H
#define GH_HOST_GEO_H

#include "base/str.h"

struct gh_geo;

struct gh_geo_place {
    bool is_answered;     /* the database was asked and said it properly, also that it knows of no country */
    char country[3];      /* ISO 3166-1 alpha-2 in upper case, terminated; "" unknown */
    bool has_coordinates; /* a Country database has none                              */
    int32_t latitude_e4;  /* 1/10000 degree, -900000 to 900000                        */
    int32_t longitude_e4; /* 1/10000 degree, -1800000 to 1800000                      */
};

/* GH_DOWN: the file cannot be opened; GH_BAD: it is no such database. err->what is a literal. */
GH_MUST_USE enum gh_rc gh_geo_open(struct gh_geo **out, const char *path, struct gh_err *err);
void gh_geo_close(struct gh_geo *g); /* NULL is ignored */

/* `address`: "192.0.2.1" or "2001:db8::1", without brackets and port; an IPv4 address within IPv6 counts as that. Zeroed where unknown; `g`
 * NULL knows nothing. Only reads: several threads may ask at once. */
void gh_geo_find(struct gh_geo_place *out, const struct gh_geo *g, struct gh_str address);

#endif
