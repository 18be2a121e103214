/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/serve.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/limits.h"
#include "base/spki.h"
#include "host/host.h"
#include "ipc/message.h"
#include "vault/wrap.h"

enum {
    FRAME_WAIT_MS = 5000,                  /* for the rest of a frame whose first byte is there */
    SEND_WAIT_S = 1,                       /* for each part of an answer to be read */
    ARENA_BYTES_MAX = 8 * GH_IPC_BYTES_MAX /* the largest message, its secrets in clear, and the file made of them while it grows */
};

/* One question and what is needed to answer it. */
struct question {
    struct gh_serve *vault;
    struct gh_serve_secrets *secrets;
    const struct gh_ipc_msg *msg;
    struct gh_ipc_msg *answer;
    struct gh_arena *arena;
    int64_t now_ms;
    struct gh_err *err;
};

/* ---- handlers ---- */

static enum gh_rc
on_wrap(struct question *q)
{
    struct gh_buf blob;
    enum gh_rc rc;

    gh_buf_init(&blob, q->arena, q->msg->field[2].n + GH_WRAP_OVERHEAD);
    if ((rc = gh_wrap_put(&blob, &q->secrets->seal, q->msg->field[0], q->msg->field[1], q->msg->field[2])) != GH_OK)
        return gh_fail(q->err, rc, 0, "secret cannot be wrapped: it needs a resource and a version");
    gh_ipc_add(q->answer, gh_buf_str(&blob));
    return GH_OK;
}

static enum gh_rc
on_unwrap(struct question *q)
{
    struct gh_buf plain;
    enum gh_rc rc;

    gh_buf_init(&plain, q->arena, q->msg->field[2].n);
    if ((rc = gh_wrap_get(&plain, &q->secrets->seal, q->msg->field[0], q->msg->field[1], q->msg->field[2])) != GH_OK)
        return gh_fail(q->err, rc, 0, "blob does not open for this resource and version");
    gh_ipc_add(q->answer, gh_buf_str(&plain));
    return GH_OK;
}

static enum gh_rc
on_credentials(struct question *q)
{
    struct gh_credentials_job job = {.seal = &q->secrets->seal,
        .text = &q->secrets->text,
        .dir = q->vault->memory_dir,
        .rows = q->msg->field[1],
        .now_ms = q->now_ms};
    size_t n_left_out;

    if (gh_ipc_u64(&job.generation, q->msg, 0) != GH_OK || job.generation == 0)
        return gh_fail(q->err, GH_BAD, 0, "credentials need a generation");
    return gh_credentials_write(&n_left_out, &job, q->arena, q->err);
}

static enum gh_rc
on_token(struct question *q)
{
    struct gh_sign_request r = {.subject = q->msg->field[0], .audience = q->msg->field[1], .kind = q->msg->field[3]};
    char *jti = gh_arena_take(q->arena, GH_SIGN_JTI_BYTES);
    struct gh_buf jwt;
    enum gh_rc rc;

    if (jti == NULL)
        return gh_fail(q->err, GH_NOMEM, 0, "no memory");
    if (gh_ipc_u64(&r.lifetime_s, q->msg, 2) != GH_OK)
        return gh_fail(q->err, GH_BAD, 0, "lifetime is no number");
    gh_buf_init(&jwt, q->arena, 8192);
    if ((rc = gh_sign_token(&jwt, jti, &q->secrets->state, q->secrets->seal.installation, &r, q->now_ms, q->err)) != GH_OK)
        return rc;
    gh_ipc_add(q->answer, gh_buf_str(&jwt));
    gh_ipc_add(q->answer, gh_str(jti, GH_SIGN_JTI_BYTES));
    return GH_OK;
}

static enum gh_rc
on_head(struct question *q)
{
    uint8_t *sig = gh_arena_take(q->arena, GH_P256_SIG_BYTES);
    struct gh_str hash = q->msg->field[1];
    uint64_t n, time_ms;
    enum gh_rc rc;

    if (sig == NULL)
        return gh_fail(q->err, GH_NOMEM, 0, "no memory");
    if (gh_ipc_u64(&n, q->msg, 0) != GH_OK || hash.n != GH_SHA256_BYTES || gh_ipc_u64(&time_ms, q->msg, 2) != GH_OK)
        return gh_fail(q->err, GH_BAD, 0, "head has fields of a wrong size");
    if ((rc = gh_sign_head(sig, &q->secrets->state, &q->secrets->seal, q->vault->vault_dir, n, (const uint8_t *)hash.p,
             (int64_t)time_ms, q->now_ms, q->err)) != GH_OK)
        return rc;
    gh_ipc_add(q->answer, gh_str(sig, GH_P256_SIG_BYTES));
    return GH_OK;
}

/* A key that is due is on disk before anybody hears of it; if it cannot be written, all is as before. */
static enum gh_rc
rotate(struct question *q)
{
    struct gh_serve_secrets *s = q->secrets;
    bool changed;
    enum gh_rc rc;

    s->next = s->state;
    if ((rc = gh_state_rotate(&s->next, &changed, q->now_ms)) == GH_OK && changed &&
        (rc = gh_state_save(&s->next, &s->seal, q->vault->vault_dir)) == GH_OK) {
        s->state = s->next;
        gh_log(GH_LOG_NOTICE, "token keys rotated", GH_KU("keys", s->state.n_token), GH_KEND);
    }
    gh_wipe(&s->next, sizeof(s->next));
    return rc;
}

static enum gh_rc
on_keys(struct question *q)
{
    const struct gh_state *st = &q->secrets->state;
    struct gh_buf jwks, audit, issuer;
    enum gh_rc rc;

    if ((rc = rotate(q)) != GH_OK)
        return gh_fail(q->err, rc, 0, "token keys cannot be rotated");
    gh_buf_init(&jwks, q->arena, 8192);
    gh_buf_init(&audit, q->arena, GH_SPKI_BYTES_MAX);
    gh_buf_init(&issuer, q->arena, GH_SIGN_ISSUER_BYTES);
    gh_sign_put_issuer(&issuer, q->secrets->seal.installation);
    if ((rc = gh_sign_put_jwks(&jwks, st)) != GH_OK || (rc = gh_p256_put_spki(&audit, &st->audit)) != GH_OK ||
        (rc = issuer.rc) != GH_OK)
        return gh_fail(q->err, rc, 0, "keys cannot be written");
    gh_ipc_add(q->answer, gh_buf_str(&jwks));
    gh_ipc_add(q->answer, gh_buf_str(&audit));
    gh_ipc_add_u64(q->answer, q->arena, st->head_n);
    gh_ipc_add(q->answer, gh_str(st->head_hash, sizeof(st->head_hash)));
    gh_ipc_add(q->answer, gh_buf_str(&issuer));
    return GH_OK;
}

/* ---- the table ---- */

static const struct row {
    enum gh_ipc_type answer;
    enum gh_rc (*run)(struct question *q);
} rows[GH_IPC_COUNT] = {
    [GH_IPC_WRAP] = {GH_IPC_OK_WRAP, on_wrap},
    [GH_IPC_UNWRAP] = {GH_IPC_OK_UNWRAP, on_unwrap},
    [GH_IPC_CREDENTIALS] = {GH_IPC_OK_CREDENTIALS, on_credentials},
    [GH_IPC_TOKEN] = {GH_IPC_OK_TOKEN, on_token},
    [GH_IPC_HEAD] = {GH_IPC_OK_HEAD, on_head},
    [GH_IPC_KEYS] = {GH_IPC_OK_KEYS, on_keys},
};

/* A peer that stops in the middle of a message: the stream is lost, but the peer would not notice. Ending makes the supervisor join both anew. */
static enum gh_rc
or_stuck(enum gh_rc rc)
{
    return rc == GH_DOWN && (errno == ETIMEDOUT || errno == EAGAIN) ? GH_LIMIT : rc;
}

static enum gh_rc
answer(struct gh_serve *v, const struct gh_ipc_msg *msg, struct gh_arena *a)
{
    struct gh_ipc_msg reply = gh_ipc_msg(rows[msg->type].answer, msg->id);
    struct gh_err err = {GH_OK, 0, ""};
    struct question q = {
        .vault = v, .secrets = v->secrets, .msg = msg, .answer = &reply, .arena = a, .now_ms = gh_now_ms(), .err = &err};
    enum gh_rc rc = rows[msg->type].run(&q);

    if (rc == GH_OK)
        return or_stuck(gh_ipc_send(v->control, &reply));
    gh_log(GH_LOG_WARN, "refused", GH_KS("question", gh_ipc_name(msg->type)), GH_KS("why", gh_str_z(err.what)), GH_KU("rc", rc),
        GH_KEND);
    reply = gh_ipc_error(a, msg->id, rc, err.what);
    return or_stuck(gh_ipc_send(v->control, &reply));
}

/* ---- the sockets ---- */

/* GH_DOWN: control is gone (the supervisor brings another). GH_LIMIT: it is stuck. Anything else: it broke the protocol. */
static enum gh_rc
from_control(struct gh_serve *v)
{
    gh_auto_arena a;
    struct gh_ipc_msg msg;
    enum gh_rc rc;

    gh_arena_init(&a, gh_heap(), ARENA_BYTES_MAX);
    a.is_secret = true;
    if ((rc = gh_ipc_recv(&msg, &a, v->control, FRAME_WAIT_MS)) != GH_OK)
        return or_stuck(rc);
    gh_close(msg.fd);
    if (!gh_ipc_is_from(msg.type, GH_IPC_FROM_CONTROL) || rows[msg.type].run == NULL)
        return GH_BAD;
    return answer(v, &msg, &a);
}

/* A control that asks and does not read must not keep vault from its supervisor. */
static bool
bound_sends(int fd)
{
    const struct timeval patience = {.tv_sec = SEND_WAIT_S};

    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0;
}

static enum gh_rc
from_supervisor(struct gh_serve *v)
{
    gh_auto_arena a;
    struct gh_ipc_msg msg;
    enum gh_rc rc;

    gh_arena_init(&a, gh_heap(), GH_IPC_BYTES_MAX);
    if ((rc = gh_ipc_recv(&msg, &a, v->supervisor, FRAME_WAIT_MS)) != GH_OK)
        return rc;
    if (msg.type != GH_IPC_PEER || !gh_str_eq(msg.field[0], GH_STR("control"))) {
        gh_close(msg.fd);
        return GH_BAD;
    }
    gh_close(v->control);
    v->control = msg.fd;
    return bound_sends(v->control) ? GH_OK : GH_BUG;
}

static void
drop_control(struct gh_serve *v)
{
    gh_close(v->control);
    v->control = -1;
}

static int
broken(const char *who, enum gh_rc rc)
{
    gh_log(GH_LOG_ERROR,
        rc == GH_LIMIT ? "sender stopped in the middle of a message; ending" : "what came is no message of this sender; ending",
        GH_KS("sender", gh_str_z(who)), GH_KEND);
    return 1;
}

int
gh_serve_run(struct gh_serve *v)
{
    for (;;) {
        struct pollfd p[2] = {{.fd = v->supervisor, .events = POLLIN}, {.fd = v->control, .events = POLLIN}};
        enum gh_rc rc = GH_OK;

        if (poll(p, 2, -1) < 0) {
            if (errno == EINTR)
                continue;
            return broken("poll", GH_BUG);
        }
        if (p[0].revents != 0) { /* first: what control's old socket still says does not matter once there is a new one */
            if ((rc = from_supervisor(v)) == GH_DOWN)
                return 0;
            if (rc != GH_OK)
                return broken("supervisor", rc);
        } else if (p[1].revents != 0) {
            if ((rc = from_control(v)) == GH_DOWN)
                drop_control(v);
            else if (rc != GH_OK)
                return broken("control", rc);
        }
    }
}
