/* SPDX-License-Identifier: MIT
 *
 * world: a synthetic chess world. Game k of a world is a pure function of (seed, k): the same seed
 * gives the same bytes, fewer games are a prefix of more, and any size can be streamed without being
 * held. Players have ratings and meet others of about their strength; a few play much.
 *
 * Moves are legal without a move generator: each game plays a line of a small book and then moves
 * pieces to and fro between squares that the line leaves free and safe (world_book.c says how that is
 * known). Games end by every finished status of Lichess; clocks, evaluations (one game in five),
 * anonymous and computer opponents, titles, berserk and correspondence occur.
 */
#ifndef ROOKERY_TESTS_LICHESS_SIM_WORLD_H
#define ROOKERY_TESTS_LICHESS_SIM_WORLD_H

#include "engine/base/buf.h"

struct world;

struct world_pair {
    int player[2]; /* white, black */
    int64_t created_ms;
};

struct world *world_new(uint64_t seed, int players, int64_t games);
void world_free(struct world *world); /* NULL is fine */
int64_t world_games(const struct world *world);

/* Who plays game k, and when. */
struct world_pair world_pair(const struct world *world, int64_t k);
void world_name(const struct world *world, int player, char *out, size_t size);
/* Appends the JSON line of game k, without its end. */
void world_line(const struct world *world, int64_t k, struct buf *out);

/* A line of the book: moves up to where the shuffling starts, and for each side squares to shuffle
 * between: moves a piece out and back. NULL-ended. */
struct world_opening {
    const char *eco, *name, *moves;
    const char *white[5], *black[5]; /* pairs: out, back, out, back, NULL */
};
extern const struct world_opening WORLD_BOOK[];
extern const int WORLD_BOOK_COUNT;
/* Short games that end in mate; White mates when `plies` is odd. */
extern const char *const WORLD_MATES[];
extern const int WORLD_MATE_COUNT;

#endif
