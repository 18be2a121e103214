/* SPDX-License-Identifier: Apache-2.0 */
/* What message.c (pure) and wire.c (sockets) share. */
#ifndef GH_IPC_MESSAGE_INT_H
#define GH_IPC_MESSAGE_INT_H

#include "ipc/message.h"

#define GH_IPC_HEAD_BYTES 12 /* le32 length, le16 type, le16 number of fields, le32 id */

bool gh_ipc_has_fd(enum gh_ipc_type type);
/* The frame's length field; GH_BUG and GH_LIMIT as gh_ipc_write. */
GH_MUST_USE enum gh_rc gh_ipc_measure(uint32_t *length, const struct gh_ipc_msg *m);
void gh_ipc_put_head(struct gh_buf *out, const struct gh_ipc_msg *m, uint32_t length);

#endif
