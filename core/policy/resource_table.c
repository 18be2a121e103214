/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of resource types and their schemas. A property's bounds are those of its kind below unless the row says otherwise.
 */
#include "base/limits.h"
#include "policy/resource.h"

enum {
    TEXT_MAX = 1024,         /* a line or two for people                                    */
    URL_MAX = 1024,          /* an origin and a short path                                  */
    PROMPT_MAX = 32768,      /* instructions of an endpoint: some 8,000 tokens, in every call   */
    PEM_MAX = 65536,         /* a bundle of some twenty certificates                        */
    SECRET_MAX = 25600,      /* as Key Vault's                                              */
    PRINCIPAL_MAX = 256,     /* issuer name, colon, subject (RFC 7519 sets no bound on sub) */
    LIST_MAX = 64,           /* audiences, tenants, hosts                                   */
    MEMBERS_MAX = 100000,    /* of one group                                                */
    DENIED_MAX = 256,        /* principals of one denial: more are a group                 */
    PERMISSIONS_MAX = 64,    /* entries of one role; Azure's own have one or two            */
    TIMEOUT_MS_MAX = 3600000 /* a model may think for an hour, not longer                   */
};

// clang-format off
#define REQ GH_PROP_REQUIRED
#define RO GH_PROP_READ_ONLY
#define STRING(name, flags, min, max, text) {name, GH_PROP_STRING, flags, min, max, NULL, text}
#define STRINGS(name, flags, max, text)     {name, GH_PROP_STRINGS, flags, 0, max, NULL, text}
#define ENUM(name, flags, choices, text)    {name, GH_PROP_ENUM, flags, 0, 0, choices, text}
#define BOOL(name, flags, text)             {name, GH_PROP_BOOL, flags, 0, 0, NULL, text}
#define INTEGER(name, flags, min, max, text) {name, GH_PROP_INTEGER, flags, min, max, NULL, text}

static const struct gh_prop workspace[] = {
    STRING("description", GH_PROP_TEXT, 0, TEXT_MAX, "What the workspace is for."),
    BOOL("allowApiKeys", 0, "Whether static API keys are accepted on its endpoints. Default: false."),
    {"managedNetwork", GH_PROP_OBJECT, 0, 0, 0, NULL, "{isolationMode}: Disabled, AllowInternetOutbound or AllowOnlyApprovedOutbound; never back. Default: Disabled."},
};

static const struct gh_prop endpoint[] = {
    STRING("description", GH_PROP_TEXT, 0, TEXT_MAX, "What the endpoint is for."),
    BOOL("enabled", 0, "Whether it answers. Default: true."),
    BOOL("allowApiKeys", 0, "Whether API keys are accepted, if the workspace allows them too. Default: true."),
    BOOL("allowTokens", 0, "Whether bearer tokens are accepted. Default: true."),
    STRINGS("audiences", 0, GH_TOKEN_AUD_MAX, "Audiences accepted in tokens. Default: the installation's own alone."),
    INTEGER("maxBodyBytes", 0, 1, GH_BODY_BYTES_MAX, "Largest request body. Default and bound: 8 MiB."),
    STRINGS("allowedTools", 0, LIST_MAX, "Functions that callers may declare. Default: any; they run in the caller's own code."),
    STRINGS("hostedTools", 0, LIST_MAX, "Types of tools that the provider may run itself: web_search, mcp, ... Default: none."),
    STRING("systemPrompt", GH_PROP_TEXT, 0, PROMPT_MAX, "Instructions that the gateway sets before every conversation."),
    STRING("systemPromptVersion", 0, 1, 64, "Its version, as records name it beside its SHA-256."),
    ENUM("callerInstructions", 0, "refuse|allow", "System messages of callers, where there is a systemPrompt. Default: refuse."),
    INTEGER("maxChoices", 0, 1, GH_CHOICES_MAX, "Most answers at once (n, best_of). Default: 8."),
    INTEGER("maxOutputTokens", 0, 1, INT32_MAX, "Longest answer: more is refused, and set where a request names none. Default: any."),
    BOOL("allowBackground", 0, "Whether answers may be made in the background. Default: false."),
    BOOL("allowStored", 0, "Whether the provider may keep answers, for their owner alone. Default: true."),
    ENUM("endUser", 0, "optional|required|verified", "Whether a call must name its end user, or bring a token that does. Default: optional."),
    STRING("observeUntil", 0, 20, 32, "Until then (RFC 3339, 30 days at most) observeControls judge and do not block."),
    STRINGS("observeControls", 0, 8, "Of authorization, network, tools, instructions, content: which only observe until observeUntil."),
    ENUM("publicNetworkAccess", 0, "Enabled|Disabled", "Whether it answers on public listeners. Default: Disabled."),
    STRINGS("listeners", 0, LIST_MAX, "Names of the listeners on which it answers: private ones always, public ones if enabled. Default: every public one."),
    STRINGS("ipRules", 0, GH_RANGES_MAX, "Addresses and CIDR prefixes that may call, but for private connections. Default: any."),
    {"shield", GH_PROP_OBJECT, 0, 0, 0, NULL, "What is done about attacks on the model, kind by kind. {}: all are blocked. Default: nothing is looked for."},
    {"dlp", GH_PROP_OBJECT, 0, 0, 0, NULL, "The output guard: what is done about secrets, personal data, terms and the endpoint's own instructions, type by type, in requests and answers. {}: secrets are redacted from answers, the rest is logged. Default: nothing is looked for."},
    STRING("authenticationContext", 0, 2, 3, "c1 to c99: policies of conditional access that are for this context apply to its calls. Default: none."),
    {"traffic", GH_PROP_OBJECT, 0, 0, 0, NULL, "{deployment: percent}, 100 together: where calls go that name no deployment."},
};

static const struct gh_prop deployment[] = {
    STRING("model", 0, 1, 256, "Name of the model as the backend knows it; of several backends, where an element names none."),
    STRING("backend", 0, 1, GH_NAME_BYTES_MAX, "Name of a backend of the same workspace; several: backends."),
    {"backends", GH_PROP_OBJECTS, 0, 1, GH_POOL_MAX, NULL,
        "Several: {backend, model, priority (0 first), weight}. The next one is asked when one fails before its answer began."},
    STRINGS("retryOn", 0, 4, "When the next backend is asked: connect, timeout (it may have been billed), 429, 5xx. Default: all."),
};

static const struct gh_prop backend[] = {
    STRING("url", REQ, 1, URL_MAX, "https://host[:port][/base]: where calls are sent."),
    ENUM("dialect", REQ, "openai|azure|anthropic|scoring", "Protocol that the backend speaks."),
    ENUM("auth", REQ, "none|bearer|api-key|x-api-key", "How the gateway authenticates to it."),
    BOOL("enabled", 0, "Whether any endpoint may use it. Default: true."),
    STRING("secret", 0, 1, GH_NAME_BYTES_MAX, "Name of a secret of the same workspace; needed unless auth is none."),
    STRING("apiVersion", 0, 1, 64, "Version sent to it: api-version in the query (azure), anthropic-version in a header (anthropic)."),
    STRING("path", 0, 1, 512, "Path below the url that a scoring backend is asked for, with {model}. Default: /score, /invocations, ..."),
    STRING("caCertificate", GH_PROP_TEXT, 1, PEM_MAX, "Certificate authority in PEM. Default: the system's."),
    STRING("tlsServerName", 0, 1, 253, "Name that its certificate must carry. Default: the URL's host."),
    INTEGER("timeoutMs", 0, 100, TIMEOUT_MS_MAX, "Longest silence of the backend, in milliseconds. Default: 600000."),
};

static const struct gh_prop secret[] = {
    STRING("value", GH_PROP_SECRET, 1, SECRET_MAX, "The secret: a new version; without it the newest one stays. Never returned."),
    STRINGS("hosts", 0, LIST_MAX, "\"host:port\" of every backend that it may be sent to. Default: none."),
};

static const struct gh_prop api_key[] = {
    STRING("owner", REQ | GH_PROP_IMMUTABLE, 1, GH_NAME_BYTES_MAX, "Name of the identity that the key stands for."),
    STRING("scope", REQ | GH_PROP_IMMUTABLE, 1, GH_RESOURCE_PATH_MAX, "Path of the endpoint or workspace where it is good."),
    STRING("expires", REQ | GH_PROP_IMMUTABLE, 20, 32, "End of its life, RFC 3339, at most a year ahead."),
};

static const struct gh_prop identity[] = {
    ENUM("kind", REQ, "user|servicePrincipal|managedIdentity", "What it is."),
    BOOL("enabled", 0, "Whether it may do anything. Default: true."),
    STRING("issuer", 0, 1, GH_NAME_BYTES_MAX, "Name of the issuer whose tokens speak for it. Default: the installation's own."),
    STRING("subject", 0, 1, PRINCIPAL_MAX, "Its subject in those tokens. Default: its own name."),
    STRING("displayName", 0, 0, 256, "Name for people."),
    BOOL("emergencyAccess", 0, "An emergency account: where a policy would have applied to anybody else, its use is an alert. Default: false."),
    STRING("validFrom", 0, 20, 32, "Tokens and sessions from before this time are void, RFC 3339. It never goes back; what says nothing of it leaves it. Default: none is."),
    {"customSecurityAttributes", GH_PROP_OBJECT, 0, 0, 0, NULL,
        "{name: string, number, boolean, or list of strings}: what conditions ask as @Principal[...]. To write it needs the right to assign roles at /."},
};

static const struct gh_prop group[] = {
    STRINGS("members", 0, MEMBERS_MAX, "Principals: /identities/x, /groups/g, issuer:subject."),
};

static const struct gh_prop issuer[] = {
    STRING("issuer", REQ, 1, URL_MAX, "Value of the iss claim: an https URL."),
    STRINGS("audiences", 0, GH_TOKEN_AUD_MAX, "Audiences accepted in its tokens. Default: those of the endpoint."),
    ENUM("subjectClaim", 0, "oid|sub", "Claim that names the caller. Default: sub."),
    STRING("discovery", 0, 1, URL_MAX, "Discovery document. Default: the issuer with /.well-known/openid-configuration."),
    STRING("jwksUri", 0, 1, URL_MAX, "Key set, where there is no discovery."),
    STRINGS("tenants", 0, LIST_MAX, "Values of the tid claim that are accepted. Default: any."),
    {"claimsMap", GH_PROP_OBJECT, 0, 0, 0, NULL,
        "{preset, rules, noTransferFlows}: which claims prove multifactor authentication, methods and devices. Default: none does."},
    STRING("caCertificate", GH_PROP_TEXT, 1, PEM_MAX, "Certificate authority in PEM for its addresses. Default: the system's."),
};

/* Azure's shape as it is exported; what policy/role.h reads. */
static const struct gh_prop role_definition[] = {
    STRING("roleName", REQ, 1, 256, "Display name, unique."),
    STRING("description", GH_PROP_TEXT, 0, TEXT_MAX, "What the role is for."),
    ENUM("type", 0, "BuiltInRole|CustomRole", "Kind of role."),
    {"permissions", GH_PROP_OBJECTS, REQ, 1, PERMISSIONS_MAX, NULL, "Entries of actions, notActions, dataActions, notDataActions."},
    STRINGS("assignableScopes", 0, LIST_MAX, "Where the role may be assigned."),
    STRING("createdOn", GH_PROP_READ_ONLY, 0, 64, "When it was made."),
    STRING("updatedOn", GH_PROP_READ_ONLY, 0, 64, "When it was changed."),
    STRING("createdBy", GH_PROP_READ_ONLY, 0, PRINCIPAL_MAX, "Who made it."),
    STRING("updatedBy", GH_PROP_READ_ONLY, 0, PRINCIPAL_MAX, "Who changed it."),
};

#define CONDITION \
    STRING("condition", GH_PROP_TEXT, 1, GH_CONDITION_BYTES_MAX, "Only while this holds (Azure's language of conditions)."), \
    ENUM("conditionVersion", 0, "2.0", "Its version.")

static const struct gh_prop role_assignment[] = {
    STRING("roleDefinitionId", REQ | GH_PROP_IMMUTABLE, 1, 256, "GUID or name of a role."),
    STRING("principalId", REQ | GH_PROP_IMMUTABLE, 1, PRINCIPAL_MAX, "Who gets it: /identities/x, /groups/g, issuer:subject, issuer:group."),
    STRING("scope", REQ | GH_PROP_IMMUTABLE, 1, GH_RESOURCE_PATH_MAX, "Path at and below which it counts."),
    STRING("description", GH_PROP_TEXT, 0, TEXT_MAX, "Why."),
    STRING("startDateTime", 0, 20, 32, "When it begins, RFC 3339. Default: at once."),
    STRING("endDateTime", 0, 20, 32, "When it ends by itself, RFC 3339. Default: never."),
    STRING("activation", GH_PROP_IMMUTABLE, 1, GH_RESOURCE_PATH_MAX, "The eligibility that was activated; set by an activation, or by the owner alone."),
    ENUM("principalType", 0, "User|Group|ServicePrincipal|ForeignGroup|Device", "What the principal is; must fit it where that is known."),
    CONDITION,
};

/* Who may activate which role; and by which rules. */
static const struct gh_prop role_eligibility[] = {
    STRING("roleDefinitionId", REQ | GH_PROP_IMMUTABLE, 1, 256, "GUID or name of a role."),
    STRING("principalId", REQ | GH_PROP_IMMUTABLE, 1, PRINCIPAL_MAX, "Who may activate it: /identities/x, /groups/g, issuer:subject, issuer/groups:group."),
    STRING("scope", REQ | GH_PROP_IMMUTABLE, 1, GH_RESOURCE_PATH_MAX, "Path at and below which it may be activated."),
    STRING("description", GH_PROP_TEXT, 0, TEXT_MAX, "Why."),
    STRING("startDateTime", 0, 20, 32, "From when on, RFC 3339. Default: at once."),
    STRING("endDateTime", 0, 20, 32, "Until when, RFC 3339; needed unless the role's policy says otherwise."),
};

#define EVIDENCE "MultiFactorAuthentication, Justification, Ticketing"
static const struct gh_prop role_policy[] = {
    STRING("roleDefinitionId", REQ | GH_PROP_IMMUTABLE, 1, 256, "GUID or name of a role."),
    STRING("scope", REQ | GH_PROP_IMMUTABLE, 1, GH_RESOURCE_PATH_MAX, "Path at and below which the policy counts; the nearest one does."),
    STRING("maximumDuration", 0, 3, 32, "Longest activation, ISO 8601, PT30M to P1D. Default: PT8H."),
    STRINGS("evidence", 0, 3, "What an activation needs: of " EVIDENCE ". Default: the first two."),
    STRING("authenticationContext", 0, 1, 64, "Value of acrs (c1) that the token must have, instead of multifactor authentication."),
    BOOL("approvalRequired", 0, "Whether somebody else must approve an activation. Default: false."),
    STRINGS("approvers", 0, 5, "Who may approve: principals, each of whom suffices; never the requester."),
    INTEGER("approvalTimeoutDays", 0, 1, 30, "How long a request waits. Default: 1."),
    BOOL("approverJustification", 0, "Whether an approver must say why. Default: true."),
    BOOL("eligibilityExpires", 0, "Whether an eligibility must have an end. Default: true."),
    STRING("eligibilityMaximumDuration", 0, 3, 32, "Longest eligibility. Default: P365D."),
    STRINGS("eligibilityEvidence", 0, 3, "What giving one needs: of " EVIDENCE ". Default: none."),
    BOOL("assignmentExpires", 0, "Whether an assignment made by a request must have an end. Default: true."),
    STRING("assignmentMaximumDuration", 0, 3, 32, "Longest such assignment. Default: P180D."),
    STRINGS("assignmentEvidence", 0, 3, "What giving one needs: of " EVIDENCE ". Default: none."),
};

static const struct gh_prop role_request[] = {
    ENUM("target", REQ, "eligibility|assignment", "What is asked for."),
    STRING("requestType", REQ, 1, 32, "AdminAssign, SelfActivate, ..."),
    STRING("status", REQ, 1, 64, "Provisioned, PendingApproval, Denied, Canceled, Revoked, ..."),
    STRING("roleDefinitionId", REQ, 1, 256, "The role."),
    STRING("principalId", REQ, 1, PRINCIPAL_MAX, "For whom."),
    STRING("scope", REQ, 1, GH_RESOURCE_PATH_MAX, "Where."),
    STRING("requestorId", REQ, 1, PRINCIPAL_MAX, "Who asked."),
    STRING("requestorName", 0, 1, PRINCIPAL_MAX, "His name in tokens when he asked, where that is another."),
    STRING("startDateTime", 0, 20, 32, "From when on."),
    STRING("endDateTime", 0, 20, 32, "Until when; absent while the clock has not begun, or for ever."),
    STRING("duration", 0, 3, 32, "How long, from the start or the approval on."),
    STRING("justification", GH_PROP_TEXT, 0, TEXT_MAX, "Why."),
    STRING("ticketNumber", 0, 0, 256, "Where it is discussed."),
    STRING("ticketSystem", 0, 0, 256, "In which system."),
    STRING("eligibility", 0, 1, GH_RESOURCE_PATH_MAX, "What is activated."),
    STRING("eligiblePrincipalId", 0, 1, PRINCIPAL_MAX, "Who was eligible by that when it was asked: who asked, or a group of his."),
    STRING("result", 0, 1, GH_RESOURCE_PATH_MAX, "What it made, changed or ended."),
    STRINGS("approvers", 0, 5, "Who may approve."),
    STRING("approveUntil", 0, 20, 32, "How long it waits for them."),
    BOOL("approverJustification", 0, "Whether they must say why."),
    STRING("reviewedBy", 0, 1, PRINCIPAL_MAX, "Who answered."),
    STRING("reviewResult", 0, 1, 16, "Approve or Deny."),
    STRING("reviewJustification", GH_PROP_TEXT, 0, TEXT_MAX, "Why."),
    STRING("reviewedOn", 0, 20, 32, "When."),
};

static const struct gh_prop revocation[] = {
    STRING("issuer", REQ | GH_PROP_IMMUTABLE, 1, URL_MAX, "The token's iss: URL of the issuer."),
    STRING("tokenId", REQ | GH_PROP_IMMUTABLE, 1, 256, "The token's jti or uti."),
    STRING("until", REQ, 20, 32, "When the token would have ended by itself, RFC 3339: then this may be forgotten."),
    STRING("reason", GH_PROP_TEXT, 0, TEXT_MAX, "Why."),
};

static const struct gh_prop deny_assignment[] = {
    STRING("denyAssignmentName", REQ, 1, 256, "Name for people."),
    STRING("description", GH_PROP_TEXT, 0, TEXT_MAX, "Why."),
    {"permissions", GH_PROP_OBJECTS, REQ, 1, PERMISSIONS_MAX, NULL, "What is denied, whoever grants it: entries as those of a role."},
    STRING("scope", REQ | GH_PROP_IMMUTABLE, 1, GH_RESOURCE_PATH_MAX, "Path at and below which it counts."),
    BOOL("doNotApplyToChildScopes", 0, "Whether it counts at the scope itself alone. Default: false."),
    {"principals", GH_PROP_OBJECTS, REQ, 1, DENIED_MAX, NULL, "{id, type}: to whom; type SystemDefined with an id of zeros: everyone."},
    {"excludePrincipals", GH_PROP_OBJECTS, 0, 0, DENIED_MAX, NULL, "{id, type}: to whom not."},
    BOOL("isSystemProtected", 0, "Whether only the owner of the data directory may write or delete it. Default: false."),
    CONDITION,
};

static const struct gh_prop containment[] = {
    STRING("target", REQ | GH_PROP_IMMUTABLE, 1, GH_RESOURCE_PATH_MAX, "Path of an identity, API key, endpoint or backend: all access by it is withdrawn at once."),
    STRING("reason", GH_PROP_TEXT, 0, TEXT_MAX, "Why."),
    BOOL("lastOwner", 0, "Also the last Owner at / who could come: then only the owner of the data directory can give roles. Default: false."),
    {"withdrawn", GH_PROP_OBJECTS, RO, 0, LIST_MAX * 64, NULL, "What was withdrawn: {path, how}."},
};

static const struct gh_prop listener[] = {
    STRING("address", 0, 2, 45, "Address that it is bound to, IPv4 or IPv6."),
    INTEGER("port", 0, 1, 65535, "Port that it is bound to."),
    ENUM("kind", REQ, "combined|public|private|administration", "What it serves: management and published endpoints; published endpoints; "
        "endpoints that name it and private connections; management."),
    BOOL("unixSocket", 0, "A unix socket, DIR/run/listen/NAME, in place of address and port; private ones only. Default: false."),
    ENUM("proxyMode", 0, "none|proxyProtocol|xForwardedFor|forwarded", "What the proxies in front tell the client's address by. Default: none."),
    STRINGS("proxies", 0, GH_RANGES_MAX, "Addresses and CIDR prefixes of the proxies in front: nobody else is believed."),
    ENUM("clientCertificates", 0, "none|requested|required", "Whether clients are asked for a certificate. Default: requested if private, else none."),
    STRING("clientCa", GH_PROP_TEXT, 1, PEM_MAX, "Authority of the clients' certificates, PEM; needed where they are required."),
    ENUM("tlsMinVersion", 0, "1.2|1.3", "Oldest version of TLS. Default: 1.2."),
    ENUM("deviceCertificates", 0, "none|compliant|joined", "What a client certificate of clientCa proves of its device, where certificates are required. Default: none."),
};

static const struct gh_prop outbound_rule[] = {
    ENUM("type", REQ, "FQDN|ServiceTag|PrivateEndpoint", "What the destination is: a name at public addresses; a named set of addresses; names at listed addresses."),
    {"destination", GH_PROP_ANY, REQ, 1, 253, NULL, "FQDN: a name, or \"*.\" and a name. Else {addressPrefixes, portRanges}, and of a ServiceTag {serviceTag, protocol, action}."},
    STRINGS("fqdns", 0, LIST_MAX, "Names that are reached at a PrivateEndpoint's addresses."),
    STRING("ports", 0, 1, 256, "Ports of an FQDN, as in \"443,8000-8100\". Default: 80,443."),
    ENUM("category", 0, "UserDefined|Required|Recommended|Dependency", "Who wants it. Default: UserDefined."),
    STRING("description", GH_PROP_TEXT, 0, TEXT_MAX, "What it is for."),
};

static const struct gh_prop connection[] = {
    STRING("description", GH_PROP_TEXT, 0, TEXT_MAX, "Who connects, and what for."),
    STRINGS("endpoints", REQ, LIST_MAX, "Names of the endpoints of the workspace that it reaches."),
    ENUM("kind", REQ, "certificate|unixSocket|network", "What the client is known by."),
    ENUM("state", 0, "Pending|Approved|Rejected", "Only an approved one lets through; approving and rejecting need a right of their own. Default: Pending."),
    STRING("stateReason", GH_PROP_TEXT, 0, 256, "Why it was approved or rejected."),
    STRING("certificateSha256", 0, 64, 64, "SHA-256 of the client's certificate (DER), 64 hex digits; of kind certificate."),
    STRING("listener", 0, 1, GH_NAME_BYTES_MAX, "The one listener that it comes by; of kind unixSocket needed. Default: any."),
    STRINGS("networks", 0, GH_RANGES_MAX, "Addresses and CIDR prefixes; of kind network."),
};

static const struct gh_prop status[] = {
    STRING("installation", REQ | RO, 0, 32, "Its id, drawn once."),
    STRING("version", REQ | RO, 0, 64, "Version of control."),
    ENUM("separation", REQ | RO, "full|single-user", "Whether each program has a user of its own."),
    BOOL("loopbackAllowed", REQ | RO, "Whether backends on this machine may be named."),
    BOOL("demo", REQ | RO, "Whether it was started with --demo."),
    STRING("issuer", REQ | RO, 0, URL_MAX, "Its own issuer."),
    STRING("audience", REQ | RO, 0, URL_MAX, "Its own audience."),
    INTEGER("generation", REQ | RO, 0, INT64_MAX, "Newest published generation of the policy."),
    INTEGER("baseGeneration", REQ | RO, 0, INT64_MAX, "The base that it stands on."),
    STRING("startedAt", RO, 0, 32, "When control began."),
    ENUM("vault", REQ | RO, "up|down", "Whether vault answers."),
    {"audit", GH_PROP_OBJECT, REQ | RO, 0, 0, NULL, "The chain and its signed end."},
    {"spool", GH_PROP_OBJECT, REQ | RO, 0, 0, NULL, "What the edge wrote and the chain does not hold yet."},
};

static const struct gh_prop assessment[] = {
    INTEGER("keyAgeDays", GH_PROP_IMMUTABLE, 1, 3660, "Oldest API key that passes. Default: 90."),
    INTEGER("secretAgeDays", GH_PROP_IMMUTABLE, 1, 3660, "Oldest newest version of a secret that passes. Default: 365."),
    {"report", GH_PROP_OBJECT, RO, 0, 0, NULL, "What was found: at, scorePercent, counts, results."},
};

static const struct gh_prop risk[] = {
    STRING("principal", REQ | RO, 0, PRINCIPAL_MAX, "Who, as tokens name him: issuer:subject."),
    ENUM("level", REQ | RO, "none|low|medium|high", "How likely it is that somebody else acts under his name, now."),
    STRINGS("reasons", REQ | RO, 16, "What led to it: newDevice, newNetwork, impossibleTravel, failureBurst, dormantIdentity, ..."),
    STRING("since", RO, 0, 32, "Since when."),
    STRING("decaysAt", RO, 0, 32, "When it becomes one level less. Absent: not by itself."),
    BOOL("confirmed", RO, "Whether a person said that it is compromised."),
    STRING("firstSeen", RO, 0, 32, "First sign-in."),
    STRING("lastSeen", RO, 0, 32, "Last sign-in."),
    INTEGER("signIns", RO, 0, INT64_MAX, "How many."),
    STRING("country", RO, 0, 2, "Where the last one came from, if that is known."),
    STRINGS("networks", RO, 16, "Networks that are usual for him."),
    INTEGER("devices", RO, 0, 64, "How many devices are usual for him."),
    {"history", GH_PROP_OBJECTS, RO, 0, 16, NULL, "What was found, newest first: at, found, level, network, country."},
};

static const struct gh_prop risk_decision[] = {
    STRING("principal", REQ | GH_PROP_IMMUTABLE, 1, PRINCIPAL_MAX, "Who: /identities/x or issuer:subject."),
    ENUM("state", REQ | GH_PROP_IMMUTABLE, "confirmedCompromised|dismissed", "Compromised: high until it is dismissed. Dismissed: none, and what was seen is usual."),
    STRING("comment", GH_PROP_TEXT, 0, TEXT_MAX, "Why."),
};

static const struct gh_prop watchlist[] = {
    STRING("description", GH_PROP_TEXT, 0, TEXT_MAX, "Where the list comes from, and what it is for."),
    ENUM("level", REQ, "none|low|medium|high", "What a sign-in from these networks, or of these principals, is worth. none: networks that are well known."),
    STRINGS("networks", 0, GH_RANGES_MAX, "Addresses and CIDR prefixes."),
    STRINGS("principals", 0, 1000, "Who has this level for as long as he stands here: /identities/x or issuer:subject."),
};

/* Microsoft Graph's conditionalAccessPolicy as it is exported; what policy/conditional_read.h reads. */
static const struct gh_prop cond_policy[] = {
    STRING("displayName", REQ, 1, 256, "Name for people."),
    ENUM("state", REQ, "enabled|disabled|enabledForReportingButNotEnforced", "Whether it is enforced, off, or only recorded."),
    {"conditions", GH_PROP_OBJECT, REQ, 0, 0, NULL, "For whom, for what, from where, how and when: Graph's conditions, and times."},
    {"grantControls", GH_PROP_OBJECT, 0, 0, 0, NULL, "{operator, builtInControls, authenticationStrength}: what is asked for."},
    {"sessionControls", GH_PROP_OBJECT, 0, 0, 0, NULL, "{signInFrequency}: how long ago the sign-in may be."},
    STRING("description", GH_PROP_TEXT, 0, TEXT_MAX, "What it is for."),
    STRING("templateId", 0, 0, 64, "The template that it was made from."),
    STRING("id", RO, 0, 64, "Its name, as Graph shows it."),
    STRING("createdDateTime", RO, 0, 64, "When it was made."),
    STRING("modifiedDateTime", RO, 0, 64, "When it was changed."),
};

static const struct gh_prop cond_place[] = {
    ENUM("@odata.type", REQ, "#microsoft.graph.ipNamedLocation|#microsoft.graph.countryNamedLocation", "Addresses, or countries."),
    STRING("displayName", REQ, 1, 256, "Name for people."),
    BOOL("isTrusted", 0, "Of addresses: whether policies that say AllTrusted mean them. Default: false."),
    {"ipRanges", GH_PROP_OBJECTS, 0, 0, GH_RANGES_MAX, NULL, "{@odata.type, cidrAddress}: CIDR prefixes."},
    STRINGS("countriesAndRegions", 0, 260, "Codes of ISO 3166-1, two letters each."),
    BOOL("includeUnknownCountriesAndRegions", 0, "Also where nobody knows the country of an address. Default: false."),
    ENUM("countryLookupMethod", 0, "clientIpAddress", "How the country is found: by the address."),
    STRING("id", RO, 0, 64, "Its name, as Graph shows it."),
    STRING("createdDateTime", RO, 0, 64, "When it was made."),
    STRING("modifiedDateTime", RO, 0, 64, "When it was changed."),
};

static const struct gh_prop cond_strength[] = {
    STRING("displayName", REQ, 1, 256, "Name for people."),
    STRING("description", GH_PROP_TEXT, 0, TEXT_MAX, "What it is for."),
    STRINGS("allowedCombinations", REQ, GH_COND_COMBINATIONS_MAX, "Combinations of methods, each enough: fido2, or \"password,sms\"."),
    STRING("id", RO, 0, 64, "Its name, as Graph shows it."),
    STRING("policyType", RO, 0, 64, "custom: the built-in ones are no resources."),
    STRING("requirementsSatisfied", RO, 0, 64, "mfa or none."),
    STRING("createdDateTime", RO, 0, 64, "When it was made."),
    STRING("modifiedDateTime", RO, 0, 64, "When it was changed."),
};

static const struct gh_prop cond_context[] = {
    STRING("displayName", REQ, 1, 256, "Name for people."),
    STRING("description", GH_PROP_TEXT, 0, TEXT_MAX, "What asks for it."),
    BOOL("isAvailable", 0, "Whether it is offered to those who protect resources by it. Default: false."),
    STRING("id", RO, 0, 64, "Its name, as Graph shows it."),
};

static const struct gh_prop access_review[] = {
    STRING("displayName", REQ, 1, 256, "Name for people."),
    STRING("description", GH_PROP_TEXT, 0, TEXT_MAX, "What reviewers should know."),
    STRING("descriptionForAdmins", GH_PROP_TEXT, 0, TEXT_MAX, "What administrators should know."),
    STRING("scope", GH_PROP_IMMUTABLE, 1, GH_RESOURCE_PATH_MAX, "What was given at and below this path is reviewed. Default: /."),
    STRINGS("subjects", 0, 4, "roleAssignments, roleEligibilities, apiKeys (holders of keys), keyCreators (who could get one). Default: roleAssignments."),
    STRINGS("reviewers", 0, LIST_MAX, "Who decides: /identities/x, /groups/g, issuer:subject. Default: whoever may decide at the scope."),
    STRING("startDate", 0, 20, 32, "When the first instance begins, RFC 3339. Default: now."),
    STRING("instanceDuration", 0, 3, 32, "How long people have to decide, ISO 8601. Default: P14D."),
    STRING("recurrence", 0, 3, 32, "How often, ISO 8601: P7D, P1M, P3M, ..., at least PT30M. Default: once."),
    INTEGER("occurrences", 0, 1, 10000, "How many instances. Default: without end."),
    STRING("lookBack", 0, 3, 32, "What was not used for so long is recommended to go, ISO 8601. Default: P30D."),
    ENUM("defaultDecision", 0, "None|Approve|Deny|Recommendation", "What becomes of what nobody decided. Default: None: it stays."),
    BOOL("autoApply", 0, "Whether what is denied is taken away at the end by itself. Default: false."),
    BOOL("justificationRequired", 0, "Whether an approval must say why. Default: true."),
    BOOL("enabled", 0, "Whether further instances begin. Default: true."),
};

static const struct gh_prop review_instance[] = {
    ENUM("request", 0, "stop|applyDecisions|resetDecisions|acceptRecommendations", "What is asked for; never told."),
    INTEGER("number", RO, 0, INT64_MAX, "The first is 0."),
    STRING("scope", RO, 0, GH_RESOURCE_PATH_MAX, "As the review's."),
    ENUM("status", RO, "NotStarted|InProgress|Completed|Applying|Applied", "Where it stands."),
    STRING("startAt", RO, 0, 32, "When it begins."),
    STRING("endAt", RO, 0, 32, "When it ends."),
    INTEGER("decisions", RO, 0, INT64_MAX, "How many there are to make."),
    INTEGER("approved", RO, 0, INT64_MAX, "Of these, at its end."),
    INTEGER("denied", RO, 0, INT64_MAX, "Of these, at its end."),
    INTEGER("undecided", RO, 0, INT64_MAX, "Of these, at its end."),
    INTEGER("removed", RO, 0, INT64_MAX, "Assignments, eligibilities and keys that were taken away."),
    INTEGER("leftOut", RO, 0, INT64_MAX, "Beyond the bound of one instance: not reviewed."),
    STRING("changedBy", RO, 0, PRINCIPAL_MAX, "Who made it what it is: clock, or a principal."),
};

static const struct gh_prop review_decision[] = {
    ENUM("decision", REQ, "Approve|Deny|DontKnow|NotReviewed", "The reviewer's word."),
    STRING("justification", GH_PROP_TEXT, 0, TEXT_MAX, "Why."),
    ENUM("kind", RO, "roleAssignment|roleEligibility|apiKey|keyCreator", "What it is about."),
    STRING("target", RO, 0, GH_RESOURCE_PATH_MAX, "The assignment, eligibility or key that goes if it is denied."),
    STRING("principal", RO, 0, PRINCIPAL_MAX, "Who has it."),
    STRING("role", RO, 0, 256, "Name of the role; none for a key."),
    STRING("scope", RO, 0, GH_RESOURCE_PATH_MAX, "Where it counts."),
    STRING("lastUsedAt", RO, 0, 32, "When a recorded request last needed it, or it was last activated. Absent: never."),
    INTEGER("uses", RO, 0, INT64_MAX, "How many recorded requests needed it, or how often it was activated within the look-back time."),
    ENUM("recommendation", RO, "Approve|Deny|NoInfoAvailable", "What the records say."),
    STRING("recommendationReason", RO, 0, 256, "Why."),
    STRING("reviewedBy", RO, 0, PRINCIPAL_MAX, "Who decided: a principal, or policy."),
    STRING("reviewedAt", RO, 0, 32, "When."),
    STRING("appliedAt", RO, 0, 32, "When it was carried out."),
    STRING("result", RO, 0, 256, "What came of it."),
};

#define PROPS(p) .props = (p), .n_props = sizeof(p) / sizeof((p)[0])
#define ACTIONS(read, write, delete) \
    .action = {[GH_VERB_READ] = GH_ACTION_##read, [GH_VERB_LIST] = GH_ACTION_##read, [GH_VERB_WRITE] = GH_ACTION_##write, \
        [GH_VERB_DELETE] = GH_ACTION_##delete}
#define ALL(x) ACTIONS(x##_READ, x##_WRITE, x##_DELETE)
#define READ(a) .action = {[GH_VERB_READ] = GH_ACTION_##a}

/* What refers to another comes after it: `apply` writes by apply_order. */
const struct gh_resource_row gh_resource_table[GH_RESOURCE_COUNT] = {
    [GH_RESOURCE_WORKSPACE] = {"workspace", "/workspaces/{}", "/workspaces", ALL(WORKSPACE), PROPS(workspace), .apply_order = 1},
    [GH_RESOURCE_ENDPOINT] = {"endpoint", "/workspaces/{}/endpoints/{}", "/workspaces/{}/endpoints", ALL(ENDPOINT), PROPS(endpoint),
        .apply_order = 4},
    [GH_RESOURCE_DEPLOYMENT] = {"deployment", "/workspaces/{}/endpoints/{}/deployments/{}", "/workspaces/{}/endpoints/{}/deployments",
        ALL(DEPLOYMENT), PROPS(deployment), .apply_order = 5},
    [GH_RESOURCE_BACKEND] = {"backend", "/workspaces/{}/backends/{}", "/workspaces/{}/backends", ALL(BACKEND), PROPS(backend),
        .apply_order = 3},
    [GH_RESOURCE_SECRET] = {"secret", "/workspaces/{}/secrets/{}", "/workspaces/{}/secrets",
        ACTIONS(SECRET_READ, SECRET_SET, SECRET_DELETE), PROPS(secret), .apply_order = 2},
    [GH_RESOURCE_API_KEY] = {"apiKey", "/workspaces/{}/apiKeys/{}", "/workspaces/{}/apiKeys", ACTIONS(KEY_READ, KEY_CREATE, KEY_DELETE),
        PROPS(api_key), .is_posted = true},
    [GH_RESOURCE_IDENTITY] = {"identity", "/identities/{}", "/identities", ALL(IDENTITY), PROPS(identity), .apply_order = 7},
    [GH_RESOURCE_GROUP] = {"group", "/groups/{}", "/groups", ALL(GROUP), PROPS(group), .apply_order = 8},
    [GH_RESOURCE_ISSUER] = {"issuer", "/issuers/{}", "/issuers", ALL(ISSUER), PROPS(issuer), .apply_order = 6},
    [GH_RESOURCE_ROLE_DEFINITION] = {"roleDefinition", "/roleDefinitions/{}", "/roleDefinitions", ALL(ROLE_DEFINITION),
        PROPS(role_definition), .apply_order = 9},
    [GH_RESOURCE_ROLE_ASSIGNMENT] = {"roleAssignment", "/roleAssignments/{}", "/roleAssignments", ALL(ROLE_ASSIGNMENT),
        PROPS(role_assignment), .apply_order = 10, .is_scoped_inside = true},
    [GH_RESOURCE_DENY_ASSIGNMENT] = {"denyAssignment", "/denyAssignments/{}", "/denyAssignments", ALL(DENY), PROPS(deny_assignment),
        .apply_order = 10, .is_scoped_inside = true},
    [GH_RESOURCE_LISTENER] = {"listener", "/listeners/{}", "/listeners", ALL(LISTENER), PROPS(listener), .apply_order = 1},
    [GH_RESOURCE_OUTBOUND_RULE] = {"outboundRule", "/workspaces/{}/outboundRules/{}", "/workspaces/{}/outboundRules", ALL(OUTBOUND),
        PROPS(outbound_rule), .apply_order = 2},
    [GH_RESOURCE_CONNECTION] = {"privateConnection", "/workspaces/{}/privateConnections/{}", "/workspaces/{}/privateConnections",
        ALL(CONNECTION), PROPS(connection), .apply_order = 5},
    [GH_RESOURCE_ROLE_ELIGIBILITY] = {"roleEligibility", "/roleEligibilities/{}", "/roleEligibilities", ALL(ROLE_ASSIGNMENT),
        PROPS(role_eligibility), .apply_order = 12, .is_scoped_inside = true},
    [GH_RESOURCE_ROLE_POLICY] = {"rolePolicy", "/rolePolicies/{}", "/rolePolicies", ACTIONS(ROLE_POLICY_READ, ROLE_POLICY_WRITE, ROLE_POLICY_WRITE),
        PROPS(role_policy), .apply_order = 11, .is_scoped_inside = true},
    [GH_RESOURCE_ROLE_REQUEST] = {"roleRequest", "/roleRequests/{}", "/roleRequests",
        .action = {[GH_VERB_READ] = GH_ACTION_ROLE_ASSIGNMENT_READ, [GH_VERB_LIST] = GH_ACTION_ROLE_ASSIGNMENT_READ}, PROPS(role_request),
        .is_scoped_inside = true},
    [GH_RESOURCE_REVOCATION] = {"revocation", "/revocations/{}", "/revocations", ACTIONS(REVOCATION_READ, REVOCATION_WRITE, REVOCATION_WRITE),
        PROPS(revocation)},
    [GH_RESOURCE_CONTAINMENT] = {"containment", "/containments/{}", "/containments",
        .action = {[GH_VERB_READ] = GH_ACTION_CONTAIN, [GH_VERB_LIST] = GH_ACTION_CONTAIN, [GH_VERB_WRITE] = GH_ACTION_CONTAIN}, PROPS(containment),
        .is_posted = true},
    [GH_RESOURCE_STATUS] = {"status", "/status", NULL, READ(STATUS_READ), PROPS(status)},
    [GH_RESOURCE_AUDIT_RECORDS] = {"auditRecord", NULL, "/audit/records", .action = {[GH_VERB_LIST] = GH_ACTION_AUDIT_READ}},
    [GH_RESOURCE_AUDIT_HEAD] = {"auditHead", "/audit/head", NULL, READ(AUDIT_HEAD_READ)},
    [GH_RESOURCE_AUDIT_KEY] = {"auditKey", "/audit/key", NULL, READ(AUDIT_HEAD_READ)},
    [GH_RESOURCE_AUDIT_EXPORT] = {"auditExport", "/audit/export", NULL, READ(AUDIT_READ)},
    [GH_RESOURCE_ACCESS] = {"access", "/access/{}", NULL, READ(ROLE_ASSIGNMENT_READ), .is_scoped_inside = true},
    [GH_RESOURCE_API] = {"api", "/openapi.json", NULL, READ(API_READ), .is_scoped_inside = true},
    [GH_RESOURCE_RISK] = {"risk", "/risk/{}", "/risk",
        .action = {[GH_VERB_READ] = GH_ACTION_RISK_READ, [GH_VERB_LIST] = GH_ACTION_RISK_READ}, PROPS(risk)},
    [GH_RESOURCE_RISK_DECISION] = {"riskDecision", "/riskDecisions/{}", "/riskDecisions",
        .action = {[GH_VERB_READ] = GH_ACTION_RISK_READ, [GH_VERB_LIST] = GH_ACTION_RISK_READ, [GH_VERB_WRITE] = GH_ACTION_RISK_DECIDE},
        PROPS(risk_decision), .is_posted = true},
    [GH_RESOURCE_WATCHLIST] = {"watchlist", "/watchlists/{}", "/watchlists", ALL(WATCHLIST), PROPS(watchlist), .apply_order = 11},
    [GH_RESOURCE_ACCESS_REVIEW] = {"accessReview", "/accessReviews/{}", "/accessReviews", ALL(REVIEW), PROPS(access_review),
        .apply_order = 12, .is_scoped_inside = true},
    [GH_RESOURCE_REVIEW_INSTANCE] = {"accessReviewInstance", "/accessReviews/{}/instances/{}", "/accessReviews/{}/instances",
        .action = {[GH_VERB_READ] = GH_ACTION_REVIEW_READ, [GH_VERB_LIST] = GH_ACTION_REVIEW_READ, [GH_VERB_WRITE] = GH_ACTION_REVIEW_WRITE},
        PROPS(review_instance), .is_scoped_inside = true},
    [GH_RESOURCE_REVIEW_DECISION] = {"accessReviewDecision", "/accessReviews/{}/instances/{}/decisions/{}",
        "/accessReviews/{}/instances/{}/decisions",
        .action = {[GH_VERB_READ] = GH_ACTION_REVIEW_READ, [GH_VERB_LIST] = GH_ACTION_REVIEW_READ, [GH_VERB_WRITE] = GH_ACTION_REVIEW_DECIDE},
        PROPS(review_decision), .is_scoped_inside = true},
    [GH_RESOURCE_RECOMMENDATION] = {"recommendation", NULL, "/recommendations", .action = {[GH_VERB_LIST] = GH_ACTION_USE_READ}},
    [GH_RESOURCE_ASSESSMENT] = {"assessment", "/assessments/{}", "/assessments", ALL(ASSESSMENT), PROPS(assessment), .is_posted = true},
    [GH_RESOURCE_COND_POLICY] = {"conditionalAccessPolicy", "/conditionalAccess/{}", "/conditionalAccess", ALL(COND_POLICY), PROPS(cond_policy),
        .apply_order = 12},
    [GH_RESOURCE_COND_PLACE] = {"namedLocation", "/namedLocations/{}", "/namedLocations", ALL(COND_PLACE), PROPS(cond_place), .apply_order = 11},
    [GH_RESOURCE_COND_STRENGTH] = {"authenticationStrength", "/authenticationStrengths/{}", "/authenticationStrengths", ALL(COND_STRENGTH),
        PROPS(cond_strength), .apply_order = 11},
    [GH_RESOURCE_COND_CONTEXT] = {"authenticationContext", "/authenticationContexts/{}", "/authenticationContexts", ALL(COND_CONTEXT),
        PROPS(cond_context), .apply_order = 1},
};
// clang-format on
