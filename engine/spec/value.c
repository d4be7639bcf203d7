/* SPDX-License-Identifier: MIT
 * value: see value.h. */
#include "engine/spec/value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/limits.h"

enum { SHOWN_MAX = 60 };

/* How a wrong value is called: quoted, or by where it came from. */
static const char *shown(const struct value_env *env, const struct yaml_node *node)
{
    if (node->kind != YAML_SCALAR) {
        return node->kind == YAML_LIST ? "a list" : "a mapping";
    }
    if (node->from_env) {
        return "a value from the environment";
    }
    return mem_printf(env->mem, "\"%.*s\"", SHOWN_MAX, node->text);
}

bool value_is(const struct value_env *env, const struct yaml_node *node, const char *what,
              enum yaml_kind kind)
{
    if (node->kind == kind) {
        return true;
    }
    diag_add(env->diag, DIAG_E021, node->at, "%s: expected a %s, got %s", what,
             yaml_kind_name(kind), shown(env, node));
    return false;
}

bool value_string(const struct value_env *env, const struct yaml_node *node, const char *what,
                  const char **ret)
{
    if (!value_is(env, node, what, YAML_SCALAR)) {
        return false;
    }
    *ret = node->text;
    return true;
}

bool value_bool(const struct value_env *env, const struct yaml_node *node, const char *what,
                bool *ret)
{
    static const char *const YES_NO[] = {"yes", "no", "on", "off", "y", "n", "True", "False",
                                         "TRUE", "FALSE", NULL};

    if (node->kind == YAML_SCALAR && strcmp(node->text, "true") == 0) {
        *ret = true;
        return true;
    }
    if (node->kind == YAML_SCALAR && strcmp(node->text, "false") == 0) {
        *ret = false;
        return true;
    }
    diag_add(env->diag, DIAG_E032, node->at, "%s: expected true or false, got %s", what,
             shown(env, node));
    for (int i = 0; node->kind == YAML_SCALAR && YES_NO[i] != NULL; i++) {
        if (strcmp(node->text, YES_NO[i]) == 0) {
            diag_help(env->diag, "'%s' is a string here; write %s", node->text,
                      i == 0 || i == 2 || i == 4 || i == 6 || i == 8 ? "true" : "false");
        }
    }
    return false;
}

/* Plain decimal only: no sign but '-', no leading zeros, no exponents: they are not guessed at. */
static bool plain_int(const char *text, int64_t *ret)
{
    const char *digits = text[0] == '-' ? text + 1 : text;
    size_t len = strspn(digits, "0123456789");

    if (len == 0 || digits[len] != '\0' || (len > 1 && digits[0] == '0')) {
        return false;
    }
    errno = 0;
    *ret = strtoll(text, NULL, 10);
    return errno == 0;
}

bool value_int(const struct value_env *env, const struct yaml_node *node, const char *what,
               int64_t min, int64_t max, int64_t *ret)
{
    int64_t value;

    if (node->kind == YAML_SCALAR && !node->quoted && plain_int(node->text, &value) &&
        value >= min && value <= max) {
        *ret = value;
        return true;
    }
    diag_add(env->diag, DIAG_E031, node->at,
             "%s: expected an integer %" PRId64 "..%" PRId64 ", got %s", what, min, max,
             shown(env, node));
    return false;
}

int64_t value_parse_duration(const char *text)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } UNITS[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    size_t digits = strspn(text, "0123456789");
    int64_t value;

    if (digits == 0 || digits > 12) {
        return -1;
    }
    value = strtoll(text, NULL, 10);
    for (size_t i = 0; i < sizeof(UNITS) / sizeof(UNITS[0]); i++) {
        if (strcmp(text + digits, UNITS[i].unit) == 0) {
            return value * UNITS[i].ms;
        }
    }
    return value == 0 && text[digits] == '\0' ? 0 : -1;
}

static const char *duration_text(struct mem *mem, int64_t ms)
{
    if (ms % 86400000 == 0 && ms > 0) {
        return mem_printf(mem, "%" PRId64 "d", ms / 86400000);
    }
    if (ms % 3600000 == 0 && ms > 0) {
        return mem_printf(mem, "%" PRId64 "h", ms / 3600000);
    }
    return ms % 1000 == 0 ? mem_printf(mem, "%" PRId64 "s", ms / 1000)
                          : mem_printf(mem, "%" PRId64 "ms", ms);
}

bool value_duration(const struct value_env *env, const struct yaml_node *node, const char *what,
                    int64_t min_ms, int64_t max_ms, int64_t *ret_ms)
{
    int64_t value = node->kind == YAML_SCALAR ? value_parse_duration(node->text) : -1;

    if (value >= min_ms && value <= max_ms) {
        *ret_ms = value;
        return true;
    }
    diag_add(env->diag, DIAG_E033, node->at,
             "%s: expected a duration such as 30s, 5m, 2h (%s to %s), got %s", what,
             duration_text(env->mem, min_ms), duration_text(env->mem, max_ms), shown(env, node));
    return false;
}

static const char *join(struct mem *mem, const char *const *words)
{
    AUTO(buf) struct buf out = BUF_INIT(4096);

    for (int i = 0; words[i] != NULL; i++) {
        buf_printf(&out, "%s%s", i > 0 ? ", " : "", words[i]);
    }
    return mem_strdup(mem, buf_str(&out));
}

bool value_choice(const struct value_env *env, const struct yaml_node *node, const char *what,
                  const char *const *choices, int *ret)
{
    const char *near;

    for (int i = 0; node->kind == YAML_SCALAR && choices[i] != NULL; i++) {
        if (strcmp(node->text, choices[i]) == 0) {
            *ret = i;
            return true;
        }
    }
    diag_add(env->diag, DIAG_E039, node->at, "%s: %s is not one of %s", what, shown(env, node),
             join(env->mem, choices));
    near = node->kind == YAML_SCALAR ? diag_nearest(node->text, choices) : NULL;
    if (near != NULL) {
        diag_help(env->diag, "did you mean '%s'?", near);
    }
    return false;
}

bool value_strings(const struct value_env *env, const struct yaml_node *node, const char *what,
                   const char ***ret, int *ret_count)
{
    int room = node->kind == YAML_LIST ? node->count : 1, count = 0;
    const char **list = mem_array(env->mem, (size_t)room, sizeof(*list));

    if (node->kind == YAML_MAP) {
        return value_is(env, node, what, YAML_LIST);
    }
    if (node->kind == YAML_SCALAR && node->text[0] != '\0') {
        list[count++] = node->text;
    }
    for (int i = 0; node->kind == YAML_LIST && i < node->count; i++) {
        if (!value_is(env, node->items[i], what, YAML_SCALAR)) {
            return false;
        }
        if (node->items[i]->text[0] != '\0') {
            list[count++] = node->items[i]->text;
        }
    }
    *ret = list;
    *ret_count = count;
    return true;
}

void value_check_keys(const struct value_env *env, const struct yaml_node *map, const char *what,
                      const char *const *keys)
{
    for (int i = 0; i < map->count; i++) {
        const char *near;
        int k = 0;

        while (keys[k] != NULL && strcmp(keys[k], map->keys[i]) != 0) {
            k++;
        }
        if (keys[k] != NULL) {
            continue;
        }
        diag_add(env->diag, DIAG_E030, map->key_at[i], "%s: unknown key '%.*s'", what, SHOWN_MAX,
                 map->keys[i]);
        near = diag_nearest(map->keys[i], keys);
        if (near != NULL) {
            diag_help(env->diag, "did you mean '%s'?", near);
        } else {
            diag_help(env->diag, "keys here: %s", join(env->mem, keys));
        }
    }
}

/* ---- declared options ------------------------------------------------------------------------ */

static json_t *strings_json(const char *const *list, int count)
{
    json_t *array = json_array();

    for (int i = 0; i < count; i++) {
        (void)json_array_append_new(array, json_string(list[i]));
    }
    return array;
}

json_t *value_param(const struct value_env *env, const struct yaml_node *node,
                    const struct param *param)
{
    const char *text, **list;
    int64_t number;
    int index;
    bool flag;

    switch (param->type) {
    case PARAM_BOOL:
        return value_bool(env, node, param->name, &flag) ? json_boolean(flag) : NULL;
    case PARAM_INT_OR_ALL:
        if (node->kind == YAML_SCALAR && strcmp(node->text, "all") == 0) {
            return json_string("all");
        }
        /* fallthrough */
    case PARAM_INT:
        return value_int(env, node, param->name, param->min, param->max, &number)
                   ? json_integer(number)
                   : NULL;
    case PARAM_DURATION:
        return value_duration(env, node, param->name, param->min, param->max, &number)
                   ? json_integer(number)
                   : NULL;
    case PARAM_STRING:
        return value_string(env, node, param->name, &text) ? json_string(text) : NULL;
    case PARAM_ENUM:
        return value_choice(env, node, param->name, param->choices, &index)
                   ? json_string(param->choices[index])
                   : NULL;
    case PARAM_STRING_LIST:
        return value_strings(env, node, param->name, &list, &index) ? strings_json(list, index)
                                                                    : NULL;
    }
    return NULL;
}

json_t *value_param_default(const struct param *param)
{
    const char *text = param->fallback;
    int64_t number = 0;

    switch (param->type) {
    case PARAM_BOOL:
        return json_boolean(strcmp(text, "true") == 0);
    case PARAM_INT_OR_ALL:
        if (strcmp(text, "all") == 0) {
            return json_string("all");
        }
        /* fallthrough */
    case PARAM_INT:
        CHECK(plain_int(text, &number));
        return json_integer(number);
    case PARAM_DURATION:
        CHECK(value_parse_duration(text) >= 0);
        return json_integer(value_parse_duration(text));
    case PARAM_STRING:
    case PARAM_ENUM:
        return json_string(text);
    case PARAM_STRING_LIST:
        return json_array();
    }
    return NULL;
}
