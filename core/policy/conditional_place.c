/* SPDX-License-Identifier: Apache-2.0 */
/* Named locations; and policies with all that they name, as rows of the snapshot. */
#include "base/codec.h"
#include "policy/conditional_int.h"
#include "policy/ranges.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { TEXT_MAX = 256, COUNTRIES_MAX = 260 };

/* ---- addresses ---- */

static enum gh_rc
read_range(struct gh_str *out, const struct gh_cond_reader *r, gh_json_ref v)
{
    static const struct gh_cond_member members[] = {{"cidrAddress", NULL, NULL}};
    struct gh_str type = {NULL, 0};
    gh_json_ref text = gh_json_get(r->json, v, GH_STR("cidrAddress"));
    struct gh_cond_reader inner = *r;
    enum gh_rc rc = gh_cond_walk(&inner, v, members, COUNT(members), "a range has cidrAddress alone");

    if (rc != GH_OK)
        return rc;
    if (gh_json_opt_str(&type, r->arena, r->json, v, "@odata.type") != GH_OK || text == GH_JSON_NO)
        return gh_cond_bad(r, v, "a range has an @odata.type and a cidrAddress");
    if ((rc = gh_cond_text(out, r, text, TEXT_MAX)) != GH_OK)
        return rc;
    bool is_v6 = gh_str_chr(*out, ':') != SIZE_MAX;
    if (type.n > 0 && !gh_str_eq(type, is_v6 ? GH_STR("#microsoft.graph.iPv6CidrRange") : GH_STR("#microsoft.graph.iPv4CidrRange")))
        return gh_cond_bad(r, v, "@odata.type of a range is #microsoft.graph.iPv4CidrRange or iPv6CidrRange, as its address is");
    return gh_str_chr(*out, '/') != SIZE_MAX
               ? GH_OK
               : gh_cond_bad(r, text, "cidrAddress is an address, a slash and the length of its prefix");
}

static enum gh_rc
read_ranges(struct gh_cond_place *out, const struct gh_cond_reader *r, gh_json_ref list)
{
    struct gh_str *texts = gh_arena_take_array(r->arena, GH_RANGES_MAX, sizeof(*texts));
    struct gh_err inner = {0};
    size_t n = 0;
    enum gh_rc rc;

    if (texts == NULL)
        return gh_fail(r->err, GH_NOMEM, 0, "no memory");
    for (gh_json_ref v = gh_json_first(r->json, list); v != GH_JSON_NO; v = gh_json_next(r->json, list, v)) {
        if (n == GH_RANGES_MAX)
            return gh_fail(r->err, GH_LIMIT, r->json->nodes[v].at, "too many ranges in one named location");
        if ((rc = read_range(&texts[n++], r, v)) != GH_OK)
            return rc;
    }
    if (n == 0)
        return gh_cond_bad(r, list, "an ipNamedLocation has ipRanges");
    rc = gh_ranges_read(&out->ranges, r->arena, texts, n, &inner);
    return rc == GH_OK ? rc : gh_cond_bad(r, list, inner.what);
}

/* ---- countries ---- */

/* ISO 3166-1 alpha-2, as assigned in 2024, and XK, which databases use for Kosovo. */
static const char countries[] =
    "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZEC"
    "EEEG"
    "EHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLC"
    "LILKLR"
    "LSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASB"
    "SCSDSE"
    "SGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW";

static bool
is_country(struct gh_str s)
{
    for (size_t i = 0; s.n == 2 && i + 2 < sizeof(countries); i += 2)
        if (memcmp(countries + i, s.p, 2) == 0)
            return true;
    return false;
}

static enum gh_rc
read_countries(struct gh_cond_place *out, const struct gh_cond_reader *r, gh_json_ref list)
{
    struct gh_str s;
    struct gh_buf b;
    enum gh_rc rc;

    gh_buf_init(&b, r->arena, (size_t)2 * COUNTRIES_MAX);
    for (gh_json_ref v = gh_json_first(r->json, list); v != GH_JSON_NO; v = gh_json_next(r->json, list, v)) {
        if ((rc = gh_cond_text(&s, r, v, TEXT_MAX)) != GH_OK)
            return rc;
        if (!is_country(s))
            return gh_cond_bad(r, v, "a country is two capital letters of ISO 3166-1");
        gh_buf_put(&b, s);
    }
    if (b.n == 0 || b.rc != GH_OK)
        return gh_cond_bad(r, list, "a countryNamedLocation has 1 to 260 countriesAndRegions");
    out->countries = gh_buf_str(&b);
    return GH_OK;
}

/* ---- named locations ---- */

static enum gh_rc
read_lookup(const struct gh_cond_reader *r, gh_json_ref place)
{
    struct gh_str how = GH_STR("clientIpAddress");

    if (gh_json_opt_str(&how, r->arena, r->json, place, "countryLookupMethod") == GH_OK &&
        gh_str_eq(how, GH_STR("clientIpAddress")))
        return GH_OK;
    return gh_cond_bad(r, place, "countryLookupMethod is clientIpAddress: no phone tells its position here");
}

static enum gh_rc
read_kind(struct gh_cond_place *out, const struct gh_cond_reader *r, gh_json_ref place)
{
    gh_json_ref ranges = gh_json_get(r->json, place, GH_STR("ipRanges")),
                lands = gh_json_get(r->json, place, GH_STR("countriesAndRegions"));
    struct gh_str type = {NULL, 0};

    if (gh_json_opt_str(&type, r->arena, r->json, place, "@odata.type") != GH_OK)
        return gh_cond_bad(r, place, "@odata.type is a text");
    if (gh_str_eq(type, GH_STR("#microsoft.graph.ipNamedLocation")) && gh_cond_is_nothing(r, lands))
        return read_ranges(out, r, ranges);
    if (gh_str_eq(type, GH_STR("#microsoft.graph.countryNamedLocation")) && gh_cond_is_nothing(r, ranges) && !out->is_trusted)
        return read_lookup(r, place) == GH_OK ? read_countries(out, r, lands) : GH_BAD;
    return gh_cond_bad(r, place,
        "@odata.type is #microsoft.graph.ipNamedLocation with ipRanges, or countryNamedLocation with countriesAndRegions");
}

enum gh_rc
gh_cond_place_read(struct gh_cond_place *out, struct gh_arena *a, const struct gh_json *j, gh_json_ref place, struct gh_err *err)
{
    static const struct gh_cond_member members[] = {
        {"displayName", NULL, NULL},
        {"isTrusted", NULL, NULL},
        {"ipRanges", NULL, NULL},
        {"countriesAndRegions", NULL, NULL},
        {"includeUnknownCountriesAndRegions", NULL, NULL},
        {"countryLookupMethod", NULL, NULL},
        {"id", NULL, NULL},
        {"createdDateTime", NULL, NULL},
        {"modifiedDateTime", NULL, NULL},
        {"deletedDateTime", NULL, NULL},
    };
    struct gh_cond_reader r = {a, j, err, NULL};
    gh_json_ref name = gh_json_get(j, place, GH_STR("displayName"));
    enum gh_rc rc = gh_cond_walk(&r, place, members, COUNT(members), "a named location has a member that is not known here");

    *out = (struct gh_cond_place){.id = out->id};
    if (rc != GH_OK)
        return rc;
    if (name == GH_JSON_NO)
        return gh_cond_bad(&r, place, "a named location has a displayName");
    if ((rc = gh_cond_text(&out->name, &r, name, TEXT_MAX)) != GH_OK)
        return rc;
    if (gh_json_opt_bool(&out->is_trusted, j, place, "isTrusted") != GH_OK ||
        gh_json_opt_bool(&out->has_unknown, j, place, "includeUnknownCountriesAndRegions") != GH_OK)
        return gh_cond_bad(&r, place, "isTrusted and includeUnknownCountriesAndRegions are true or false");
    return read_kind(out, &r, place);
}

/* ---- rows ---- */

void
gh_cond_place_row(struct gh_snap_value *v, const struct gh_cond_place *p)
{
    v[GH_COND_PLACE_ID].str = p->id;
    v[GH_COND_PLACE_IS_TRUSTED].u64 = p->is_trusted;
    v[GH_COND_PLACE_RANGES].str = p->ranges;
    v[GH_COND_PLACE_COUNTRIES].str = p->countries;
    v[GH_COND_PLACE_UNKNOWN].u64 = p->has_unknown;
}

static enum gh_rc
place_bits(struct gh_str *out, struct gh_arena *a, const struct gh_cond_list *names, bool has_trusted,
    const struct gh_cond_names *all, struct gh_err *err)
{
    unsigned char *bits = gh_arena_take(a, GH_COND_PLACES_MAX / 8);
    size_t n_words = all->n_places <= 64 ? 1 : (all->n_places + 63) / 64;

    *out = GH_STR("");
    if (names->n == 0 && !has_trusted)
        return GH_OK;
    if (bits == NULL)
        return gh_fail(err, GH_NOMEM, 0, "no memory");
    for (size_t i = 0; has_trusted && i < all->n_places; i++)
        if (all->places[i].is_trusted)
            bits[i / 8] = (unsigned char)(bits[i / 8] | 1u << i % 8);
    for (size_t k = 0; k < names->n; k++) {
        size_t i = 0;
        while (i < all->n_places && !gh_str_eq(all->places[i].id, names->p[k]))
            i++;
        if (i == all->n_places)
            return gh_fail(err, GH_BAD, (uint32_t)k, "a policy names a named location that is not there");
        bits[i / 8] = (unsigned char)(bits[i / 8] | 1u << i % 8);
    }
    *out = gh_str(bits, n_words * 8);
    return GH_OK;
}

static enum gh_rc
strength_of(struct gh_str *out, struct gh_arena *a, struct gh_str id, const struct gh_cond_names *all, struct gh_err *err)
{
    struct gh_str rest = {NULL, 0}, one;
    struct gh_buf b;
    size_t i = 0;

    *out = GH_STR("");
    if (id.n == 0)
        return GH_OK;
    gh_buf_init(&b, a, (size_t)8 * GH_COND_COMBINATIONS_MAX);
    for (const struct gh_strength *s = gh_strengths; s->id != NULL; s++)
        if (gh_str_eq_ci(id, gh_str_z(s->id)))
            rest = gh_str_z(s->combinations);
    while (gh_str_cut(&one, &rest, '|'))
        gh_buf_put_le64(&b, gh_strength_combination(one));
    while (b.n == 0 && i < all->n_strengths && !gh_str_eq(all->strengths[i].id, id))
        i++;
    for (size_t k = 0; b.n == k * 8 && i < all->n_strengths && k < all->strengths[i].n; k++)
        gh_buf_put_le64(&b, all->strengths[i].combinations[k]);
    *out = gh_buf_str(&b);
    return out->n > 0 ? GH_OK : gh_fail(err, GH_BAD, 0, "a policy names an authentication strength that is not there");
}

/* What a policy has at all, so that what it has not is not asked for. */
static uint64_t
flags_of(const struct gh_cond_policy *p)
{
    const struct {
        bool has;
        uint64_t flag;
    } rows[] = {{p->clients != 0, GH_COND_HAS_CLIENTS}, {p->flows != 0, GH_COND_HAS_FLOWS},
        {(p->risks & 0xff) != 0, GH_COND_HAS_USER_RISKS}, {(p->risks >> 8 & 0xff) != 0, GH_COND_HAS_SIGN_IN_RISKS},
        {(p->risks >> 16 & 0xff) != 0, GH_COND_HAS_WORKLOAD_RISKS}, {p->paths.n + p->not_paths.n > 0, GH_COND_HAS_PATHS},
        {p->roles.n + p->not_roles.n > 0, GH_COND_HAS_ROLES}, {p->state == GH_COND_REPORTING, GH_COND_HAS_REPORT}};
    uint64_t flags = p->flags | p->targets << GH_COND_TARGETS_AT | p->not_targets << GH_COND_NOT_TARGETS_AT;

    for (size_t i = 0; i < COUNT(rows); i++)
        flags |= rows[i].has ? rows[i].flag : 0;
    return flags;
}

static struct gh_snap_value
list(const struct gh_cond_list *l)
{
    return (struct gh_snap_value){.list = l->p, .n = l->n};
}

enum gh_rc
gh_cond_row(struct gh_snap_value *v, struct gh_arena *a, struct gh_str id, const struct gh_cond_policy *p,
    const struct gh_cond_names *names, struct gh_err *err)
{
    enum gh_rc rc;

    if ((rc = place_bits(&v[GH_COND_POLICY_PLACES].str, a, &p->places, p->has_trusted, names, err)) != GH_OK ||
        (rc = place_bits(&v[GH_COND_POLICY_NOT_PLACES].str, a, &p->not_places, p->has_not_trusted, names, err)) != GH_OK ||
        (rc = strength_of(&v[GH_COND_POLICY_STRENGTH].str, a, p->strength, names, err)) != GH_OK)
        return rc;
    v[GH_COND_POLICY_ID].str = id;
    v[GH_COND_POLICY_NAME].str = p->name;
    v[GH_COND_POLICY_STATE].u64 = p->state;
    v[GH_COND_POLICY_FLAGS].u64 = flags_of(p);
    v[GH_COND_POLICY_USERS] = list(&p->users);
    v[GH_COND_POLICY_NOT_USERS] = list(&p->not_users);
    v[GH_COND_POLICY_ROLES] = list(&p->roles);
    v[GH_COND_POLICY_NOT_ROLES] = list(&p->not_roles);
    v[GH_COND_POLICY_WORKLOADS] = list(&p->workloads);
    v[GH_COND_POLICY_NOT_WORKLOADS] = list(&p->not_workloads);
    v[GH_COND_POLICY_PATHS] = list(&p->paths);
    v[GH_COND_POLICY_NOT_PATHS] = list(&p->not_paths);
    v[GH_COND_POLICY_CONTEXTS] = list(&p->contexts);
    v[GH_COND_POLICY_CLIENTS].u64 = p->clients;
    v[GH_COND_POLICY_PLATFORMS].u64 = p->platforms;
    v[GH_COND_POLICY_NOT_PLATFORMS].u64 = p->not_platforms;
    v[GH_COND_POLICY_FILTER] = list(&p->filter);
    v[GH_COND_POLICY_RISKS].u64 = p->risks;
    v[GH_COND_POLICY_TIMES] = list(&p->times);
    v[GH_COND_POLICY_NOT_TIMES] = list(&p->not_times);
    v[GH_COND_POLICY_FLOWS].u64 = p->flows;
    v[GH_COND_POLICY_GRANTS].u64 = p->grants;
    v[GH_COND_POLICY_MAX_AGE_S].u64 = p->max_age_s;
    return GH_OK;
}
