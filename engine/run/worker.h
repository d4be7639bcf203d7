/* SPDX-License-Identifier: MIT
 *
 * worker: the process that runs tasks, one at a time. Exec'd by the engine as
 * `rookery worker --endpoint E --id ID`, with the database's URL in ROOKERY_DB_URL.
 *
 * Two threads. The control thread alone touches the socket: it takes tasks, passes on what the step
 * thread says, reports progress every second, and goes on answering while node code works. The step
 * thread owns the data connection and runs node code. Between them: a mutex, a queue of outgoing
 * messages and an eventfd. A node that hangs stops only the step thread; the engine sees that its
 * progress counter stands still and kills the process.
 */
#ifndef ROOKERY_RUN_WORKER_H
#define ROOKERY_RUN_WORKER_H

#include "engine/base/err.h"

struct worker_config {
    const char *endpoint; /* of the engine's socket */
    const char *id;       /* 32 hex digits */
    const char *db_url;
};

/* Runs until told to stop or until SIGTERM; false when it could not start. */
bool worker_main(const struct worker_config *config, struct err *err);

#endif
