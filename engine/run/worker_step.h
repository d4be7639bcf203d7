/* SPDX-License-Identifier: MIT
 *
 * worker_step: the step thread of a worker and the hand-over between it and the control thread.
 * All functions here are called by the control thread; see worker.h.
 */
#ifndef ROOKERY_RUN_WORKER_STEP_H
#define ROOKERY_RUN_WORKER_STEP_H

#include "engine/base/buf.h"
#include "engine/run/msg.h"
#include "engine/run/worker.h"

struct worker_step;

struct worker_message {
    struct worker_message *next;
    struct msg_head head;
    struct buf body;
};

struct worker_progress {
    int64_t fence, count, done, total;
    char note[128];
};

/* Starts the thread; it connects to Postgres at once. event_fd is written when a message waits. */
struct worker_step *worker_step_start(const struct worker_config *config, int event_fd);
/* Ends the thread once it is idle, and frees. */
void worker_step_stop(struct worker_step *step);

/* Hands over a task (its JSON body is taken out of `body`). A busy step thread is a CHECK: the
 * engine gives one task at a time. */
void worker_step_give(struct worker_step *step, int64_t fence, struct buf *body);
/* Asks the running task to stop, if it is this one. */
void worker_step_cancel(struct worker_step *step, int64_t fence);
bool worker_step_busy(struct worker_step *step);

/* Oldest message to send, NULL if none; pop frees it. */
struct worker_message *worker_step_peek(struct worker_step *step);
void worker_step_pop(struct worker_step *step);

/* Progress of the running task; false when idle. */
bool worker_step_progress(struct worker_step *step, struct worker_progress *ret_progress);

#endif
