/* SPDX-License-Identifier: MIT
 *
 * state: the states of runs and steps and what moves them. Names are the same in SQL, logs, CLI
 * and pages; they come from the tables below and nowhere else.
 *
 * A step:
 *
 *     waiting --start--> running --succeed--> success | unchanged
 *        |                 |  ^ `--fail----> failed
 *        |                 |  `--start-- retrying <--retry--'
 *        `--skip--> skipped            (cancel, from any live state) --> cancelled
 *
 * Terminal states never change.
 */
#ifndef ROOKERY_CORE_STATE_H
#define ROOKERY_CORE_STATE_H

#include <stdbool.h>

/* state, name, terminal, counts as done well for those downstream */
#define STEP_STATES(X)                                                                             \
    X(STEP_WAITING, "waiting", false, false)                                                       \
    X(STEP_RUNNING, "running", false, false)                                                       \
    X(STEP_RETRYING, "retrying", false, false)                                                     \
    X(STEP_SUCCESS, "success", true, true)                                                         \
    X(STEP_UNCHANGED, "unchanged", true, true)                                                     \
    X(STEP_FAILED, "failed", true, false)                                                          \
    X(STEP_SKIPPED, "skipped", true, false)                                                        \
    X(STEP_CANCELLED, "cancelled", true, false)

enum step_state {
#define X(state, name, terminal, good) state,
    STEP_STATES(X)
#undef X
        STEP_STATE_COUNT
};

/* what happens to a step, and the event type recorded for it */
#define STEP_MOVES(X)                                                                              \
    X(MOVE_START, "step_started")                                                                  \
    X(MOVE_RETRY, "step_retrying")                                                                 \
    X(MOVE_SUCCEED, "step_success")                                                                \
    X(MOVE_UNCHANGED, "step_unchanged")                                                            \
    X(MOVE_FAIL, "step_failed")                                                                    \
    X(MOVE_SKIP, "step_skipped")                                                                   \
    X(MOVE_CANCEL, "step_cancelled")

enum step_move {
#define X(move, event) move,
    STEP_MOVES(X)
#undef X
        STEP_MOVE_COUNT
};

/* state, name, terminal, event type recorded when a run enters it */
#define RUN_STATES(X)                                                                              \
    X(RUN_QUEUED, "queued", false, "run_queued")                                                   \
    X(RUN_RUNNING, "running", false, "run_started")                                                \
    X(RUN_SUCCESS, "success", true, "run_success")                                                 \
    X(RUN_FAILED, "failed", true, "run_failed")                                                    \
    X(RUN_CANCELLED, "cancelled", true, "run_cancelled")

enum run_state {
#define X(state, name, terminal, event) state,
    RUN_STATES(X)
#undef X
        RUN_STATE_COUNT
};

const char *step_state_name(enum step_state state);
bool step_state_terminal(enum step_state state);
/* Did it end so that those downstream may use what it wrote? */
bool step_state_good(enum step_state state);
/* State by name; false when there is none of this name. */
bool step_state_from_name(const char *name, enum step_state *ret_state);

const char *run_state_name(enum run_state state);
bool run_state_terminal(enum run_state state);
const char *run_state_event(enum run_state state);
bool run_state_from_name(const char *name, enum run_state *ret_state);

/* Where a move leads; false when it is not allowed from this state. */
bool step_move_apply(enum step_state from, enum step_move move, enum step_state *ret_to);
const char *step_move_event(enum step_move move);

#endif
