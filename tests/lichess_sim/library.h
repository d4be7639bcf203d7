/* SPDX-License-Identifier: MIT
 *
 * library: the games that lichess-sim serves, by player, in order of creation. Either recorded lines
 * (kept in memory) or a synthetic world (world.h), whose lines are made when they are asked for.
 */
#ifndef ROOKERY_TESTS_LICHESS_SIM_LIBRARY_H
#define ROOKERY_TESTS_LICHESS_SIM_LIBRARY_H

#include <stdint.h>

#include "engine/base/buf.h"

struct library;

struct game_ref {
    int64_t created_ms;
    int64_t number; /* recorded: index of the line; world: number of the game */
};

struct library *library_new(void);
void library_free(struct library *library);
/* A .ndjson file, or every .ndjson file of a folder. */
bool library_add_path(struct library *library, const char *path, struct err *err);
/* A world; see world.h. */
void library_set_world(struct library *library, uint64_t seed, int players, int64_t games);
/* After the last addition: sorts. */
void library_ready(struct library *library);

/* Games of a player (any case) in ascending order of creation; NULL if there is no such player. */
const struct game_ref *library_player(const struct library *library, const char *name,
                                      int64_t *ret_count);
/* The line of a game, without its end; valid until scratch changes. */
const char *library_line(const struct library *library, const struct game_ref *game,
                         struct buf *scratch, size_t *ret_len);
int64_t library_games(const struct library *library);

#endif
