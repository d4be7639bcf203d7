/* SPDX-License-Identifier: MIT
 * dispatch_task: which shard starts where, how tasks end, deadlines; see dispatch.h. */
#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/core/dispatch_internal.h"

/* ---- starting --------------------------------------------------------------------------------- */

void shard_ready(struct dispatch *d, struct shard *shard)
{
    heap_push(&d->pools[pool_index(&shard->run->steps[shard->step])].ready, shard->run->id, shard);
}

static int idle_worker(const struct dispatch *d)
{
    for (int i = 0; i < LIMIT_WORKERS; i++) {
        if (d->up[i] && d->tasks[i].shard == NULL) {
            return i;
        }
    }
    return -1;
}

int dispatch_idle_workers(const struct dispatch *d)
{
    int count = 0;

    for (int i = 0; i < LIMIT_WORKERS; i++) {
        count += d->up[i] && d->tasks[i].shard == NULL;
    }
    return count;
}

static int workers_up(const struct dispatch *d)
{
    int count = 0;

    for (int i = 0; i < LIMIT_WORKERS; i++) {
        count += d->up[i];
    }
    return count;
}

/* Is a streaming step fed by this one? Then its shards must not find all workers taken. */
static bool feeds_stream(const struct run *run, const struct step *step)
{
    for (int i = 0; i < step->dependent_count; i++) {
        if (run->steps[step->dependents[i]].def.streams) {
            return true;
        }
    }
    return false;
}

static bool may_start(const struct shard *shard, int idle, int up)
{
    const struct step *step = &shard->run->steps[shard->step];

    return idle > 1 || up <= 1 || step->def.streams || !feeds_stream(shard->run, step);
}

static void start(struct dispatch *d, struct shard *shard, int worker)
{
    struct run *run = shard->run;
    struct step *step = &run->steps[shard->step];
    struct dispatch_action *action;

    step_fill(d, shard);
    d->pools[pool_index(step)].used++;
    step->live++;
    step->waiting--;
    d->tasks[worker] =
        (struct task){.shard = shard, .started_ms = d->now_ms, .progress_ms = d->now_ms};
    if (step->state != STEP_RUNNING) {
        step_move(d, run, shard->step, (struct move){.move = MOVE_START});
    }
    action = action_new(d, ACT_START, run, shard->step);
    action->worker = worker;
    action->phase = shard->phase;
    action->attempt = shard->failures + 1;
    action->items = shard->items;
    action->item_count = shard->item_count;
}

/* The pool whose first shard comes first among those that may start now; NULL if none. */
static struct pool *next_pool(struct dispatch *d, int idle, int up)
{
    struct pool *best = NULL;
    const struct heap_entry *best_entry = NULL;

    for (int i = 0; i < d->pool_count; i++) {
        struct pool *pool = &d->pools[i];
        const struct heap_entry *entry = heap_peek(&pool->ready);

        if (entry == NULL || pool->used >= pool->slots || !may_start(entry->value, idle, up)) {
            continue;
        }
        if (best == NULL || entry->key < best_entry->key) {
            best = pool;
            best_entry = entry;
        }
    }
    return best;
}

void dispatch_start(struct dispatch *d)
{
    int up = workers_up(d);

    for (;;) {
        int worker = idle_worker(d);
        struct pool *pool = worker >= 0 ? next_pool(d, dispatch_idle_workers(d), up) : NULL;

        if (pool == NULL) {
            return;
        }
        start(d, heap_pop(&pool->ready), worker);
    }
}

/* ---- workers and their tasks ------------------------------------------------------------- */

void dispatch_worker_up(struct dispatch *d, int worker, int64_t now_ms)
{
    CHECK(worker >= 0 && worker < LIMIT_WORKERS && !d->up[worker]);
    d->now_ms = now_ms;
    d->up[worker] = true;
    dispatch_start(d);
}

void dispatch_worker_down(struct dispatch *d, int worker, const char *why, int64_t now_ms)
{
    struct dispatch_outcome outcome = {.error = ERR_CRASH, .text = why};

    CHECK(worker >= 0 && worker < LIMIT_WORKERS && d->up[worker]);
    d->up[worker] = false;
    if (d->tasks[worker].shard != NULL) {
        if (d->tasks[worker].killed_for != ERR_NONE) {
            outcome.error = d->tasks[worker].killed_for;
        }
        dispatch_done(d, worker, &outcome, now_ms);
    }
}

bool dispatch_task_of(const struct dispatch *d, int worker, int64_t *ret_run_id, int *ret_step)
{
    const struct shard *shard = d->tasks[worker].shard;

    if (shard == NULL) {
        return false;
    }
    *ret_run_id = shard->run->id;
    *ret_step = shard->step;
    return true;
}

void dispatch_progress(struct dispatch *d, int worker, int64_t now_ms)
{
    d->now_ms = now_ms;
    d->tasks[worker].progress_ms = now_ms;
}

void dispatch_announce(struct dispatch *d, int64_t run_id, int step,
                       const struct dispatch_item *items, int count, int64_t now_ms)
{
    struct run *run = find_run(d, run_id);

    d->now_ms = now_ms;
    if (run == NULL || run->cancelled || step < 0 || step >= run->step_count) {
        return;
    }
    for (int i = 0; i < run->steps[step].dependent_count; i++) {
        int below = run->steps[step].dependents[i];
        struct step *down = &run->steps[below];

        if (down->def.streams && !step_state_terminal(down->state)) {
            step_offer(down, items, count);
            step_advance(d, run, below);
        }
    }
    dispatch_start(d);
}

static uint64_t next_random(struct dispatch *d)
{
    d->random ^= d->random << 13;
    d->random ^= d->random >> 7;
    d->random ^= d->random << 17;
    return d->random;
}

int64_t dispatch_retry_delay(const struct dispatch_retry *retry, int failures, uint64_t random)
{
    double delay = (double)retry->delay_ms, unit = (double)(random >> 11) / (double)(1ull << 53);
    int n = failures < 40 ? failures : 40;
    double computed = retry->backoff == BACKOFF_LINEAR        ? n * delay
                      : retry->backoff == BACKOFF_EXPONENTIAL ? ((double)(1ll << n) - 1) * delay
                                                              : delay;

    if (computed > (double)retry->delay_max_ms) {
        computed = (double)retry->delay_max_ms;
    }
    if (retry->jitter == JITTER_FULL) {
        computed *= unit;
    } else if (retry->jitter == JITTER_PLUS_MINUS) {
        computed += (2 * unit - 1) * delay;
    }
    return computed > 0 ? (int64_t)computed : 0;
}

/* Puts a failed shard back to run again at a later time. */
static void put_back(struct dispatch *d, struct shard *shard,
                     const struct dispatch_outcome *outcome, int64_t wait_ms)
{
    struct step *step = &shard->run->steps[shard->step];

    step->waiting++;
    heap_push(&d->later, d->now_ms + wait_ms, shard);
    if (step->live == 0) {
        step_move(d, shard->run, shard->step,
                  (struct move){.move = MOVE_RETRY,
                                .wait_ms = wait_ms,
                                .error = outcome->error,
                                .text = outcome->text});
    }
}

/* A failed task: again, or for good. Takes the shard. */
static void take_failure(struct dispatch *d, struct shard *shard,
                         const struct dispatch_outcome *outcome)
{
    struct step *step = &shard->run->steps[shard->step];

    if (!shard->run->cancelled && outcome->error == ERR_RATE) {
        put_back(d, shard, outcome, outcome->retry_after_ms);
        return;
    }
    shard->failures++;
    step->failures = shard->failures > step->failures ? shard->failures : step->failures;
    if (!shard->run->cancelled && err_kind_retryable(outcome->error) &&
        shard->failures < step->def.retry.attempts) {
        put_back(d, shard, outcome,
                 dispatch_retry_delay(&step->def.retry, shard->failures, next_random(d)));
        return;
    }
    if (step->error == ERR_NONE) {
        step->error = shard->run->cancelled ? ERR_CANCELLED : outcome->error;
        step->error_text = xstrdup(outcome->text != NULL ? outcome->text : "");
        step->skip = outcome->skip;
    }
    shard_free(shard);
}

void dispatch_done(struct dispatch *d, int worker, const struct dispatch_outcome *outcome,
                   int64_t now_ms)
{
    struct shard *shard = d->tasks[worker].shard;
    struct run *run;
    struct step *step;
    int index;

    CHECK(shard != NULL);
    run = shard->run;
    index = shard->step;
    step = &run->steps[index];
    d->now_ms = now_ms;
    d->tasks[worker].shard = NULL;
    d->pools[pool_index(step)].used--;
    step->live--;
    if (outcome->error == ERR_NONE) {
        step->changed = step->changed || (!outcome->unchanged && shard->phase != DISPATCH_SCAN);
        if (step->def.streams && !run->cancelled) {
            /* A scan may list only a part: look again once that is worked off. */
            if (step_offer(step, outcome->items, outcome->item_count) > 0) {
                step->scanned_last = false;
            }
        }
        shard_free(shard);
    } else {
        take_failure(d, shard, outcome);
    }
    step_advance(d, run, index);
    dispatch_start(d);
}

/* ---- time ----------------------------------------------------------------------------------- */

static int64_t task_due(const struct task *task)
{
    const struct step *step = &task->shard->run->steps[task->shard->step];
    int64_t due = INT64_MAX;

    if (task->killed_for != ERR_NONE) {
        return due;
    }
    if (step->def.timeout_ms > 0) {
        due = task->started_ms + step->def.timeout_ms;
    }
    if (step->def.progress_timeout_ms > 0 &&
        task->progress_ms + step->def.progress_timeout_ms < due) {
        due = task->progress_ms + step->def.progress_timeout_ms;
    }
    if (task->kill_ms > 0 && task->kill_ms < due) {
        due = task->kill_ms;
    }
    return due;
}

void dispatch_tick(struct dispatch *d, int64_t now_ms)
{
    const struct heap_entry *entry;

    d->now_ms = now_ms;
    while ((entry = heap_peek(&d->later)) != NULL && entry->key <= now_ms) {
        shard_ready(d, heap_pop(&d->later));
    }
    for (int i = 0; i < LIMIT_WORKERS; i++) {
        struct task *task = &d->tasks[i];

        if (task->shard != NULL && task_due(task) <= now_ms) {
            task->killed_for = task->kill_ms > 0 && task->kill_ms <= now_ms ? ERR_CANCELLED
                                                                            : ERR_TIMEOUT;
            action_new(d, ACT_KILL, task->shard->run, task->shard->step)->worker = i;
        }
    }
    dispatch_start(d);
}

int64_t dispatch_next_ms(const struct dispatch *d)
{
    const struct heap_entry *entry = heap_peek(&d->later);
    int64_t due = entry != NULL ? entry->key : INT64_MAX;

    for (int i = 0; i < LIMIT_WORKERS; i++) {
        if (d->tasks[i].shard != NULL && task_due(&d->tasks[i]) < due) {
            due = task_due(&d->tasks[i]);
        }
    }
    return due;
}
