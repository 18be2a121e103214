/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ready file: one table of keys. A value is what control said under that name; where it said nothing, it is made from the template,
 * in which <name> stands for another value. A template whose parts are not known gives no key.
 */
#include <fcntl.h>

#include "host/host.h"
#include "ipc/layout.h"
#include "supervisor/super.h"
#include "wire/json.h"

#define READY_MAX 65536

static const struct {
    const char *key;
    const char *template; /* NULL: control alone knows it */
} keys[] = {
    {"ca", "<ca>"},
    {"workspace", NULL},
    {"endpoint", NULL},
    {"deployment", NULL},
    {"management_url", "<origin>/api"},
    {"arm_endpoint", "<origin>/arm"},
    {"graph_base_url", "<origin>/graph"},
    {"openai_base_url", "<origin>/workspaces/<workspace>/endpoints/<endpoint>/openai/v1"},
    {"azure_endpoint", "<origin>/workspaces/<workspace>/endpoints/<endpoint>"},
    {"anthropic_base_url", "<origin>/workspaces/<workspace>/endpoints/<endpoint>/anthropic"},
    {"anthropic_model", NULL},
    {"score_url", "<origin>/workspaces/<workspace>/endpoints/<endpoint>/score"},
    {"score_model", NULL},
    {"content_safety_endpoint", "<origin>/workspaces/<workspace>"},
    {"admin_token", NULL},
    {"client_token", NULL},
    {"api_key", NULL},
};

struct values {
    struct gh_arena *a;
    struct gh_json control;
    struct gh_str origin, ca;
};

/* False: nobody said it. */
static bool
look_up(struct gh_str *out, const struct values *v, struct gh_str name)
{
    if (gh_str_eq(name, GH_STR("origin")))
        *out = v->origin;
    else if (gh_str_eq(name, GH_STR("ca")))
        *out = v->ca;
    else if (gh_json_str(out, v->a, &v->control, gh_json_get(&v->control, 0, name)) != GH_OK)
        return false;
    return out->n > 0;
}

static bool
fill(struct gh_buf *out, const struct values *v, const char *template)
{
    struct gh_str rest = gh_str_z(template), text, name, value;

    while (gh_str_cut(&text, &rest, '<')) {
        gh_buf_put(out, text);
        if (!gh_str_cut(&name, &rest, '>'))
            break;
        if (!look_up(&value, v, name))
            return false;
        gh_buf_put(out, value);
    }
    return out->rc == GH_OK;
}

enum gh_rc
gh_ready_compose(
    struct gh_buf *out, struct gh_arena *a, struct gh_str control_json, struct gh_str origin, struct gh_str ca, struct gh_err *err)
{
    struct values v = {.a = a, .origin = origin, .ca = ca};
    struct gh_jsonw w;
    enum gh_rc rc = gh_json_parse(&v.control, a, control_json, err);

    if (rc != GH_OK)
        return rc;
    if (gh_json_type(&v.control, 0) != GH_JSON_OBJECT)
        return gh_fail(err, GH_BAD, 0, "not an object");
    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct gh_str value = {NULL, 0};
        struct gh_buf made;
        gh_buf_init(&made, a, READY_MAX);
        if (look_up(&value, &v, gh_str_z(keys[i].key)))
            gh_jsonw_kstr(&w, keys[i].key, value);
        else if (keys[i].template != NULL && fill(&made, &v, keys[i].template))
            gh_jsonw_kstr(&w, keys[i].key, gh_buf_str(&made));
    }
    gh_jsonw_end(&w, '}');
    gh_buf_putc(out, '\n');
    return out->rc;
}

enum gh_rc
gh_ready_write(const struct gh_super *s, struct gh_str control_json)
{
    char origin[96], ca[GH_HOUSE_PATH_MAX + 32];
    struct gh_err err = {0};
    gh_auto_arena a;
    struct gh_buf b;
    enum gh_rc rc;

    gh_arena_init(&a, gh_heap(), 16 * READY_MAX);
    a.is_secret = true;
    gh_buf_init(&b, &a, READY_MAX);
    gh_report_origin(origin, sizeof(origin), s);
    if (!gh_house_path(ca, sizeof(ca), &s->house, GH_LAYOUT_CA))
        return GH_LIMIT;
    rc = gh_ready_compose(&b, &a, control_json, gh_str_z(origin), gh_str_z(ca), &err);
    if (rc != GH_OK) {
        gh_log(GH_LOG_ERROR, "control's values for the ready file are not what they should be",
            GH_KS("why", gh_str_z(err.what == NULL ? "?" : err.what)), GH_KU("at", err.at), GH_KEND);
        return rc;
    }
    return gh_file_replace(AT_FDCWD, s->settings->ready_file, 0600, gh_buf_str(&b));
}
