/* SPDX-License-Identifier: MIT
 *
 * dispatch: the scheduler's brain. Pure: no I/O, no clock, no globals; events in, actions out.
 *
 * It holds the live runs. A run is a graph of steps; a step is done by tasks (shards at a worker).
 * Steps wait on in-degree counters, so a blocked step costs nothing; what is ready stands in a heap
 * a pool and starts when a worker and a slot of its pool are free, in the order of its run and of
 * becoming ready.
 *
 * Edges. A step that does not stream waits until all its upstream steps ended well (a barrier); if
 * one did not, it is skipped. A step that streams works while its upstream steps still run: on items
 * they announce, cut into shards by weight; once they all have ended (well or not: what they
 * committed stays committed) it scans for pending items a last time, works those off, closes (if its
 * kind closes) and ends. One worker is always left to the shards of streaming steps while there are
 * any, so that a long fetch cannot hold up what it feeds.
 *
 * Failures. A retryable failure puts the shard back after the policy's delay until its attempts are
 * spent; being told to wait (rate limits) puts it back without spending one. A shard that fails for
 * good fails its step at the end, but the other items of the step are still worked off.
 *
 * Invariants (dispatch_check): a worker has at most one task; a pool's slots in use equal its tasks;
 * a step's live count equals its tasks; terminal states never change; counters equal what the graph
 * says.
 *
 * Use:
 *   1. dispatch_new(), dispatch_pool() for each limit, dispatch_worker_up() as workers report.
 *   2. dispatch_run_add() with the steps of a run.
 *   3. Feed events (dispatch_done, dispatch_announce, dispatch_tick, ...); after each, take the
 *      actions with dispatch_action() until it returns false, and carry them out in that order.
 *   4. dispatch_next_ms() says when the next dispatch_tick() is due.
 * Time is the caller's, in milliseconds, and must not go back.
 */
#ifndef ROOKERY_CORE_DISPATCH_H
#define ROOKERY_CORE_DISPATCH_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"
#include "engine/core/state.h"

struct dispatch;

enum { DISPATCH_NO_POOL = -1 };

/* Same meaning and order as the node contract's phases. */
enum dispatch_phase { DISPATCH_SCAN, DISPATCH_WORK, DISPATCH_CLOSE };
const char *dispatch_phase_name(enum dispatch_phase phase);

struct dispatch_item {
    int64_t id;
    int32_t weight;
};

enum dispatch_backoff { BACKOFF_CONSTANT, BACKOFF_LINEAR, BACKOFF_EXPONENTIAL };
enum dispatch_jitter { JITTER_NONE, JITTER_FULL, JITTER_PLUS_MINUS };

/* Delay before try n + 1 (n = 1 after the first failure): constant d, linear n*d, exponential
 * (2^n - 1)*d, then at most delay_max_ms; jitter full: uniform in [0, computed], plus_minus:
 * computed -+ up to d. (Dagster's definitions, so that a policy means the same in both.) */
struct dispatch_retry {
    int attempts; /* tries in all, at least 1 */
    enum dispatch_backoff backoff;
    enum dispatch_jitter jitter;
    int64_t delay_ms, delay_max_ms;
};
int64_t dispatch_retry_delay(const struct dispatch_retry *retry, int failures, uint64_t random);

struct dispatch_step {
    const int *deps; /* indices of upstream steps in the same array */
    int dep_count;
    int pool; /* index from dispatch_pool() or DISPATCH_NO_POOL */
    bool streams, closes;
    int32_t shard_weight; /* a work shard takes items up to this weight, at least one */
    struct dispatch_retry retry;
    int64_t timeout_ms;          /* of one task; 0 = none */
    int64_t progress_timeout_ms; /* longest silence of the progress counter; 0 = none */
    enum step_state state; /* STEP_WAITING, or how it ended before the engine was restarted */
    int attempts;          /* failures already spent before a restart */
};

struct dispatch *dispatch_new(uint64_t seed); /* seed: of the jitter */
void dispatch_free(struct dispatch *d);

/* Adds a pool of `slots` and returns its index. */
int dispatch_pool(struct dispatch *d, int slots);

/* A run's steps are copied. run_id must be new. Runs with a lower id come first. */
void dispatch_run_add(struct dispatch *d, int64_t run_id, const struct dispatch_step *steps,
                      int count, int64_t now_ms);
/* Steps not started are cancelled at once; live tasks are asked to stop, killed after grace_ms. */
void dispatch_run_cancel(struct dispatch *d, int64_t run_id, int64_t grace_ms, int64_t now_ms);
/* Puts a run aside that ended (its ACT_RUN was taken). */
void dispatch_run_remove(struct dispatch *d, int64_t run_id);

/* Workers are numbered by the caller (0 .. LIMIT_WORKERS-1). A worker that went away fails its task
 * with ERR_CRASH (or ERR_TIMEOUT when it was killed for that). */
void dispatch_worker_up(struct dispatch *d, int worker, int64_t now_ms);
void dispatch_worker_down(struct dispatch *d, int worker, const char *why, int64_t now_ms);

/* Items committed by a step: they feed every streaming step right below it. Known ones are ignored. */
void dispatch_announce(struct dispatch *d, int64_t run_id, int step,
                       const struct dispatch_item *items, int count, int64_t now_ms);
/* The worker's progress counter moved. */
void dispatch_progress(struct dispatch *d, int worker, int64_t now_ms);

struct dispatch_outcome {
    enum err_kind error; /* ERR_NONE: it went well */
    const char *text;    /* of the error; copied */
    int64_t retry_after_ms; /* with ERR_RATE */
    bool skip;              /* with an error: end the step as skipped, not failed */
    bool unchanged;
    const struct dispatch_item *items; /* what a scan found */
    int item_count;
};
/* The task of this worker ended. */
void dispatch_done(struct dispatch *d, int worker, const struct dispatch_outcome *outcome,
                   int64_t now_ms);

/* Timers: retries that are due, deadlines that passed. */
void dispatch_tick(struct dispatch *d, int64_t now_ms);
int64_t dispatch_next_ms(const struct dispatch *d); /* INT64_MAX: nothing is waiting for time */

enum dispatch_action_kind {
    ACT_START,  /* give the task to the worker */
    ACT_STEP,   /* a step entered a state: record it */
    ACT_RUN,    /* a run entered a state: record it */
    ACT_CANCEL, /* ask the worker to stop its task */
    ACT_KILL,   /* kill the worker */
};

struct dispatch_action {
    enum dispatch_action_kind kind;
    int64_t run_id;
    int step;
    int worker;
    /* ACT_START: items live until the task ended */
    enum dispatch_phase phase;
    int attempt; /* 1 = first */
    const struct dispatch_item *items;
    int item_count;
    /* ACT_STEP */
    enum step_move move;
    enum step_state step_state;
    int attempts;
    int64_t wait_ms; /* MOVE_RETRY: until the next try */
    /* ACT_STEP, ACT_RUN */
    enum err_kind error;
    char text[ERR_TEXT_MAX];
    /* ACT_RUN */
    enum run_state run_state;
};

/* Takes the next action; false when there is none. */
bool dispatch_action(struct dispatch *d, struct dispatch_action *ret_action);

/* Questions. */
int dispatch_live_runs(const struct dispatch *d);
int dispatch_idle_workers(const struct dispatch *d);
/* The task of a worker; false when it has none. */
bool dispatch_task_of(const struct dispatch *d, int worker, int64_t *ret_run_id, int *ret_step);
/* Ends the process when an invariant does not hold (tests call it after each event). */
void dispatch_check(const struct dispatch *d);

#endif
