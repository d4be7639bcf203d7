/* SPDX-License-Identifier: MIT
 *
 * engine: the process that leads: takes up runs, gives their tasks to workers, records what happens.
 *
 * One thread, one loop: signals, the workers' socket, the database's answers and time. Decisions are
 * made by core/dispatch; this module carries them out. The order that everything rests on:
 *
 *     dispatch says START  ->  the claim is written (store)  ->  it is on disk  ->  the task is sent
 *     worker says DONE     ->  dispatch  ->  states, events, next claims in one transaction
 *
 * Requests come through the database (a queued run and a NOTIFY), so an engine needs no other ear.
 * An engine that finds another one leading waits for its lease (or ends, with until_idle). When the
 * database goes away the engine kills its workers, waits for it, and starts over from what is
 * recorded; so does the next engine after a crash.
 */
#ifndef ROOKERY_RUN_ENGINE_H
#define ROOKERY_RUN_ENGINE_H

#include "engine/base/err.h"

struct engine_config {
    const char *db_url;
    const char *address;  /* of the web pages, shown to others; "" if none */
    int workers;          /* 0: by the number of cores */
    int signal_fd;        /* os_signal_fd() of main */
    bool until_idle;      /* end when there is nothing left to do */
};

/* Runs until SIGINT or SIGTERM (or idle). Ends well: unfinished steps are put back, leases given up.
 * False with the reason when it cannot go on. */
bool engine_main(const struct engine_config *config, struct err *err);

#endif
