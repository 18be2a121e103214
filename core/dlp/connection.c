/* SPDX-License-Identifier: Apache-2.0 */
/* dlp/secret: connection strings: a URL with a password in it, or pairs `key=value;` of which one is a password or a key. */
#include "dlp/secret.h"

#include "base/limits.h"

#define USER_MAX     64
#define PASSWORD_MAX 128
#define PAIRS_MAX    400 /* bytes of a list before its secret */
#define VALUE_MAX    128

static const struct gh_str schemes[] = {
    GH_STR_INIT("https"), /* in front: nearly every one is */
    GH_STR_INIT("http"),
    GH_STR_INIT("postgres"),
    GH_STR_INIT("postgresql"),
    GH_STR_INIT("mysql"),
    GH_STR_INIT("mariadb"),
    GH_STR_INIT("mongodb"),
    GH_STR_INIT("mongodb+srv"),
    GH_STR_INIT("redis"),
    GH_STR_INIT("rediss"),
    GH_STR_INIT("amqp"),
    GH_STR_INIT("amqps"),
    GH_STR_INIT("mssql"),
    GH_STR_INIT("sqlserver"),
    GH_STR_INIT("clickhouse"),
    GH_STR_INIT("cockroachdb"),
    GH_STR_INIT("snowflake"),
    GH_STR_INIT("oracle"),
    GH_STR_INIT("nats"),
    GH_STR_INIT("kafka"),
    GH_STR_INIT("ftp"),
    GH_STR_INIT("ftps"),
    GH_STR_INIT("sftp"),
    GH_STR_INIT("smtp"),
    GH_STR_INIT("smtps"),
    GH_STR_INIT("imap"),
    GH_STR_INIT("imaps"),
    GH_STR_INIT("ldap"),
    GH_STR_INIT("ldaps"),
};
#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

/* First keys of lists. */
static const struct gh_str firsts[] = {
    GH_STR_INIT("server"),
    GH_STR_INIT("data source"),
    GH_STR_INIT("host"),
    GH_STR_INIT("hostname"),
    GH_STR_INIT("endpoint"),
    GH_STR_INIT("accountendpoint"),
    GH_STR_INIT("defaultendpointsprotocol"),
    GH_STR_INIT("driver"),
    GH_STR_INIT("provider"),
    GH_STR_INIT("initial catalog"),
    GH_STR_INIT("database"),
    GH_STR_INIT("accountname"),
    GH_STR_INIT("blobendpoint"),
    GH_STR_INIT("address"),
};
#define FIRSTS (sizeof(firsts) / sizeof(firsts[0]))

static const struct gh_str secrets[] = {
    GH_STR_INIT("password"),
    GH_STR_INIT("pwd"),
    GH_STR_INIT("accountkey"),
    GH_STR_INIT("sharedaccesskey"),
    GH_STR_INIT("accesskey"),
    GH_STR_INIT("sharedaccesssignature"),
};

/* What examples write in the place of a password. */
static const struct gh_str examples[] = {
    GH_STR_INIT("password"),
    GH_STR_INIT("passwd"),
    GH_STR_INIT("pass"),
    GH_STR_INIT("pwd"),
    GH_STR_INIT("secret"),
    GH_STR_INIT("mypassword"),
    GH_STR_INIT("my_password"),
    GH_STR_INIT("yourpassword"),
    GH_STR_INIT("your_password"),
    GH_STR_INIT("your-password"),
    GH_STR_INIT("guest"),
    GH_STR_INIT("root"),
    GH_STR_INIT("admin"),
    GH_STR_INIT("user"),
    GH_STR_INIT("username"),
    GH_STR_INIT("test"),
    GH_STR_INIT("example"),
    GH_STR_INIT("changeme"),
    GH_STR_INIT("postgres"),
    GH_STR_INIT("token"),
    GH_STR_INIT("redacted"),
    GH_STR_INIT("placeholder"),
    GH_STR_INIT("password123"),
};

static bool
is_example(struct gh_str s)
{
    size_t same = 0;

    if (gh_dlp_is_one_of(s, examples, sizeof(examples) / sizeof(examples[0])))
        return true;
    for (size_t i = 0; i < s.n; i++)
        same += s.p[i] == s.p[0];
    if (s.n < 3 || same == s.n || memchr("<{$%*[", s.p[0], 6) != NULL) /* <password>, ${DB_PASSWORD}, ***, xxxx */
        return true;
    return false;
}

static bool
is_scheme(struct gh_str s)
{
    return gh_dlp_is_one_of(s, schemes, SCHEMES);
}

static enum gh_dlp_verdict
more(struct gh_dlp_match *m, const struct gh_dlp_view *v, size_t at)
{
    m->at = at;
    return v->is_last ? GH_DLP_NO : GH_DLP_MORE;
}

#define NONE(c) [(unsigned char)(c)] = true

static inline bool
is_userinfo(char c)
{
    static const bool is_none[256] = {NONE('/'), NONE('?'), NONE('#'), NONE('@'), NONE('"'), NONE('\''), NONE('<'), NONE('>'),
        NONE('\\'), NONE('`'), NONE('('), NONE(')'), NONE('['), NONE(']'), NONE(','), NONE(';'), NONE('|')};

    return (unsigned char)c > ' ' && (unsigned char)c < 0x7f && !is_none[(unsigned char)c];
}

static enum gh_dlp_verdict
judge_url(struct gh_dlp_match *m, const struct gh_dlp_view *v, size_t at, size_t i)
{
    size_t user = i, password;

    while (i < v->n && i - user < USER_MAX && is_userinfo(v->p[i]) && v->p[i] != ':')
        i++;
    if (i == v->n)
        return i - user < USER_MAX ? more(m, v, at) : GH_DLP_NO;
    if (v->p[i] != ':')
        return GH_DLP_NO;
    size_t user_n = i - user;
    for (password = ++i; i < v->n && i - password < PASSWORD_MAX && is_userinfo(v->p[i]);)
        i++;
    if (i == v->n)
        return i - password < PASSWORD_MAX ? more(m, v, at) : GH_DLP_NO;
    struct gh_str secret = gh_str(v->p + password, i - password);
    if (v->p[i] != '@' || is_example(secret) || gh_str_eq(secret, gh_str(v->p + user, user_n)))
        return GH_DLP_NO;
    if (i + 1 == v->n)
        return more(m, v, at);
    if (!gh_dlp_is_alnum(v->p[i + 1]) && v->p[i + 1] != '[')
        return GH_DLP_NO;
    m->at = at;
    m->end = i + 1;
    return GH_DLP_OPEN;
}

static bool
is_secret_key(struct gh_str key)
{
    return gh_dlp_is_one_of(key, secrets, sizeof(secrets) / sizeof(secrets[0]));
}

static bool
is_value(char c)
{
    static const bool is_none[256] = {NONE(';'), NONE('"'), NONE('\''), NONE('`'), NONE('<'), NONE('>'), NONE('\\')};

    return (unsigned char)c >= ' ' && !is_none[(unsigned char)c];
}

static enum gh_dlp_verdict
judge_pairs(struct gh_dlp_match *m, const struct gh_dlp_view *v, size_t at)
{
    for (size_t i = at; i - at < PAIRS_MAX;) {
        size_t key = i;
        while (i < v->n && i - key < 32 && (gh_dlp_is_alnum(v->p[i]) || v->p[i] == ' ' || v->p[i] == '_'))
            i++;
        if (i == v->n)
            return more(m, v, at);
        struct gh_str name = gh_str(v->p + key, i - key);
        while (name.n > 0 && name.p[0] == ' ')
            name = gh_str_sub(name, 1, name.n);
        if (v->p[i] != '=' || name.n == 0)
            return GH_DLP_NO;
        size_t value = ++i;
        bool is_secret = is_secret_key(name);
        while (i < v->n && i - value < VALUE_MAX && is_value(v->p[i]) && !(is_secret && v->p[i] == ' '))
            i++;
        if (i == v->n && i - value < VALUE_MAX && !v->is_last)
            return more(m, v, at);
        if (is_secret) {
            m->at = at;
            m->end = i;
            return is_example(gh_str(v->p + value, i - value)) || i - value < 5 ? GH_DLP_NO : GH_DLP_OPEN;
        }
        if (i == v->n || v->p[i] != ';')
            return GH_DLP_NO;
        i++;
    }
    return GH_DLP_NO;
}

enum gh_dlp_verdict
gh_dlp_connection_judge(struct gh_dlp_match *m, const struct gh_dlp_view *v, size_t at)
{
    size_t i = at;

    if (!gh_dlp_is_start(v, at))
        return GH_DLP_NO;
    while (i < v->n && i - at < 32 && (gh_dlp_is_alnum(v->p[i]) || v->p[i] == '+' || v->p[i] == ' '))
        i++;
    struct gh_str word = gh_str(v->p + at, i - at);
    if (gh_str_starts(gh_str(v->p + i, v->n - i), GH_STR("://")) && is_scheme(word))
        return judge_url(m, v, at, i + 3);
    bool is_list = i < v->n && v->p[i] == '=' && gh_dlp_is_one_of(word, firsts, FIRSTS);
    return is_list ? judge_pairs(m, v, at) : GH_DLP_NO;
}

/* From its colon on: the schemes are words of their own. */
bool
gh_dlp_connection_alive(const struct gh_dlp_view *v, size_t at)
{
    struct gh_str rest = gh_str(v->p + at, v->n - at);
    size_t colon = gh_str_chr(rest, ':');

    if (colon == SIZE_MAX || rest.n - colon > 2 || (rest.n - colon == 2 && rest.p[rest.n - 1] != '/') || !gh_dlp_is_start(v, at))
        return false;
    return is_scheme(gh_str_sub(rest, 0, colon));
}
