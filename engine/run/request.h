/* SPDX-License-Identifier: MIT
 *
 * request: asks for runs. A request is a row in the queue with its partitions pinned; whichever
 * engine leads takes it up. launch_engine() starts an engine for as long as there is work when none
 * leads.
 */
#ifndef ROOKERY_RUN_REQUEST_H
#define ROOKERY_RUN_REQUEST_H

#include <sys/types.h>

#include "engine/core/plan.h"
#include "engine/run/pipelines.h"

struct request {
    const struct pipeline *pipeline;
    const char *selection;
    const char *const *keys; /* players as given; none: the file's seeds */
    int key_count;
    bool refresh; /* ask the source also for what was asked within `revisit` */
};

/* What a request would do now: the plan, and the partitions it pins. In mem. */
bool request_plan(struct pg *pg, const struct request *request, struct mem *mem,
                  const struct plan **ret_plan, const char ***ret_keys, int *ret_key_count,
                  struct err *err);

/* Checks and queues; *ret_run_id is the new run. */
bool request_run(struct pg *pg, const struct request *request, int64_t *ret_run_id,
                 struct err *err);

/* Asks the whole family of a run to stop; false (ERR_CONFLICT) when nothing of it is live. */
bool request_cancel(struct pg *pg, int64_t run_id, struct err *err);

/* Starts `rookery engine --until-idle` in the background unless an engine leads; its log goes to
 * STATE/engine.log. *ret_pid = 0 when another one leads. */
bool launch_engine(struct pg *pg, const char *state_dir, const char *db_url, pid_t *ret_pid,
                   struct err *err);

#endif
