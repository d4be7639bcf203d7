/* SPDX-License-Identifier: MIT
 * err: messages with a kind; see err.h. */
#include "engine/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kind_row {
    const char *name;
    int exit_code;
    bool retryable;
};

static const struct kind_row KINDS[] = {
#define X(kind, name, code, retry) [kind] = {name, code, retry},
    ERR_KINDS(X)
#undef X
};

enum { KIND_COUNT = sizeof(KINDS) / sizeof(KINDS[0]) };

bool err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
    va_list args;

    err->kind = kind;
    err->retry_after_ms = 0;
    va_start(args, fmt);
    (void)vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);
    return false;
}

bool err_sys(struct err *err, int errno_value, const char *fmt, ...)
{
    va_list args;
    size_t used;

    err->kind = ERR_OS;
    err->retry_after_ms = 0;
    va_start(args, fmt);
    (void)vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);
    used = strlen(err->text);
    (void)snprintf(err->text + used, sizeof(err->text) - used, ": %s", strerror(errno_value));
    return false;
}

bool err_in(struct err *err, const char *fmt, ...)
{
    char prefix[ERR_TEXT_MAX];
    va_list args;
    size_t prefix_len, text_len;

    va_start(args, fmt);
    (void)vsnprintf(prefix, sizeof(prefix) - 3, fmt, args);
    va_end(args);
    prefix_len = strlen(prefix);
    memcpy(prefix + prefix_len, ": ", 3);
    prefix_len += 2;
    text_len = strlen(err->text);
    if (prefix_len + text_len >= sizeof(err->text)) {
        text_len = sizeof(err->text) - prefix_len - 1;
    }
    memmove(err->text + prefix_len, err->text, text_len);
    memcpy(err->text, prefix, prefix_len);
    err->text[prefix_len + text_len] = '\0';
    return false;
}

void err_clear(struct err *err)
{
    err->kind = ERR_NONE;
    err->retry_after_ms = 0;
    err->text[0] = '\0';
}

const char *err_kind_name(enum err_kind kind)
{
    return (unsigned)kind < KIND_COUNT ? KINDS[kind].name : "bug";
}

int err_kind_exit_code(enum err_kind kind)
{
    return (unsigned)kind < KIND_COUNT ? KINDS[kind].exit_code : 1;
}

bool err_kind_retryable(enum err_kind kind)
{
    return (unsigned)kind < KIND_COUNT && KINDS[kind].retryable;
}

enum err_kind err_kind_from_name(const char *name)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (strcmp(KINDS[kind].name, name) == 0) {
            return (enum err_kind)kind;
        }
    }
    return ERR_BUG;
}

_Noreturn void err_check_failed(const char *file, int line, const char *cond)
{
    fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, cond);
    abort();
}
