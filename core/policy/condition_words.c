/* SPDX-License-Identifier: Apache-2.0 */
/* The words of conditions, and how a text falls into tokens. Append only: their numbers stand in snapshots. */
#include "policy/condition_int.h"

#define S         GH_STR_INIT
#define BIT(kind) (1u << GH_KIND_##kind)
#define AUTH      "Microsoft.Authorization/roleAssignments:"

// clang-format off
const struct gh_cond_attr gh_cond_attrs[GH_ATTR_COUNT] = {
    /* An assignment as it shall be, and as it stands. */
    [GH_ATTR_REQUEST_ROLE] = {S("Request"), S(AUTH "RoleDefinitionId"), .kinds = BIT(GUID) | BIT(STRING)},
    [GH_ATTR_REQUEST_PRINCIPAL] = {S("Request"), S(AUTH "PrincipalId"), .kinds = BIT(GUID) | BIT(STRING)},
    [GH_ATTR_REQUEST_PRINCIPAL_TYPE] = {S("Request"), S(AUTH "PrincipalType"), .kinds = BIT(STRING)},
    [GH_ATTR_RESOURCE_ROLE] = {S("Resource"), S(AUTH "RoleDefinitionId"), .kinds = BIT(GUID) | BIT(STRING)},
    [GH_ATTR_RESOURCE_PRINCIPAL] = {S("Resource"), S(AUTH "PrincipalId"), .kinds = BIT(GUID) | BIT(STRING)},
    [GH_ATTR_RESOURCE_PRINCIPAL_TYPE] = {S("Resource"), S(AUTH "PrincipalType"), .kinds = BIT(STRING)},
    /* What the path says. */
    [GH_ATTR_PATH] = {S("Resource"), S("Gatehouse:Path"), .kinds = BIT(STRING)},
    [GH_ATTR_WORKSPACE] = {S("Resource"), S("Gatehouse:Workspace"), .kinds = BIT(STRING)},
    [GH_ATTR_ENDPOINT] = {S("Resource"), S("Gatehouse:Endpoint"), .kinds = BIT(STRING)},
    [GH_ATTR_DEPLOYMENT] = {S("Resource"), S("Gatehouse:Deployment"), .kinds = BIT(STRING)},
    /* Who calls: the name in records, the kind of the identity, and what its owner wrote on it. */
    [GH_ATTR_PRINCIPAL_ID] = {S("Principal"), S("Gatehouse:Id"), .kinds = BIT(GUID) | BIT(STRING)},
    [GH_ATTR_PRINCIPAL_KIND] = {S("Principal"), S("Gatehouse:Kind"), .kinds = BIT(STRING)},
    [GH_ATTR_PRINCIPAL_CUSTOM] = {S("Principal"), S("Microsoft.Directory/CustomSecurityAttributes/Id:"),
        .kinds = BIT(GUID) | BIT(STRING) | BIT(NUMBER) | BIT(TIME) | BIT(BOOL), .is_prefix = true},
    /* How, whence and when it came. A subnet is known by its addresses, so IpMatch asks for it. */
    [GH_ATTR_PRIVATE_LINK] = {S("Environment"), S("isPrivateLink"), .kinds = BIT(BOOL)},
    [GH_ATTR_PRIVATE_ENDPOINT] = {S("Environment"), S("Microsoft.Network/privateEndpoints"), S("privateEndpoints"), .kinds = BIT(STRING)},
    [GH_ATTR_SUBNET] = {S("Environment"), S("Microsoft.Network/virtualNetworks/subnets"), S("subnet"), .kinds = BIT(IP)},
    [GH_ATTR_TIME] = {S("Environment"), S("UtcNow"), .kinds = BIT(TIME)},
    [GH_ATTR_LISTENER] = {S("Environment"), S("Gatehouse:Listener"), .kinds = BIT(STRING)},
};

/* Each, and its negation. */
#define PAIR(family, name, kind, test) \
    {S(family name), GH_KIND_##kind, GH_TEST_##test, false}, {S(family "Not" name), GH_KIND_##kind, GH_TEST_##test, true}
#define ORDERED(family, kind) \
    PAIR(family, "Equals", kind, EQUAL), \
    {S(family "LessThan"), GH_KIND_##kind, GH_TEST_LESS, false}, {S(family "LessThanEquals"), GH_KIND_##kind, GH_TEST_LESS_EQUAL, false}, \
    {S(family "GreaterThan"), GH_KIND_##kind, GH_TEST_GREATER, false}, \
    {S(family "GreaterThanEquals"), GH_KIND_##kind, GH_TEST_GREATER_EQUAL, false}

const struct gh_cond_operator gh_cond_operators[] = {
    PAIR("String", "Equals", STRING, EQUAL),
    PAIR("String", "EqualsIgnoreCase", STRING, EQUAL_CI),
    PAIR("String", "Like", STRING, LIKE),
    PAIR("String", "LikeIgnoreCase", STRING, LIKE_CI),
    PAIR("String", "StartsWith", STRING, STARTS),
    PAIR("String", "StartsWithIgnoreCase", STRING, STARTS_CI),
    ORDERED("Numeric", NUMBER),
    ORDERED("DateTime", TIME),
    PAIR("Bool", "Equals", BOOL, EQUAL),
    PAIR("Guid", "Equals", GUID, EQUAL_CI),
    {S("IpMatch"), GH_KIND_IP, GH_TEST_WITHIN, false},
};
// clang-format on
const size_t gh_cond_operator_count = sizeof(gh_cond_operators) / sizeof(gh_cond_operators[0]);

const struct gh_str gh_cond_crosses[GH_CROSS_COUNT] = {
    [GH_CROSS_NONE] = S(""),
    [GH_CROSS_ANY_ANY] = S("ForAnyOfAnyValues"),
    [GH_CROSS_ALL_ANY] = S("ForAllOfAnyValues"),
    [GH_CROSS_ANY_ALL] = S("ForAnyOfAllValues"),
    [GH_CROSS_ALL_ALL] = S("ForAllOfAllValues"),
};

/* ---- tokens ---- */

static bool
is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Of words, names of attributes, and values without quotes: numbers, GUIDs, times, addresses. */
static bool
is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' || c == '.' || c == '_' ||
           c == '-' || c == '/';
}

static struct gh_str
word(struct gh_str text, uint32_t at)
{
    size_t n = 0;

    while (at + n < text.n && is_word(text.p[at + n]))
        n++;
    return gh_str_sub(text, at, n);
}

static enum gh_rc
attribute(struct gh_cond_lexeme *out, uint32_t *at, struct gh_str text, struct gh_err *err)
{
    out->token = GH_TOKEN_ATTRIBUTE;
    out->source = word(text, *at + 1);
    *at += 1 + (uint32_t)out->source.n;
    if (*at >= text.n || text.p[*at] != '[')
        return gh_fail(err, GH_BAD, *at, "an attribute is @Request[...], @Resource[...], @Principal[...] or @Environment[...]");
    out->s = word(text, *at + 1);
    *at += 1 + (uint32_t)out->s.n;
    if (*at >= text.n || text.p[*at] != ']')
        return gh_fail(err, GH_BAD, *at, "] is missing");
    (*at)++;
    return GH_OK;
}

/* To the next quote: nothing escapes one. Backslashes stay; StringLike reads them. */
static enum gh_rc
string(struct gh_cond_lexeme *out, uint32_t *at, struct gh_str text, struct gh_err *err)
{
    uint32_t first = *at + 1, end = first;

    while (end < text.n && text.p[end] != '\'')
        if ((unsigned char)text.p[end++] < 0x20)
            return gh_fail(err, GH_BAD, end - 1, "control character in a string");
    if (end >= text.n)
        return gh_fail(err, GH_BAD, *at, "string is not closed");
    out->token = GH_TOKEN_STRING;
    out->s = gh_str_sub(text, first, end - first);
    *at = end + 1;
    return GH_OK;
}

static const struct {
    char c;
    enum gh_cond_token token;
} marks[] = {
    {'(', GH_TOKEN_OPEN},
    {')', GH_TOKEN_CLOSE},
    {'!', GH_TOKEN_BANG},
    {'{', GH_TOKEN_BRACE},
    {'}', GH_TOKEN_UNBRACE},
    {',', GH_TOKEN_COMMA},
};

enum gh_rc
gh_cond_next(struct gh_cond_lexeme *out, uint32_t *at, struct gh_str text, struct gh_err *err)
{
    while (*at < text.n && is_white(text.p[*at]))
        (*at)++;
    *out = (struct gh_cond_lexeme){.token = GH_TOKEN_END, .at = *at};
    if (*at >= text.n)
        return GH_OK;
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (text.p[*at] != marks[i].c)
            continue;
        out->token = marks[i].token;
        (*at)++;
        return GH_OK;
    }
    if (text.p[*at] == '@')
        return attribute(out, at, text, err);
    if (text.p[*at] == '\'')
        return string(out, at, text, err);
    out->token = GH_TOKEN_WORD;
    out->s = word(text, *at);
    *at += (uint32_t)out->s.n;
    return out->s.n > 0 ? GH_OK : gh_fail(err, GH_BAD, *at, "character that conditions do not have");
}
