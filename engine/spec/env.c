/* SPDX-License-Identifier: MIT
 * env: ${VAR} in scalars; declared in value.h. */
#include <ctype.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/spec/value.h"

/* A personal Lichess token: lip_ and letters. In the file it would end up in backups and rows. */
static bool holds_token(const char *text)
{
    const char *at = strstr(text, "lip_");

    return at != NULL && strspn(at + 4, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                        "0123456789_") >= 8;
}

struct reference {
    const char *name, *fallback, *message; /* fallback, message: NULL if not given */
    size_t len;                            /* of the whole ${...} */
};

/* Reads the ${...} at `at`; false if it cannot be read. */
static bool read_reference(struct mem *mem, const char *at, struct reference *ret)
{
    const char *name = at + 2, *end = strchr(at, '}');
    size_t name_len = 0;

    while (isalnum((unsigned char)name[name_len]) || name[name_len] == '_') {
        name_len++;
    }
    if (end == NULL || name_len == 0 || isdigit((unsigned char)name[0])) {
        return false;
    }
    *ret = (struct reference){.name = mem_strndup(mem, name, name_len),
                              .len = (size_t)(end - at) + 1};
    if (name + name_len == end) {
        return true;
    }
    if (name[name_len] != ':' || (name[name_len + 1] != '-' && name[name_len + 1] != '?')) {
        return false;
    }
    const char *rest =
        mem_strndup(mem, name + name_len + 2, (size_t)(end - name) - name_len - 2);
    if (name[name_len + 1] == '-') {
        ret->fallback = rest;
    } else {
        ret->message = rest;
    }
    return true;
}

/* Appends the value of one reference. */
static void fill_one(const struct value_env *env, struct yaml_node *node,
                     const struct reference *ref, struct buf *out)
{
    const char *value = env->input->getenv(env->input->ctx, ref->name);
    bool empty = value == NULL || value[0] == '\0';

    if (!empty) {
        node->from_env = true;
        (void)buf_text(out, value);
    } else if (ref->fallback != NULL) {
        (void)buf_text(out, ref->fallback);
    } else if (ref->message != NULL) {
        diag_add(env->diag, DIAG_E061, node->at, "environment variable %s is not set: %s",
                 ref->name, ref->message);
    } else if (value == NULL) {
        diag_add(env->diag, DIAG_E061, node->at, "environment variable %s is not set", ref->name);
        diag_help(env->diag, "set it, or write ${%s:-default}", ref->name);
    }
}

static void fill_scalar(const struct value_env *env, struct yaml_node *node)
{
    AUTO(buf) struct buf out = BUF_INIT(LIMIT_YAML_SCALAR_BYTES);

    if (holds_token(node->text)) {
        diag_add(env->diag, DIAG_E060, node->at, "this looks like a Lichess token");
        diag_help(env->diag, "write ${LICHESS_TOKEN} and set the variable in the environment");
        return;
    }
    if (strchr(node->text, '$') == NULL) {
        return;
    }
    for (const char *at = node->text; *at != '\0';) {
        struct reference ref;

        if (at[0] != '$') {
            (void)buf_char(&out, *at++);
        } else if (at[1] == '$') {
            (void)buf_char(&out, '$');
            at += 2;
        } else if (at[1] != '{') {
            (void)buf_char(&out, *at++);
        } else if (read_reference(env->mem, at, &ref)) {
            fill_one(env, node, &ref, &out);
            at += ref.len;
        } else {
            diag_add(env->diag, DIAG_E062, node->at, "this ${...} cannot be read");
            diag_help(env->diag, "write ${NAME}, ${NAME:-default} or ${NAME:?message}; $$ for $");
            return;
        }
    }
    if (out.overflow) {
        diag_add(env->diag, DIAG_E003, node->at, "a value exceeds the limit of %d bytes",
                 LIMIT_YAML_SCALAR_BYTES);
        return;
    }
    node->text = mem_strdup(env->mem, buf_str(&out));
}

/* Depth is bounded by LIMIT_YAML_DEPTH, so recursion is. */
void value_fill_env(const struct value_env *env, struct yaml_node *node)
{
    if (node->kind == YAML_SCALAR) {
        fill_scalar(env, node);
    }
    for (int i = 0; i < node->count; i++) {
        value_fill_env(env, node->items[i]);
    }
}
