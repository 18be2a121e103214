/* SPDX-License-Identifier: Apache-2.0 */
/* wire/conv_testing: one printer of conversations, and one runner for each kind of case. */
#include "wire/conv_testing.h"

#include "base/limits.h"

#define TOLD_MAX (1u << 16)

static void
tell_str(struct gh_buf *b, const char *name, struct gh_str s)
{
    if (s.n == 0)
        return;
    gh_buf_putz(b, name);
    gh_buf_put(b, s);
}

static void
tell_number(struct gh_buf *b, const char *name, int64_t n, int64_t usual)
{
    if (n == usual)
        return;
    gh_buf_putz(b, name);
    gh_buf_put_i64(b, n);
}

static void
tell_lists(struct gh_buf *b, const struct gh_conv *c)
{
    static const char *const stored[] = {" -=", " r=", " c=", " f=", " K="};

    for (size_t i = 0; i < c->n_tools; i++)
        tell_str(b, c->tools[i].is_hosted ? " hosted=" : " own=", c->tools[i].name);
    for (size_t i = 0; i < c->n_chosen; i++)
        tell_str(b, " chosen=", c->chosen[i]);
    for (size_t i = 0; i < c->n_stored; i++)
        tell_str(b, stored[c->stored[i].kind], c->stored[i].id);
}

static void
tell_part(struct gh_buf *b, const struct gh_part *p, bool has_slashes)
{
    static const char role[] = "-suat", kind[] = "-iPDASM";

    gh_buf_putc(b, '|');
    gh_buf_putc(b, role[p->role]);
    gh_buf_putc(b, kind[p->kind]);
    gh_buf_putc(b, ':');
    for (size_t i = 0; i < p->text.n; i++)
        gh_buf_putc(b, has_slashes && p->text.p[i] == '\n' ? '/' : p->text.p[i]);
}

void
gh_conv_tell(struct gh_buf *b, const struct gh_conv *c, unsigned telling)
{
    gh_buf_put(b, c->model);
    gh_buf_putz(b, c->is_stream ? " stream" : "");
    gh_buf_putz(b, c->wants_usage && (telling & GH_TELL_USAGE) != 0 ? " usage" : "");
    gh_buf_putz(b, c->is_background ? " background" : "");
    if ((telling & GH_TELL_STORING) != 0)
        gh_buf_putz(b, !c->is_stored ? " unstored" : c->is_stored_unasked ? "" : " stored");
    tell_number(b, " n=", c->choices, 1);
    if ((telling & GH_TELL_BOUND) != 0)
        tell_number(b, " max=", c->max_output_tokens, -1);
    tell_str(b, " user=", c->end_user);
    tell_lists(b, c);
    tell_str(b, " ip=", c->claimed_ip);
    tell_str(b, " app=", c->claimed_application);
    tell_str(b, " refused=", c->refused == NULL ? GH_STR("") : gh_str_z(c->refused));
    for (size_t i = 0; i < c->n_parts; i++)
        tell_part(b, &c->parts[i], (telling & GH_TELL_SLASHES) != 0);
}

enum gh_rc
gh_conv_test_body(
    struct gh_conv *c, struct gh_json *j, struct gh_arena *a, const struct gh_dialect *d, struct gh_str body, struct gh_err *err)
{
    enum gh_rc rc = gh_json_parse(j, a, body, err);

    return rc == GH_OK ? d->read(c, a, j, err) : rc;
}

void
gh_conv_test_read(const struct gh_conv_test *t, const char *name, const char *body, enum gh_rc rc, const char *told)
{
    struct gh_arena a = gh_test_arena();
    struct gh_err err = {.what = ""};
    struct gh_buf got;
    struct gh_json j;
    struct gh_conv c;
    enum gh_rc got_rc = gh_conv_test_body(&c, &j, &a, t->dialect, gh_str_z(body), &err);

    gh_buf_init(&got, &a, TOLD_MAX);
    if (got_rc == GH_OK)
        t->tell(&got, &c);
    else
        gh_buf_putz(&got, err.what);
    if (got_rc != rc || (told != NULL && !gh_str_eq(gh_buf_str(&got), gh_str_z(told))))
        fail_msg("%s: got %d %.*s", name, (int)got_rc, (int)got.n, got.p);
    gh_arena_fini(&a);
}

/* The body as it goes on. */
static enum gh_rc
forward(struct gh_buf *out, struct gh_arena *a, const struct gh_dialect *d, const struct gh_json *body, const struct gh_conv *c,
    const struct gh_forward *how)
{
    struct gh_edits edits = {.arena = a};
    enum gh_rc rc;

    gh_buf_init(out, a, GH_BODY_BYTES_MAX + 1024);
    if ((rc = d->plan(&edits, a, body, c, how)) != GH_OK)
        return rc;
    return gh_dialect_splice(out, body->text, edits.item, edits.n);
}

void
gh_conv_test_plan(const struct gh_dialect *d, const char *name, const char *body, const struct gh_forward *how, const char *out)
{
    struct gh_arena a = gh_test_arena();
    struct gh_buf got;
    struct gh_json j;
    struct gh_conv c;

    assert_int_equal(gh_conv_test_body(&c, &j, &a, d, gh_str_z(body), NULL), GH_OK);
    assert_int_equal(forward(&got, &a, d, &j, &c, how), GH_OK);
    if (!gh_str_eq(gh_buf_str(&got), gh_str_z(out)))
        fail_msg("%s: got %.*s", name, (int)got.n, got.p);
    if (gh_dialect_check(d, &a, &c, how, gh_buf_str(&got)) != GH_OK)
        fail_msg("%s: not the same conversation", name);
    gh_arena_fini(&a);
}

enum gh_rc
gh_conv_test_forward(
    const struct gh_conv_test *t, const struct gh_forward *how, struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    struct gh_buf out;
    struct gh_json j;
    struct gh_conv c;
    enum gh_rc rc = gh_conv_test_body(&c, &j, a, t->dialect, in, NULL);

    if (rc != GH_OK)
        return rc;
    t->tell(meaning, &c);
    if ((rc = forward(&out, a, t->dialect, &j, &c, how)) != GH_OK)
        return rc;
    rc = gh_dialect_check(t->dialect, a, &c, how, gh_buf_str(&out));
    assert_int_not_equal(rc, GH_BUG);
    return rc;
}
