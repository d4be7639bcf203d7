/* SPDX-License-Identifier: MIT
 * kinds: the node kinds, one file each; registry.c makes the table. */
#ifndef ROOKERY_NODES_KINDS_H
#define ROOKERY_NODES_KINDS_H

#include "nodes/node.h"

extern const struct node_kind NODE_FETCH;    /* fetch.c: games of a player, from the source */
extern const struct node_kind NODE_INGEST;   /* ingest.c: raw batches -> games */
extern const struct node_kind NODE_CRAWL;    /* crawl.c: opponents, the next wave */
extern const struct node_kind NODE_ANALYTIC; /* analytic.c: one plugin over games */
extern const struct node_kind NODE_PROBE;    /* probe.c: measures and rehearses */

#endif
