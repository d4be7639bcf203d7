/* SPDX-License-Identifier: MIT
 *
 * scenario: what goes wrong on purpose. A JSON array of rules, tried in order; the first that matches
 * a request applies, as many times as it says:
 *
 *     [{"player": "alice",          only this player (default: any)
 *       "do": "truncate",           truncate | status | html | garbage | stall | error_line
 *       "after_games": 17,          truncate, garbage, stall, error_line: so many games come first
 *       "status": 429,              status: the answer
 *       "retry_after": 2,           status: the header, seconds
 *       "stall_ms": 3000,           stall: silence, then on
 *       "times": 1}]                default: once
 *
 * truncate closes the connection inside a line; garbage sends a line that is no JSON and goes on;
 * error_line sends {"error": ...} and ends; html answers 404 as a web page.
 */
#ifndef ROOKERY_TESTS_LICHESS_SIM_SCENARIO_H
#define ROOKERY_TESTS_LICHESS_SIM_SCENARIO_H

#include <stdint.h>

#include "engine/base/err.h"

enum trouble { TROUBLE_NONE, TROUBLE_TRUNCATE, TROUBLE_STATUS, TROUBLE_HTML, TROUBLE_GARBAGE,
               TROUBLE_STALL, TROUBLE_ERROR_LINE };

struct rule {
    char player[64];
    enum trouble trouble;
    int64_t after_games;
    int status, retry_after, stall_ms, times;
};

struct scenario;

bool scenario_load(const char *path, struct scenario **ret_scenario, struct err *err);
void scenario_free(struct scenario *scenario); /* NULL is fine */
/* The rule for a request about this player; TROUBLE_NONE if none. Counts it as used. */
struct rule scenario_next(struct scenario *scenario, const char *player);

#endif
