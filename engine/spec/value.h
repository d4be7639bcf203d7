/* SPDX-License-Identifier: MIT
 *
 * value: typed readings of scalars, each with its finding when it does not fit; and ${VAR}.
 *
 * Every reader returns false after adding a finding, and leaves *ret untouched. Values that came
 * from the environment are described, not quoted.
 */
#ifndef ROOKERY_SPEC_VALUE_H
#define ROOKERY_SPEC_VALUE_H

#include "engine/base/param.h"
#include "engine/spec/spec.h"

struct value_env {
    struct mem *mem;
    struct diag *diag;
    const struct spec_input *input;
};

/* Fills in ${VAR}, ${VAR:-default} (also when empty), ${VAR:?message}, $$ = $ in every scalar of
 * the tree; refuses a Lichess token that stands in the file. */
void value_fill_env(const struct value_env *env, struct yaml_node *node);

/* Reads one scalar by kind; what: how the value is called in findings. */
bool value_string(const struct value_env *env, const struct yaml_node *node, const char *what,
                  const char **ret);
bool value_bool(const struct value_env *env, const struct yaml_node *node, const char *what,
                bool *ret);
bool value_int(const struct value_env *env, const struct yaml_node *node, const char *what,
               int64_t min, int64_t max, int64_t *ret);
bool value_duration(const struct value_env *env, const struct yaml_node *node, const char *what,
                    int64_t min_ms, int64_t max_ms, int64_t *ret_ms);
/* Index of the word in choices (NULL-ended). */
bool value_choice(const struct value_env *env, const struct yaml_node *node, const char *what,
                  const char *const *choices, int *ret);
/* List of strings (or one string); empty ones are dropped. */
bool value_strings(const struct value_env *env, const struct yaml_node *node, const char *what,
                   const char ***ret, int *ret_count);
bool value_is(const struct value_env *env, const struct yaml_node *node, const char *what,
              enum yaml_kind kind);

/* A declared option (param.h) as JSON; NULL after a finding. A new reference. */
json_t *value_param(const struct value_env *env, const struct yaml_node *node,
                    const struct param *param);
/* Its default. */
json_t *value_param_default(const struct param *param);

/* Duration text ("500ms", "30s", "5m", "2h", "1d") in ms; -1 if it is none. */
int64_t value_parse_duration(const char *text);
/* Unknown keys of a map are findings with "did you mean". keys is NULL-ended. */
void value_check_keys(const struct value_env *env, const struct yaml_node *map, const char *what,
                      const char *const *keys);

#endif
