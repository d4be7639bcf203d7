/* SPDX-License-Identifier: MIT
 *
 * gate: never two requests at once to a source.
 *
 * Two locks are taken together. A lease row in the database (rookery.gate: holder, fence, expiry by
 * the database's clock) covers every engine that shares the database. A lock file in the user's
 * runtime folder, one a source address, covers other databases of the same user on this host. The
 * source cannot check a fence, so the holder stops itself: gate_keep() renews every third of the lease
 * and fails once the lease could be over by the boot clock; a successor waits for expiry and a grace.
 * Only a holder that is known to be dead (it held the lock file that we hold now) is followed at once.
 *
 * Being told to wait (429) is recorded as not_before: nobody asks before it, also after a restart.
 *
 *     if (!gate_enter(config, &gate, err)) return false;     ERR_RATE says how long to wait
 *     ... request; call gate_keep(gate, err) at least every second ...
 *     gate_leave(gate);
 */
#ifndef ROOKERY_NODES_GATE_H
#define ROOKERY_NODES_GATE_H

#include "engine/base/err.h"

struct gate;

struct gate_config {
    const char *source; /* row of rookery.gate */
    const char *url;    /* address of the source: names the lock file */
    const char *db_url;
    const char *worker;
};

bool gate_enter(const struct gate_config *config, struct gate **ret_gate, struct err *err);
bool gate_keep(struct gate *gate, struct err *err);
void gate_leave(struct gate *gate); /* NULL is fine */
void gate_auto(struct gate **gate);

/* The source answered 429: nobody asks for the time it named, at least LIMIT_RATE_WAIT_MS, twice as
 * long at each refusal in a row. Fills err with ERR_RATE and returns false. */
bool gate_refused(struct gate *gate, int64_t retry_after_s, struct err *err);
/* The source answered well: the next refusal counts as a first one. */
bool gate_accepted(struct gate *gate, struct err *err);

#endif
