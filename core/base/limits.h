/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/limits: every bound that core puts on input, each with its reason. docs/limits.md is made from this file:
 * one `#define NAME value` with its comment on the same line.
 */
#ifndef GH_BASE_LIMITS_H
#define GH_BASE_LIMITS_H

/* JSON */
#define GH_JSON_DEPTH_MAX 64            /* deepest nesting; official clients stay below 20, JSON schemas of tools below 40 */
#define GH_JSON_BYTES_MAX (16u << 20)   /* longest document; offsets are 32 bit */
#define GH_JSON_NODES_MAX (1u << 20)    /* most values and keys in one document: bounds memory at 16 MiB of nodes */
#define GH_JSON_NUMBER_BYTES_MAX 100    /* longest number; with the next line every accepted number is finite and normal as an IEEE double */
#define GH_JSON_EXPONENT_MAX 200        /* largest exponent, either sign: beyond, parsers disagree (infinity, zero, error) */

/* Baseline: templates and exports of resources, named by who runs the scan */
#define GH_JSON_DEPTH_FILE_MAX 256      /* deepest nesting of a file: each nested deployment adds 5 levels, so 50 within one another */
#define GH_DOC_BYTES_MAX (64u << 20)    /* largest file: an export of 30,000 resources is 50 MB */
#define GH_DOC_NODES_MAX (8u << 20)     /* most values and keys in one file: 50 MB written without white space have 5 million; 128 MiB of nodes */
#define GH_BASELINE_RESOURCES_MAX 400000u /* most resources of one input, copies counted: a 50 MB list without properties has 130,000 */
#define GH_BASELINE_COPIES_MAX 800      /* turns of one loop: Azure Resource Manager's own bound */
#define GH_EXPR_TEXT_MAX (1u << 20)     /* longest text that an expression may make; templates themselves end at 4 MB */
#define GH_EXPR_DEPTH_MAX 128           /* deepest nesting of brackets in one expression; the deepest that Bicep builds are below 30 */
#define GH_EXPR_OPS_MAX (1u << 16)      /* parts of all expressions that are open at once; one text of 24,576 characters, Azure's bound, has 10,000 */
#define GH_EXPR_FRAMES_MAX 1024         /* expressions that lead to one another: variables of variables; templates have at most 256 of each */
#define GH_EXPR_RANGE_MAX 10000         /* longest range(): Azure Resource Manager's own bound */
#define GH_EXPR_STEPS_MAX 20000000u     /* steps of all reductions of one input: about a second; a large real template takes 100,000 */

/* Requests */
#define GH_BODY_BYTES_MAX (8u << 20)    /* largest inspected request body; prompts with images inlined fit */
#define GH_PATH_BYTES_MAX 2048          /* longest path and query that is routed */
#define GH_NAME_BYTES_MAX 64            /* longest name of a resource */
#define GH_RESOURCE_PATH_MAX 512        /* longest resource id: six segments of 64 and their types */
#define GH_SSE_EVENT_BYTES_MAX (1u << 20) /* longest single server-sent event; tool arguments arrive whole from some models */
#define GH_MANAGEMENT_BODY_BYTES_MAX (1u << 20) /* largest management request: a resource with a certificate is a few KiB */
#define GH_ANSWER_BYTES_MAX (16u << 20)   /* largest answer that is held, read and then sent; more is an endless one */
#define GH_HELD_BYTES_MAX (128u << 20)    /* all answers that a worker holds at once: eight of the largest, or a thousand usual ones */
#define GH_STREAM_BYTES_MAX (64u << 20)   /* longest streamed answer: 100 times the longest that models give today */
#define GH_STREAM_MS_MAX (30u * 60u * 1000u) /* longest time of a streamed answer; an endless one is cut */
#define GH_BACKEND_TIMEOUT_MS_MAX (3600u * 1000u) /* longest silence of a backend that an owner may allow */
#define GH_POOL_MAX 16                    /* most backends of one deployment: a few regions of a few providers */
#define GH_TRAFFIC_MAX 16                 /* most deployments among which an endpoint splits its traffic */
#define GH_ATTEMPTS_MAX 4                 /* most backends that one call asks, one after the other */
#define GH_FAILOVER_MS_MAX (600u * 1000u) /* after this no other backend is asked: official clients have given up by then */
#define GH_BREAKER_FAILURES 3             /* failures in a row after which a backend rests: one may be an accident */
#define GH_BREAKER_REST_MS_MAX 30000      /* longest rest of a backend that only failed: one that came back is found soon */
#define GH_RETRY_AFTER_MS_MAX 300000      /* longest rest that a backend may ask for itself by Retry-After */
#define GH_CONV_PARTS_MAX 16384         /* most parts of one conversation */
#define GH_EDITS_MAX 16512              /* most edits of one body: the text of every part, the members that a plan sets, and stored ids */
#define GH_SCORING_TEXTS_MAX 4096     /* most texts of a scoring body that are a part each; the texts of a larger table are one part */
#define GH_TOOLS_MAX 512                /* most tools that one request declares: four times what providers take */
#define GH_BOUND_ID_BYTES_MAX 512       /* longest id of a stored thing as callers hold it: three names and the provider's own id, in base64 */
#define GH_CHOICES_MAX 128              /* most answers asked for at once (`n`): OpenAI's own bound */
#define GH_MARK_BYTES_MAX 512           /* longest string of a request that is not text: ids, tiers, names of tools */

/* Output guard */
#define GH_DLP_BEHIND 128               /* bytes before a candidate that its verdict may depend on: words beside a number, the tag of a link */
#define GH_DLP_PREFIX_MAX 32            /* longest beginning for which text is held back before an anchor has told of it */
#define GH_DLP_PIECE_BYTES 2048         /* most bytes that are looked at together; longer texts are fed in pieces */
#define GH_DLP_WINDOW_BYTES 4096        /* of one text: what lies behind, what is held (a link or header of a token of 1,024 bytes), one piece */
#define GH_INNER_BYTES_MAX 8192         /* of JSON inside of a string, told and not gone on yet: more than a window and a piece */
#define GH_DLP_CANDIDATES_MAX 4096      /* places in one window where something may have begun: each of its bytes; of more, none is given up: the text is refused */
#define GH_DLP_ANCHORS_MAX 128          /* expressions of the pattern database */
#define GH_DLP_TERM_BYTES_MAX 128       /* longest term of a block list, canary or placeholder */
#define GH_DLP_TERMS_MAX 1000           /* terms, or hosts, of one list of an endpoint */
#define GH_DLP_INSTRUCTIONS_MAX (64u << 10) /* bytes of instructions whose repetition is looked for */

/* Tokens */
#define GH_TOKEN_BYTES_MAX 16384        /* longest bearer value: header lines are bounded to 16 KiB */
#define GH_JWT_HEADER_BYTES_MAX 4096    /* x5c chains are not wanted; kid, alg, typ are short */
#define GH_TOKEN_GROUPS_MAX 200         /* group claims read; Entra ID sends an overage marker above 200 */
#define GH_TOKEN_AUD_MAX 16             /* audiences in one token */
#define GH_TOKEN_MARKS_MAX 16           /* values of claims that an issuer's map names, in one token */
#define GH_PROOF_RULES_MAX 64           /* values of one issuer's map: twenty methods under a few names each */
#define GH_PROOF_PATHS_MAX 8            /* claims that one issuer's map names beside acr, amr and acrs */
#define GH_TOKEN_LEEWAY_S 60            /* accepted clock difference for nbf and exp, RFC 7519 section 4.1.4 "a few minutes" at most */
#define GH_JWKS_KEYS_MAX 64             /* keys of one issuer; rotation needs 2 to 6 */
#define GH_JWKS_BYTES_MAX (1u << 20)    /* largest key set document */
#define GH_RSA_BITS_MIN 2048            /* RFC 7518 section 3.3 */
#define GH_RSA_BITS_MAX 8192            /* longer ones make verification a denial of service */

/* Policy */
#define GH_SNAP_BYTES_MAX (1u << 30)    /* largest snapshot file; offsets are 32 bit */
#define GH_ACTIONS_MAX 256              /* rows of the action table: a role compiles to a bit set of this size */
#define GH_PRINCIPALS_MAX 512           /* identities and groups that one caller may stand for in a decision */
#define GH_GROUP_DEPTH_MAX 32           /* deepest nesting of groups */
#define GH_PATTERNS_MAX 512             /* action patterns in one role definition */
#define GH_ROLE_PARTS_MAX 16            /* entries with a condition in one role: Azure's own have one */
#define GH_CUSTOM_ROLES_MAX 5000        /* custom role definitions of an installation: Azure's own bound for a tenant */
#define GH_CONDITION_BYTES_MAX 8192     /* longest condition of an assignment or role, as text: Azure's own bound */
#define GH_CONDITION_PROGRAM_MAX 65536  /* longest compiled condition: an address list of 8 KiB text has 40 KiB */
#define GH_CONDITION_DEPTH_MAX 64       /* operators of a condition that wait for their operands: brackets, NOT, AND, OR; Azure's editor makes 6 */
#define GH_CONDITION_VALUES_MAX 64      /* values of one attribute: Azure AD keeps 64 for all custom security attributes of one set */

/* Risk: what is remembered of the sign-ins of one principal */
#define GH_SIGNIN_NETWORKS_MAX 8        /* networks that are usual for one principal: home, work, phone, a few places; the oldest goes */
#define GH_SIGNIN_DEVICES_MAX 8         /* devices that are usual for one principal */
#define GH_SIGNIN_EVENTS_MAX 16         /* what was found about one principal and is still shown */
#define GH_SIGNIN_BYTES_MAX 768         /* longest stored state of one principal: all of these, and 100 bytes beside */
#define GH_ELEVATION_KEPT_MAX 100       /* requests of one person for one role that are over and still shown, of those with effect and of those without */
#define GH_COND_POLICIES_MAX 240        /* conditional access policies: Entra ID takes 195 */
#define GH_COND_PLACES_MAX 256          /* named locations; Entra ID takes 195 */
#define GH_COND_NAMES_MAX 512           /* users, groups, applications or places in one list of a policy */
#define GH_COND_TIMES_MAX 32            /* windows of days and hours in one policy */
#define GH_COND_FILTER_MAX 48           /* comparisons and operators of one device filter */
#define GH_COND_COMBINATIONS_MAX 64     /* combinations of one authentication strength: all that Graph knows are 20 */

/* Networks */
#define GH_RANGES_MAX 256               /* addresses and prefixes in one list; Azure allows 200 to 400 by service */
#define GH_PROXIES_PASSED_MAX 32        /* proxies that one header may have passed; more is a loop or an attack */
#define GH_CONNECTIONS_MAX 64           /* private connections of one endpoint: they are compared one by one */

/* Records */
#define GH_RECORD_BYTES_MAX 8192        /* longest record: one page pair, written by one write(2) */
#define GH_RECORD_TEXT_MAX 512          /* longest text field; longer ones are cut with a mark */
#define GH_CONTROLS_MAX 32              /* controls that can be named in one record */

/* Shield */
#define GH_SHIELD_TEXT_MAX (1u << 20)   /* longest text that is judged at once; longer ones are judged in pieces that overlap */
#define GH_SHIELD_PIECE_BYTES 8192      /* a text is judged in pieces of this size, so that memory stays small and warm */
#define GH_SHIELD_OVERLAP_BYTES 1024    /* bytes that two pieces share: more than two windows of 64 words */
#define GH_SHIELD_VIEWS_MAX 8           /* most readings of one piece: one of each kind and one to spare */
#define GH_SHIELD_DECODED_MAX 65536     /* most bytes that all decoders together give for one piece */
#define GH_SHIELD_DEPTH_MAX 2           /* forms within forms that are followed: base64 of base64 */
#define GH_SHIELD_SCRATCH_MAX (8u << 20) /* most memory of one scan; given back at its end */
/* Most work of one scan, counted in basic blocks of the shield as gcc makes them (core/shield/work_test.c): for each byte, and for a text whatever its length. */
#define GH_SHIELD_WORK_BYTE 2500 /* ordinary text takes 17; the dearest that is known, entities before digits for letters, 1,770 */
#define GH_SHIELD_WORK_TEXT 20000

/* IPC */
#define GH_IPC_BYTES_MAX (16u << 20)    /* longest message between programs: a credential set of a large installation */

#endif
