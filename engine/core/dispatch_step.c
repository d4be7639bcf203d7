/* SPDX-License-Identifier: MIT
 * dispatch_step: the life of one step, from its counters to its end; see dispatch.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/core/dispatch_internal.h"

enum { SEEN_CAP_MIN = 64 };

void step_free(struct step *step)
{
    free(step->dependents);
    free(step->error_text);
    free(step->queue);
    free(step->seen);
}

/* ---- the set of items a step has met ---------------------------------------------------- */

static size_t seen_slot(const struct step *step, int64_t id)
{
    size_t mask = step->seen_cap - 1;
    size_t at = (size_t)((uint64_t)id * 0x9e3779b97f4a7c15u >> 20) & mask;

    while (step->seen[at] != 0 && step->seen[at] != id) {
        at = (at + 1) & mask;
    }
    return at;
}

static void seen_grow(struct step *step)
{
    int64_t *old = step->seen;
    size_t old_cap = step->seen_cap;

    step->seen_cap = old_cap != 0 ? old_cap * 2 : SEEN_CAP_MIN;
    step->seen = xcalloc(step->seen_cap, sizeof(step->seen[0]));
    for (size_t i = 0; i < old_cap; i++) {
        if (old[i] != 0) {
            step->seen[seen_slot(step, old[i])] = old[i];
        }
    }
    free(old);
}

/* Adds an id; false when it was there. */
static bool seen_add(struct step *step, int64_t id)
{
    size_t at;

    CHECK(id != 0);
    if (step->seen_count * 2 >= step->seen_cap) {
        seen_grow(step);
    }
    at = seen_slot(step, id);
    if (step->seen[at] == id) {
        return false;
    }
    step->seen[at] = id;
    step->seen_count++;
    return true;
}

int step_offer(struct step *step, const struct dispatch_item *items, int count)
{
    int added = 0;

    for (int i = 0; i < count; i++) {
        if (!seen_add(step, items[i].id)) {
            continue;
        }
        if (step->queue_head + step->queue_count == step->queue_cap) {
            step->queue_cap = step->queue_cap != 0 ? step->queue_cap * 2 : 16;
            step->queue = xrealloc(step->queue, (size_t)step->queue_cap * sizeof(step->queue[0]));
        }
        step->queue[step->queue_head + step->queue_count++] = items[i];
        added++;
    }
    return added;
}

/* ---- shards ------------------------------------------------------------------------------ */

static void add_shard(struct dispatch *d, struct run *run, int index, enum dispatch_phase phase)
{
    struct step *step = &run->steps[index];
    struct shard *shard = xcalloc(1, sizeof(*shard));

    shard->run = run;
    shard->step = index;
    shard->phase = phase;
    shard->failures = step->def.attempts;
    step->waiting++;
    shard_ready(d, shard);
}

/* Items stay in the queue until a worker is free: while all are busy, small announcements grow into
 * one shard. So the heap holds at most one unfilled work shard a step. */
static void add_token(struct dispatch *d, struct run *run, int index)
{
    struct step *step = &run->steps[index];

    if (step->queue_count > 0 && !step->token) {
        step->token = true;
        add_shard(d, run, index, DISPATCH_WORK);
    }
}

void step_fill(struct dispatch *d, struct shard *shard)
{
    struct step *step = &shard->run->steps[shard->step];
    const struct dispatch_item *queue = step->queue + step->queue_head;
    int64_t weight = 0;
    int count = 0;

    if (!step->def.streams || shard->phase != DISPATCH_WORK || shard->item_count > 0) {
        return;
    }
    CHECK(step->token && step->queue_count > 0);
    while (count < step->queue_count && count < LIMIT_SHARD_ITEMS &&
           (count == 0 || weight + queue[count].weight <= step->def.shard_weight)) {
        weight += queue[count++].weight;
    }
    shard->items = xcalloc((size_t)count, sizeof(queue[0]));
    shard->item_count = count;
    memcpy(shard->items, queue, (size_t)count * sizeof(queue[0]));
    step->queue_count -= count;
    step->queue_head = step->queue_count > 0 ? step->queue_head + count : 0;
    step->token = false;
    add_token(d, shard->run, shard->step);
}

/* ---- moves ------------------------------------------------------------------------------- */

void step_move(struct dispatch *d, struct run *run, int index, struct move move)
{
    struct step *step = &run->steps[index];
    struct dispatch_action *action;
    enum step_state to;

    CHECK(step_move_apply(step->state, move.move, &to));
    step->state = to;
    action = action_new(d, ACT_STEP, run, index);
    action->move = move.move;
    action->step_state = to;
    action->attempts = step->failures;
    action->wait_ms = move.wait_ms;
    action->error = move.error;
    if (move.text != NULL) {
        (void)snprintf(action->text, sizeof(action->text), "%s", move.text);
    }
}

/* The run's end: nothing of it is unfinished. */
static void end_run(struct dispatch *d, struct run *run)
{
    struct dispatch_action *action = action_new(d, ACT_RUN, run, -1);

    run->ended = true;
    action->run_state = run->cancelled ? RUN_CANCELLED : run->failed ? RUN_FAILED : RUN_SUCCESS;
    if (action->run_state == RUN_FAILED) {
        int failed = 0;

        for (int i = 0; i < run->step_count; i++) {
            const struct step *step = &run->steps[i];

            if (step->state == STEP_FAILED && failed++ == 0) {
                action->error = step->error;
                action->step = i;
                (void)snprintf(action->text, sizeof(action->text), "%s",
                               step->error_text != NULL ? step->error_text : "");
            }
        }
    }
}

/* How a barrier step ends whose upstream did not end well. */
static struct move skipped_below(const struct run *run)
{
    return run->cancelled ? (struct move){.move = MOVE_CANCEL}
                          : (struct move){.move = MOVE_SKIP,
                                          .text = "an upstream step did not end well"};
}

/* Tells the steps below that this one ended. */
static void notify_dependents(struct dispatch *d, struct run *run, int index)
{
    struct step *step = &run->steps[index];
    bool good = step_state_good(step->state);

    for (int i = 0; i < step->dependent_count; i++) {
        int below = step->dependents[i];
        struct step *down = &run->steps[below];

        if (step_state_terminal(down->state)) {
            continue;
        }
        if (down->def.streams) {
            down->open_up--;
            step_advance(d, run, below);
        } else if (good) {
            down->blockers--;
            if (down->blockers == 0) {
                step_ready(d, run, below);
            }
        } else {
            step_end(d, run, below, skipped_below(run));
        }
    }
}

void step_end(struct dispatch *d, struct run *run, int index, struct move move)
{
    struct step *step = &run->steps[index];

    CHECK(step->live == 0 && step->waiting == 0);
    step_move(d, run, index, move);
    step->queue_count = 0;
    if (step->state == STEP_FAILED) {
        run->failed = true;
    }
    run->unfinished--;
    notify_dependents(d, run, index);
    if (run->unfinished == 0 && !run->ended) {
        end_run(d, run);
    }
}

/* What a step that has no work left ends as. */
static struct move final_move(const struct run *run, const struct step *step)
{
    struct move move = {.error = step->error, .text = step->error_text};

    if (run->cancelled) {
        return (struct move){.move = MOVE_CANCEL};
    }
    if (step->error != ERR_NONE) {
        move.move = step->skip ? MOVE_SKIP : MOVE_FAIL;
    } else {
        move.move = step->changed ? MOVE_SUCCEED : MOVE_UNCHANGED;
    }
    return move;
}

void step_ready(struct dispatch *d, struct run *run, int index)
{
    struct step *step = &run->steps[index];

    if (step->def.streams) {
        step_advance(d, run, index);
    } else {
        add_shard(d, run, index, DISPATCH_WORK);
    }
}

/* A streaming step's next move: scan, work, close or end. Also ends a plain step. */
void step_advance(struct dispatch *d, struct run *run, int index)
{
    struct step *step = &run->steps[index];

    if (step_state_terminal(step->state)) {
        return;
    }
    if (step->def.streams && !run->cancelled) {
        bool last = step->open_up == 0;

        if (!step->scanned || (last && !step->scanned_last && step->live == 0 &&
                               step->waiting == 0 && step->queue_count == 0)) {
            step->scanned = true;
            step->scanned_last = last;
            add_shard(d, run, index, DISPATCH_SCAN);
        }
        add_token(d, run, index);
        if (step->live > 0 || step->waiting > 0 || !step->scanned_last) {
            return;
        }
        if (step->def.closes && !step->closed && step->error == ERR_NONE) {
            step->closed = true;
            add_shard(d, run, index, DISPATCH_CLOSE);
            return;
        }
    }
    if (step->live == 0 && step->waiting == 0) {
        step_end(d, run, index, final_move(run, step));
    }
}
