/* SPDX-License-Identifier: MIT
 *
 * stream: the body of one answer of games: which games by since, until, max and sort, each line with
 * only the keys that were asked for, at so many games a second.
 */
#ifndef ROOKERY_TESTS_LICHESS_SIM_STREAM_H
#define ROOKERY_TESTS_LICHESS_SIM_STREAM_H

#include <stdint.h>
#include <sys/types.h>

#include "tests/lichess_sim/library.h"
#include "tests/lichess_sim/scenario.h"

struct stream_query {
    int64_t since_ms, until_ms; /* inclusive, exclusive; 0 = not given */
    int64_t max;                /* -1 = all */
    bool ascending, clocks, evals, opening;
    int rate; /* games a second; 0 = as fast as the client reads */
};

struct stream {
    const struct library *library;
    const struct game_ref *games;
    struct stream_query query;
    struct rule rule;
    int64_t from, to, next, sent, bytes; /* games[from .. to) are left */
    int64_t started_ns;
    struct buf line, scratch;
    size_t line_at;
    bool trouble_done, ended;
};

void stream_init(struct stream *stream, const struct library *library, const struct game_ref *games,
                 int64_t count, const struct stream_query *query, const struct rule *rule);
void stream_done(struct stream *stream);
/* Fills out with what comes next (waiting as the rate demands): its length, 0 at the clean end, -1 when
 * the connection shall be cut. */
ssize_t stream_read(struct stream *stream, char *out, size_t max);

#endif
