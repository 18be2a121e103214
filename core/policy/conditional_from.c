/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions of where a call comes from: clients, platforms, places, devices. */
#include "policy/conditional_filter.h"
#include "policy/conditional_int.h"
#include "policy/resource.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { TEXT_MAX = 256 };

/* ---- clients, platforms, places, devices ---- */

/* The number of a word; 0: it is none. */
static unsigned
find_word(const char *const *words, unsigned n, struct gh_str s)
{
    for (unsigned i = 1; i < n; i++)
        if (gh_str_eq(s, gh_str_z(words[i])))
            return i;
    return 0;
}

static enum gh_rc
one_client(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    unsigned i = find_word(gh_cond_client_words, GH_COND_CLIENT_COUNT, s);

    if (gh_str_eq(s, GH_STR("all")))
        r->policy->clients |= UINT64_C(1) << 63;
    else if (i > 0)
        r->policy->clients |= UINT64_C(1) << i;
    else
        return gh_cond_bad(
            r, v, "clientAppTypes has all, browser, mobileAppsAndDesktopClients, exchangeActiveSync, easSupported, other");
    return GH_OK;
}

enum gh_rc
gh_cond_read_clients(struct gh_cond_reader *r, gh_json_ref v)
{
    return gh_cond_each_text(r, v, one_client);
}

static enum gh_rc
include_platform(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    unsigned i = find_word(gh_cond_platform_words, GH_COND_PLATFORM_COUNT, s);

    r->policy->flags |= GH_COND_HAS_PLATFORMS | (gh_str_eq(s, GH_STR("all")) ? GH_COND_HAS_ALL_PLATFORMS : 0);
    r->policy->platforms |= UINT64_C(1) << i;
    return i > 0 || gh_str_eq(s, GH_STR("all")) ? GH_OK
                                                : gh_cond_bad(r, v, "includePlatforms has a platform that is not known here");
}

static enum gh_rc
exclude_platform(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    unsigned i = find_word(gh_cond_platform_words, GH_COND_PLATFORM_COUNT, s);

    r->policy->not_platforms |= UINT64_C(1) << i;
    return i > 0 ? GH_OK : gh_cond_bad(r, v, "excludePlatforms has a platform that is not known here");
}

static enum gh_rc
add_place(struct gh_cond_list *l, bool *has_trusted, struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    if (gh_str_eq(s, GH_STR("AllTrusted"))) {
        *has_trusted = true;
        return GH_OK;
    }
    struct gh_str prefix = GH_STR("/namedLocations/");
    if (gh_str_starts(s, prefix))
        s = gh_str_sub(s, prefix.n, SIZE_MAX);
    return gh_resource_name_is_valid(s) ? gh_cond_add(l, r, v, s) : gh_cond_bad(r, v, "not the id of a named location");
}

static enum gh_rc
include_place(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    r->policy->flags |= GH_COND_HAS_PLACES;
    if (gh_str_eq(s, GH_STR("All"))) {
        r->policy->flags |= GH_COND_HAS_ALL_PLACES;
        return GH_OK;
    }
    return add_place(&r->policy->places, &r->policy->has_trusted, r, v, s);
}

static enum gh_rc
exclude_place(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    if (gh_str_eq(s, GH_STR("All")))
        return gh_cond_bad(r, v, "excludeLocations takes named locations and AllTrusted alone");
    return add_place(&r->policy->not_places, &r->policy->has_not_trusted, r, v, s);
}

LIST_OF(include_platform)
LIST_OF(exclude_platform)
LIST_OF(include_place)
LIST_OF(exclude_place)

enum gh_rc
gh_cond_read_platforms(struct gh_cond_reader *r, gh_json_ref v)
{
    static const struct gh_cond_member members[] = {
        {"includePlatforms", include_platforms, NULL},
        {"excludePlatforms", exclude_platforms, NULL},
    };
    enum gh_rc rc = gh_cond_walk(r, v, members, COUNT(members), "platforms has a member that is not known here");

    if (rc == GH_OK && r->policy->not_platforms != 0 && (r->policy->flags & GH_COND_HAS_PLATFORMS) == 0)
        return gh_cond_bad(r, v, "excludePlatforms without includePlatforms");
    return rc;
}

enum gh_rc
gh_cond_read_places(struct gh_cond_reader *r, gh_json_ref v)
{
    static const struct gh_cond_member members[] = {
        {"includeLocations", include_places, NULL},
        {"excludeLocations", exclude_places, NULL},
    };
    enum gh_rc rc = gh_cond_walk(r, v, members, COUNT(members), "locations has a member that is not known here");

    if (rc == GH_OK && (r->policy->not_places.n > 0 || r->policy->has_not_trusted) && (r->policy->flags & GH_COND_HAS_PLACES) == 0)
        return gh_cond_bad(r, v, "excludeLocations without includeLocations");
    return rc;
}

static enum gh_rc
filter_mode(struct gh_cond_reader *r, gh_json_ref v)
{
    struct gh_str s;
    enum gh_rc rc = gh_cond_text(&s, r, v, TEXT_MAX);

    if (rc == GH_OK && gh_str_eq(s, GH_STR("exclude")))
        r->policy->flags |= GH_COND_HAS_FILTER_OUT;
    else if (rc == GH_OK && !gh_str_eq(s, GH_STR("include")))
        rc = gh_cond_bad(r, v, "mode of deviceFilter is include or exclude");
    return rc;
}

static enum gh_rc
filter_rule(struct gh_cond_reader *r, gh_json_ref v)
{
    struct gh_err inner = {0};
    struct gh_str rule;
    enum gh_rc rc = gh_json_str(&rule, r->arena, r->json, v);

    if (rc != GH_OK)
        return gh_cond_bad(r, v, "rule of deviceFilter is a text");
    r->policy->flags |= GH_COND_HAS_FILTER;
    rc = gh_cond_filter_read(&r->policy->filter.p, &r->policy->filter.n, r->arena, rule, &inner);
    return rc == GH_OK ? rc : gh_fail(r->err, rc, r->json->nodes[v].at + inner.at, inner.what);
}

static enum gh_rc
device_filter(struct gh_cond_reader *r, gh_json_ref v)
{
    static const struct gh_cond_member members[] = {{"mode", filter_mode, NULL}, {"rule", filter_rule, NULL}};
    enum gh_rc rc = gh_cond_walk(r, v, members, COUNT(members), "deviceFilter has a member that is not known here");

    if (rc == GH_OK && ((r->policy->flags & GH_COND_HAS_FILTER) == 0 || gh_json_get(r->json, v, GH_STR("mode")) == GH_JSON_NO))
        return gh_cond_bad(r, v, "deviceFilter has a mode and a rule");
    return rc;
}

enum gh_rc
gh_cond_read_devices(struct gh_cond_reader *r, gh_json_ref v)
{
    static const char old[] = "device states are not supported: use deviceFilter";
    static const struct gh_cond_member members[] = {{"deviceFilter", device_filter, NULL}, {"includeDevices", NULL, old},
        {"excludeDevices", NULL, old}, {"includeDeviceStates", NULL, old}, {"excludeDeviceStates", NULL, old}};

    return gh_cond_walk(r, v, members, COUNT(members), "devices has a member that is not known here");
}
