/* SPDX-License-Identifier: MIT
 * coverage: see coverage.h. */
#include "nodes/coverage.h"

struct coverage_ask coverage_next(const struct coverage *have, int64_t max_games, int64_t overlap_ms)
{
    struct coverage_ask ask = {.max = -1};

    if (have->first_done || max_games < 0) {
        ask.ascending = true;
        ask.since_ms = have->newest_ms > overlap_ms ? have->newest_ms - overlap_ms : 0;
        return ask;
    }
    ask.max = max_games - have->games;
    if (ask.max <= 0) {
        ask.nothing = true;
        ask.max = 0;
    } else if (have->oldest_ms > 0) {
        ask.until_ms = have->oldest_ms + 1;
        ask.max++; /* the game at the edge comes again */
    }
    return ask;
}

void coverage_add(struct coverage *have, int64_t oldest_ms, int64_t newest_ms, int games)
{
    have->games += games;
    if (oldest_ms > 0 && (have->oldest_ms == 0 || oldest_ms < have->oldest_ms)) {
        have->oldest_ms = oldest_ms;
    }
    if (newest_ms > have->newest_ms) {
        have->newest_ms = newest_ms;
    }
}
