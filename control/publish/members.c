/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/members.h"

#include "policy/resource.h"

#define WEIGHT_MAX   1000
#define PRIORITY_MAX 1000

struct reader {
    const struct gh_props *p;
    const char *why;
};

static enum gh_rc
bad(struct reader *r, const char *why)
{
    r->why = why;
    return GH_BAD;
}

/* ---- backends ---- */

static enum gh_rc
read_name(struct gh_str *out, struct reader *r, gh_json_ref v)
{
    return gh_json_str(out, r->p->a, &r->p->j, v) == GH_OK && gh_resource_name_is_valid(*out) ? GH_OK
                                                                                              : bad(r, "must name a backend");
}

static enum gh_rc
read_model(struct gh_str *out, struct reader *r, gh_json_ref v)
{
    if (gh_json_str(out, r->p->a, &r->p->j, v) != GH_OK || out->n == 0 || out->n > 256)
        return bad(r, "model must be a string of at most 256 bytes");
    for (size_t i = 0; i < out->n; i++)
        if ((unsigned char)out->p[i] < 0x20 || out->p[i] == 0x7f)
            return bad(r, "model holds control characters");
    return GH_OK;
}

static enum gh_rc
read_number(uint32_t *out, struct reader *r, gh_json_ref v, int64_t max, const char *why)
{
    int64_t n;

    if (gh_json_i64(&n, &r->p->j, v) != GH_OK || n < 0 || n > max)
        return bad(r, why);
    *out = (uint32_t)n;
    return GH_OK;
}

static enum gh_rc
read_member(struct gh_pool_member *out, struct reader *r, gh_json_ref object)
{
    const struct gh_json *j = &r->p->j;
    struct gh_str key;
    enum gh_rc rc = GH_OK;

    for (gh_json_ref v = gh_json_first(j, object); rc == GH_OK && v != GH_JSON_NO; v = gh_json_next(j, object, v)) {
        if ((rc = gh_json_key(&key, r->p->a, j, v)) != GH_OK)
            return rc;
        if (gh_str_eq(key, GH_STR("backend")))
            rc = read_name(&out->backend, r, v);
        else if (gh_str_eq(key, GH_STR("model")))
            rc = read_model(&out->model, r, v);
        else if (gh_str_eq(key, GH_STR("priority")))
            rc = read_number(&out->priority, r, v, PRIORITY_MAX, "priority must be 0 to 1000");
        else if (gh_str_eq(key, GH_STR("weight")))
            rc = read_number(&out->weight, r, v, WEIGHT_MAX, "weight must be 0 to 1000");
        else
            rc = bad(r, "an element has backend, model, priority and weight alone");
    }
    if (rc == GH_OK && out->backend.n == 0)
        return bad(r, "each element must name a backend");
    if (rc == GH_OK && out->model.n == 0)
        return bad(r, "each element needs a model where the deployment names none");
    return rc;
}

static enum gh_rc
read_pool(struct gh_members *out, struct reader *r, gh_json_ref list, struct gh_str model)
{
    const struct gh_json *j = &r->p->j;
    enum gh_rc rc = GH_OK;

    for (gh_json_ref v = gh_json_first(j, list); rc == GH_OK && v != GH_JSON_NO; v = gh_json_next(j, list, v)) {
        if (out->n == GH_POOL_MAX)
            return bad(r, "too many backends");
        out->at[out->n] = (struct gh_pool_member){.model = model, .weight = 1};
        rc = read_member(&out->at[out->n++], r, v);
    }
    return rc;
}

/* ---- retryOn ---- */

static const struct {
    struct gh_str name;
    uint64_t bit;
} reasons[] = {
    {GH_STR_INIT("connect"), GH_RETRY_CONNECT},
    {GH_STR_INIT("timeout"), GH_RETRY_TIMEOUT},
    {GH_STR_INIT("429"), GH_RETRY_429},
    {GH_STR_INIT("5xx"), GH_RETRY_5XX},
};

static enum gh_rc
read_retry_on(uint64_t *out, struct reader *r)
{
    struct gh_str *names;
    size_t n;
    enum gh_rc rc = gh_props_list(&names, &n, r->p, "retryOn");

    *out = GH_RETRY_ALL;
    if (rc != GH_OK || gh_json_type(&r->p->j, gh_json_get(&r->p->j, r->p->root, GH_STR("retryOn"))) != GH_JSON_ARRAY)
        return rc;
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t bit = 0;
        for (size_t k = 0; k < sizeof(reasons) / sizeof(reasons[0]); k++)
            bit |= gh_str_eq(names[i], reasons[k].name) ? reasons[k].bit : 0;
        if (bit == 0)
            return bad(r, "each must be connect, timeout, 429 or 5xx");
        *out |= bit;
    }
    return GH_OK;
}

static enum gh_rc
read_backends(struct gh_members *out, struct reader *r)
{
    struct gh_str model = gh_props_str(r->p, "model", GH_STR("")), backend = gh_props_str(r->p, "backend", GH_STR(""));
    gh_json_ref list = gh_json_get(&r->p->j, r->p->root, GH_STR("backends"));
    bool has_list = gh_json_type(&r->p->j, list) == GH_JSON_ARRAY;

    if (has_list && backend.n > 0)
        return bad(r, "a deployment has either backend or backends");
    if (has_list)
        return read_pool(out, r, list, model);
    if (backend.n == 0)
        return bad(r, "a deployment needs a backend, or backends");
    if (model.n == 0)
        return bad(r, "a deployment needs a model");
    out->at[0] = (struct gh_pool_member){.backend = backend, .model = model, .weight = 1};
    out->n = 1;
    return GH_OK;
}

enum gh_rc
gh_members_read(struct gh_members *out, const struct gh_props *deployment, const char **why, const char **where)
{
    struct reader r = {.p = deployment};
    enum gh_rc rc;

    *out = (struct gh_members){.n = 0};
    *where = "backends";
    if ((rc = read_backends(out, &r)) == GH_OK) {
        *where = "retryOn";
        rc = read_retry_on(&out->retry_on, &r);
    }
    *why = r.why;
    return rc;
}

/* ---- traffic ---- */

static enum gh_rc
read_share(struct gh_shares *out, struct reader *r, gh_json_ref v)
{
    const struct gh_json *j = &r->p->j;
    struct gh_str name;
    int64_t percent;
    enum gh_rc rc = gh_json_key(&name, r->p->a, j, v);

    if (rc != GH_OK)
        return rc;
    if (!gh_resource_name_is_valid(name))
        return bad(r, "each name must be that of a deployment");
    if (gh_json_i64(&percent, j, v) != GH_OK || percent < 0 || percent > 100)
        return bad(r, "each share must be 0 to 100");
    if (out->n == GH_TRAFFIC_MAX)
        return bad(r, "too many deployments");
    out->deployment[out->n] = name;
    out->percent[out->n++] = (uint64_t)percent;
    return GH_OK;
}

enum gh_rc
gh_shares_read(struct gh_shares *out, const struct gh_props *endpoint, const char **why)
{
    struct reader r = {.p = endpoint};
    const struct gh_json *j = &endpoint->j;
    gh_json_ref object = gh_json_get(j, endpoint->root, GH_STR("traffic"));
    uint64_t sum = 0;
    enum gh_rc rc = GH_OK;

    out->n = 0;
    if (gh_json_type(j, object) != GH_JSON_OBJECT)
        return GH_OK;
    for (gh_json_ref v = gh_json_first(j, object); rc == GH_OK && v != GH_JSON_NO; v = gh_json_next(j, object, v))
        rc = read_share(out, &r, v);
    for (size_t i = 0; i < out->n; i++)
        sum += out->percent[i];
    if (rc == GH_OK && out->n > 0 && sum != 100)
        rc = bad(&r, "the shares must be 100 together");
    *why = r.why;
    return rc;
}
