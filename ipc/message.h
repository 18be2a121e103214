/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ipc/message: framed messages over a socketpair, shared by supervisor, control and vault. One row for each message: type, direction,
 * number of fields, smallest and largest payload. Anything else closes the connection (the caller records it).
 *
 * A frame: le32 length of what follows, le16 type, le16 number of fields, le32 id, then each field as le32 length and bytes. A reply has
 * the id of its request. One descriptor may travel with a frame (SCM_RIGHTS) where the row says so. Numbers in fields are le64.
 */
#ifndef GH_IPC_MESSAGE_H
#define GH_IPC_MESSAGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"

/*
 * X(NAME, sender, fields, max payload bytes, has descriptor)
 *
 * A request that fails is answered by ERROR {le64 enum gh_rc, literal text}; one that succeeds by the row named OK_ below it.
 */
#define GH_IPC_LIST(X)                                                                                                        \
    X(ERROR, ANY, 2, 512, 0)                                                                                                  \
    /* child -> supervisor: it serves. Control adds a JSON object with values for the ready file, others "{}" */              \
    X(READY, CHILD, 1, 65536, 0)                                                                                              \
    /* supervisor -> control or vault: here is your socket to the other ("vault" | "control"), replacing any older one */     \
    X(PEER, SUPERVISOR, 1, 64, 1)                                                                                             \
    /* control -> supervisor: listeners changed in generation {le64}: render, test, reload. No reply */           \
    X(RENDER, CONTROL, 1, 8, 0)                                                                                               \
    /* supervisor -> control: {what, detail} happened (child restarted, render failed, separation): becomes a SYSTEM record */ \
    X(EVENT, SUPERVISOR, 2, 2048, 0)                                                                                          \
    /* control -> vault */                                                                                                    \
    X(WRAP, CONTROL, 3, 65536, 0)    /* resource, version, plain -> OK_WRAP {blob}                          */                \
    X(OK_WRAP, VAULT, 1, 131072, 0)                                                                                           \
    X(UNWRAP, CONTROL, 3, 131072, 0) /* resource, version, blob -> OK_UNWRAP {plain}                        */                \
    X(OK_UNWRAP, VAULT, 1, 65536, 0)                                                                                          \
    /* le64 generation, then rows of 7 fields, each le32 length and bytes: ws, backend, secret resource, version, header,  */  \
    /* blob, hosts joined by "\n". A row whose blob does not open is left out of the file, the rest is written             */  \
    X(CREDENTIALS, CONTROL, 2, GH_IPC_BYTES_MAX, 0)                                                                           \
    X(OK_CREDENTIALS, VAULT, 0, 0, 0)                                                                                         \
    /* subject, audience, le64 lifetime in seconds (at most 3600), identity kind -> OK_TOKEN {JWT, jti} */                    \
    X(TOKEN, CONTROL, 4, 4096, 0)                                                                                             \
    X(OK_TOKEN, VAULT, 2, 8192, 0)                                                                                            \
    /* le64 n, hash, le64 time -> OK_HEAD {signature}; a second hash for one n, or an n below the last: ERROR */              \
    X(HEAD, CONTROL, 3, 64, 0)                                                                                                \
    X(OK_HEAD, VAULT, 1, 256, 0)                                                                                              \
    /* Control asks at least twice a day: rotation happens here, and a new key is told a day before it signs              */  \
    /* {} -> OK_KEYS {JWKS of the token keys, audit public key (SPKI DER), le64 last head n, its hash, issuer URL} */         \
    X(KEYS, CONTROL, 0, 0, 0)                                                                                                 \
    X(OK_KEYS, VAULT, 5, 65536, 0)

enum gh_ipc_type {
    GH_IPC_NONE = 0,
#define GH_IPC_ENUM(name, sender, fields, max, fd) GH_IPC_##name,
    GH_IPC_LIST(GH_IPC_ENUM)
#undef GH_IPC_ENUM
    GH_IPC_COUNT
};

#define GH_IPC_FIELDS_MAX 8

struct gh_ipc_msg {
    enum gh_ipc_type type;
    uint32_t id;
    struct gh_str field[GH_IPC_FIELDS_MAX]; /* borrowed from the arena of the receive */
    size_t n_fields;
    int fd; /* -1, or a descriptor that the receiver now owns */
};

/* Who may send a row. CHILD: any program that the supervisor started. */
enum gh_ipc_sender { GH_IPC_FROM_ANY = 0, GH_IPC_FROM_CHILD, GH_IPC_FROM_SUPERVISOR, GH_IPC_FROM_CONTROL, GH_IPC_FROM_VAULT };

/* Whether `who` (SUPERVISOR, CONTROL, VAULT, or CHILD for the others) may send this row. A reader asks before it acts on a message. */
bool gh_ipc_is_from(enum gh_ipc_type type, enum gh_ipc_sender who);
struct gh_str gh_ipc_name(enum gh_ipc_type type);

/*
 * Pure half: the first frame of `bytes` -> message; fields are borrowed from `bytes`. *need is the frame's full size once known, else 0:
 * GH_MORE until that many bytes are there, and with GH_OK what the frame took. "max payload" counts the fields' contents. Fuzzed.
 */
GH_MUST_USE enum gh_rc gh_ipc_parse(struct gh_ipc_msg *out, struct gh_str bytes, size_t *need);
/* Pure half: message -> frame. GH_BUG: the fields are not those of the row. GH_LIMIT: more than the row's payload. */
GH_MUST_USE enum gh_rc gh_ipc_write(struct gh_buf *out, const struct gh_ipc_msg *m);

/*
 * Blocking, whole message or failure; nothing is copied on the way out, so nothing is left behind. timeout_ms < 0 waits for ever.
 * GH_DOWN: the peer is gone or silent (errno ETIMEDOUT). GH_BAD: not a frame of ours. After any failure the stream is out of step:
 * close it. The sender keeps m->fd. With SO_SNDTIMEO set on `fd`, a peer that does not read is GH_DOWN as well.
 */
GH_MUST_USE enum gh_rc gh_ipc_send(int fd, const struct gh_ipc_msg *m);
/* *out's fields live in `a`, which the caller marks is_secret where secrets travel. */
GH_MUST_USE enum gh_rc gh_ipc_recv(struct gh_ipc_msg *out, struct gh_arena *a, int fd, int timeout_ms);
/* Send, then receive the reply: same id, the OK_ row of the request (GH_BAD otherwise). ERROR becomes its rc, the reply stays readable. */
GH_MUST_USE enum gh_rc gh_ipc_call(struct gh_ipc_msg *reply, struct gh_arena *a, int fd, const struct gh_ipc_msg *request, int timeout_ms);

static inline struct gh_ipc_msg
gh_ipc_msg(enum gh_ipc_type type, uint32_t id)
{
    return (struct gh_ipc_msg){.type = type, .id = id, .fd = -1};
}
/* A message with too many fields, or a number that found no memory, is refused by write and send as GH_BUG. */
void gh_ipc_add(struct gh_ipc_msg *m, struct gh_str field);
/* A number as a field; the 8 bytes live in `a`. */
void gh_ipc_add_u64(struct gh_ipc_msg *m, struct gh_arena *a, uint64_t v);
GH_MUST_USE enum gh_rc gh_ipc_u64(uint64_t *out, const struct gh_ipc_msg *m, size_t field);
/* The ERROR answer to request `id`. `text` is a literal. */
struct gh_ipc_msg gh_ipc_error(struct gh_arena *a, uint32_t id, enum gh_rc rc, const char *text);

#endif
