/* SPDX-License-Identifier: MIT
 *
 * msg: what the engine and a worker say to each other, over sock.h.
 *
 * A message is a header of 16 bytes and a body. The header: 'R' 'K', version, type, four zero
 * bytes, and the fence of the attempt it is about (0 when it is about none), big-endian. The set of
 * types is closed. Bodies are JSON objects; only `announce` is binary, because it is the hot one:
 * items of 12 bytes (id 8, weight 4), big-endian.
 *
 * A message is a hint: it carries its fence, and one about a superseded attempt is ignored.
 * Whoever speaks another version is refused with both versions named.
 */
#ifndef ROOKERY_RUN_MSG_H
#define ROOKERY_RUN_MSG_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "nodes/node.h"

enum { MSG_VERSION = 1, MSG_HEAD_BYTES = 16, MSG_ITEM_BYTES = 12 };

/* type, name, body */
#define MSG_TYPES(X)                                                                               \
    X(MSG_HELLO, "hello")       /* worker: {"pid"}; first message, also after a reconnect */       \
    X(MSG_TASK, "task")         /* engine: what to do, see worker.c */                             \
    X(MSG_CANCEL, "cancel")     /* engine: {} stop the attempt soon */                             \
    X(MSG_STOP, "stop")         /* engine: {} end the process after the attempt */                 \
    X(MSG_ANNOUNCE, "announce") /* worker: items committed, binary */                              \
    X(MSG_PROGRESS, "progress") /* worker: {"count","done","total","note"} */                      \
    X(MSG_LOG, "log")           /* worker: {"level","message"} */                                  \
    X(MSG_DONE, "done")         /* worker: {"ok", result or error}; the attempt ended */

enum msg_type {
#define X(type, name) type,
    MSG_TYPES(X)
#undef X
        MSG_TYPE_COUNT
};

struct msg_head {
    enum msg_type type;
    int64_t fence;
};

const char *msg_type_name(enum msg_type type);

/* Writes the 16 bytes. */
void msg_pack_head(const struct msg_head *head, unsigned char out[MSG_HEAD_BYTES]);
/* Reads them; fails on anything but exactly our version and a known type. */
bool msg_unpack_head(const void *data, size_t len, struct msg_head *ret_head, struct err *err);

/* Items of an announce. */
bool msg_pack_items(struct buf *out, const struct node_item *items, int count);
/* Reads them into a malloc'ed array; a body that is no whole number of items fails. */
bool msg_unpack_items(const void *data, size_t len, struct node_item **ret_items, int *ret_count,
                      struct err *err);

/* Items as JSON, [[id, weight], ...], for task and done. */
json_t *msg_items_json(const struct node_item *items, int count);
bool msg_items_from_json(const json_t *array, struct node_item **ret_items, int *ret_count,
                         struct err *err);

/* Body <-> JSON object. */
bool msg_write_json(struct buf *out, const json_t *body);
bool msg_read_json(const struct buf *body, json_t **ret_object, struct err *err);

#endif
