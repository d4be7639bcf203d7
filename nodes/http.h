/* SPDX-License-Identifier: MIT
 *
 * http: one streaming GET, by libcurl, pulled by its reader.
 *
 *   1. http_open() starts the request.
 *   2. http_wait() waits for bytes (or for other descriptors, or time) and appends what came to
 *      http_inbox(); take bytes from there with buf_drop(). When the inbox is full the transfer is
 *      paused until it is emptied.
 *   3. Once http_ended() is true, http_result() says how it ended; http_close().
 *
 * Only http and https, no redirects, no cookies, no netrc, no proxy from the environment; connect,
 * silence and size limits. Decoded bytes are counted here, because libcurl's own size limit does not
 * see a compressed bomb. The token is sent as a header and appears nowhere else.
 */
#ifndef ROOKERY_NODES_HTTP_H
#define ROOKERY_NODES_HTTP_H

#include <poll.h>
#include <stdint.h>

#include "engine/base/buf.h"

struct http;

struct http_request {
    const char *url, *accept, *user_agent;
    const char *token; /* "" = none */
};

struct http_result {
    int status;           /* 0: no answer */
    char type[64];        /* content type without parameters, lower case */
    int64_t retry_after_s; /* -1: not given */
    bool clean;           /* the body ended as its framing says; a body that ends with the connection
                             could have been cut, so it is not clean */
    char error[256];      /* of libcurl, "" if none */
};

bool http_open(const struct http_request *request, struct http **ret_http, struct err *err);
void http_close(struct http *http); /* NULL is fine */
void http_auto(struct http **http);

/* Waits at most timeout_ms; others may be NULL. Returns bytes that came. */
size_t http_wait(struct http *http, const struct pollfd *others, int other_count, int timeout_ms);
struct buf *http_inbox(struct http *http);
bool http_ended(const struct http *http);
/* Status and type are known once the first bytes or the end came; the rest at the end. */
void http_result(struct http *http, struct http_result *ret);

#endif
