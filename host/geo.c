/* SPDX-License-Identifier: Apache-2.0 */
#include "host/geo.h"

#include <arpa/inet.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdlib.h>

struct gh_geo {
    MMDB_s db;
};

enum gh_rc
gh_geo_open(struct gh_geo **out, const char *path, struct gh_err *err)
{
    struct gh_geo *g = calloc(1, sizeof(*g));

    *out = NULL;
    if (g == NULL)
        return gh_fail(err, GH_NOMEM, 0, "out of memory");
    int rc = MMDB_open(path, MMDB_MODE_MMAP, &g->db);
    if (rc == MMDB_SUCCESS) {
        *out = g;
        return GH_OK;
    }
    free(g);
    if (rc == MMDB_FILE_OPEN_ERROR || rc == MMDB_IO_ERROR)
        return gh_fail(err, GH_DOWN, 0, "the database of places cannot be opened");
    return gh_fail(err, GH_BAD, 0, "this is no database of places in MaxMind's format, or it is damaged");
}

void
gh_geo_close(struct gh_geo *g)
{
    if (g == NULL)
        return;
    MMDB_close(&g->db);
    free(g);
}

/* ---- addresses ---- */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool
read_address(union address *out, struct gh_str text)
{
    char z[INET6_ADDRSTRLEN];

    memset(out, 0, sizeof(*out));
    if (text.n == 0 || text.n >= sizeof(z))
        return false;
    memcpy(z, text.p, text.n);
    z[text.n] = '\0';
    if (inet_pton(AF_INET, z, &out->v4.sin_addr) == 1) {
        out->any.sa_family = AF_INET;
        return true;
    }
    if (inet_pton(AF_INET6, z, &out->v6.sin6_addr) != 1)
        return false;
    out->any.sa_family = AF_INET6;
    if (!IN6_IS_ADDR_V4MAPPED(&out->v6.sin6_addr))
        return true;
    struct in_addr inner;
    memcpy(&inner, &out->v6.sin6_addr.s6_addr[12], sizeof(inner));
    memset(out, 0, sizeof(*out));
    out->v4.sin_family = AF_INET;
    out->v4.sin_addr = inner;
    return true;
}

/* ---- values ---- */

/* Two ASCII letters; anything else is unknown. False: the file does not say it properly. */
static bool
read_country(char out[3], MMDB_entry_s *entry)
{
    static const char *const path[] = {"country", "iso_code", NULL};
    MMDB_entry_data_s v;
    int rc = MMDB_aget_value(entry, &v, path);

    if (rc == MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR || (rc == MMDB_SUCCESS && !v.has_data))
        return true;
    if (rc != MMDB_SUCCESS || v.type != MMDB_DATA_TYPE_UTF8_STRING || v.data_size != 2)
        return false;
    for (int i = 0; i < 2; i++)
        if (v.utf8_string[i] < 'A' || v.utf8_string[i] > 'Z')
            return false;
    memcpy(out, v.utf8_string, 2);
    return true;
}

/* In 1/10000 degree; false: there is none within the bound, which must not be NaN's way in. */
static bool
read_degrees(int32_t *out, MMDB_entry_s *entry, const char *name, double bound)
{
    const char *const path[] = {"location", name, NULL};
    MMDB_entry_data_s v;

    if (MMDB_aget_value(entry, &v, path) != MMDB_SUCCESS || !v.has_data || v.type != MMDB_DATA_TYPE_DOUBLE ||
        !(v.double_value >= -bound && v.double_value <= bound))
        return false;
    *out = (int32_t)(v.double_value * 10000.0);
    return true;
}

void
gh_geo_find(struct gh_geo_place *out, const struct gh_geo *g, struct gh_str address)
{
    union address a;
    int rc = MMDB_SUCCESS;

    *out = (struct gh_geo_place){0};
    if (g == NULL || !read_address(&a, address))
        return;
    MMDB_lookup_result_s found = MMDB_lookup_sockaddr(&g->db, &a.any, &rc);
    out->is_answered = rc == MMDB_SUCCESS && !found.found_entry;
    if (rc != MMDB_SUCCESS || !found.found_entry)
        return;
    out->is_answered = read_country(out->country, &found.entry);
    out->has_coordinates = read_degrees(&out->latitude_e4, &found.entry, "latitude", 90.0) &&
                           read_degrees(&out->longitude_e4, &found.entry, "longitude", 180.0);
    if (!out->has_coordinates) /* half a place is none */
        out->latitude_e4 = out->longitude_e4 = 0;
}
