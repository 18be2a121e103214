/* SPDX-License-Identifier: Apache-2.0 */
/* wire/texts: one slot for each part, made when the first of them changes. */
#include "wire/texts.h"

struct gh_str
gh_texts_get(const struct gh_texts *t, size_t part)
{
    return t->now != NULL && t->now[part].p != NULL ? t->now[part] : t->conv->parts[part].text;
}

enum gh_rc
gh_texts_set(struct gh_texts *t, size_t part, struct gh_str text)
{
    if (part >= t->conv->n_parts || t->conv->parts[part].is_fixed || text.n == 0)
        return GH_BAD;
    if (t->now == NULL && (t->now = gh_arena_take_array(t->arena, t->conv->n_parts, sizeof(*t->now))) == NULL)
        return GH_NOMEM;
    t->n_changed += t->now[part].p == NULL;
    t->now[part] = text;
    return GH_OK;
}

enum gh_rc
gh_texts_plan(struct gh_forward *how, const struct gh_texts *t)
{
    struct gh_part_text *list = gh_arena_take_array(t->arena, t->n_changed, sizeof(*list));

    if (list == NULL)
        return GH_NOMEM;
    how->texts = list;
    how->n_texts = 0;
    for (size_t i = 0; how->n_texts < t->n_changed; i++)
        if (t->now[i].p != NULL)
            list[how->n_texts++] = (struct gh_part_text){i, t->now[i]};
    return GH_OK;
}
