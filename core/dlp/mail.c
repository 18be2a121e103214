/* SPDX-License-Identifier: Apache-2.0 */
/* dlp/detect: addresses of e-mail (RFC 5321, as people write them: dot-atoms, and names of domains that exist). */
#include "dlp/detect.h"

#define LOCAL_MAX  64
#define DOMAIN_MAX 190

/* Top-level domains that are not two letters long. */
static const char domains[] = "com|org|net|edu|gov|mil|int|info|biz|name|pro|aero|coop|museum|jobs|mobi|travel|tel|cat|asia|post|"
                              "xxx|app|dev|page|blog|cloud|shop|store|"
                              "online|site|website|tech|space|fun|live|life|world|today|news|media|email|company|solutions|"
                              "services|support|systems|network|digital|agency|"
                              "studio|design|group|team|work|works|global|international|consulting|capital|ventures|partners|"
                              "finance|financial|bank|insurance|legal|law|"
                              "health|care|clinic|hospital|pharmacy|education|academy|school|university|institute|foundation|ngo|"
                              "ong|church|berlin|london|paris|tokyo|nyc|"
                              "wien|hamburg|koeln|bayern|swiss|gmbh|ltd|llc|inc|software|technology|computer|codes|engineering|"
                              "energy|industries|social|chat|xyz|top|club|"
                              "vip|wiki|art|games|game|events|photography|photo|video|film|music|press|report|review|guide|tips|"
                              "expert|zone|city|town|house|estate|land|"
                              "properties|restaurant|cafe|bar|pub|wine|coffee|pizza|fit|fitness|yoga|bio|eco|green|earth|farm|"
                              "garden|pet|vet|dog|horse|car|auto|cars|bike|"
                              "taxi|flights|holiday|tours|hotel|villas|fashion|jewelry|shoes|beauty|salon|baby|kids|family|love|"
                              "date|wedding|gift|gifts|toys|money|cash|"
                              "fund|trade|market|markets|exchange|tax|accountants|lawyer|attorney|doctor|dentist|security|science|"
                              "google|microsoft|example|test|invalid|"
                              "local|internal|corp|lan|localdomain";

/* Countries. */
static const char countries[] = "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt "
                                "bw by bz ca cc cd cf cg ch ci ck cl cm cn co "
                                "cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg "
                                "gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm "
                                "hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc "
                                "li lk lr ls lt lu lv ly ma mc md me mg mh mk "
                                "ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg "
                                "ph pk pl pm pn pr ps pt pw py qa re ro rs ru "
                                "rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn "
                                "to tr tt tv tw tz ua ug uk us uy uz va vc ve "
                                "vg vi vn vu wf ws ye yt za zm zw";

static bool
is_local(char c)
{
    return gh_dlp_is_alnum(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-' || c == '\'';
}

size_t
gh_dlp_mail_begin(const struct gh_dlp_view *v, size_t sign)
{
    size_t at = sign;

    while (at > 0 && sign - at < LOCAL_MAX && is_local(v->p[at - 1]) && !gh_dlp_is_escaped(v, at))
        at--;
    while (at < sign && !gh_dlp_is_alnum(v->p[at]) && v->p[at] != '_')
        at++;
    return at;
}

static bool
is_listed(struct gh_str word, const char *list, char between)
{
    struct gh_str all = gh_str_z(list), item;

    while (gh_str_cut(&item, &all, between))
        if (gh_str_eq_ci(item, word))
            return true;
    return false;
}

static bool
is_ending(struct gh_str label)
{
    return label.n == 2 ? is_listed(label, countries, ' ') : is_listed(label, domains, '|');
}

/* Labels, dots, and an ending that exists. */
static enum gh_dlp_verdict
judge_domain(struct gh_dlp_match *m, const struct gh_dlp_view *v, size_t at)
{
    size_t i = at, label = at, labels = 1;

    for (; i < v->n && i - at < DOMAIN_MAX; i++) {
        char c = v->p[i];
        if (c == '.') {
            if (i == label || v->p[i - 1] == '-')
                return GH_DLP_NO;
            if (i + 1 == v->n && !v->is_last)
                return GH_DLP_MORE;
            if (i + 1 == v->n || !gh_dlp_is_alnum(v->p[i + 1]))
                break; /* the end of a sentence */
            label = i + 1;
            labels++;
        } else if (!gh_dlp_is_alnum(c) && (c != '-' || i == label))
            break;
    }
    if (i == v->n && !v->is_last)
        return i - at < DOMAIN_MAX ? GH_DLP_MORE : GH_DLP_NO;
    while (i > label && v->p[i - 1] == '-')
        i--;
    if (labels < 2 || !is_ending(gh_str(v->p + label, i - label)))
        return GH_DLP_NO;
    if (i < v->n && (v->p[i] == '_' || v->p[i] == '@'))
        return GH_DLP_NO;
    m->end = i;
    if (i < v->n && v->p[i] == ':') { /* git@host:path */
        if (i + 1 == v->n && !v->is_last)
            return GH_DLP_MORE;
        return i + 1 < v->n && gh_dlp_is_alnum(v->p[i + 1]) ? GH_DLP_NO : GH_DLP_FOUND;
    }
    return GH_DLP_FOUND;
}

enum gh_dlp_verdict
gh_dlp_mail_judge(struct gh_dlp_match *m, const struct gh_dlp_view *v, size_t at)
{
    size_t i = at;

    m->type = GH_DLP_EMAIL;
    m->at = at;
    while (i < v->n && i - at < LOCAL_MAX && is_local(v->p[i]))
        i++;
    if (i == v->n)
        return v->is_last || i - at >= LOCAL_MAX ? GH_DLP_NO : GH_DLP_MORE;
    if (v->p[i] != '@' || i == at || v->p[i - 1] == '.')
        return GH_DLP_NO;
    if (at >= 3 && gh_str_eq(gh_str(v->p + at - 3, 3), GH_STR("://"))) /* the user of a URL */
        return GH_DLP_NO;
    enum gh_dlp_verdict verdict = judge_domain(m, v, i + 1);
    return verdict == GH_DLP_MORE && v->is_last ? GH_DLP_NO : verdict;
}

/* A dot, digit or sign inside: few words of a language have one. A dot at its end is a sentence's. */
bool
gh_dlp_mail_alive(const struct gh_dlp_view *v, size_t at, bool is_any)
{
    size_t i = at, marks = 0;

    if (!gh_dlp_is_start(v, at) || !gh_dlp_is_alnum(v->p[at]))
        return false;
    for (; i < v->n && i - at < LOCAL_MAX && is_local(v->p[i]); i++)
        marks += i > at && i + 1 < v->n && (v->p[i] == '.' || v->p[i] == '+' || v->p[i] == '_' || gh_dlp_is_digit(v->p[i])) &&
                 gh_dlp_is_alnum(v->p[i + 1]);
    return i == v->n && (marks > 0 || is_any);
}
