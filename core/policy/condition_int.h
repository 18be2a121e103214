/* SPDX-License-Identifier: Apache-2.0 */
/* policy/condition inside: the words of the language, its tokens, and the form of a program. */
#ifndef GH_POLICY_CONDITION_INT_H
#define GH_POLICY_CONDITION_INT_H

#include "policy/condition.h"

/*
 * A program: GH_CONDITION_FORMAT, then operations in postfix order.
 *   ACTION  bits[32]                                   the question's action is one of them
 *   NEVER                                              a sub-operation: calls here have none
 *   EXISTS  attribute
 *   COMPARE operator8 cross8 attribute operand
 *   NOT AND OR
 * attribute: row8, and of the row that is a prefix: n8, bytes.
 * operand: GH_COND_LITERALS n16 (n16 bytes)*, or GH_COND_ATTRIBUTE attribute.
 * Literals stand as the operator compares them: strings and GUIDs as they are, numbers and times le64, booleans one byte, addresses as ranges.
 */
#define GH_CONDITION_FORMAT 1 /* the numbers of rows and operators stand in snapshots: append to the tables, or count this up */

enum { GH_COND_ACTION = 'A', GH_COND_NEVER = 'S', GH_COND_EXISTS = 'E', GH_COND_COMPARE = 'C', GH_COND_NOT = '!', GH_COND_AND = '&',
       GH_COND_OR = '|', GH_COND_LITERALS = 'v', GH_COND_ATTRIBUTE = 'a' };

enum gh_cond_kind { GH_KIND_STRING, GH_KIND_GUID, GH_KIND_NUMBER, GH_KIND_TIME, GH_KIND_BOOL, GH_KIND_IP, GH_KIND_COUNT };

/* ---- attributes ---- */

enum gh_cond_row {
    GH_ATTR_REQUEST_ROLE, GH_ATTR_REQUEST_PRINCIPAL, GH_ATTR_REQUEST_PRINCIPAL_TYPE,
    GH_ATTR_RESOURCE_ROLE, GH_ATTR_RESOURCE_PRINCIPAL, GH_ATTR_RESOURCE_PRINCIPAL_TYPE,
    GH_ATTR_PATH, GH_ATTR_WORKSPACE, GH_ATTR_ENDPOINT, GH_ATTR_DEPLOYMENT,
    GH_ATTR_PRINCIPAL_ID, GH_ATTR_PRINCIPAL_KIND, GH_ATTR_PRINCIPAL_CUSTOM,
    GH_ATTR_PRIVATE_LINK, GH_ATTR_PRIVATE_ENDPOINT, GH_ATTR_SUBNET, GH_ATTR_TIME, GH_ATTR_LISTENER,
    GH_ATTR_COUNT
};

struct gh_cond_attr {
    struct gh_str source, name; /* "Request", "Microsoft.Authorization/roleAssignments:RoleDefinitionId" */
    struct gh_str also;         /* another name of it                       */
    unsigned kinds;             /* a bit per enum gh_cond_kind              */
    bool is_prefix;             /* the rest of the name says which          */
};
extern const struct gh_cond_attr gh_cond_attrs[GH_ATTR_COUNT];

/* ---- operators ---- */

enum gh_cond_test { GH_TEST_EQUAL, GH_TEST_EQUAL_CI, GH_TEST_LIKE, GH_TEST_LIKE_CI, GH_TEST_STARTS, GH_TEST_STARTS_CI, GH_TEST_LESS,
                    GH_TEST_LESS_EQUAL, GH_TEST_GREATER, GH_TEST_GREATER_EQUAL, GH_TEST_WITHIN };

struct gh_cond_operator {
    struct gh_str name;
    enum gh_cond_kind kind;
    enum gh_cond_test test;
    bool is_negated;
};
extern const struct gh_cond_operator gh_cond_operators[];
extern const size_t gh_cond_operator_count;

enum gh_cond_cross { GH_CROSS_NONE, GH_CROSS_ANY_ANY, GH_CROSS_ALL_ANY, GH_CROSS_ANY_ALL, GH_CROSS_ALL_ALL, GH_CROSS_COUNT };
extern const struct gh_str gh_cond_crosses[GH_CROSS_COUNT]; /* "ForAnyOfAnyValues": any value of the left, any of the right */

/* ---- tokens ---- */

enum gh_cond_token { GH_TOKEN_END, GH_TOKEN_OPEN, GH_TOKEN_CLOSE, GH_TOKEN_BANG, GH_TOKEN_BRACE, GH_TOKEN_UNBRACE, GH_TOKEN_COMMA,
                     GH_TOKEN_WORD, GH_TOKEN_STRING /* without its quotes */, GH_TOKEN_ATTRIBUTE };

struct gh_cond_lexeme {
    enum gh_cond_token token;
    struct gh_str s;      /* of an attribute: its name */
    struct gh_str source; /* of an attribute           */
    uint32_t at;
};

/* The next one from *at on. GH_BAD: none of the language begins here. */
GH_MUST_USE enum gh_rc gh_cond_next(struct gh_cond_lexeme *out, uint32_t *at, struct gh_str text, struct gh_err *err);

#endif
