/* SPDX-License-Identifier: MIT
 *
 * lichess: what is particular about asking Lichess: addresses, who we say we are, and what its
 * answers mean. No network here.
 */
#ifndef ROOKERY_NODES_LICHESS_H
#define ROOKERY_NODES_LICHESS_H

#include <stdint.h>

#include "engine/base/buf.h"
#include "nodes/http.h"

struct lichess_query {
    const char *player; /* a valid name: see lichess_name_ok() */
    bool clocks, evals, opening;
    int64_t since_ms, until_ms; /* 0 = not given */
    int64_t max;                /* -1 = all */
    bool ascending;             /* oldest first */
};

/* 2-30 letters, digits, - and _, starting and ending with a letter or digit. */
bool lichess_name_ok(const char *name);
/* GET /api/games/user/NAME?... under the base address (with or without a final slash). */
bool lichess_games_url(const char *base, const struct lichess_query *query, struct buf *out,
                       struct err *err);
/* "rookery/0.1.0 (+contact)": without an identifying part Lichess answers 404 to everything. */
void lichess_user_agent(const char *contact, struct buf *out);

/* What an answer means: true for a stream of games; else err: ERR_GONE (JSON 404: no such player),
 * ERR_AUTH (HTML 404, 401, 403: who asks is not accepted, for whomever), ERR_RATE (429: pass on to the
 * gate), ERR_NET (5xx, no answer, not NDJSON). */
bool lichess_classify(const struct http_result *result, const char *player, struct err *err);

#endif
