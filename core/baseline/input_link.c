/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/input_link: who belongs to whom: by type, by id, by scope, through private endpoints. Each step walks the resources once. */
#include "baseline/input_int.h"

static const char providers[] = "/providers/";

/* Where /providers/ begins: the first or the last one; SIZE_MAX: none. */
static size_t
find_providers(struct gh_str id, bool is_last)
{
    size_t n = sizeof providers - 1, hit = SIZE_MAX;

    for (size_t i = 0; id.n >= n && i <= id.n - n; i++) {
        if (id.p[i] != '/' || !gh_str_eq_ci(gh_str_sub(id, i, n), gh_str_z(providers)))
            continue;
        hit = i;
        if (!is_last)
            break;
    }
    return hit;
}

struct gh_str
gh_input_provider_part(struct gh_str id)
{
    size_t at = find_providers(id, true);

    if (at != SIZE_MAX)
        return gh_str_sub(id, at + sizeof providers - 1, SIZE_MAX);
    return gh_str_sub(id, gh_str_starts(id, GH_STR("/")), SIZE_MAX);
}

/* What of an id tells resources apart when one names its subscription and group and the other does not. */
static struct gh_str
key_of(struct gh_str id)
{
    size_t at = find_providers(id, false);

    if (at != SIZE_MAX)
        return gh_str_sub(id, at + sizeof providers - 1, SIZE_MAX);
    return gh_str_sub(id, gh_str_starts(id, GH_STR("/")), SIZE_MAX);
}

static struct gh_str
front_of(struct gh_str id)
{
    size_t at = find_providers(id, false);

    return at == SIZE_MAX ? (struct gh_str){NULL, 0} : gh_str_sub(id, 0, at);
}

static bool
has_marks(struct gh_str s)
{
    return gh_str_chr(s, GH_MARK_ANY) != SIZE_MAX || gh_str_chr(s, GH_MARK_SOME) != SIZE_MAX;
}

/* Subscription and group: the same, or one of them does not say. */
static bool
fronts_agree(struct gh_str a, struct gh_str b)
{
    return a.n == 0 || b.n == 0 || has_marks(a) || has_marks(b) || gh_str_eq_ci(a, b);
}

bool
gh_input_is_child_type(struct gh_str type, struct gh_str parent)
{
    return type.n > parent.n && type.p[parent.n] == '/' && gh_str_eq_ci(gh_str_sub(type, 0, parent.n), parent);
}

static uint32_t
power_above(uint32_t n)
{
    uint32_t p = 16;

    while (p < n * 2)
        p *= 2;
    return p;
}

/* ---- by type ---- */

static struct gh_input_types *
type_find(const struct gh_input *in, struct gh_str type, uint32_t **slot)
{
    uint32_t mask = in->n_type_slots - 1, h = gh_input_hash(type) & mask;

    for (; in->type_slot[h] != 0; h = (h + 1) & mask)
        if (gh_str_eq_ci(in->types[in->type_slot[h] - 1].type, type))
            return &in->types[in->type_slot[h] - 1];
    if (slot != NULL)
        *slot = &in->type_slot[h];
    return NULL;
}

static enum gh_rc
index_types(struct gh_input *in)
{
    uint32_t *slot, cap = 0, at = 0;

    in->n_type_slots = power_above(in->n_resources);
    in->type_slot = gh_arena_take_array(in->a, in->n_type_slots, sizeof *in->type_slot);
    in->by_type = gh_arena_take_array(in->a, in->n_resources, sizeof *in->by_type);
    if (in->type_slot == NULL || in->by_type == NULL)
        return GH_NOMEM;
    for (uint32_t i = 0; i < in->n_resources; i++) {
        struct gh_input_types *t = type_find(in, in->resource[i].type, &slot);
        if (t == NULL) {
            struct gh_input_types *more = gh_input_grow(in->a, in->types, in->n_types, &cap, sizeof *more);
            if (more == NULL)
                return GH_NOMEM;
            in->types = more;
            t = &more[in->n_types];
            *t = (struct gh_input_types){.type = in->resource[i].type};
            *slot = ++in->n_types;
        }
        t->n++;
    }
    for (uint32_t i = 0; i < in->n_types; i++) {
        in->types[i].from = at;
        at += in->types[i].n;
        in->types[i].n = 0;
    }
    for (uint32_t i = 0; i < in->n_resources; i++) {
        struct gh_input_types *t = type_find(in, in->resource[i].type, NULL);
        if (t == NULL)
            return GH_BUG;
        in->by_type[t->from + t->n++] = i;
    }
    return GH_OK;
}

const uint32_t *
gh_input_of_type(uint32_t *n, const struct gh_input *in, struct gh_str type)
{
    const struct gh_input_types *t = in->n_type_slots == 0 ? NULL : type_find(in, type, NULL);

    *n = t == NULL ? 0 : t->n;
    return t == NULL ? NULL : &in->by_type[t->from];
}

/* ---- by id ---- */

/* Exports name each resource whole; in a template subscription and group are seldom known. */
static struct gh_str
indexed(const struct gh_input *in, struct gh_str id)
{
    return gh_input_is_export(in) ? id : key_of(id);
}

static uint32_t
find_id(const struct gh_input *in, struct gh_str id)
{
    struct gh_str key = indexed(in, id), front = front_of(id);
    uint32_t mask = in->n_id_slots - 1;

    if (key.n == 0 || in->n_id_slots == 0)
        return GH_INPUT_NONE;
    for (uint32_t h = gh_input_hash(key) & mask; in->id_slot[h] != 0; h = (h + 1) & mask) {
        const struct gh_input_resource *r = &in->resource[in->id_slot[h] - 1];
        if (gh_str_eq_ci(indexed(in, r->id), key) && fronts_agree(front_of(r->id), front))
            return in->id_slot[h] - 1;
    }
    return GH_INPUT_NONE;
}

static enum gh_rc
index_ids(struct gh_input *in)
{
    uint32_t mask, h;

    in->n_id_slots = power_above(in->n_resources);
    mask = in->n_id_slots - 1;
    if ((in->id_slot = gh_arena_take_array(in->a, in->n_id_slots, sizeof *in->id_slot)) == NULL)
        return GH_NOMEM;
    for (uint32_t i = 0; i < in->n_resources; i++) {
        if (in->resource[i].id.n == 0 || find_id(in, in->resource[i].id) != GH_INPUT_NONE)
            continue; /* the first of a name; the same resource twice (existing and deployed) is one */
        for (h = gh_input_hash(indexed(in, in->resource[i].id)) & mask; in->id_slot[h] != 0;)
            h = (h + 1) & mask;
        in->id_slot[h] = i + 1;
    }
    return GH_OK;
}

uint32_t
gh_input_find(const struct gh_input *in, struct gh_value id)
{
    return id.kind == GH_VALUE_STR ? find_id(in, id.s) : GH_INPUT_NONE;
}

/* ---- parents ---- */

/* The id of what contains this one: what an extension is attached to, else two segments less; empty: it stands by itself. */
static struct gh_str
parent_id(const struct gh_input_resource *r)
{
    size_t at = find_providers(r->id, true), first = find_providers(r->id, false), cut = r->id.n;
    unsigned slashes = 0;

    if (r->scope.n > 0)
        return r->scope;
    if (at != first)
        return gh_str_sub(r->id, 0, at);
    for (size_t i = at == SIZE_MAX ? 0 : at + sizeof providers - 1; i < r->id.n; i++)
        slashes += r->id.p[i] == '/';
    if (slashes < 4) /* provider/type/name/type/name */
        return (struct gh_str){NULL, 0};
    for (unsigned n = 0; n < 2 && cut > 0;)
        n += r->id.p[--cut] == '/';
    return gh_str_sub(r->id, 0, cut);
}

/* When its own name does not tell: the one resource of its parent's type that it depends on. */
static uint32_t
parent_by_depends_on(struct gh_input *in, const struct gh_input_resource *r)
{
    struct gh_value list = gh_expr_get(&in->eval, r->root, GH_STR("dependsOn")), v;
    uint32_t it = 0, hit;

    while (gh_expr_each(&v, NULL, &in->eval, list, &it)) {
        hit = gh_input_find(in, v);
        if (hit != GH_INPUT_NONE && gh_input_is_child_type(r->type, in->resource[hit].type))
            return hit;
    }
    return GH_INPUT_NONE;
}

static void
find_parent(struct gh_input *in, uint32_t i)
{
    struct gh_input_resource *r = &in->resource[i];
    struct gh_str id = parent_id(r);

    if (id.n > 0)
        r->parent = find_id(in, id);
    if (r->parent == i)
        r->parent = GH_INPUT_NONE;
    if (r->parent == GH_INPUT_NONE && r->scope.n == 0 && !gh_input_is_export(in))
        r->parent = parent_by_depends_on(in, r);
    if (r->parent != GH_INPUT_NONE && !gh_input_is_child_type(r->type, in->resource[r->parent].type))
        r->is_extension = true;
}

/* Whoever is its own ancestor by a hostile scope belongs to nobody. */
static void
break_cycle(struct gh_input *in, uint32_t i)
{
    uint32_t slow = i, fast = i;

    for (;;) {
        for (unsigned n = 0; n < 2; n++) {
            fast = in->resource[fast].parent;
            if (fast == GH_INPUT_NONE)
                return;
        }
        slow = in->resource[slow].parent;
        if (slow == fast) {
            in->resource[slow].parent = GH_INPUT_NONE;
            return;
        }
    }
}

static void
link_parents(struct gh_input *in)
{
    for (uint32_t i = 0; i < in->n_resources; i++)
        if (in->resource[i].parent == GH_INPUT_NONE)
            find_parent(in, i);
    for (uint32_t i = 0; i < in->n_resources; i++)
        break_cycle(in, i);
    for (uint32_t i = in->n_resources; i-- > 0;) {
        uint32_t parent = in->resource[i].parent;
        if (parent == GH_INPUT_NONE)
            continue;
        in->resource[i].next_child = in->resource[parent].first_child;
        in->resource[parent].first_child = i;
    }
}

/* ---- private endpoints ---- */

static enum gh_rc
add_link(struct gh_input *in, uint32_t target, uint32_t by, struct gh_value groups)
{
    struct gh_link *p = gh_input_grow(in->a, in->link, in->n_links, &in->cap_links, sizeof *p);

    if (p == NULL)
        return GH_NOMEM;
    in->link = p;
    p[in->n_links] = (struct gh_link){by, in->resource[target].first_link, groups};
    in->resource[target].first_link = in->n_links++;
    return GH_OK;
}

static enum gh_rc
link_endpoint(struct gh_input *in, uint32_t by)
{
    struct gh_value list = gh_expr_path(&in->eval, in->resource[by].root, "properties.privateLinkServiceConnections"), c;
    uint32_t it = 0, target;
    enum gh_rc rc;

    in->has_stray_endpoint |= gh_expr_is_open(list);
    while (gh_expr_each(&c, NULL, &in->eval, list, &it)) {
        struct gh_value id = gh_expr_path(&in->eval, c, "properties.privateLinkServiceId");
        target = gh_input_find(in, id);
        if (target == GH_INPUT_NONE) {
            in->has_stray_endpoint |= id.kind == GH_VALUE_UNKNOWN || (id.is_opaque && gh_input_is_stray(id.s));
            continue;
        }
        if ((rc = add_link(in, target, by, gh_expr_path(&in->eval, c, "properties.groupIds"))) != GH_OK)
            return rc;
    }
    return GH_OK;
}

/* An opaque id whose type and names are not all known may be anybody's. */
bool
gh_input_is_stray(struct gh_str id)
{
    return has_marks(key_of(id));
}

static enum gh_rc
link_endpoints(struct gh_input *in)
{
    uint32_t n;
    const uint32_t *list = gh_input_of_type(&n, in, GH_STR("Microsoft.Network/privateEndpoints"));
    enum gh_rc rc;

    for (uint32_t i = 0; i < n; i++)
        if ((rc = link_endpoint(in, list[i])) != GH_OK)
            return rc;
    return GH_OK;
}

static void
find_stray_settings(struct gh_input *in)
{
    uint32_t n;
    const uint32_t *list = gh_input_of_type(&n, in, GH_STR("Microsoft.Insights/diagnosticSettings"));

    for (uint32_t i = 0; i < n; i++) {
        const struct gh_input_resource *r = &in->resource[list[i]];
        in->has_stray_setting |= r->parent == GH_INPUT_NONE && (r->has_unknown_scope || gh_input_is_stray(r->scope));
    }
}

enum gh_rc
gh_input_link(struct gh_input *in)
{
    enum gh_rc rc;

    if ((rc = index_types(in)) != GH_OK || (rc = index_ids(in)) != GH_OK)
        return rc;
    link_parents(in);
    find_stray_settings(in);
    return link_endpoints(in);
}
