/* SPDX-License-Identifier: MIT
 *
 * coverage: which of a player's games we have, as an interval of creation times, and what to ask
 * next. Pure.
 *
 * With max_games N the first fetch asks for the newest N, newest first. Until it ends cleanly, what
 * came is [oldest, newest] of a list cut at its lower end: the next try goes on below it. Once it ended
 * cleanly (first_done) the interval has no holes, and every later fetch asks upwards, oldest first,
 * from its upper edge less the overlap. With max_games all, it is upwards from the start.
 * Edges are asked with 1 ms of overlap, because the source's edges are inclusive in one version and
 * exclusive in another; doubles are dropped by ingest.
 */
#ifndef ROOKERY_NODES_COVERAGE_H
#define ROOKERY_NODES_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

struct coverage {
    bool first_done;
    int64_t oldest_ms, newest_ms; /* 0 = nothing yet */
    int64_t games;                /* lines received of the first fetch, over all its tries */
};

struct coverage_ask {
    bool ascending;
    int64_t since_ms, until_ms, max; /* 0, 0, -1: not given */
    bool nothing;                    /* the first fetch has its N games: only note that it is done */
};

/* max_games: -1 = all. */
struct coverage_ask coverage_next(const struct coverage *have, int64_t max_games,
                                  int64_t overlap_ms);
/* Takes in a committed piece of an answer. */
void coverage_add(struct coverage *have, int64_t oldest_ms, int64_t newest_ms, int games);

#endif
