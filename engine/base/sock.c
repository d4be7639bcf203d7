/* SPDX-License-Identifier: MIT
 * sock: see sock.h. */
#include "engine/base/sock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/base/mem.h"

enum { HEARTBEAT_MS = 3000, HEARTBEAT_TIMEOUT_MS = 9000, LINGER_MS = 100, FRAMES_MAX = 3 };

struct sock_context {
    void *zmq;
};

struct sock {
    void *zmq;
    bool router;
    int64_t dropped;
};

struct sock_context *sock_context_new(void)
{
    struct sock_context *context = xmalloc(sizeof(*context));

    context->zmq = zmq_ctx_new();
    CHECK(context->zmq != NULL);
    return context;
}

void sock_context_free(struct sock_context *context)
{
    if (context != NULL) {
        (void)zmq_ctx_term(context->zmq);
        free(context);
    }
}

static void set_int(void *zmq, int option, int value)
{
    CHECK(zmq_setsockopt(zmq, option, &value, sizeof(value)) == 0);
}

static struct sock *make_socket(struct sock_context *context, int type)
{
    struct sock *sock = xcalloc(1, sizeof(*sock));
    int64_t size_max = LIMIT_FRAME_BYTES;

    sock->zmq = zmq_socket(context->zmq, type);
    CHECK(sock->zmq != NULL);
    sock->router = type == ZMQ_ROUTER;
    set_int(sock->zmq, ZMQ_LINGER, LINGER_MS);
    set_int(sock->zmq, ZMQ_SNDHWM, LIMIT_SOCKET_QUEUE);
    set_int(sock->zmq, ZMQ_RCVHWM, LIMIT_SOCKET_QUEUE);
    set_int(sock->zmq, ZMQ_HEARTBEAT_IVL, (int)clock_scaled_ms(HEARTBEAT_MS));
    set_int(sock->zmq, ZMQ_HEARTBEAT_TIMEOUT, (int)clock_scaled_ms(HEARTBEAT_TIMEOUT_MS));
    CHECK(zmq_setsockopt(sock->zmq, ZMQ_MAXMSGSIZE, &size_max, sizeof(size_max)) == 0);
    return sock;
}

bool sock_bind(struct sock_context *context, const char *endpoint, struct sock **ret_sock,
               struct err *err)
{
    struct sock *sock = make_socket(context, ZMQ_ROUTER);

    set_int(sock->zmq, ZMQ_ROUTER_MANDATORY, 1);
    if (zmq_bind(sock->zmq, endpoint) != 0) {
        err_set(err, ERR_ENGINE, "cannot listen on %s: %s", endpoint, zmq_strerror(errno));
        sock_close(sock);
        return false;
    }
    *ret_sock = sock;
    return true;
}

bool sock_connect(struct sock_context *context, const char *endpoint, const char *identity,
                  struct sock **ret_sock, struct err *err)
{
    struct sock *sock = make_socket(context, ZMQ_DEALER);

    CHECK(strlen(identity) == SOCK_PEER_BYTES);
    CHECK(zmq_setsockopt(sock->zmq, ZMQ_ROUTING_ID, identity, SOCK_PEER_BYTES) == 0);
    if (zmq_connect(sock->zmq, endpoint) != 0) {
        err_set(err, ERR_ENGINE, "cannot connect to %s: %s", endpoint, zmq_strerror(errno));
        sock_close(sock);
        return false;
    }
    *ret_sock = sock;
    return true;
}

void sock_close(struct sock *sock)
{
    if (sock != NULL) {
        (void)zmq_close(sock->zmq);
        free(sock);
    }
}

int sock_fd(const struct sock *sock)
{
    int fd = -1;
    size_t size = sizeof(fd);

    CHECK(zmq_getsockopt(sock->zmq, ZMQ_FD, &fd, &size) == 0);
    return fd;
}

static enum sock_result send_result(void)
{
    switch (errno) {
    case EAGAIN:
        return SOCK_FULL;
    case EHOSTUNREACH:
        return SOCK_NO_PEER;
    default:
        return SOCK_FAILED;
    }
}

enum sock_result sock_send(struct sock *sock, const struct sock_peer *peer, const void *head,
                           size_t head_len, const void *body, size_t body_len)
{
    CHECK(sock->router == (peer != NULL));
    CHECK(body_len <= LIMIT_FRAME_BYTES);
    if (peer != NULL &&
        zmq_send(sock->zmq, peer->id, SOCK_PEER_BYTES, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0) {
        return send_result();
    }
    if (zmq_send(sock->zmq, head, head_len, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0) {
        return send_result();
    }
    /* Once a first frame was taken, libzmq takes the rest of the message. */
    if (zmq_send(sock->zmq, body, body_len, ZMQ_DONTWAIT) < 0) {
        return send_result();
    }
    return SOCK_OK;
}

/* One frame into out; false when nothing is waiting. */
static bool receive_frame(struct sock *sock, struct buf *out, bool *ret_more)
{
    zmq_msg_t frame;
    bool got;

    (void)zmq_msg_init(&frame);
    got = zmq_msg_recv(&frame, sock->zmq, ZMQ_DONTWAIT) >= 0;
    if (got) {
        *ret_more = zmq_msg_more(&frame) != 0;
        (void)buf_append(out, zmq_msg_data(&frame), zmq_msg_size(&frame));
    }
    (void)zmq_msg_close(&frame);
    return got;
}

enum sock_result sock_receive(struct sock *sock, struct sock_peer *ret_peer, struct buf *head,
                              struct buf *body)
{
    for (;;) {
        AUTO(buf) struct buf peer = BUF_INIT(256);
        AUTO(buf) struct buf rest = BUF_INIT(LIMIT_FRAME_BYTES);
        struct buf *frames[FRAMES_MAX + 1] = {&peer, head, body, &rest};
        int first = sock->router ? 0 : 1, at = first;
        bool more = true;

        buf_clear(head);
        buf_clear(body);
        while (more) {
            if (!receive_frame(sock, frames[at < FRAMES_MAX ? at : FRAMES_MAX], &more)) {
                return at == first ? SOCK_EMPTY : SOCK_FAILED;
            }
            at++;
        }
        if (at == FRAMES_MAX && (!sock->router || peer.len == SOCK_PEER_BYTES) &&
            !head->overflow && !body->overflow) {
            if (sock->router) {
                memcpy(ret_peer->id, peer.data, SOCK_PEER_BYTES);
                ret_peer->id[SOCK_PEER_BYTES] = '\0';
            }
            return SOCK_OK;
        }
        sock->dropped++;
    }
}

int64_t sock_dropped(const struct sock *sock)
{
    return sock->dropped;
}

const char *sock_library_version(void)
{
    static _Thread_local char text[24];
    int major, minor, patch;

    zmq_version(&major, &minor, &patch);
    (void)snprintf(text, sizeof(text), "%d.%d.%d", major, minor, patch);
    return text;
}
