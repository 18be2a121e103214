/* SPDX-License-Identifier: Apache-2.0 */
/* dlp/number: numbers by which states know persons, each with its own check. A row without a check digit wants its separators or words. */
#include "dlp/number.h"

static unsigned
value(const char *c, size_t from, size_t n)
{
    unsigned v = 0;

    for (size_t i = 0; i < n; i++)
        v = v * 10 + (unsigned)(c[from + i] - '0');
    return v;
}

static uint64_t
long_value(const char *c, size_t n)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++)
        v = v * 10 + (uint64_t)(c[i] - '0');
    return v;
}

static unsigned
weighted(const char *c, const char *weights)
{
    unsigned sum = 0;

    for (size_t i = 0; weights[i] != '\0'; i++) /* a weight above 9 is a letter: a is 10 */
        sum += (unsigned)(c[i] - '0') * (unsigned)(weights[i] <= '9' ? weights[i] - '0' : weights[i] - 'a' + 10);
    return sum;
}

bool
gh_dlp_is_date(unsigned month, unsigned day)
{
    static const uint8_t days[] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month >= 1 && month <= 12 && day >= 1 && day <= days[month];
}

static bool
is_same(const char *c, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (c[i] != c[0])
            return false;
    return true;
}

/* ISO 7064: mod 11,10. */
static bool
is_mod11_10(const char *c, size_t n)
{
    unsigned p = 10;

    for (size_t i = 0; i + 1 < n; i++) {
        unsigned s = ((unsigned)(c[i] - '0') + p) % 10;
        p = (s == 0 ? 10 : s) * 2 % 11;
    }
    return (11 - p) % 10 == (unsigned)(c[n - 1] - '0');
}

static bool
is_verhoeff(const char *c, size_t n)
{
    static const char d[] = "0123456789123406789523401789563401289567401239567859876043216598710432765982104387659321049876543210";
    static const char p[] = "01234567891576283094580379614289160435279453126870428657390127938064157046913258";
    unsigned x = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned)(c[n - 1 - i] - '0');
        x = (unsigned)(d[x * 10 + (unsigned)(p[i % 8 * 10 + digit] - '0')] - '0');
    }
    return x == 0;
}

/* ---- the checks, by country ---- */

static bool
is_us(const char *c, size_t n, bool is_whole)
{
    if (n >= 3 && (value(c, 0, 3) == 0 || value(c, 0, 3) == 666 || c[0] == '9'))
        return false;
    if (!is_whole)
        return true;
    return value(c, 3, 2) != 0 && value(c, 5, 4) != 0 && value(c, 0, 9) != 78051120 && value(c, 0, 9) != 219099999;
}

static bool
is_gb(const char *c, size_t n, bool is_whole)
{
    static const char *const never[] = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"};

    if ((n > 0 && memchr("DFIQUV", c[0], 6) != NULL) || (n > 1 && memchr("DFIOQUV", c[1], 7) != NULL))
        return false;
    for (size_t i = 0; n > 1 && i < sizeof(never) / sizeof(never[0]); i++)
        if (c[0] == never[i][0] && c[1] == never[i][1])
            return false;
    return !is_whole || (c[8] >= 'A' && c[8] <= 'D');
}

/* One digit of the first ten stands there twice or three times, all others once at most. */
static bool
is_de(const char *c, size_t n, bool is_whole)
{
    unsigned count[10] = {0}, repeated = 0;

    if (n > 0 && c[0] == '0')
        return false;
    if (!is_whole)
        return true;
    for (size_t i = 0; i < 10; i++)
        count[c[i] - '0']++;
    for (size_t i = 0; i < 10; i++) {
        if (count[i] > 3)
            return false;
        repeated += count[i] > 1;
    }
    return repeated == 1 && is_mod11_10(c, 11);
}

static bool
is_fr(const char *c, size_t n, bool is_whole)
{
    char d[15];
    unsigned month;

    if ((n > 0 && memchr("123478", c[0], 6) == NULL) ||
        (n >= 5 && ((month = value(c, 3, 2)) == 0 || (month > 12 && month < 20) || month > 42)))
        return false;
    if (n > 6 && (gh_dlp_is_upper(c[5]) || (gh_dlp_is_upper(c[6]) && (c[5] != '2' || (c[6] != 'A' && c[6] != 'B')))))
        return false;
    if (!is_whole)
        return true;
    memcpy(d, c, 15);
    if (c[6] == 'A' || c[6] == 'B') { /* Corsica counts as 19 and 18 */
        d[5] = '1';
        d[6] = c[6] == 'A' ? '9' : '8';
    }
    return 97 - long_value(d, 13) % 97 == value(d, 13, 2);
}

static bool
is_es(const char *c, size_t n, bool is_whole)
{
    (void)n;
    return !is_whole || (!is_same(c, 8) && "TRWAGMYFPDXBNJZSQVHLCKE"[value(c, 0, 8) % 23] == c[8]);
}

static bool
is_es_foreign(const char *c, size_t n, bool is_whole)
{
    if (n > 0 && (c[0] < 'X' || c[0] > 'Z'))
        return false;
    return !is_whole || "TRWAGMYFPDXBNJZSQVHLCKE"[((unsigned)(c[0] - 'X') * 10000000 + value(c, 1, 7)) % 23] == c[8];
}

static bool
is_it(const char *c, size_t n, bool is_whole)
{
    static const uint8_t odd[] = {1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
    unsigned sum = 0, day;

    if (n > 8 && memchr("ABCDEHLMPRST", c[8], 12) == NULL)
        return false;
    if (!is_whole)
        return true;
    for (size_t i = 0; i < 15; i++) {
        unsigned x = gh_dlp_is_digit(c[i]) ? (unsigned)(c[i] - '0') : (unsigned)(c[i] - 'A');
        sum += i % 2 == 0 ? odd[x] : x;
    }
    day = value(c, 9, 2) % 40;
    return day >= 1 && day <= 31 && (unsigned)(c[15] - 'A') == sum % 26;
}

static bool
is_nl(const char *c, size_t n, bool is_whole)
{
    (void)n;
    return !is_whole || (!is_same(c, 9) && (weighted(c, "98765432") + 10 * (unsigned)(c[8] - '0')) % 11 == 0);
}

static bool
is_pl(const char *c, size_t n, bool is_whole)
{
    (void)n;
    return !is_whole || (gh_dlp_is_date(value(c, 2, 2) % 20, value(c, 4, 2)) && weighted(c, "13791379131") % 10 == 0);
}

static bool
is_br(const char *c, size_t n, bool is_whole)
{
    (void)n;
    return !is_whole || (!is_same(c, 11) && weighted(c, "a98765432") * 10 % 11 % 10 == (unsigned)(c[9] - '0') &&
                            weighted(c, "ba98765432") * 10 % 11 % 10 == (unsigned)(c[10] - '0'));
}

static bool
is_in(const char *c, size_t n, bool is_whole)
{
    if (n > 0 && c[0] < '2')
        return false;
    if (!is_whole)
        return true;
    bool is_years = value(c, 0, 4) < 2100 && value(c, 4, 4) / 100 - 19 < 2 && value(c, 8, 4) / 100 - 19 < 2;
    return !is_years && !is_same(c, 12) && is_verhoeff(c, 12);
}

static bool
is_cn(const char *c, size_t n, bool is_whole)
{
    if (n >= 8 && value(c, 6, 2) != 19 && value(c, 6, 2) != 20)
        return false;
    if (!is_whole)
        return true;
    if (!gh_dlp_is_date(value(c, 10, 2), value(c, 12, 2)))
        return false;
    static const uint8_t w[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    unsigned sum = 0;
    for (size_t i = 0; i < 17; i++)
        sum += w[i] * (unsigned)(c[i] - '0');
    return "10X98765432"[sum % 11] == c[17];
}

static bool
is_kr(const char *c, size_t n, bool is_whole)
{
    if (n >= 6 && !gh_dlp_is_date(value(c, 2, 2), value(c, 4, 2)))
        return false;
    return !is_whole || (11 - weighted(c, "234567892345") % 11) % 10 == (unsigned)(c[12] - '0');
}

static bool
is_se(const char *c, size_t n, bool is_whole)
{
    if (n >= 6 && !gh_dlp_is_date(value(c, 2, 2), value(c, 4, 2) % 60))
        return false;
    return !is_whole || gh_dlp_is_luhn(c, 10);
}

static bool
is_dated_ddmmyy(const char *c, size_t n, bool is_whole)
{
    (void)is_whole;
    return n < 4 || gh_dlp_is_date(value(c, 2, 2) % 40, value(c, 0, 2) % 40);
}

static bool
is_fi(const char *c, size_t n, bool is_whole)
{
    if (!is_dated_ddmmyy(c, n, is_whole))
        return false;
    return !is_whole || "0123456789ABCDEFHJKLMNPRSTUVWXY"[value(c, 0, 9) % 31] == c[9];
}

static bool
is_no(const char *c, size_t n, bool is_whole)
{
    if (!is_dated_ddmmyy(c, n, is_whole))
        return false;
    return !is_whole || ((weighted(c, "376189452") + (unsigned)(c[9] - '0')) % 11 == 0 &&
                            (weighted(c, "5432765432") + (unsigned)(c[10] - '0')) % 11 == 0);
}

static bool
is_be(const char *c, size_t n, bool is_whole)
{
    if (n >= 6 && !gh_dlp_is_date(value(c, 2, 2) % 20, value(c, 4, 2)))
        return false;
    return !is_whole || 97 - long_value(c, 9) % 97 == value(c, 9, 2) || 97 - (2000000000 + long_value(c, 9)) % 97 == value(c, 9, 2);
}

/* The check digit of bar codes. */
static bool
is_ch(const char *c, size_t n, bool is_whole)
{
    return (n < 3 || value(c, 0, 3) == 756) && (!is_whole || weighted(c, "1313131313131") % 10 == 0);
}

static bool
is_pt(const char *c, size_t n, bool is_whole)
{
    unsigned r;

    if ((n > 0 && memchr("12356789", c[0], 8) == NULL) || !is_whole)
        return n == 0 || memchr("12356789", c[0], 8) != NULL;
    r = weighted(c, "98765432") % 11;
    return (r < 2 ? 0 : 11 - r) == (unsigned)(c[8] - '0');
}

static bool
is_ro(const char *c, size_t n, bool is_whole)
{
    if ((n > 0 && (c[0] == '0' || c[0] == '9')) || (n >= 7 && !gh_dlp_is_date(value(c, 3, 2), value(c, 5, 2))))
        return false;
    unsigned r = is_whole ? weighted(c, "279146358279") % 11 : 0;
    return !is_whole || (r == 10 ? 1 : r) == (unsigned)(c[12] - '0');
}

static bool
is_bg(const char *c, size_t n, bool is_whole)
{
    if (n >= 6 && !gh_dlp_is_date(value(c, 2, 2) % 20, value(c, 4, 2)))
        return false;
    return !is_whole || weighted(c, "2485a9736") % 11 % 10 == (unsigned)(c[9] - '0');
}

static bool
is_cz(const char *c, size_t n, bool is_whole)
{
    if (n >= 6 && !gh_dlp_is_date(value(c, 2, 2) % 50 % 20, value(c, 4, 2)))
        return false;
    return !is_whole || long_value(c, 10) % 11 == 0;
}

static bool
is_tr(const char *c, size_t n, bool is_whole)
{
    unsigned odd = 0, even = 0, all = 0;

    if (n > 0 && c[0] == '0')
        return false;
    if (!is_whole)
        return true;
    for (size_t i = 0; i < 9; i++)
        *(i % 2 == 0 ? &odd : &even) += (unsigned)(c[i] - '0');
    all = odd + even + (unsigned)(c[9] - '0');
    return (odd * 7 + 90 - even) % 10 == (unsigned)(c[9] - '0') && all % 10 == (unsigned)(c[10] - '0');
}

static bool
is_za(const char *c, size_t n, bool is_whole)
{
    if (n >= 6 && !gh_dlp_is_date(value(c, 2, 2), value(c, 4, 2)))
        return false;
    return !is_whole || gh_dlp_is_luhn(c, 13);
}

/* Chile: weights 2 to 7 from the right. */
static bool
is_cl(const char *c, size_t n, bool is_whole)
{
    unsigned sum = 0;

    if (n > 1 && gh_dlp_is_upper(c[n - 1]) && c[n - 1] != 'K')
        return false;
    if (!is_whole)
        return true;
    for (size_t i = 0; i + 1 < n; i++)
        sum += (unsigned)(c[n - 2 - i] - '0') * (unsigned)(2 + i % 6);
    return !is_same(c, n - 1) && "0K987654321"[sum % 11] == c[n - 1];
}

static bool
is_ar(const char *c, size_t n, bool is_whole)
{
    if (n >= 2 && value(c, 0, 2) != 20 && value(c, 0, 2) != 23 && value(c, 0, 2) != 24 && value(c, 0, 2) != 27 &&
        value(c, 0, 2) != 30)
        return false;
    unsigned r = is_whole ? 11 - weighted(c, "5432765432") % 11 : 0;
    return !is_whole || (r == 11 ? 0 : r) == (unsigned)(c[10] - '0');
}

static bool
is_mx(const char *c, size_t n, bool is_whole)
{
    static const char order[] = "0123456789ABCDEFGHIJKLMN*OPQRSTUVWXYZ"; /* the star is Ñ, two bytes in UTF-8 */
    unsigned sum = 0;

    if ((n >= 10 && !gh_dlp_is_date(value(c, 6, 2), value(c, 8, 2))) || (n > 10 && c[10] != 'H' && c[10] != 'M' && c[10] != 'X'))
        return false;
    if (!is_whole)
        return true;
    for (size_t i = 0; i < 17; i++)
        sum += (unsigned)(strchr(order, c[i]) - order) * (unsigned)(18 - i);
    return (10 - sum % 10) % 10 == (unsigned)(c[17] - '0');
}

static bool
is_ie(const char *c, size_t n, bool is_whole)
{
    (void)n;
    return !is_whole || "WABCDEFGHIJKLMNOPQRSTUV"[weighted(c, "8765432") % 23] == c[7];
}

static bool
is_sg(const char *c, size_t n, bool is_whole)
{
    if (n > 0 && memchr("STFG", c[0], 4) == NULL)
        return false;
    if (!is_whole)
        return true;
    unsigned sum = weighted(c + 1, "2765432") + (c[0] == 'T' || c[0] == 'G' ? 4 : 0);
    return (c[0] == 'S' || c[0] == 'T' ? "JZIHGFEDCBA" : "XWUTRQPNMLK")[sum % 11] == c[8];
}

static bool
is_ca(const char *c, size_t n, bool is_whole)
{
    return (n == 0 || (c[0] != '0' && c[0] != '8')) && (!is_whole || gh_dlp_is_luhn(c, 9));
}

static bool
is_nhs(const char *c, size_t n, bool is_whole)
{
    (void)n;
    return !is_whole || (!is_same(c, 10) && (weighted(c, "a98765432") + (unsigned)(c[9] - '0')) % 11 == 0);
}

static bool
is_au(const char *c, size_t n, bool is_whole)
{
    (void)n;
    return !is_whole || (!is_same(c, 9) && weighted(c, "14375869a") % 11 == 0);
}

static bool
is_il(const char *c, size_t n, bool is_whole)
{
    (void)n;
    return !is_whole || (!is_same(c, 9) && gh_dlp_is_luhn(c, 9));
}

static bool
is_th(const char *c, size_t n, bool is_whole)
{
    (void)n;
    return !is_whole || (11 - weighted(c, "dcba98765432") % 11) % 10 == (unsigned)(c[12] - '0');
}

// clang-format off
const struct gh_dlp_layout gh_dlp_national_table[] = {
    {"ddd-dd-dddd", GH_DLP_NATIONAL_ID, is_us, GH_DLP_FREE, NULL},
    {"ddd dd dddd", GH_DLP_NATIONAL_ID, is_us, GH_DLP_WORDS, "social"},
    {"ddddddddd", GH_DLP_NATIONAL_ID, is_us, GH_DLP_WORDS, "social"},
    {"LL~dd~dd~dd~L", GH_DLP_NATIONAL_ID, is_gb, GH_DLP_FREE, NULL},
    {"dd~ddd~ddd~ddd", GH_DLP_NATIONAL_ID, is_de, GH_DLP_FREE, NULL},
    {"d~dd~dd~XX~ddd~ddd~dd", GH_DLP_NATIONAL_ID, is_fr, GH_DLP_FREE, NULL},
    {"dddddddd~L", GH_DLP_NATIONAL_ID, is_es, GH_DLP_FREE, NULL},
    {"L~ddddddd~L", GH_DLP_NATIONAL_ID, is_es_foreign, GH_DLP_FREE, NULL},
    {"LLLLLLddLddLdddL", GH_DLP_NATIONAL_ID, is_it, GH_DLP_FREE, NULL},
    {"dddd.dd.ddd", GH_DLP_NATIONAL_ID, is_nl, GH_DLP_FREE, NULL},
    {"ddddddddd", GH_DLP_NATIONAL_ID, is_nl, GH_DLP_WORDS, "bsn|burgerservicenummer|sofinummer|sofi"},
    {"ddddddddddd", GH_DLP_NATIONAL_ID, is_pl, GH_DLP_WORDS, "pesel"},
    {"ddd.ddd.ddd-dd", GH_DLP_NATIONAL_ID, is_br, GH_DLP_FREE, NULL},
    {"ddddddddddd", GH_DLP_NATIONAL_ID, is_br, GH_DLP_WORDS, "cpf"},
    {"dddd_dddd_dddd", GH_DLP_NATIONAL_ID, is_in, GH_DLP_FREE, NULL},
    {"dddddddddddd", GH_DLP_NATIONAL_ID, is_in, GH_DLP_WORDS, "aadhaar|aadhar|uid|uidai"},
    {"dddddddddddddddddX", GH_DLP_NATIONAL_ID, is_cn, GH_DLP_FREE, NULL},
    {"dddddd-ddddddd", GH_DLP_NATIONAL_ID, is_kr, GH_DLP_FREE, NULL},
    {"dddddd-dddd", GH_DLP_NATIONAL_ID, is_se, GH_DLP_FREE, NULL},
    {"dddddd-dddX", GH_DLP_NATIONAL_ID, is_fi, GH_DLP_FREE, NULL},
    {"ddddddAdddX", GH_DLP_NATIONAL_ID, is_fi, GH_DLP_FREE, NULL},
    {"dddddd~ddddd", GH_DLP_NATIONAL_ID, is_no, GH_DLP_FREE, NULL},
    {"dddddd-dddd", GH_DLP_NATIONAL_ID, is_dated_ddmmyy, GH_DLP_WORDS, "cpr|cprnummer"},
    {"dd.dd.dd-ddd.dd", GH_DLP_NATIONAL_ID, is_be, GH_DLP_FREE, NULL},
    {"ddddddddddd", GH_DLP_NATIONAL_ID, is_be, GH_DLP_WORDS, "rijksregisternummer|niss|insz"},
    {"ddd.dddd.dddd.dd", GH_DLP_NATIONAL_ID, is_ch, GH_DLP_FREE, NULL},
    {"ddddddddd", GH_DLP_NATIONAL_ID, is_pt, GH_DLP_WORDS, "nif|contribuinte"},
    {"ddddddddddddd", GH_DLP_NATIONAL_ID, is_ro, GH_DLP_WORDS, "cnp"},
    {"dddddddddd", GH_DLP_NATIONAL_ID, is_bg, GH_DLP_WORDS, "egn|егн"},
    {"dddddd/dddd", GH_DLP_NATIONAL_ID, is_cz, GH_DLP_FREE, NULL},
    {"ddddddddddd", GH_DLP_NATIONAL_ID, is_tr, GH_DLP_WORDS, "tckn|kimlik"},
    {"ddddddddddddd", GH_DLP_NATIONAL_ID, is_za, GH_DLP_WORDS, "rsa"},
    {"dd.ddd.ddd-X", GH_DLP_NATIONAL_ID, is_cl, GH_DLP_FREE, NULL},
    {"d.ddd.ddd-X", GH_DLP_NATIONAL_ID, is_cl, GH_DLP_FREE, NULL},
    {"dddddddd-X", GH_DLP_NATIONAL_ID, is_cl, GH_DLP_WORDS, "rut|run"},
    {"dd-dddddddd-d", GH_DLP_NATIONAL_ID, is_ar, GH_DLP_FREE, NULL},
    {"LLLLddddddLLLLLLXd", GH_DLP_NATIONAL_ID, is_mx, GH_DLP_FREE, NULL},
    {"dddddddL", GH_DLP_NATIONAL_ID, is_ie, GH_DLP_WORDS, "pps|ppsn"},
    {"LdddddddL", GH_DLP_NATIONAL_ID, is_sg, GH_DLP_FREE, NULL},
    {"ddd_ddd_ddd", GH_DLP_NATIONAL_ID, is_ca, GH_DLP_WORDS, "sin|social insurance"},
    {"ddd~ddd~ddd", GH_DLP_NATIONAL_ID, is_au, GH_DLP_WORDS, "tfn"},
    {"ddd~ddd~dddd", GH_DLP_NATIONAL_ID, is_nhs, GH_DLP_WORDS, "nhs"},
    {"ddddddddd", GH_DLP_NATIONAL_ID, is_il, GH_DLP_WORDS, "teudat|zehut"},
    {"d-dddd-ddddd-dd-d", GH_DLP_NATIONAL_ID, is_th, GH_DLP_FREE, NULL},
};
// clang-format on
const size_t gh_dlp_national_count = sizeof(gh_dlp_national_table) / sizeof(gh_dlp_national_table[0]);
