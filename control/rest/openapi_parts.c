/* SPDX-License-Identifier: Apache-2.0 */
/* What the table of resource types does not say of the management API: members that handlers add, and answers that are no resources. */
#include "audit/record.h"
#include "base/limits.h"
#include "control/rest/openapi.h"

// clang-format off
#define REQ GH_PROP_REQUIRED
#define STRING(name, flags, text)            {name, GH_PROP_STRING, flags, 0, 0, NULL, text}
#define STRINGS(name, flags, text)           {name, GH_PROP_STRINGS, flags, 0, 0, NULL, text}
#define ENUM(name, flags, choices, text)     {name, GH_PROP_ENUM, flags, 0, 0, choices, text}
#define BOOL(name, flags, text)              {name, GH_PROP_BOOL, flags, 0, 0, NULL, text}
#define NUMBER(name, flags, text)            {name, GH_PROP_INTEGER, flags, 0, INT64_MAX, NULL, text}
#define MEMBERS(p)                           {(p), sizeof(p) / sizeof((p)[0])}

/* ---- members that handlers add ---- */

static const struct gh_prop secret_members[] = {
    STRING("version", 0, "Newest version: 32 hexadecimal digits. Absent while it has no value."),
};
static const struct gh_prop key_members[] = {
    STRING("lastUsedAt", 0, "When the edge last saw it, as records tell; null: never."),
    STRING("key", GH_PROP_SECRET, "The key itself, in the answer that makes it and never again."),
};

/* ---- members of properties ---- */

#define SHIELD_KIND "{action, jailbreak, direct, indirect, extraction, obfuscated: off, log, annotate or block; threshold: 0 to 1} for "

static const struct gh_prop permission[] = {
    STRINGS("actions", 0, "What the role allows on the control plane."),
    STRINGS("notActions", 0, "What of that it does not allow."),
    STRINGS("dataActions", 0, "What the role allows on the data plane."),
    STRINGS("notDataActions", 0, "What of that it does not allow."),
    STRING("condition", 0, "Only while this holds (Azure's language of conditions)."),
    STRING("conditionVersion", 0, "Its version: 2.0."),
};
static const struct gh_openapi_nested role_nested[] = {{"permissions", MEMBERS(permission)}, {NULL, {NULL, 0}}};
static const struct gh_prop denied[] = {
    STRING("id", REQ, "As principalId of an assignment; zeros: everyone."),
    STRING("type", 0, "User, Group, ServicePrincipal; SystemDefined: everyone."),
};
static const struct gh_openapi_nested deny_nested[] = {
    {"permissions", MEMBERS(permission)}, {"principals", MEMBERS(denied)}, {"excludePrincipals", MEMBERS(denied)}, {NULL, {NULL, 0}}};

static const struct gh_prop claims_map[] = {
    ENUM("preset", 0, "entra|keycloak|okta|google|rfc8176", "What is known of a provider's words."),
    {"rules", GH_PROP_OBJECTS, 0, 0, GH_PROOF_RULES_MAX, NULL, "{claim, values, means}: claim is a name, or names from the top of the token down."},
    BOOL("noTransferFlows", 0, "The issuer has no device code flow and no transfer of authentication. Default: false."),
};
static const struct gh_openapi_nested issuer_nested[] = {{"claimsMap", MEMBERS(claims_map)}, {NULL, {NULL, 0}}};

static const struct gh_prop withdrawn[] = {
    STRING("path", REQ, "What was changed, ended or deleted."),
    STRING("how", REQ, "In a word or two."),
};
static const struct gh_openapi_nested containment_nested[] = {{"withdrawn", MEMBERS(withdrawn)}, {NULL, {NULL, 0}}};

static const struct gh_prop status_audit[] = {
    NUMBER("entries", REQ, "Entries of the chain, as it was last looked at."),
    NUMBER("signed", REQ, "The last entry under a signed head."),
    STRING("signedAt", 0, "When that head was signed."),
    NUMBER("alerts", REQ, "Gaps and damage found in the spool since control began."),
    ENUM("signing", REQ, "up|down|refused", "Whether vault signs heads."),
};
static const struct gh_prop status_spool[] = {
    NUMBER("pendingBytes", REQ, "Written by the edge, not yet in the chain."),
    BOOL("draining", REQ, "Whether records reach the store."),
};
static const struct gh_openapi_nested status_nested[] = {
    {"audit", MEMBERS(status_audit)}, {"spool", MEMBERS(status_spool)}, {NULL, {NULL, 0}}};

static const struct gh_prop shield[] = {
    BOOL("required", 0, "Whether nothing is answered while the model of the shield is not there. Default: false."),
    ENUM("spotlight", 0, "off|delimit|datamark|encode", "How texts of documents and tools are marked for the model. Default: off."),
    {"user", GH_PROP_OBJECT, 0, 0, 0, NULL, SHIELD_KIND "what users write."},
    {"document", GH_PROP_OBJECT, 0, 0, 0, NULL, SHIELD_KIND "documents, replayed answers, descriptions of tools."},
    {"toolOutput", GH_PROP_OBJECT, 0, 0, 0, NULL, SHIELD_KIND "results of tools."},
};
#define DLP_ACTS "{all, email, phone, card, iban, national_id, provider_key, cloud_key, private_key, jwt, connection_string, exfil_link, hidden_text, instructions, canary, " \
    "blocked_term: off, log, annotate, redact, cut or block}, "

static const struct gh_prop dlp[] = {
    BOOL("required", 0, "Whether nothing is answered while the pattern database is not there. Default: false."),
    BOOL("reversible", 0, "Whether placeholders that stand for parts of a request become those parts again in its answer. Default: false."),
    BOOL("wholeWords", 0, "Whether a stream is held back to the end of each word, so that no letter of an address leaves. Default: false."),
    STRINGS("allowedHosts", 0, "Hosts to which links with data may lead: names, or *.NAME."),
    STRINGS("blockList", 0, "Terms that count as blocked_term, whatever their case and width, as words of their own."),
    STRING("canary", 0, "A word of systemPrompt that no answer may say."),
    {"input", GH_PROP_OBJECT, 0, 0, 0, NULL, DLP_ACTS "for requests. Default: log; blocked_term: block."},
    {"output", GH_PROP_OBJECT, 0, 0, 0, NULL, DLP_ACTS "for answers. Default: personal data: log; secrets, links, hidden characters: redact; the rest: cut."},
};
static const struct gh_openapi_nested endpoint_nested[] = {{"shield", MEMBERS(shield)}, {"dlp", MEMBERS(dlp)}, {NULL, {NULL, 0}}};

static const struct gh_prop risk_event[] = {
    STRING("at", REQ, "When."),
    STRINGS("found", REQ, "What."),
    ENUM("level", REQ, "none|low|medium|high", "The level that it gave."),
    STRING("network", 0, "The network that it came from."),
    STRING("country", 0, "The country, if it is known."),
};
static const struct gh_openapi_nested risk_nested[] = {{"history", MEMBERS(risk_event)}, {NULL, {NULL, 0}}};
static const struct gh_prop risk_query[] = {
    ENUM("level", 0, "none|low|medium|high", "Only these, and above. Default: low. none: everybody who was ever seen."),
    STRING("principal", 0, "Only this one, whatever his level: issuer:subject or /identities/x."),
};

/* ---- answers that are no resources ---- */

static const struct gh_prop record_query[] = {
    NUMBER("after", 0, "Entries behind this number: the last page's `next`, or `last` to follow."),
    NUMBER("before", 0, "With order=newest: entries before this number."),
    STRING("since", 0, "Entries from this time on, RFC 3339."),
    STRING("kind", 0, "Only these kinds, joined by commas."),
    STRING("caller", 0, "Only this caller."),
    {"limit", GH_PROP_INTEGER, 0, 0, 1000, NULL, "Most records in one answer. Default: 100."},
    ENUM("order", 0, "oldest|newest", "Upwards or downwards. Default: oldest."),
};
static const struct gh_prop recommendation_query[] = {
    STRING("principal", 0, "Only this one: /identities/x or issuer:subject. Default: everybody with an assignment of his own."),
    STRING("lookBack", 0, "How far back a use counts, ISO 8601. Default: P90D."),
    STRING("after", 0, "Behind this principal: the last page's `next`."),
    {"limit", GH_PROP_INTEGER, 0, 1, 100, NULL, "Most principals in one answer. Default: 20."},
};
static const struct gh_prop access_query[] = {
    STRING("principal", 0, "Who: /identities/x, issuer:subject."),
    STRING("action", 0, "What, as roles name it."),
    STRING("scope", 0, "Where: a path."),
    STRING("groups", 0, "What his token would claim, separated by commas: issuer/groups:g."),
    STRING("ip", 0, "His address, for conditional access."),
    STRING("country", 0, "Its country, two letters."),
    STRING("client", 0, "browser or mobileAppsAndDesktopClients."),
    STRING("platform", 0, "android, iOS, windows, macOS, linux."),
    STRING("proofs", 0, "What his sign-in would prove: mfa, compliantDevice, fido2, separated by commas."),
};
static const struct gh_prop export_query[] = {
    ENUM("format", 0, "jsonl|ocsf|cef", "Form of a line. Default: jsonl, which can be verified offline."),
    NUMBER("after", 0, "Entries behind this number."),
};
// clang-format on

static void
put_control_names(struct gh_jsonw *w)
{
    static const struct gh_prop result[] = {
        ENUM("result", REQ, "not run|passed|blocked|changed|observed", "What it did."),
        STRING("reason", 0, "Why."),
    };
    static const struct gh_openapi_members members = MEMBERS(result);
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "type", GH_STR("object"));
    gh_jsonw_kbool(w, "additionalProperties", false);
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    for (size_t i = 0; i < GH_CONTROL_COUNT; i++) {
        gh_jsonw_key(w, gh_control_names[i]);
        gh_openapi_put_members(w, &members);
    }
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

static void
put_field(struct gh_jsonw *w, enum gh_field f)
{
    gh_jsonw_key(w, gh_field_table[f].json_name);
    if (gh_field_table[f].type == GH_FIELD_TYPE_CONTROLS) {
        put_control_names(w);
        return;
    }
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "type", gh_field_table[f].type == GH_FIELD_TYPE_U64 ? GH_STR("integer") : GH_STR("string"));
    gh_jsonw_end(w, '}');
}

static void
put_kinds(struct gh_jsonw *w)
{
    gh_jsonw_key(w, "kind");
    gh_jsonw_obj(w);
    gh_jsonw_key(w, "enum");
    gh_jsonw_arr(w);
    for (size_t k = GH_RECORD_NONE + 1; k < GH_RECORD_KIND_COUNT; k++)
        gh_jsonw_str(w, gh_str_z(gh_record_kind_names[k]));
    gh_jsonw_end(w, ']');
    gh_jsonw_end(w, '}');
}

/* From the tables of audit/record.h, behind what each record has. */
static void
put_record(struct gh_jsonw *w)
{
    gh_jsonw_obj(w);
    gh_jsonw_raw(w, GH_STR("\"type\":\"object\",\"additionalProperties\":false,"
                           "\"required\":[\"n\",\"hash\",\"kind\",\"time\",\"epoch\",\"sequence\"]"));
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    gh_jsonw_raw(
        w, GH_STR("\"n\":{\"type\":\"integer\",\"minimum\":1},\"hash\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"},"
                  "\"time\":{\"type\":\"string\",\"format\":\"date-time\"},"
                  "\"epoch\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{16}$\"},"
                  "\"sequence\":{\"type\":\"integer\",\"minimum\":0}"));
    put_kinds(w);
    for (size_t f = GH_FIELD_NONE + 1; f < GH_FIELD_COUNT; f++)
        put_field(w, (enum gh_field)f);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

static void
put_records(struct gh_jsonw *w)
{
    gh_jsonw_obj(w);
    gh_jsonw_raw(w, GH_STR("\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"value\",\"next\",\"last\"]"));
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    gh_jsonw_raw(
        w, GH_STR("\"next\":{\"type\":[\"integer\",\"null\"],\"description\":\"What `after` (or `before`) takes for the page "
                  "behind; null: there is none now.\"},"
                  "\"last\":{\"type\":\"integer\",\"description\":\"End of the chain as this answer saw it.\"}"));
    gh_jsonw_key(w, "value");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "type", GH_STR("array"));
    gh_jsonw_key(w, "items");
    put_record(w);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

static void
put_head(struct gh_jsonw *w)
{
    gh_jsonw_raw(w,
        GH_STR("{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"head\",\"last\",\"unsigned\"],\"properties\":{"
               "\"last\":{\"type\":\"integer\",\"minimum\":0},\"unsigned\":{\"type\":\"integer\",\"minimum\":0},"
               "\"head\":{\"type\":[\"object\",\"null\"],\"additionalProperties\":false,"
               "\"required\":[\"installation\",\"n\",\"hash\",\"time_ms\",\"signature\"],\"properties\":{"
               "\"installation\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{32}$\"},\"n\":{\"type\":\"integer\",\"minimum\":1},"
               "\"hash\":{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"},\"time_ms\":{\"type\":\"integer\"},"
               "\"signature\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_-]{86}$\"}}}}}"));
}

static void
put_text(struct gh_jsonw *w)
{
    gh_jsonw_raw(w, GH_STR("{\"type\":\"string\"}"));
}

static void
put_any(struct gh_jsonw *w)
{
    gh_jsonw_raw(w, GH_STR("{\"type\":\"object\",\"required\":[\"openapi\",\"info\",\"paths\",\"components\"]}"));
}

/* control/review/answer.c */
static void
put_recommendations(struct gh_jsonw *w)
{
    gh_jsonw_raw(w,
        GH_STR("{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"value\",\"next\"],\"properties\":{"
               "\"next\":{\"type\":[\"string\",\"null\"],\"description\":\"What `after` takes for the page behind.\"},"
               "\"value\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
               "\"required\":[\"principal\",\"granted\",\"used\",\"unused\",\"proposed\",\"eligible\",\"proof\"],\"properties\":{"
               "\"principal\":{\"type\":\"string\"},\"identity\":{\"type\":\"string\"},"
               "\"recordsSince\":{\"type\":\"string\",\"format\":\"date-time\"},"
               "\"lookBackFrom\":{\"type\":\"string\",\"format\":\"date-time\"},"
               "\"recordsReachBack\":{\"type\":\"boolean\"},\"cut\":{\"type\":\"boolean\"}"));
    gh_jsonw_raw(w,
        GH_STR(
            "\"granted\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"assignment\",\"principal\",\"role\","
            "\"scope\",\"uses\"]}},"
            "\"used\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"action\",\"scope\",\"orBelow\","
            "\"requests\",\"firstAt\",\"lastAt\"]}},"
            "\"unused\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
            "\"proposed\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"assignment\",\"change\"],"
            "\"properties\":{"
            "\"because\":{\"type\":\"string\",\"description\":\"Why it stays though it is not known to be needed.\"}}}},"
            "\"eligible\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"eligibility\",\"principal\",\"role\","
            "\"scope\",\"activations\",\"change\",\"because\"]}},"
            "\"proof\":{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"requests\",\"denied\","
            "\"deniedAlready\"],"
            "\"properties\":{\"requests\":{\"type\":\"integer\"},\"denied\":{\"type\":\"integer\"},"
            "\"deniedAlready\":{\"type\":\"integer\"}}}}}}}}"));
}

static const char *const media_pem[] = {"application/x-pem-file", NULL};
static const char *const media_export[] = {"application/jsonl", "text/plain", NULL};

const struct gh_openapi_part gh_openapi_parts[GH_RESOURCE_COUNT] = {
    [GH_RESOURCE_SECRET] = {.members = MEMBERS(secret_members)},
    [GH_RESOURCE_API_KEY] = {.members = MEMBERS(key_members)},
    [GH_RESOURCE_ENDPOINT] = {.nested = endpoint_nested},
    [GH_RESOURCE_ROLE_DEFINITION] = {.nested = role_nested},
    [GH_RESOURCE_DENY_ASSIGNMENT] = {.nested = deny_nested},
    [GH_RESOURCE_ISSUER] = {.nested = issuer_nested},
    [GH_RESOURCE_RISK] = {.nested = risk_nested, .query = MEMBERS(risk_query), .is_computed = true},
    [GH_RESOURCE_RECOMMENDATION] = {.query = MEMBERS(recommendation_query), .answer = put_recommendations},
    [GH_RESOURCE_CONTAINMENT] = {.nested = containment_nested},
    [GH_RESOURCE_STATUS] = {.nested = status_nested, .is_computed = true},
    [GH_RESOURCE_AUDIT_RECORDS] = {.query = MEMBERS(record_query), .answer = put_records},
    [GH_RESOURCE_AUDIT_HEAD] = {.answer = put_head},
    [GH_RESOURCE_AUDIT_KEY] = {.answer = put_text, .media = media_pem},
    [GH_RESOURCE_AUDIT_EXPORT] = {.query = MEMBERS(export_query), .answer = put_text, .media = media_export},
    [GH_RESOURCE_ACCESS] = {.query = MEMBERS(access_query), .answer = put_any},
    [GH_RESOURCE_API] = {.answer = put_any},
};
