/* SPDX-License-Identifier: MIT
 *
 * keys: the small numbers that stand for words in game rows: terms (variant, speed, ...), openings,
 * players. Collected for a batch of games, looked up and inserted by whole sets in sorted order, so
 * that two loaders at once can never wait for each other in a circle.
 *
 *   keys_collect() for each game, keys_resolve() in the transaction, then keys_term/opening/player().
 */
#ifndef ROOKERY_NODES_KEYS_H
#define ROOKERY_NODES_KEYS_H

#include "engine/base/pg.h"
#include "nodes/game.h"

struct keys;

struct keys *keys_new(struct mem *mem);
void keys_collect(struct keys *keys, const struct game *game);
bool keys_resolve(struct keys *keys, struct pg *tx, struct err *err);
/* Words that were not known before this batch. */
int keys_unknown(const struct keys *keys);

int keys_term(const struct keys *keys, const char *kind, const char *word); /* 0: word is NULL */
int keys_opening(const struct keys *keys, const struct game *game);         /* 0: none */
int keys_player(const struct keys *keys, const char *key);                  /* 0: key is NULL */
void keys_free(struct keys *keys); /* the tables; the strings are in mem */
void keys_auto(struct keys **keys);

#endif
