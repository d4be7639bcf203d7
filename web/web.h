/* SPDX-License-Identifier: MIT
 *
 * web: the first pages: runs, read only, in a thread of their own with a connection of their own.
 *
 * Every request passes one gate before any page: method GET or HEAD, one Host that is ours, a path
 * that is a row of the table. Pages are HTML without script; text from outside is escaped where it is
 * written. Only loopback addresses are served.
 */
#ifndef ROOKERY_WEB_WEB_H
#define ROOKERY_WEB_WEB_H

#include "engine/base/err.h"

struct web;

/* listen: "HOST:PORT" with a loopback host (127.0.0.1, localhost); port 0 takes a free one. Another
 * host is ERR_USAGE, a taken port ERR_CONFLICT. */
bool web_start(const char *listen, const char *db_url, struct web **ret_web, struct err *err);
/* "127.0.0.1:8400" */
const char *web_address(const struct web *web);
void web_stop(struct web *web); /* NULL is fine */

#endif
