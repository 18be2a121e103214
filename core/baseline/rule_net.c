/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/rule_net.h"

#include "baseline/rule_part.h"

/* ---- hosts ---- */

enum gh_truth
gh_rule_net_is_host(struct gh_value v)
{
    enum gh_truth is_wild = gh_value_begins(v, GH_STR("*"));
    struct gh_str rest;

    if (v.kind != GH_VALUE_STR || is_wild != GH_TRUTH_TRUE)
        return gh_rule_part_not(is_wild);
    if (v.is_opaque)
        return GH_TRUTH_UNKNOWN;
    rest = gh_str_sub(v.s, 2, SIZE_MAX);
    return gh_truth(v.s.n > 2 && v.s.p[1] == '.' && gh_str_chr(rest, '.') != SIZE_MAX && gh_str_chr(rest, '*') == SIZE_MAX);
}

enum gh_truth
gh_rule_net_host(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    (void)c;
    gh_judge_saw(j, GH_STR(""), at, "a named host");
    return gh_rule_net_is_host(at);
}

/* ---- security rules ---- */

/* Is the port in "22", "20-30" or "*"? */
static enum gh_truth
covers(struct gh_value range, uint64_t port)
{
    struct gh_str from, to = range.s;
    uint64_t low, high;
    int64_t one;

    if (range.kind == GH_VALUE_INT)
        return gh_truth(gh_value_number(&one, range) == GH_TRUTH_TRUE && one == (int64_t)port);
    if (range.kind != GH_VALUE_STR)
        return gh_value_is_set(range) ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE;
    if (range.is_opaque)
        return GH_TRUTH_UNKNOWN;
    if (gh_str_eq(range.s, GH_STR("*")))
        return GH_TRUTH_TRUE;
    if (!gh_str_cut(&from, &to, '-') || gh_str_u64(&low, from, UINT16_MAX) != GH_OK)
        return GH_TRUTH_FALSE;
    if (to.p == NULL)
        return gh_truth(low == port);
    return gh_truth(gh_str_u64(&high, to, UINT16_MAX) == GH_OK && low <= port && port <= high);
}

static enum gh_truth
any_covers(struct gh_judge *j, struct gh_value v, uint64_t port)
{
    enum gh_truth best = gh_expr_is_open(v) ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE;
    struct gh_value e;
    uint32_t it = 0;

    if (v.kind != GH_VALUE_ARRAY)
        return covers(v, port);
    while (gh_expr_each(&e, NULL, j->ev, v, &it))
        best = gh_rule_part_or(best, covers(e, port));
    return best;
}

/* The rule's destination holds one of "22 3389". Remote login is TCP: what lets other protocols in opens none. */
static enum gh_truth
opens_port(struct gh_judge *j, struct gh_value p, const char *ports)
{
    enum gh_truth best = GH_TRUTH_FALSE;
    struct gh_str rest = gh_str_z(ports), one;
    uint64_t port;

    while (gh_str_cut(&one, &rest, ' ')) {
        if (gh_str_u64(&port, one, UINT16_MAX) != GH_OK)
            return GH_TRUTH_UNKNOWN;
        best = gh_rule_part_or(best, any_covers(j, gh_expr_get(j->ev, p, GH_STR("destinationPortRange")), port));
        best = gh_rule_part_or(best, any_covers(j, gh_expr_get(j->ev, p, GH_STR("destinationPortRanges")), port));
    }
    return gh_rule_part_and(
        best, gh_rule_part_not(gh_value_is_one(gh_expr_get(j->ev, p, GH_STR("protocol")), GH_STR("Udp|Icmp|Esp|Ah"))));
}

#define ANYWHERE "*|Internet|Any|0.0.0.0/0|0.0.0.0|::/0|<nw>/0|/0"

/* `p` are the properties of a rule: does it let anyone in? */
static enum gh_truth
lets_in(struct gh_judge *j, struct gh_value p, const char *what)
{
    bool is_star = gh_str_eq(gh_str_z(what), GH_STR("star")), is_any = is_star || gh_str_eq(gh_str_z(what), GH_STR("any"));
    enum gh_truth t = gh_value_is(gh_expr_get(j->ev, p, GH_STR("access")), GH_STR("Allow"));

    t = gh_rule_part_and(t, gh_value_is(gh_expr_get(j->ev, p, GH_STR("direction")), GH_STR("Inbound")));
    if (is_star)
        return gh_rule_part_and(t, gh_value_is(gh_expr_get(j->ev, p, GH_STR("sourceAddressPrefix")), GH_STR("*")));
    t = gh_rule_part_and(t, gh_rule_part_or(gh_rule_part_any_is(j, gh_expr_get(j->ev, p, GH_STR("sourceAddressPrefix")), ANYWHERE),
                                gh_rule_part_any_is(j, gh_expr_get(j->ev, p, GH_STR("sourceAddressPrefixes")), ANYWHERE)));
    return is_any || t == GH_TRUTH_FALSE ? t : gh_rule_part_and(t, opens_port(j, p, what));
}

/* Where the source stands that lets anyone in: in the one prefix, or in the list of them. */
static struct gh_str
source_of(struct gh_judge *j, struct gh_value p)
{
    enum gh_truth one = gh_rule_part_any_is(j, gh_expr_get(j->ev, p, GH_STR("sourceAddressPrefix")), ANYWHERE);
    enum gh_truth list = gh_rule_part_any_is(j, gh_expr_get(j->ev, p, GH_STR("sourceAddressPrefixes")), ANYWHERE);

    return one == GH_TRUTH_FALSE && list != GH_TRUTH_FALSE ? GH_STR("sourceAddressPrefixes") : GH_STR("sourceAddressPrefix");
}

enum gh_truth
gh_rule_net_is_group(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    (void)c;
    (void)at;
    return gh_truth(gh_str_eq_ci(gh_judge_resource(j)->type, GH_STR("Microsoft.Network/networkSecurityGroups")));
}

enum gh_truth
gh_rule_net_inbound(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    static const char wanted[] = "no rule that allows inbound traffic from anywhere";
    enum gh_truth open, t;
    struct gh_value rules, rule;
    uint32_t it = 0, n = 0, found = 0;

    if (gh_rule_net_is_group(j, c, at) == GH_TRUTH_FALSE) {
        struct gh_value p = gh_expr_get(j->ev, at, GH_STR("properties"));
        struct gh_str source = source_of(j, p);
        gh_judge_saw(j, gh_judge_path(j, "properties.", source), gh_expr_get(j->ev, p, source), wanted);
        return gh_rule_part_not(lets_in(j, p, c->value));
    }
    rules = gh_expr_path(j->ev, at, "properties.securityRules");
    gh_judge_saw(j, GH_STR("properties.securityRules"), rules, wanted);
    open = rules.kind == GH_VALUE_UNKNOWN || gh_expr_is_open(rules) ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE;
    for (; open != GH_TRUTH_TRUE && gh_expr_each(&rule, NULL, j->ev, rules, &it); n++) {
        t = lets_in(j, gh_expr_get(j->ev, rule, GH_STR("properties")), c->value);
        if (t != GH_TRUTH_FALSE)
            found = n;
        open = gh_rule_part_or(open, t);
    }
    if (open != GH_TRUTH_FALSE && n > 0) {
        struct gh_buf b;
        struct gh_str source;
        gh_buf_init(&b, j->a, 128);
        for (it = 0, n = 0; n <= found && gh_expr_each(&rule, NULL, j->ev, rules, &it); n++)
            ;
        rule = gh_expr_get(j->ev, rule, GH_STR("properties"));
        source = source_of(j, rule);
        gh_buf_putz(&b, "properties.securityRules[");
        gh_buf_put_u64(&b, found);
        gh_buf_putz(&b, "].properties.");
        gh_buf_put(&b, source);
        gh_judge_saw(j, gh_buf_str(&b), gh_expr_get(j->ev, rule, source), wanted);
        if (open == GH_TRUTH_UNKNOWN && j->seen.why == NULL)
            j->seen.why = "a rule cannot be reduced";
    }
    return gh_rule_part_not(open);
}

/* ---- subnets ---- */

#define WITHOUT_GROUP "GatewaySubnet|AzureFirewallSubnet|AzureFirewallManagementSubnet|AzureBastionSubnet"

static bool
is_network(const struct gh_judge *j)
{
    return gh_str_eq_ci(gh_judge_resource(j)->type, GH_STR("Microsoft.Network/virtualNetworks"));
}

enum gh_truth
gh_rule_net_has_subnets(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    struct gh_value subnets, e;
    enum gh_truth best;
    uint32_t it = 0;

    (void)c;
    if (!is_network(j))
        return gh_rule_part_not(gh_value_is_one(gh_rule_part_last(gh_judge_resource(j)->name), GH_STR(WITHOUT_GROUP)));
    subnets = gh_expr_path(j->ev, at, "properties.subnets");
    gh_judge_saw(j, GH_STR("properties.subnets"), subnets, NULL);
    best = subnets.kind == GH_VALUE_UNKNOWN || gh_expr_is_open(subnets) ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE;
    while (gh_expr_each(&e, NULL, j->ev, subnets, &it))
        best =
            gh_rule_part_or(best, gh_rule_part_not(gh_value_is_one(gh_expr_get(j->ev, e, GH_STR("name")), GH_STR(WITHOUT_GROUP))));
    return best;
}

static enum gh_truth
has_group(struct gh_judge *j, struct gh_value subnet, struct gh_str path)
{
    struct gh_value id = gh_expr_path(j->ev, subnet, "properties.networkSecurityGroup.id");

    gh_judge_saw(j, path, id, "set");
    return gh_value_has_content(id);
}

enum gh_truth
gh_rule_net_subnets_have_group(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    struct gh_value subnets, e;
    enum gh_truth all = GH_TRUTH_TRUE, t;
    struct gh_evidence seen;
    uint32_t it = 0;

    (void)c;
    if (!is_network(j))
        return has_group(j, at, GH_STR("properties.networkSecurityGroup.id"));
    subnets = gh_expr_path(j->ev, at, "properties.subnets");
    if (subnets.kind == GH_VALUE_UNKNOWN || gh_expr_is_open(subnets))
        return gh_rule_part_undecided(j, GH_STR("properties.subnets"), "the subnets cannot be reduced");
    seen = j->seen;
    for (uint32_t n = 0; all != GH_TRUTH_FALSE && gh_expr_each(&e, NULL, j->ev, subnets, &it); n++) {
        struct gh_buf b;
        gh_buf_init(&b, j->a, 128);
        gh_buf_putz(&b, "properties.subnets[");
        gh_buf_put_u64(&b, n);
        gh_buf_putz(&b, "].properties.networkSecurityGroup.id");
        t = gh_rule_part_or(
            gh_value_is_one(gh_expr_get(j->ev, e, GH_STR("name")), GH_STR(WITHOUT_GROUP)), has_group(j, e, gh_buf_str(&b)));
        if (t != GH_TRUTH_TRUE || n == 0)
            seen = j->seen;
        all = gh_rule_part_and(all, t);
    }
    j->seen = seen;
    return all;
}

/* ---- machines ---- */

static enum gh_truth
has_public_address(struct gh_judge *j, struct gh_value nic)
{
    struct gh_value list = gh_expr_path(j->ev, nic, "properties.ipConfigurations"), e;
    enum gh_truth best = list.kind == GH_VALUE_UNKNOWN || gh_expr_is_open(list) ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE;
    uint32_t it = 0;

    while (gh_expr_each(&e, NULL, j->ev, list, &it))
        best = gh_rule_part_or(best, gh_value_has_content(gh_expr_path(j->ev, e, "properties.publicIPAddress")));
    return best;
}

enum gh_truth
gh_rule_net_machine_is_inside(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    struct gh_value list = gh_expr_path(j->ev, at, "properties.networkProfile.networkInterfaces"), e;
    enum gh_truth is_public = list.kind == GH_VALUE_UNKNOWN || gh_expr_is_open(list) ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE;
    uint32_t it = 0, n;

    (void)c;
    (void)gh_input_of_type(&n, j->in, GH_STR("Microsoft.Network/bastionHosts"));
    gh_judge_saw(j, GH_STR("Microsoft.Network/bastionHosts"), (struct gh_value){.node = GH_JSON_NO}, "one in the input");
    if (n == 0)
        return GH_TRUTH_FALSE;
    gh_judge_saw(j, GH_STR("properties.networkProfile.networkInterfaces"), list, "no public address");
    while (is_public != GH_TRUTH_TRUE && gh_expr_each(&e, NULL, j->ev, list, &it)) {
        uint32_t nic = gh_input_find(j->in, gh_expr_get(j->ev, e, GH_STR("id")));
        is_public =
            gh_rule_part_or(is_public, nic == GH_INPUT_NONE ? GH_TRUTH_UNKNOWN : has_public_address(j, j->in->resource[nic].root));
    }
    if (is_public == GH_TRUTH_UNKNOWN)
        return gh_rule_part_undecided(
            j, GH_STR("properties.networkProfile.networkInterfaces"), "a network interface is outside the input");
    return gh_rule_part_not(is_public);
}

/* ---- private endpoints ---- */

static enum gh_truth
names_ours(struct gh_judge *j, struct gh_value id)
{
    static const struct gh_str types[] = {GH_STR_INIT("Microsoft.MachineLearningServices/"),
        GH_STR_INIT("Microsoft.CognitiveServices/accounts"), GH_STR_INIT("Microsoft.ApiManagement/service"),
        GH_STR_INIT("Microsoft.KeyVault/vaults"), GH_STR_INIT("Microsoft.Storage/storageAccounts"),
        GH_STR_INIT("Microsoft.ContainerRegistry/registries"), GH_STR_INIT("Microsoft.Search/searchServices")};
    uint32_t target = gh_input_find(j->in, id);
    struct gh_str text = target == GH_INPUT_NONE ? id.s : j->in->resource[target].type;
    bool is_provider = false;

    if (target == GH_INPUT_NONE && id.kind != GH_VALUE_STR)
        return id.kind == GH_VALUE_UNKNOWN ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE;
    for (size_t at = 0; at + 10 < text.n; at++) {
        struct gh_str rest = gh_str_sub(text, at, SIZE_MAX);
        if (!gh_str_eq_ci(gh_str_sub(rest, 0, 10), GH_STR("Microsoft.")))
            continue;
        is_provider = true;
        for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
            if (gh_str_eq_ci(gh_str_sub(rest, 0, types[i].n), types[i]))
                return GH_TRUTH_TRUE;
    }
    return is_provider || !id.is_opaque ? GH_TRUTH_FALSE : GH_TRUTH_UNKNOWN;
}

enum gh_truth
gh_rule_net_target_is_ours(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    static const char *const paths[] = {
        "properties.privateLinkServiceConnections", "properties.manualPrivateLinkServiceConnections"};
    enum gh_truth best = GH_TRUTH_FALSE;

    (void)c;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct gh_value list = gh_expr_path(j->ev, at, paths[i]), e;
        uint32_t it = 0;
        gh_judge_saw(j, gh_str_z(paths[i]), list, NULL);
        if (list.kind == GH_VALUE_UNKNOWN || gh_expr_is_open(list))
            best = gh_rule_part_or(best, GH_TRUTH_UNKNOWN);
        while (best != GH_TRUTH_TRUE && gh_expr_each(&e, NULL, j->ev, list, &it))
            best = gh_rule_part_or(best, names_ours(j, gh_expr_path(j->ev, e, "properties.privateLinkServiceId")));
    }
    return best;
}
