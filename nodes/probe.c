/* SPDX-License-Identifier: MIT
 * probe: a node that does nothing, waits, writes rows, or fails on purpose: to measure the engine and
 * to rehearse failures before they happen. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "nodes/kinds.h"
#include "nodes_sql.h"

static const char *const FAILURES[] = {"never", "error", "crash", "hang", "spin", NULL};

static const struct param PARAMS[] = {
    {.name = "sleep", .type = PARAM_DURATION, .fallback = "0", .max = 86400000,
     .help = "wait so long"},
    {.name = "rows", .type = PARAM_INT, .fallback = "0", .max = 1000000,
     .help = "write so many rows into rookery.probe_row"},
    {.name = "fail", .type = PARAM_ENUM, .fallback = "never", .choices = FAILURES,
     .help = "fail in this way"},
    {.name = "fail_attempts", .type = PARAM_INT, .fallback = "1000", .max = 1000,
     .help = "fail only in the first so many attempts"},
};

/* Waits in slices, so that a cancel is noticed within 10 ms. */
static bool wait_ms(const struct node_io *io, int64_t ms, struct err *err)
{
    int64_t end = clock_mono_ns() + ms * 1000000;

    for (int64_t left; (left = end - clock_mono_ns()) > 0;) {
        struct timespec slice = {0, left < 10000000 ? left : 10000000};

        (void)nanosleep(&slice, NULL);
        node_progress(io, 0, 0, NULL);
        if (node_cancelled(io)) {
            return err_set(err, ERR_CANCELLED, "cancelled while waiting");
        }
    }
    return true;
}

static bool fail_on_purpose(const char *how, struct err *err)
{
    if (strcmp(how, "crash") == 0) {
        abort();
    }
    if (strcmp(how, "hang") == 0) {
        for (;;) {
            (void)pause();
        }
    }
    if (strcmp(how, "spin") == 0) {
        for (volatile int i = 0;; i++) {
        }
    }
    return err_set(err, ERR_NET, "failed on purpose");
}

static bool write_rows(const struct node_task *task, const struct node_io *io, int64_t rows,
                       struct node_result *result, struct err *err)
{
    AUTO(pg_tx) struct pg *tx = pg_begin(io->pg, err);
    struct pg_args args = {0};

    pg_arg_i64(&args, task->run_id);
    pg_arg_i64(&args, task->step);
    pg_arg_i64(&args, rows);
    result->rows = rows;
    return tx != NULL && pg_exec(tx, SQL_PROBE_WRITE, &args, NULL, err) &&
           node_commit(task, result, &tx, err);
}

static bool run(const struct node_task *task, const struct node_io *io, struct node_result *result,
                struct err *err)
{
    const char *how = node_config_text(task, "fail");
    int64_t rows = node_config_int(task, "rows");

    if (!wait_ms(io, node_config_int(task, "sleep"), err)) {
        return false;
    }
    if (strcmp(how, "never") != 0 && task->attempt <= node_config_int(task, "fail_attempts")) {
        return fail_on_purpose(how, err);
    }
    return rows == 0 || write_rows(task, io, rows, result, err);
}

const struct node_kind NODE_PROBE = {
    .name = "probe",
    .help = "does nothing, waits, writes rows or fails on purpose: to measure and to rehearse",
    .params = PARAMS,
    .param_count = sizeof(PARAMS) / sizeof(PARAMS[0]),
    .run = run,
};
