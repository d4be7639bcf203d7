/* SPDX-License-Identifier: MIT
 *
 * err: why something failed, in one value.
 *
 * A function that can fail returns bool (or a pointer, NULL on failure) and takes `struct err *`
 * as its last argument. The lowest function that knows the facts calls err_set() with the values
 * in the text; callers on the way up may put what they were doing in front with err_in(); exactly
 * one place (a CLI command, the worker's loop, a web handler) shows or stores the result. Library
 * code never logs an error it returns.
 *
 *     if (!spec_load(path, &spec, err)) {
 *         return err_in(err, "loading %s", path);
 *     }
 *
 * The kind carries policy: the exit code of a command that fails with it and whether a step that
 * fails with it may be tried again. Outputs (`ret_x`) are untouched on failure.
 */
#ifndef ROOKERY_BASE_ERR_H
#define ROOKERY_BASE_ERR_H

#include <stdbool.h>
#include <stdint.h>

#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

/* kind, name, exit code, retryable */
#define ERR_KINDS(X)                                                                               \
    X(ERR_NONE, "none", 0, false)           /* no error */                                         \
    X(ERR_USAGE, "usage", 2, false)         /* the command line or a request is wrong */           \
    X(ERR_SPEC, "pipeline", 3, false)       /* pipeline.yaml is invalid */                         \
    X(ERR_DB, "database", 4, true)          /* Postgres gone, busy, deadlock: try again */         \
    X(ERR_SQL, "sql", 1, false)             /* Postgres refused the statement itself */            \
    X(ERR_SCHEMA, "schema", 4, false)       /* database newer than this binary, or edited */       \
    X(ERR_ENGINE, "engine", 4, false)       /* the engine could not be reached or started */       \
    X(ERR_CONFLICT, "conflict", 5, false)   /* somebody else holds what this needs */              \
    X(ERR_RATE, "rate_limited", 6, true)    /* told to wait; spends no attempt */                  \
    X(ERR_NET, "network", 1, true)          /* connection, truncation, timeouts, 5xx */            \
    X(ERR_AUTH, "credentials", 1, false)    /* token or client settings refused by the source */   \
    X(ERR_GONE, "not_found", 1, false)      /* the source says: no such player */                  \
    X(ERR_DATA, "data", 1, false)           /* input that cannot be used */                        \
    X(ERR_PLUGIN, "plugin", 1, false)       /* a plugin is missing, broken or of another ABI */    \
    X(ERR_CRASH, "crash", 1, true)          /* the worker process died */                          \
    X(ERR_TIMEOUT, "timeout", 1, true)      /* a step overran its deadline */                      \
    X(ERR_FENCED, "lease_lost", 1, false)   /* superseded: another attempt owns the step */        \
    X(ERR_CANCELLED, "cancelled", 1, false) /* a person or a policy asked to stop */               \
    X(ERR_CHECK, "check_failed", 1, false)  /* an asset check failed */                            \
    X(ERR_OS, "system", 1, true)            /* a system call failed: disk, memory, files */        \
    X(ERR_BUG, "bug", 1, false)             /* a broken invariant of ours */

enum err_kind {
#define X(kind, name, code, retry) kind,
    ERR_KINDS(X)
#undef X
};

enum { ERR_TEXT_MAX = 2048 };

struct err {
    enum err_kind kind;
    int64_t retry_after_ms; /* with ERR_RATE: wait at least this long; 0 = the caller's default */
    char text[ERR_TEXT_MAX];
};

#define ERR_INIT {.kind = ERR_NONE}

/* Records kind and message, replacing what was there; always returns false. */
bool err_set(struct err *err, enum err_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Like err_set(), with ": <strerror(errno_value)>" appended. */
bool err_sys(struct err *err, int errno_value, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Puts "<formatted>: " in front of the message; keeps the kind; always returns false. */
bool err_in(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Forgets the error. */
void err_clear(struct err *err);

/* Name as stored in Postgres and shown to people ("network"); exit code; may a step try again? */
const char *err_kind_name(enum err_kind kind);
int err_kind_exit_code(enum err_kind kind);
bool err_kind_retryable(enum err_kind kind);

/* Kind by name; ERR_BUG when unknown. */
enum err_kind err_kind_from_name(const char *name);

/* A broken invariant of our own: logs file, line and condition to stderr, then aborts. Stays on in
 * release builds: a wrong "success" row is worse than a worker that is replaced. Never for input. */
#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            err_check_failed(__FILE__, __LINE__, #cond);                                           \
        }                                                                                          \
    } while (0)

_Noreturn void err_check_failed(const char *file, int line, const char *cond);

#endif
