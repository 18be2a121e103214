/* SPDX-License-Identifier: Apache-2.0 */
/* The doors' own rows: which installation this is. */
#include "control/rest/auth.h"
#include "control/rest/door.h"

static void
get_organization(struct gh_call *call, const struct gh_door *d)
{
    struct gh_jsonw w;
    (void)d;
    call->action = GH_ACTION_STATUS_READ;
    if (!gh_auth_decide(call, GH_STR("/")))
        return;
    gh_jsonw_init(&w, &call->out);
    gh_jsonw_obj(&w);
    gh_jsonw_key(&w, "value");
    gh_jsonw_arr(&w);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "id", gh_str_z(call->c->config->tenant));
    gh_jsonw_kstr(&w, "displayName", GH_STR("Gatehouse"));
    gh_jsonw_end(&w, '}');
    gh_jsonw_end(&w, ']');
    gh_jsonw_end(&w, '}');
    call->status = 200;
}

static const struct gh_door_row rows[] = {
    {GH_SURFACE_GRAPH, GH_METHOD_GET, "/organization", get_organization},
};
const struct gh_door_table gh_door_directory = {rows, sizeof(rows) / sizeof(rows[0])};
