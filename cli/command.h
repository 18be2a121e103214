/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli: what people and scripts type. One table of commands (commands.c), one table of options (below), one file for each group of commands.
 *
 * A command reads its words, talks to control (access.h: over HTTPS, or over the owner's local socket) or reads files, prints what was
 * asked for on stdout and everything else on stderr. It holds no state and no right of its own: control decides. A token never stands in
 * argv, a secret's value neither.
 *
 * Adding a command is adding a row to the table in commands.c and its function; help, `--help`, and the manual page follow.
 */
#ifndef GH_CLI_COMMAND_H
#define GH_CLI_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "base/str.h"

/* Exit status. `audit verify` uses the same numbers: intact, tampered, undecided. */
enum { GH_EXIT_DONE = 0, GH_EXIT_REFUSED = 1 /* it was tried and failed */, GH_EXIT_UNABLE = 2 /* wrong words, bad input, nobody there */ };

/* X(NAME, word, name of the value or NULL, may be repeated, help) */
#define GH_OPTION_LIST(X)                                                                   \
    X(DATA, "--data", "DIR", 0, "data directory of an installation on this machine; its owner needs no token")         \
    X(SERVER, "--server", "URL", 0, "management address, https://HOST:PORT/api; token from GATEHOUSE_TOKEN or --token-file") \
    X(CA, "--ca", "FILE", 0, "certificate authority of the server, PEM (default: the system's)")                       \
    X(TOKEN_FILE, "--token-file", "FILE", 0, "file that holds the token")                                              \
    X(OUTPUT, "-o", "FORMAT", 0, "json, yaml or table")                                     \
    X(FILE, "-f", "FILE|DIR", 1, "YAML file, or directory of *.yaml files")                                            \
    X(DRY_RUN, "--dry-run", NULL, 0, "show what would change, change nothing")                                         \
    X(AS, "--as", "NAME", 0, "identity that the token is for, or that is asked about")                             \
    X(AUDIENCE, "--audience", "AUD", 0, "audience (default: the installation's own)")                                  \
    X(LIFETIME, "--lifetime", "SECONDS", 0, "how long the token is good, at most 3600")                                \
    X(OWNER, "--owner", "NAME", 0, "identity that the key stands for")                                                 \
    X(SCOPE, "--scope", "PATH", 0, "path of the endpoint or workspace that it is for")                                 \
    X(EXPIRES, "--expires", "TIME", 0, "its end, 2026-12-31T00:00:00Z (default: of a key in 90 days, of a token in a year)")                   \
    X(FROM_FILE, "--from-file", "FILE|-", 0, "where the value is read from; - is standard input")                      \
    X(HOST, "--host", "HOST:PORT", 1, "a place that the secret may be sent to (default: those it has)")                \
    X(EXPORT, "--export", "FILE", 0, "exported chain (jsonl)")                              \
    X(KEY, "--key", "PEM", 0, "audit key that you kept")                                    \
    X(HEAD, "--head", "FILE", 1, "signed head that you kept")                               \
    X(FORMAT, "--format", "NAME", 0, "jsonl, ocsf or cef")                                  \
    X(AFTER, "--after", "N", 0, "entries behind number N")                                  \
    X(SINCE, "--since", "TIME", 0, "entries from this time on: 2026-01-31T10:00:00Z, or 90s, 15m, 24h, 7d ago")        \
    X(KIND, "--kind", "KIND,...", 0, "entries of these kinds only: open, close, refused, admin, ...; of a text: user, document or tool_output")                             \
    X(CALLER, "--caller", "NAME", 0, "only this caller")                                    \
    X(LINES, "-n", "COUNT", 0, "how many entries (default: 20)")                                                       \
    X(FOLLOW, "--follow", NULL, 0, "go on as new entries come")                             \
    X(OUT, "--out", "PATH", 0, "backup: the file to write, an existing one is refused; --fix: the directory (default: NAME.fixed.json beside)") \
    X(WITH_KEYS, "--with-keys", NULL, 0, "also the master key and the key of the certificate authority")               \
    X(REPLACE, "--replace", NULL, 0, "put what stands in DIR aside, and show what the backup brings back")             \
    X(ACCEPT_RESTORE, "--accept-restore", NULL, 0, "this is a restored copy, and it is meant to serve")                \
    X(LAST_OWNER, "--last-owner", NULL, 0, "also if nobody else is Owner: then only the owner of the data directory can act")  \
    X(REASON, "--reason", "TEXT", 0, "why; stands in the record")                                                      \
    X(PARAMETERS, "--parameters", "FILE", 0, "parameter file of the one template that is named")                    \
    X(WAIVERS, "--waivers", "FILE", 0, "accepted fails (JSON or YAML): rule, resource, reason, owner, expires")      \
    X(FAIL_ON, "--fail-on", "SEVERITY", 0, "least severity of a fail for exit status 1: low (default), medium, high, critical") \
    X(CONFIG, "--config", "FILE", 0, "lists and limits of your own (JSON or YAML): allowedRegions, requiredTags, ...") \
    X(COMPAT, "--compat", "TOOL", 0, "psrule, checkov or policy: what that tool's own rules say stands beside ours (-o json, sarif)") \
    X(POLICY, "--policy", NULL, 0, "print assignments of Azure Policy for what fails, instead of the report")          \
    X(FIX, "--fix", NULL, 0, "write corrected copies of templates, and show how they differ")                          \
    X(ROFF, "--roff", NULL, 0, "the whole manual as a page for man(1)")                                                \
    X(BYPASS, "--bypass", NULL, 0, "call every backend from here, around the gateway")                                 \
    X(CREDENTIAL_FILE, "--credential-file", "FILE", 0, "a caller's credential, to be sent to every backend as well")   \
    X(PRINT, "--print", "FORM", 0, "print rules instead: nftables, kubernetes or nsg")                                 \
    X(GATEWAY, "--gateway", "ADDRESS", 1, "an address from which the gateway calls backends")                          \
    X(JSONL, "--jsonl", NULL, 0, "JSON Lines in, JSON Lines out")                                                      \
    X(MODEL, "--model", "FILE", 0, "model of the shield (default: the one that is installed)")                         \
    X(ENDPOINT, "--endpoint", "URL", 0, "base URL of a client: https://HOST:PORT/workspaces/W/endpoints/E/openai/v1 or .../anthropic") \
    X(DEPLOYMENT, "--deployment", "NAME", 0, "deployment that is asked (default: the first that the endpoint shows)")     \
    X(BASELINE, "--baseline", "FILE", 0, "outcomes to compare with; where there is no such file, this run's are saved")      \
    X(CONCURRENCY, "--concurrency", "N", 0, "calls at once, 1 to 32 (default: 4)")                                       \
    X(FAMILY, "--family", "NAME", 1, "only probes of this family")                                                     \
    X(LEVEL, "--level", "LEVEL", 0, "low (default), medium or high, and what is above; none: everybody")                 \
    X(LOOK_BACK, "--look-back", "DURATION", 0, "how far back a use counts, as in P30D or P90D")                         \
    X(EVERY, "--every", "DURATION", 0, "how often, as in P7D, P1M, P3M (default: once)")                                \
    X(DURATION, "--duration", "DURATION", 0, "how long people have to decide, as in P14D (default) or PT30M")          \
    X(REVIEWER, "--reviewer", "PRINCIPAL", 1, "who decides (default: whoever may at the scope)")                       \
    X(UNDECIDED, "--undecided", "DECISION", 0, "what becomes of what nobody decides: None (default), Approve, Deny, Recommendation") \
    X(AUTO_APPLY, "--auto-apply", NULL, 0, "take away what is denied when it ends")                                     \
    X(ROLE, "--role", "ROLE", 0, "name or GUID of a role")                                  \
    X(FOR, "--for", "DURATION", 0, "how long, as in PT1H (default: as long as the role's policy allows)")               \
    X(TICKET, "--ticket", "SYSTEM:NUMBER", 0, "where it is discussed")                                                 \
    X(ISSUER, "--issuer", "URL", 0, "issuer of the token: its iss")                                                    \
    X(TOKEN_ID, "--token-id", "ID", 0, "id of the token: its jti or uti; records call it credential_id")                \
    X(ACTION, "--action", "ACTION", 0, "what would be done, as roles name it")                                          \
    X(WITH, "--with", "NAME=VALUE", 1, "what is known of the sign-in: groups, ip, country, client, platform, proofs")   \
    X(MAP, "--map", "AZURE_SCOPE=PATH", 1, "what a scope of Azure stands for here (default: the installation, /)")          \
    X(HELP, "--help", NULL, 0, "how the command is used")

enum gh_option {
#define GH_OPTION_ENUM(name, word, value, many, help) GH_OPTION_##name,
    GH_OPTION_LIST(GH_OPTION_ENUM)
#undef GH_OPTION_ENUM
    GH_OPTION_COUNT
};
/* A set of options: rows of commands are joined by |. Two machine words, for one holds no more than 64. */
__extension__ typedef unsigned __int128 gh_option_set;
_Static_assert(GH_OPTION_COUNT <= 128, "an option more than a set holds");
#define GH_OPTION_IN(o) ((gh_option_set)1 << (o))
#define GH_OPTION_BIT(name) GH_OPTION_IN(GH_OPTION_##name)
#define GH_OPTIONS_ACCESS (GH_OPTION_BIT(DATA) | GH_OPTION_BIT(SERVER) | GH_OPTION_BIT(CA) | GH_OPTION_BIT(TOKEN_FILE))

struct gh_option_row {
    const char *word, *value;
    bool is_many;
    const char *help;
};
extern const struct gh_option_row gh_option_table[GH_OPTION_COUNT];

struct gh_cli;

struct gh_command {
    const char *name;     /* "key create"                                                          */
    const char *operands; /* "PATH"                                                                */
    size_t min, max;      /* how many operands                                                     */
    gh_option_set options; /* GH_OPTION_BIT of each                                                */
    bool is_raw;          /* the words behind the name are read by the command itself              */
    const char *help;     /* one line                                                              */
    const char *detail;   /* a few sentences, may be NULL                                          */
    const char *example;  /* works when pasted, given an installation in /var/lib/gatehouse        */
    int (*run)(struct gh_cli *c); /* exit status; errors were told on stderr                       */
};
extern const struct gh_command gh_command_table[];
extern const size_t gh_command_count;

#define GH_CLI_GIVEN_MAX 32    /* options in one command line */
#define GH_CLI_OPERANDS_MAX 1024 /* files of a scan; a directory is one */

struct gh_cli {
    const struct gh_command *command;
    struct {
        enum gh_option option;
        const char *value; /* NULL for a switch */
    } given[GH_CLI_GIVEN_MAX];
    size_t n_given;
    const char *operand[GH_CLI_OPERANDS_MAX];
    size_t n_operands;
    char *const *rest; /* is_raw: words behind the name */
    int n_rest;
    bool is_colour;    /* stdout is a terminal and NO_COLOR is not set */
};

/* ---- args.c ---- */

/*
 * Words (without the program's name) -> command and its arguments, borrowed from argv. GH_BAD: err->what says why and *word (may be NULL
 * in it) which word. c->command is set as soon as it is known; NULL for no words at all.
 */
GH_MUST_USE enum gh_rc gh_cli_args_read(struct gh_cli *c, const char **word, int argc, char *const argv[], struct gh_err *err);
/* Row whose name is the words joined by a space; NULL: none. *n_used words belong to the name. */
const struct gh_command *gh_cli_args_find(size_t *n_used, int argc, char *const argv[]);

bool gh_cli_has(const struct gh_cli *c, enum gh_option o);
const char *gh_cli_value(const struct gh_cli *c, enum gh_option o);           /* NULL: not given            */
const char *gh_cli_nth(const struct gh_cli *c, enum gh_option o, size_t i);   /* i-th of a repeated one     */

/* ---- say.c: stderr. `what` is a literal, `about` is redacted (may be NULL), `next` says what to do (literal, may be NULL) ---- */
int gh_cli_fail(int status, const char *what, const char *about, const char *next); /* returns status */
int gh_cli_fail_str(int status, const char *what, struct gh_str about, const char *next);
void gh_cli_note(const char *what, const char *about);

/* ---- help.c ---- */
void gh_cli_help_all(FILE *f);
void gh_cli_help_group(FILE *f, const char *group);
void gh_cli_help_one(FILE *f, const struct gh_command *k);
void gh_cli_help_roff(FILE *f);

/* ---- token.c: asks the local socket and prints the "token" of the answer on stdout; the exit status ---- */
int gh_cli_token_print(const struct gh_cli *c, const char *path, struct gh_str body);

/* ---- commands, by file ---- */
int gh_cli_supervise_up(struct gh_cli *c);
int gh_cli_supervise_status(struct gh_cli *c);
int gh_cli_supervise_down(struct gh_cli *c);
int gh_cli_supervise_recover(struct gh_cli *c);
int gh_cli_supervise_rotate(struct gh_cli *c);
int gh_cli_supervise_upgrade(struct gh_cli *c);
int gh_cli_token(struct gh_cli *c);
int gh_cli_apply(struct gh_cli *c);
int gh_cli_objects_get(struct gh_cli *c);
int gh_cli_objects_list(struct gh_cli *c);
int gh_cli_objects_delete(struct gh_cli *c);
int gh_cli_key_create(struct gh_cli *c);
int gh_cli_key_list(struct gh_cli *c);
int gh_cli_key_revoke(struct gh_cli *c);
int gh_cli_secret_set(struct gh_cli *c);
int gh_cli_audit_verify(struct gh_cli *c);
int gh_cli_audit_tail(struct gh_cli *c);
int gh_cli_audit_export(struct gh_cli *c);
int gh_cli_audit_head(struct gh_cli *c);
int gh_cli_audit_key(struct gh_cli *c);
int gh_cli_observe_report(struct gh_cli *c);
int gh_cli_risk_list(struct gh_cli *c);
int gh_cli_risk_show(struct gh_cli *c);
int gh_cli_risk_confirm(struct gh_cli *c);
int gh_cli_risk_dismiss(struct gh_cli *c);
int gh_cli_recommend(struct gh_cli *c);
int gh_cli_review_create(struct gh_cli *c);
int gh_cli_review_list(struct gh_cli *c);
int gh_cli_review_show(struct gh_cli *c);
int gh_cli_review_decide(struct gh_cli *c);
int gh_cli_review_apply(struct gh_cli *c);
int gh_cli_review_stop(struct gh_cli *c);
int gh_cli_snapshot_show(struct gh_cli *c);
int gh_cli_backup(struct gh_cli *c);
int gh_cli_restore(struct gh_cli *c);
int gh_cli_api_describe(struct gh_cli *c);
int gh_cli_guidance(struct gh_cli *c);
int gh_cli_explain(struct gh_cli *c);
int gh_cli_dlp_scan(struct gh_cli *c);

/* ---- rights.c, rights_diff.c ---- */
int gh_cli_access_check(struct gh_cli *c);
int gh_cli_access_explain(struct gh_cli *c);
int gh_cli_access_who(struct gh_cli *c);
int gh_cli_access_what(struct gh_cli *c);
int gh_cli_access_diff(struct gh_cli *c);
int gh_cli_baseline_scan(struct gh_cli *c);
int gh_cli_baseline_own(struct gh_cli *c);
int gh_cli_baseline_history(struct gh_cli *c);
int gh_cli_baseline_rules(struct gh_cli *c);
int gh_cli_baseline_explain(struct gh_cli *c);
int gh_cli_shield_scan(struct gh_cli *c);
int gh_cli_redteam_run(struct gh_cli *c);
int gh_cli_elevate_request(struct gh_cli *c);
int gh_cli_elevate_approve(struct gh_cli *c);
int gh_cli_elevate_deny(struct gh_cli *c);
int gh_cli_elevate_list(struct gh_cli *c);
int gh_cli_elevate_end(struct gh_cli *c);
int gh_cli_revoke_token(struct gh_cli *c);
int gh_cli_revoke_sessions(struct gh_cli *c);
int gh_cli_contain(struct gh_cli *c);
int gh_cli_shield_explain(struct gh_cli *c);
int gh_cli_help(struct gh_cli *c);
int gh_cli_doctor(struct gh_cli *c);
int gh_cli_version(struct gh_cli *c);

#endif
