/* SPDX-License-Identifier: MIT
 * scenario: see scenario.h. */
#include "tests/lichess_sim/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "engine/base/mem.h"

enum { RULES_MAX = 64 };

struct scenario {
    struct rule rules[RULES_MAX];
    int count;
};

static const char *const TROUBLES[] = {"none",    "truncate", "status",    "html",
                                       "garbage", "stall",    "error_line"};

static bool read_rule(const json_t *object, struct rule *rule, struct err *err)
{
    const char *what = json_string_value(json_object_get(object, "do"));
    const char *player = json_string_value(json_object_get(object, "player"));
    const json_t *times = json_object_get(object, "times");

    for (size_t i = 0; what != NULL && i < sizeof(TROUBLES) / sizeof(TROUBLES[0]); i++) {
        if (strcmp(what, TROUBLES[i]) == 0) {
            rule->trouble = (enum trouble)i;
        }
    }
    if (rule->trouble == TROUBLE_NONE) {
        return err_set(err, ERR_USAGE, "scenario: \"do\" is missing or unknown");
    }
    (void)snprintf(rule->player, sizeof(rule->player), "%s", player != NULL ? player : "");
    rule->after_games = json_integer_value(json_object_get(object, "after_games"));
    rule->status = (int)json_integer_value(json_object_get(object, "status"));
    rule->retry_after = (int)json_integer_value(json_object_get(object, "retry_after"));
    rule->stall_ms = (int)json_integer_value(json_object_get(object, "stall_ms"));
    rule->times = times != NULL ? (int)json_integer_value(times) : 1;
    return true;
}

bool scenario_load(const char *path, struct scenario **ret_scenario, struct err *err)
{
    json_error_t why;
    json_t *root = json_load_file(path, 0, &why);
    struct scenario *scenario = xcalloc(1, sizeof(*scenario));
    bool ok = true;

    if (!json_is_array(root) || json_array_size(root) > RULES_MAX) {
        ok = err_set(err, ERR_USAGE, "scenario %s: %s", path,
                     root == NULL ? why.text : "not an array of rules");
    }
    for (size_t i = 0; ok && i < json_array_size(root); i++) {
        ok = read_rule(json_array_get(root, i), &scenario->rules[scenario->count++], err);
    }
    json_decref(root);
    if (!ok) {
        free(scenario);
        return false;
    }
    *ret_scenario = scenario;
    return true;
}

void scenario_free(struct scenario *scenario)
{
    free(scenario);
}

struct rule scenario_next(struct scenario *scenario, const char *player)
{
    for (int i = 0; scenario != NULL && i < scenario->count; i++) {
        struct rule *rule = &scenario->rules[i];

        if (rule->times > 0 &&
            (rule->player[0] == '\0' || strcasecmp(rule->player, player) == 0)) {
            rule->times--;
            return *rule;
        }
    }
    return (struct rule){.trouble = TROUBLE_NONE};
}
