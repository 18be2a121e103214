/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/settings.h"

#include <arpa/inet.h>

enum kind { TEXT, NUMBER, SWITCH };

struct row {
    const char *option; /* as the help shows it: "--name VALUE"; a switch has no value */
    enum kind kind;
    size_t at; /* where in struct gh_up_settings */
    uint64_t max;
    const char *help;
};

#define AT(field) offsetof(struct gh_up_settings, field)

// clang-format off
static const struct row rows[] = {
    {"--data DIR", TEXT, AT(data), 0, "data directory; made if it is not there"},
    {"--listen ADDR:PORT", TEXT, AT(listen), 0, "where the edge listens (default " GH_UP_LISTEN_DEFAULT "; port 0: a free one)"},
    {"--demo", SWITCH, AT(is_demo), 0, "a demo workspace with an embedded echo model"},
    {"--allow-loopback", SWITCH, AT(allow_loopback), 0, "accept issuers and backends on this machine's loopback"},
    {"--ready-file FILE", TEXT, AT(ready_file), 0, "write addresses (and with --demo credentials) there once it serves, mode 0600"},
    {"--detach", SWITCH, AT(is_detached), 0, "come back once it serves, and go on in the background"},
    {"--geo-database FILE", TEXT, AT(geo), 0, "where addresses are: a MaxMind City or Country database (absolute path)"},
    {"--shield-model FILE", TEXT, AT(shield_model), 0, "model of the prompt shield (absolute path; default: the one that is installed)"},
    {"--workers N", NUMBER, AT(n_workers), GH_UP_WORKERS_MAX, "worker processes of the edge (default: one for each core)"},
};
// clang-format on
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

bool
gh_settings_help(const char **option, const char **text, size_t i)
{
    if (i >= N_ROWS)
        return false;
    *option = rows[i].option;
    *text = rows[i].help;
    return true;
}

static struct gh_str
name_of(const struct row *r)
{
    struct gh_str option = gh_str_z(r->option);

    return gh_str_sub(option, 0, gh_str_chr(option, ' '));
}

/* "--name" or "--name=value" */
static const struct row *
find(const char **value, const char *word)
{
    const char *equals = strchr(word, '=');
    struct gh_str name = gh_str(word, equals == NULL ? strlen(word) : (size_t)(equals - word));

    *value = equals == NULL ? NULL : equals + 1;
    for (size_t i = 0; i < N_ROWS; i++)
        if (gh_str_eq(name, name_of(&rows[i])))
            return &rows[i];
    return NULL;
}

static enum gh_rc
put(struct gh_up_settings *out, const struct row *r, const char *value, struct gh_err *err)
{
    char *at = (char *)out + r->at;

    if (r->kind == SWITCH) {
        const bool yes = true;
        memcpy(at, &yes, sizeof(yes));
        return GH_OK;
    }
    if (value[0] == '\0')
        return gh_fail(err, GH_BAD, 0, "the value is empty");
    if (r->kind == TEXT) {
        memcpy(at, &value, sizeof(value));
        return GH_OK;
    }
    uint64_t n;
    if (gh_str_u64(&n, gh_str_z(value), r->max) != GH_OK)
        return gh_fail(err, GH_BAD, 0, "not a number in its bounds");
    memcpy(at, &n, sizeof(n));
    return GH_OK;
}

static enum gh_rc
read_words(struct gh_up_settings *out, const char **word, int argc, char *const argv[], struct gh_err *err)
{
    uint32_t seen = 0;

    for (int i = 0; i < argc; i++) {
        const char *value;
        const struct row *r = find(&value, argv[i]);
        *word = argv[i];
        if (r == NULL)
            return gh_fail(err, GH_BAD, 0, "no such option");
        uint32_t bit = 1u << (r - rows);
        if (seen & bit)
            return gh_fail(err, GH_BAD, 0, "given twice");
        seen |= bit;
        if (r->kind == SWITCH && value != NULL)
            return gh_fail(err, GH_BAD, 0, "this option takes no value");
        if (r->kind != SWITCH && value == NULL) {
            if (i + 1 == argc)
                return gh_fail(err, GH_BAD, 0, "the value is missing");
            value = argv[++i];
        }
        if (put(out, r, value, err) != GH_OK)
            return GH_BAD;
    }
    return GH_OK;
}

enum gh_rc
gh_settings_read(struct gh_up_settings *out, const char **word, int argc, char *const argv[], struct gh_err *err)
{
    struct gh_up_settings s = {.listen = GH_UP_LISTEN_DEFAULT};
    struct gh_listen listen;
    const char *ignored;

    if (word == NULL)
        word = &ignored;
    *word = NULL;
    if (read_words(&s, word, argc, argv, err) != GH_OK)
        return GH_BAD;
    *word = s.listen;
    if (gh_settings_listen(&listen, gh_str_z(s.listen), err) != GH_OK)
        return GH_BAD;
    *word = NULL;
    if (s.data == NULL)
        return gh_fail(err, GH_BAD, 0, "which data directory? give --data DIR");
    *word = s.geo;
    if (s.geo != NULL && (s.geo[0] != '/' || strlen(s.geo) > GH_UP_GEO_MAX))
        return gh_fail(err, GH_BAD, 0, "give the whole path of the database, from / on, at most 480 bytes");
    *word = s.shield_model;
    if (s.shield_model != NULL && s.shield_model[0] != '/')
        return gh_fail(err, GH_BAD, 0, "give the whole path of the model, from / on");
    *word = NULL;
    *out = s;
    return GH_OK;
}

/* "[::1]:1" -> "::1", "1.2.3.4:1" -> "1.2.3.4"; what is behind the host goes to *port. */
static enum gh_rc
split(struct gh_listen *out, struct gh_str *host, struct gh_str *port, struct gh_str s)
{
    size_t end;

    out->is_v6 = s.n > 0 && s.p[0] == '[';
    end = gh_str_chr(s, out->is_v6 ? ']' : ':');
    if (end == SIZE_MAX)
        return GH_BAD;
    *host = out->is_v6 ? gh_str_sub(s, 1, end - 1) : gh_str_sub(s, 0, end);
    *port = gh_str_sub(s, out->is_v6 ? end + 1 : end, SIZE_MAX);
    if (port->n < 2 || port->p[0] != ':')
        return GH_BAD;
    *port = gh_str_sub(*port, 1, SIZE_MAX);
    return GH_OK;
}

enum gh_rc
gh_settings_listen(struct gh_listen *out, struct gh_str s, struct gh_err *err)
{
    static const char what[] = "not ADDR:PORT with a numeric address, such as 127.0.0.1:8443, 0.0.0.0:443 or [::1]:8443";
    struct in6_addr address;
    struct gh_str host, port;
    uint64_t n;

    memset(out, 0, sizeof(*out));
    if (split(out, &host, &port, s) != GH_OK || gh_str_u64(&n, port, UINT16_MAX) != GH_OK)
        return gh_fail(err, GH_BAD, 0, what);
    if (!out->is_v6 && gh_str_eq(host, GH_STR("localhost")))
        host = GH_STR("127.0.0.1");
    if (host.n >= sizeof(out->host))
        return gh_fail(err, GH_BAD, 0, what);
    memcpy(out->host, host.p, host.n);
    out->port = (uint16_t)n;
    if (memchr(out->host, '\0', sizeof(out->host)) != out->host + host.n ||
        inet_pton(out->is_v6 ? AF_INET6 : AF_INET, out->host, &address) != 1)
        return gh_fail(err, GH_BAD, 0, what);
    return GH_OK;
}
