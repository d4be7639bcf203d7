/* SPDX-License-Identifier: MIT
 * state: see state.h. */
#include "engine/core/state.h"

#include <string.h>

#define NOT_ALLOWED STEP_STATE_COUNT

struct state_row {
    const char *name;
    bool terminal, good;
};

static const struct state_row STEP_ROWS[] = {
#define X(state, name, terminal, good) [state] = {name, terminal, good},
    STEP_STATES(X)
#undef X
};

static const struct {
    const char *name;
    bool terminal;
    const char *event;
} RUN_ROWS[] = {
#define X(state, name, terminal, event) [state] = {name, terminal, event},
    RUN_STATES(X)
#undef X
};

static const char *const MOVE_EVENTS[] = {
#define X(move, event) [move] = event,
    STEP_MOVES(X)
#undef X
};

/* The whole truth about steps: row = from, column = move. */
static const enum step_state MOVES[STEP_STATE_COUNT][STEP_MOVE_COUNT] = {
    [STEP_WAITING] = {[MOVE_START] = STEP_RUNNING,
                      [MOVE_RETRY] = NOT_ALLOWED,
                      [MOVE_SUCCEED] = NOT_ALLOWED,
                      [MOVE_UNCHANGED] = STEP_UNCHANGED,
                      [MOVE_FAIL] = NOT_ALLOWED,
                      [MOVE_SKIP] = STEP_SKIPPED,
                      [MOVE_CANCEL] = STEP_CANCELLED},
    [STEP_RUNNING] = {[MOVE_START] = NOT_ALLOWED,
                      [MOVE_RETRY] = STEP_RETRYING,
                      [MOVE_SUCCEED] = STEP_SUCCESS,
                      [MOVE_UNCHANGED] = STEP_UNCHANGED,
                      [MOVE_FAIL] = STEP_FAILED,
                      [MOVE_SKIP] = STEP_SKIPPED,
                      [MOVE_CANCEL] = STEP_CANCELLED},
    [STEP_RETRYING] = {[MOVE_START] = STEP_RUNNING,
                       [MOVE_RETRY] = STEP_RETRYING,
                       [MOVE_SUCCEED] = NOT_ALLOWED,
                       [MOVE_UNCHANGED] = NOT_ALLOWED,
                       [MOVE_FAIL] = STEP_FAILED,
                       [MOVE_SKIP] = STEP_SKIPPED,
                       [MOVE_CANCEL] = STEP_CANCELLED},
#define TERMINAL_ROW                                                                               \
    {                                                                                              \
        NOT_ALLOWED, NOT_ALLOWED, NOT_ALLOWED, NOT_ALLOWED, NOT_ALLOWED, NOT_ALLOWED, NOT_ALLOWED  \
    }
    [STEP_SUCCESS] = TERMINAL_ROW,
    [STEP_UNCHANGED] = TERMINAL_ROW,
    [STEP_FAILED] = TERMINAL_ROW,
    [STEP_SKIPPED] = TERMINAL_ROW,
    [STEP_CANCELLED] = TERMINAL_ROW,
};

const char *step_state_name(enum step_state state)
{
    return STEP_ROWS[state].name;
}

bool step_state_terminal(enum step_state state)
{
    return STEP_ROWS[state].terminal;
}

bool step_state_good(enum step_state state)
{
    return STEP_ROWS[state].good;
}

bool step_state_from_name(const char *name, enum step_state *ret_state)
{
    for (int i = 0; i < STEP_STATE_COUNT; i++) {
        if (strcmp(STEP_ROWS[i].name, name) == 0) {
            *ret_state = (enum step_state)i;
            return true;
        }
    }
    return false;
}

const char *run_state_name(enum run_state state)
{
    return RUN_ROWS[state].name;
}

bool run_state_terminal(enum run_state state)
{
    return RUN_ROWS[state].terminal;
}

const char *run_state_event(enum run_state state)
{
    return RUN_ROWS[state].event;
}

bool run_state_from_name(const char *name, enum run_state *ret_state)
{
    for (int i = 0; i < RUN_STATE_COUNT; i++) {
        if (strcmp(RUN_ROWS[i].name, name) == 0) {
            *ret_state = (enum run_state)i;
            return true;
        }
    }
    return false;
}

bool step_move_apply(enum step_state from, enum step_move move, enum step_state *ret_to)
{
    enum step_state to = MOVES[from][move];

    if (to == NOT_ALLOWED) {
        return false;
    }
    *ret_to = to;
    return true;
}

const char *step_move_event(enum step_move move)
{
    return MOVE_EVENTS[move];
}
