/* SPDX-License-Identifier: MIT
 *
 * param: a declared option: one row of a table. Node kinds declare their `with:` options so; the
 * pipeline's validator, its messages and the reference read the rows.
 */
#ifndef ROOKERY_BASE_PARAM_H
#define ROOKERY_BASE_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum param_type {
    PARAM_BOOL,        /* true or false */
    PARAM_INT,         /* min..max */
    PARAM_INT_OR_ALL,  /* min..max or the word all */
    PARAM_DURATION,    /* 500ms 30s 5m 2h 1d; in ms; min..max in ms */
    PARAM_STRING,      /* at most max bytes when max > 0 */
    PARAM_ENUM,        /* one of choices */
    PARAM_STRING_LIST, /* strings; empty ones are dropped */
};

struct param {
    const char *name;
    enum param_type type;
    const char *fallback; /* default as it would stand in the file; NULL: required (lists: empty) */
    int64_t min, max;
    const char *const *choices; /* NULL-ended, for PARAM_ENUM */
    const char *help;           /* one line */
};

#endif
