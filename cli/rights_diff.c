/* SPDX-License-Identifier: Apache-2.0 */
/* cli/rights: who gains or loses what, before it is so. */
#include <stdlib.h>

#include "cli/objects.h"
#include "cli/rights.h"
#include "cli/tree.h"
#include "control/access/access_diff.h"
#include "host/host.h"

#define ARENA_MAX     ((size_t)512 << 20)
#define ANSWER_MAX    (64u << 20)
#define ACTIONS_SHOWN 4 /* of one line; -o json shows all */

enum { BEFORE, AFTER, STATES };

struct states {
    struct gh_offline *state[STATES];
    struct gh_view *view[STATES];
};

static void
states_close(struct states *s)
{
    for (size_t i = 0; i < STATES; i++) {
        gh_view_unref(s->view[i]);
        gh_offline_close(s->state[i]);
    }
}

/* Both from what the server shows; the files over one of them. */
static int
states_open(struct states *s, bool *is_hidden, const struct apply_list *l, struct gh_access *x)
{
    int status = gh_rights_of_server(s->state, STATES, is_hidden, x);

    if (status != GH_EXIT_DONE || *is_hidden || (status = gh_rights_put_files(s->state[AFTER], l)) != GH_EXIT_DONE)
        return status;
    if (gh_offline_view(&s->view[BEFORE], s->state[BEFORE]) != GH_OK || gh_offline_view(&s->view[AFTER], s->state[AFTER]) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "the policies could not be compared", NULL, NULL);
    return GH_EXIT_DONE;
}

static void
print_actions(const char *mark, const json_t *change, const char *key)
{
    const json_t *actions = json_object_get(change, key), *action;
    size_t i, n = json_array_size(actions);

    if (n == 0)
        return;
    printf("  %s %s at %s: ", mark, json_string_value(json_object_get(change, "principal")),
        json_string_value(json_object_get(change, "scope")));
    json_array_foreach(actions, i, action)
    {
        if (i < ACTIONS_SHOWN)
            printf("%s%s", i > 0 ? ", " : "", json_string_value(action));
    }
    printf(n > ACTIONS_SHOWN ? " and %zu more\n" : "\n", n - ACTIONS_SHOWN);
}

static void
print_changes(const json_t *answer)
{
    const json_t *changes = json_object_get(answer, "changes"), *change;
    size_t i;

    if (json_array_size(changes) == 0) {
        printf("nobody gains or loses anything by roles and denials\n");
        return;
    }
    json_array_foreach(changes, i, change)
    {
        print_actions("+", change, "gains");
        print_actions("-", change, "loses");
    }
}

static int
compare(json_t **answer, bool *is_governed, const struct states *s)
{
    struct gh_jsonw w;
    struct gh_buf b;
    size_t n_gains, n_losses;
    gh_auto_arena a;

    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    const struct gh_access_diff ask = {&s->view[BEFORE]->snap, &s->view[AFTER]->snap, &a, gh_now_ms()};
    gh_buf_init(&b, &a, ANSWER_MAX);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    enum gh_rc rc = gh_access_put_diff(&w, &n_gains, &n_losses, &ask);
    gh_jsonw_end(&w, '}');
    *is_governed = gh_access_is_governed(ask.after, &a, ask.now_ms) || !gh_access_is_governed(ask.before, &a, ask.now_ms);
    if (rc != GH_OK || b.rc != GH_OK || (*answer = gh_tree_read(gh_buf_str(&b))) == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "there are too many principals to compare", NULL, NULL);
    return GH_EXIT_DONE;
}

static bool
matters(const struct apply_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        enum gh_resource t = l->object[i].type;
        bool is_policy = t == GH_RESOURCE_IDENTITY || t == GH_RESOURCE_GROUP || t == GH_RESOURCE_ROLE_DEFINITION ||
                         t == GH_RESOURCE_ROLE_ASSIGNMENT || t == GH_RESOURCE_DENY_ASSIGNMENT || t == GH_RESOURCE_COND_POLICY ||
                         t == GH_RESOURCE_COND_PLACE || t == GH_RESOURCE_COND_STRENGTH;
        if (is_policy && (l->object[i].is_new || l->object[i].is_changed))
            return true;
    }
    return false;
}

int
gh_rights_tell_apply(const struct apply_list *l, struct gh_access *x)
{
    gh_auto_json *answer = NULL;
    struct states s = {0};
    bool is_hidden = false, is_governed = true;
    int status;

    if (!matters(l))
        return GH_EXIT_DONE;
    if ((status = states_open(&s, &is_hidden, l, x)) == GH_EXIT_DONE && !is_hidden)
        status = compare(&answer, &is_governed, &s);
    states_close(&s);
    if (status != GH_EXIT_DONE)
        return status;
    if (is_hidden) {
        gh_cli_note("who gains or loses access is not shown: you may not see the whole policy", NULL);
        return GH_EXIT_DONE;
    }
    printf("access:\n");
    print_changes(answer);
    (void)fflush(stdout);
    return is_governed
               ? GH_EXIT_DONE
               : gh_cli_fail(GH_EXIT_REFUSED, "nobody could give roles any more: the last administrator would be locked out", NULL,
                     "exclude an emergency account, or keep an Owner at / (gatehouse access explain)");
}

int
gh_cli_access_diff(struct gh_cli *c)
{
    enum gh_format f = gh_cli_objects_format(c, GH_FORMAT_TABLE);
    struct apply_list l = {0};
    gh_auto_access *x = NULL;
    gh_auto_json *answer = NULL;
    struct states s = {0};
    bool is_hidden = false, is_governed = true;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    l.a = &a;
    if (f == GH_FORMAT_NONE)
        return GH_EXIT_UNABLE;
    if ((status = gh_apply_load_all(&l, c)) == GH_EXIT_DONE && (status = gh_access_open(&x, c)) == GH_EXIT_DONE &&
        (status = states_open(&s, &is_hidden, &l, x)) == GH_EXIT_DONE)
        status = is_hidden ? gh_cli_fail(GH_EXIT_UNABLE, "you may not see the whole policy", NULL, "ask as a Reader at /")
                           : compare(&answer, &is_governed, &s);
    states_close(&s);
    gh_apply_fini(&l);
    if (status != GH_EXIT_DONE)
        return status;
    if (f == GH_FORMAT_TABLE)
        print_changes(answer);
    else
        gh_cli_objects_print(answer, f);
    if (!is_governed)
        gh_cli_note("nobody could give roles any more: apply would refuse this", NULL);
    return GH_EXIT_DONE;
}
