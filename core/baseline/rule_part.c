/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/rule_part.h"

struct gh_value
gh_rule_part_last(struct gh_value v)
{
    size_t from = 0;
    bool is_marked = false;

    if (v.kind != GH_VALUE_STR)
        return v;
    for (size_t i = 0; i < v.s.n; i++) {
        if (v.s.p[i] == GH_MARK_ANY || v.s.p[i] == GH_MARK_SOME)
            is_marked = true;
        else if (v.s.p[i] == GH_MARK_END)
            is_marked = false;
        else if (v.s.p[i] == '/' && !is_marked)
            from = i + 1;
    }
    v.s = gh_str_sub(v.s, from, SIZE_MAX);
    v.is_opaque = gh_str_chr(v.s, GH_MARK_END) != SIZE_MAX;
    return v;
}

enum gh_truth
gh_rule_part_undecided(struct gh_judge *j, struct gh_str path, const char *why)
{
    gh_judge_saw(j, path, gh_value_unknown(why, (struct gh_str){NULL, 0}), NULL);
    return GH_TRUTH_UNKNOWN;
}

struct gh_value
gh_rule_part_at(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    struct gh_value v = c->path == NULL ? at : gh_expr_path(j->ev, at, c->path);

    gh_judge_saw(j, gh_str_z(c->path), v, c->wanted);
    return v;
}

enum gh_truth
gh_rule_part_any_is(struct gh_judge *j, struct gh_value v, const char *list)
{
    enum gh_truth best = gh_expr_is_open(v) ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE;
    struct gh_value e;
    uint32_t it = 0;

    if (v.kind != GH_VALUE_ARRAY)
        return gh_value_is_one(v, gh_str_z(list));
    while (gh_expr_each(&e, NULL, j->ev, v, &it))
        best = gh_rule_part_or(best, gh_value_is_one(e, gh_str_z(list)));
    return best;
}

void
gh_rule_walk_init(struct gh_rule_walk *w, struct gh_value v)
{
    w->depth = 0;
    w->enter_expr = w->is_cut = w->is_skipped = false;
    w->v = v;
}

static bool
is_entered(const struct gh_rule_walk *w)
{
    if (w->is_skipped || (w->v.kind != GH_VALUE_ARRAY && w->v.kind != GH_VALUE_OBJECT))
        return false;
    return w->depth == 0 || !w->v.is_expr || w->enter_expr;
}

bool
gh_rule_walk_next(struct gh_rule_walk *w, struct gh_eval *ev)
{
    if (is_entered(w)) {
        if (w->depth == GH_RULE_WALK_DEPTH) {
            w->is_cut = true;
        } else {
            w->level[w->depth].in = w->v;
            w->level[w->depth].key = (struct gh_str){NULL, 0};
            w->level[w->depth].n = 0;
            w->level[w->depth++].it = 0;
        }
    }
    w->is_skipped = false;
    for (; w->depth > 0; w->depth--)
        if (gh_expr_each(&w->v, &w->level[w->depth - 1].key, ev, w->level[w->depth - 1].in, &w->level[w->depth - 1].it)) {
            w->level[w->depth - 1].n++;
            return true;
        }
    return false;
}

struct gh_str
gh_rule_walk_key(const struct gh_rule_walk *w, uint32_t up)
{
    return up < w->depth ? w->level[w->depth - 1 - up].key : (struct gh_str){NULL, 0};
}

struct gh_str
gh_rule_walk_path(struct gh_judge *j, const struct gh_rule_walk *w, const char *prefix)
{
    struct gh_buf b;

    gh_buf_init(&b, j->a, 4096);
    gh_buf_putz(&b, prefix);
    for (uint32_t i = 0; i < w->depth; i++) {
        if (w->level[i].in.kind == GH_VALUE_OBJECT) {
            if (b.n > 0)
                gh_buf_putc(&b, '.');
            gh_buf_put(&b, gh_str_sub(w->level[i].key, 0, 64));
        } else {
            gh_buf_putc(&b, '[');
            gh_buf_put_u64(&b, w->level[i].n - 1);
            gh_buf_putc(&b, ']');
        }
    }
    if (b.rc == GH_NOMEM)
        j->ev->rc = GH_NOMEM;
    return gh_buf_str(&b);
}
