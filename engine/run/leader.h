/* SPDX-License-Identifier: MIT
 *
 * leader: which engine leads. A lease row with an epoch that only grows.
 *
 * An engine takes the lease when it is free, expired, or held by a process of this host that is
 * dead (so that a restart after a crash does not wait for the expiry). Every transaction of run
 * state checks the epoch, so a leader that was overtaken can write nothing more.
 */
#ifndef ROOKERY_RUN_LEADER_H
#define ROOKERY_RUN_LEADER_H

#include "engine/base/pg.h"

struct leader {
    int64_t epoch;      /* when held */
    char engine_id[33]; /* random, one a process */
};

/* Tries to take the lease: *ret_taken false when another engine lives and leads. address: where the
 * web pages are, or "". */
bool leader_take(struct pg *pg, struct leader *leader, const char *address, bool *ret_taken,
                 struct err *err);
/* Extends it; ERR_CONFLICT once another engine leads. */
bool leader_renew(struct pg *pg, const struct leader *leader, struct err *err);
/* Gives it up at an orderly end. */
void leader_release(struct pg *pg, const struct leader *leader);

struct leader_info {
    bool alive; /* the lease is held and, on this host, its process lives */
    int pid;
    char host[128], address[128];
    int64_t epoch;
};
bool leader_look(struct pg *pg, struct leader_info *ret_info, struct err *err);

#endif
