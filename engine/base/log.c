/* SPDX-License-Identifier: MIT
 * log: logfmt lines to stderr; see log.h. The sink settings are the one global of the project. */
#include "engine/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/limits.h"

static struct {
    char component[32];
    enum log_level least;
} sink = {"rookery", LOG_INFO};

static _Thread_local char context[256];

void log_start(const char *component, enum log_level least)
{
    (void)snprintf(sink.component, sizeof(sink.component), "%s", component);
    sink.least = least;
}

bool log_enabled(enum log_level level)
{
    return level >= sink.least;
}

void log_context(const char *pairs)
{
    (void)snprintf(context, sizeof(context), "%s", pairs);
}

char *log_quote(const char *text, char *out, size_t size)
{
    size_t at = 0;

    CHECK(size >= 8);
    out[at++] = '"';
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        if (at + 9 > size) {
            memcpy(out + at, "...", 3);
            at += 3;
            break;
        }
        if (*c == '"' || *c == '\\') {
            out[at++] = '\\';
            out[at++] = (char)*c;
        } else if (*c < 32 || *c == 127) {
            at += (size_t)snprintf(out + at, 5, "\\x%02x", (unsigned)*c);
        } else {
            out[at++] = (char)*c;
        }
    }
    out[at++] = '"';
    out[at] = '\0';
    return out;
}

void log_line(enum log_level level, const char *msg, const char *fmt, ...)
{
    static const char *const NAMES[] = {"debug", "info", "warn", "error"};
    char line[LIMIT_LOG_LINE_BYTES], at[32];
    va_list args;
    size_t len;

    if (!log_enabled(level)) {
        return;
    }
    (void)snprintf(line, sizeof(line), "%s %s %s %s%smsg=\"%s\" ",
                   clock_format_utc(clock_wall_ms(), at, sizeof(at)), NAMES[level], sink.component,
                   context, context[0] != '\0' ? " " : "", msg);
    len = strlen(line);
    va_start(args, fmt);
    (void)vsnprintf(line + len, sizeof(line) - len - 1, fmt, args);
    va_end(args);
    len = strlen(line);
    while (len > 0 && line[len - 1] == ' ') {
        len--;
    }
    line[len++] = '\n';
    (void)!write(STDERR_FILENO, line, len);
}
