/* SPDX-License-Identifier: MIT
 *
 * sock: the only user of libzmq. A ROUTER for the engine, a DEALER for a worker, messages of two
 * frames: a fixed header (msg.h of the run layer gives it meaning) and a body.
 *
 * Sockets never block: a full queue or a vanished peer is an answer, not a wait, because the rows
 * in Postgres are the truth and messages are hints. ROUTER is mandatory (an unknown peer is
 * reported), sizes are capped at LIMIT_FRAME_BYTES, queues at LIMIT_SOCKET_QUEUE, ZMTP heartbeats
 * run on every connection. A socket belongs to one thread.
 */
#ifndef ROOKERY_BASE_SOCK_H
#define ROOKERY_BASE_SOCK_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

struct sock_context;
struct sock;

enum { SOCK_PEER_BYTES = 32 };

/* A peer's routing id: 16 random bytes a worker process chooses at start, as text. */
struct sock_peer {
    char id[SOCK_PEER_BYTES + 1];
};

/* One context a process; free it after its sockets. */
struct sock_context *sock_context_new(void);
void sock_context_free(struct sock_context *context);

/* Binds a ROUTER to "ipc:///path" or "tcp://host:port". */
bool sock_bind(struct sock_context *context, const char *endpoint, struct sock **ret_sock,
               struct err *err);
/* Connects a DEALER under the given identity (32 hex digits). */
bool sock_connect(struct sock_context *context, const char *endpoint, const char *identity,
                  struct sock **ret_sock, struct err *err);
void sock_close(struct sock *sock); /* NULL is fine; drops what was not sent within 100 ms */

/* Descriptor that becomes readable when the socket's state changed: then call sock_receive() until
 * it says empty (the descriptor is edge-triggered), also once after each send. */
int sock_fd(const struct sock *sock);

enum sock_result { SOCK_OK, SOCK_FULL, SOCK_NO_PEER, SOCK_EMPTY, SOCK_FAILED };

/* Sends one message; peer is required on a ROUTER and NULL on a DEALER. */
enum sock_result sock_send(struct sock *sock, const struct sock_peer *peer, const void *head,
                           size_t head_len, const void *body, size_t body_len);
/* Receives one whole message if there is one; head and body are cleared first. Malformed messages
 * (wrong number of frames) are dropped and counted. ret_peer is filled on a ROUTER. */
enum sock_result sock_receive(struct sock *sock, struct sock_peer *ret_peer, struct buf *head,
                              struct buf *body);
/* Malformed messages dropped so far. */
int64_t sock_dropped(const struct sock *sock);

/* "4.3.4" */
const char *sock_library_version(void);

#endif
