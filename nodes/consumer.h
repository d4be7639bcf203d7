/* SPDX-License-Identifier: MIT
 *
 * consumer: a reader of loads (the crawl, each version of a plugin) and what it has not read yet.
 *
 * Pending = loads above the consumer's watermark without a `done` row: an anti-join over the recent
 * few, never over all games. A done row is written in the data transaction of the work itself.
 */
#ifndef ROOKERY_NODES_CONSUMER_H
#define ROOKERY_NODES_CONSUMER_H

#include "nodes/node.h"

/* The consumer's id, made on first use. */
bool consumer_ensure(struct pg *pg, const char *name, const char *version, int *ret_id,
                     struct err *err);
/* Pending loads as items, ascending, at most a few thousand; malloc'ed into result. */
bool consumer_scan(struct pg *pg, int consumer, struct node_result *result, struct err *err);
/* Marks loads done in the open transaction. */
bool consumer_done(struct pg *tx, int consumer, const struct node_item *items, int count,
                   struct err *err);
/* Ids of items as an argument; the array must be initialised as PG_INT8. */
void consumer_ids(struct pg_array *array, const struct node_item *items, int count);

#endif
