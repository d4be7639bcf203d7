/* SPDX-License-Identifier: MIT
 *
 * log: one line per fact, in logfmt:
 *
 *     2026-11-24T08:21:06.123Z info engine run=12 step=games msg="step finished" rows=512
 *
 * log_start() once per process names the component and the least level; log_context() sets the
 * key=value pairs that every later line of the calling thread carries (a step sets it once).
 * Values from outside are quoted, control bytes escaped, and a line is cut at LIMIT_LOG_LINE_BYTES.
 * Lines go to stderr in one write() each. Only the shell layers (run, cli, web) log above debug.
 */
#ifndef ROOKERY_BASE_LOG_H
#define ROOKERY_BASE_LOG_H

#include <stddef.h>

#include "engine/base/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_start(const char *component, enum log_level least);
bool log_enabled(enum log_level level);

/* Context pairs of this thread, e.g. "run=12 step=games"; "" clears. Copied (at most 255 bytes). */
void log_context(const char *pairs);

/* msg is the fact, constant text; fmt and what follows give more pairs, e.g. "rows=%d name=%s".
 * Use log_quote() for text from outside. */
void log_line(enum log_level level, const char *msg, const char *fmt, ...) PRINTF_LIKE(3, 4);

#define log_debug(msg, ...)                                                                        \
    do {                                                                                           \
        if (log_enabled(LOG_DEBUG)) {                                                              \
            log_line(LOG_DEBUG, msg, __VA_ARGS__);                                                 \
        }                                                                                          \
    } while (0)
#define log_info(msg, ...)  log_line(LOG_INFO, msg, __VA_ARGS__)
#define log_warn(msg, ...)  log_line(LOG_WARN, msg, __VA_ARGS__)
#define log_error(msg, ...) log_line(LOG_ERROR, msg, __VA_ARGS__)

/* Quotes `text` for a logfmt value into out: "..." with control bytes, quotes and backslashes
 * escaped, cut with "..." when too long. Returns out. */
char *log_quote(const char *text, char *out, size_t size);

#endif
