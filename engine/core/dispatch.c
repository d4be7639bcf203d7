/* SPDX-License-Identifier: MIT
 * dispatch: runs, workers, pools and time; the life of one step is in dispatch_step.c. */
#include "engine/core/dispatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/core/dispatch_internal.h"

enum { ACTIONS_CAP_MIN = 16 };

const char *dispatch_phase_name(enum dispatch_phase phase)
{
    static const char *const NAMES[] = {"scan", "work", "close"};

    return NAMES[phase];
}

/* ---- life cycle ---------------------------------------------------------------------------- */

struct dispatch *dispatch_new(uint64_t seed)
{
    struct dispatch *d = xcalloc(1, sizeof(*d));

    d->random = seed | 1;
    d->pool_count = POOL_FIRST;
    d->pools[POOL_NONE].slots = LIMIT_WORKERS;
    d->pools[POOL_STREAMS].slots = LIMIT_WORKERS;
    return d;
}

void shard_free(struct shard *shard)
{
    free(shard->items);
    free(shard);
}

static void run_free(struct run *run)
{
    for (int i = 0; i < run->step_count; i++) {
        step_free(&run->steps[i]);
    }
    free(run->steps);
    free(run);
}

static bool drop_shard(void *value, void *ctx)
{
    (void)ctx;
    shard_free(value);
    return true;
}

void dispatch_free(struct dispatch *d)
{
    if (d == NULL) {
        return;
    }
    for (int i = 0; i < d->pool_count; i++) {
        heap_filter(&d->pools[i].ready, drop_shard, NULL);
        heap_done(&d->pools[i].ready);
    }
    heap_filter(&d->later, drop_shard, NULL);
    heap_done(&d->later);
    for (int i = 0; i < LIMIT_WORKERS; i++) {
        if (d->tasks[i].shard != NULL) {
            shard_free(d->tasks[i].shard);
        }
    }
    while (d->runs != NULL) {
        struct run *run = d->runs;

        d->runs = run->next;
        run_free(run);
    }
    free(d->actions);
    free(d);
}

int dispatch_pool(struct dispatch *d, int slots)
{
    CHECK(d->pool_count < POOLS_MAX && slots > 0);
    d->pools[d->pool_count].slots = slots;
    return d->pool_count++;
}

int pool_index(const struct step *step)
{
    if (step->def.pool != DISPATCH_NO_POOL) {
        return step->def.pool;
    }
    return step->def.streams ? POOL_STREAMS : POOL_NONE;
}

/* ---- actions --------------------------------------------------------------------------------- */

struct dispatch_action *action_new(struct dispatch *d, enum dispatch_action_kind kind,
                                   const struct run *run, int step)
{
    struct dispatch_action *action;

    if (d->action_count == d->action_cap) {
        d->action_cap = d->action_cap != 0 ? d->action_cap * 2 : ACTIONS_CAP_MIN;
        d->actions = xrealloc(d->actions, d->action_cap * sizeof(d->actions[0]));
    }
    action = &d->actions[d->action_count++];
    /* Not all of it: the text alone is kilobytes, and it is empty nearly always. */
    memset(action, 0, offsetof(struct dispatch_action, text));
    action->text[0] = '\0';
    action->kind = kind;
    action->run_id = run->id;
    action->step = step;
    action->worker = -1;
    return action;
}

bool dispatch_action(struct dispatch *d, struct dispatch_action *ret_action)
{
    if (d->action_head == d->action_count) {
        d->action_head = d->action_count = 0;
        return false;
    }
    memcpy(ret_action, &d->actions[d->action_head], offsetof(struct dispatch_action, text));
    (void)snprintf(ret_action->text, sizeof(ret_action->text), "%s",
                   d->actions[d->action_head].text);
    ret_action->run_state = d->actions[d->action_head].run_state;
    d->action_head++;
    return true;
}

/* ---- runs --------------------------------------------------------------------------------- */

struct run *find_run(struct dispatch *d, int64_t run_id)
{
    struct run *run = d->runs;

    while (run != NULL && run->id != run_id) {
        run = run->next;
    }
    return run;
}

/* In-degree counters, and for each step those below it. */
static void link_steps(struct run *run)
{
    for (int i = 0; i < run->step_count; i++) {
        struct step *step = &run->steps[i];

        for (int k = 0; k < step->def.dep_count; k++) {
            run->steps[step->def.deps[k]].dependent_count++;
        }
    }
    for (int i = 0; i < run->step_count; i++) {
        struct step *step = &run->steps[i];

        step->dependents = xcalloc((size_t)step->dependent_count, sizeof(int));
        step->dependent_count = 0;
    }
    for (int i = 0; i < run->step_count; i++) {
        struct step *step = &run->steps[i];

        for (int k = 0; k < step->def.dep_count; k++) {
            struct step *up = &run->steps[step->def.deps[k]];

            up->dependents[up->dependent_count++] = i;
            if (step->def.streams) {
                step->open_up += !step_state_terminal(up->state);
            } else {
                step->blockers += !step_state_good(up->state);
            }
        }
        step->def.deps = NULL;
    }
}

static void insert_run(struct dispatch *d, struct run *run)
{
    struct run **at = &d->runs;

    while (*at != NULL && (*at)->id < run->id) {
        at = &(*at)->next;
    }
    run->next = *at;
    *at = run;
}

/* After a restart: steps that ended before it have told nobody in this memory. */
static void skip_blocked(struct dispatch *d, struct run *run)
{
    for (int i = 0; i < run->step_count; i++) {
        const struct step *step = &run->steps[i];

        if (!step_state_terminal(step->def.state) || step_state_good(step->def.state)) {
            continue;
        }
        for (int k = 0; k < step->dependent_count; k++) {
            int below = step->dependents[k];

            if (!run->steps[below].def.streams && !step_state_terminal(run->steps[below].state)) {
                step_end(d, run, below,
                         (struct move){.move = MOVE_SKIP,
                                       .text = "an upstream step did not end well"});
            }
        }
    }
}

void dispatch_run_add(struct dispatch *d, int64_t run_id, const struct dispatch_step *steps,
                      int count, int64_t now_ms)
{
    struct run *run = xcalloc(1, sizeof(*run));

    CHECK(find_run(d, run_id) == NULL && count > 0);
    d->now_ms = now_ms;
    run->id = run_id;
    run->step_count = count;
    run->steps = xcalloc((size_t)count, sizeof(run->steps[0]));
    for (int i = 0; i < count; i++) {
        run->steps[i].def = steps[i];
        run->steps[i].state = steps[i].state;
        run->steps[i].failures = steps[i].attempts;
        run->unfinished += !step_state_terminal(steps[i].state);
        run->failed = run->failed || steps[i].state == STEP_FAILED;
    }
    link_steps(run);
    insert_run(d, run);
    run->unfinished++; /* held open until every step had its turn below */
    skip_blocked(d, run);
    for (int i = 0; i < count; i++) {
        if (!step_state_terminal(run->steps[i].state) && run->steps[i].blockers == 0) {
            step_ready(d, run, i);
        }
    }
    if (--run->unfinished == 0) {
        struct dispatch_action *action = action_new(d, ACT_RUN, run, -1);

        run->ended = true;
        action->run_state = run->failed ? RUN_FAILED : RUN_SUCCESS;
    }
    dispatch_start(d);
}

static bool drop_of_run(void *value, void *ctx)
{
    struct shard *shard = value;

    if (shard->run != ctx) {
        return false;
    }
    shard->run->steps[shard->step].waiting--;
    shard->run->steps[shard->step].token = false;
    shard_free(shard);
    return true;
}

void dispatch_run_cancel(struct dispatch *d, int64_t run_id, int64_t grace_ms, int64_t now_ms)
{
    struct run *run = find_run(d, run_id);

    d->now_ms = now_ms;
    if (run == NULL || run->cancelled || run->ended) {
        return;
    }
    run->cancelled = true;
    for (int i = 0; i < d->pool_count; i++) {
        heap_filter(&d->pools[i].ready, drop_of_run, run);
    }
    heap_filter(&d->later, drop_of_run, run);
    for (int i = 0; i < LIMIT_WORKERS; i++) {
        if (d->tasks[i].shard != NULL && d->tasks[i].shard->run == run) {
            d->tasks[i].kill_ms = now_ms + grace_ms;
            action_new(d, ACT_CANCEL, run, d->tasks[i].shard->step)->worker = i;
        }
    }
    for (int i = 0; i < run->step_count; i++) {
        struct step *step = &run->steps[i];

        if (!step_state_terminal(step->state) && step->live == 0) {
            step_end(d, run, i, (struct move){.move = MOVE_CANCEL});
        }
    }
    dispatch_start(d);
}

void dispatch_run_remove(struct dispatch *d, int64_t run_id)
{
    for (struct run **at = &d->runs; *at != NULL; at = &(*at)->next) {
        if ((*at)->id == run_id) {
            struct run *run = *at;

            CHECK(run->ended);
            *at = run->next;
            run_free(run);
            return;
        }
    }
}

int dispatch_live_runs(const struct dispatch *d)
{
    int count = 0;

    for (const struct run *run = d->runs; run != NULL; run = run->next) {
        count += !run->ended;
    }
    return count;
}

/* ---- invariants ------------------------------------------------------------------------------ */

static void check_step(const struct dispatch *d, const struct run *run, int index)
{
    const struct step *step = &run->steps[index];
    int live = 0;

    for (int i = 0; i < LIMIT_WORKERS; i++) {
        const struct shard *shard = d->tasks[i].shard;

        live += shard != NULL && shard->run == run && shard->step == index;
    }
    CHECK(step->live == live);
    CHECK(step->waiting >= 0 && step->blockers >= 0 && step->open_up >= 0);
    if (step_state_terminal(step->state)) {
        CHECK(live == 0 && step->waiting == 0);
    }
    if (live > 0) {
        CHECK(step->state == STEP_RUNNING);
    }
}

void dispatch_check(const struct dispatch *d)
{
    for (int p = 0; p < d->pool_count; p++) {
        int used = 0;

        for (int i = 0; i < LIMIT_WORKERS; i++) {
            const struct shard *shard = d->tasks[i].shard;

            if (shard != NULL) {
                used += pool_index(&shard->run->steps[shard->step]) == p;
            }
        }
        CHECK(d->pools[p].used == used && used <= d->pools[p].slots);
    }
    for (const struct run *run = d->runs; run != NULL; run = run->next) {
        int unfinished = 0;

        for (int i = 0; i < run->step_count; i++) {
            check_step(d, run, i);
            unfinished += !step_state_terminal(run->steps[i].state);
        }
        CHECK(run->unfinished == unfinished);
        CHECK(run->ended == (unfinished == 0));
    }
}
