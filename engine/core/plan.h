/* SPDX-License-Identifier: MIT
 *
 * plan: a selection and its partitions -> the steps of a run, each with the reason it is there.
 *
 * Pure. A step is asset x partition; assets without partitions have one step. A step depends on
 * the steps of its upstream assets that are in the plan: all partitions of a partitioned one, or, where
 * both have the same partitions, the one of the same key.
 */
#ifndef ROOKERY_CORE_PLAN_H
#define ROOKERY_CORE_PLAN_H

#include "engine/core/graph.h"

/* What is known of a partition key. */
struct plan_key {
    const char *key;
    int64_t checked_ago_ms; /* since the source was last asked to a clean end; -1: never */
};

struct plan_request {
    const bool *selected; /* by asset */
    const struct plan_key *keys;
    int key_count;
    int64_t revisit_ms; /* keys asked more recently are not asked again; 0: always asked */
    const char *selection; /* as given, for reasons */
};

struct plan_step {
    int asset;
    const char *partition; /* "" without */
    const char *reason;
    int *deps; /* indices of steps */
    int dep_count;
};

struct plan {
    struct plan_step *steps; /* upstream first */
    int count;
};

/* Fails (ERR_USAGE) when a partitioned asset is selected and there is no key. */
struct plan *plan_new(struct mem *mem, const struct graph *graph,
                      const struct plan_request *request, struct err *err);

#endif
