/* SPDX-License-Identifier: MIT
 * follow: watches a family of runs until it ends.
 *
 * Reads events by their number every 100 ms; on a terminal a small table is drawn over itself, else one
 * line an event that matters. A database that goes away is waited for; an engine that ends before the
 * family does is started again. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/os.h"
#include "engine/cli/cli.h"
#include "engine/core/state.h"
#include "engine/run/request.h"
#include "engine_cli_sql.h"

enum { LOOK_MS = 100, ENGINE_LOOK_MS = 1000, OUTAGE_MS_MAX = 120000, LINE_BYTES = 4096 };

struct follow {
    struct cli *cli;
    int64_t run_id, last_event, started_ms;
    pid_t pid; /* engine of ours, 0 = none */
    bool tty;
    int drawn; /* lines of the table on the screen */
    int stopped_by; /* signal */
};

/* ---- showing ------------------------------------------------------------------------------------ */

static void print_event_json(const struct pg_rows *rows, int row)
{
    json_t *event = json_object();
    char *text;

    for (int c = 0; c < pg_columns(rows); c++) {
        (void)json_object_set_new(event, pg_column_name(rows, c), pg_json(rows, row, c));
    }
    text = json_dumps(event, JSON_COMPACT);
    puts(text);
    (void)fflush(stdout);
    free(text);
    json_decref(event);
}

/* Columns of cli_follow_events.sql: id, at, run, step name, type, level, message. */
static void print_event(const struct follow *f, const struct pg_rows *rows, int row)
{
    const char *level = pg_text(rows, row, 5), *step = pg_text(rows, row, 3);

    if (f->cli->json) {
        print_event_json(rows, row);
        return;
    }
    if (f->tty || strcmp(level, "debug") == 0 || (f->cli->quiet && strcmp(level, "info") == 0)) {
        return;
    }
    fprintf(stderr, "%.8s  run %s  %s%s%s%s%s\n", pg_text(rows, row, 1) + 11, pg_text(rows, row, 2),
            pg_text(rows, row, 4), step[0] != '\0' ? "  " : "", step,
            pg_text(rows, row, 6)[0] != '\0' ? "  " : "", pg_text(rows, row, 6));
}

static bool show_events(struct follow *f, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};

    pg_arg_i64(&args, f->run_id);
    pg_arg_i64(&args, f->last_event);
    if (!pg_once(f->cli->pg, SQL_CLI_FOLLOW_EVENTS, &args, &rows, err)) {
        return false;
    }
    for (int i = 0; i < pg_count(rows); i++) {
        f->last_event = strtoll(pg_text(rows, i, 0), NULL, 10);
        print_event(f, rows, i);
    }
    return true;
}

static const char *mark_of(const char *state)
{
    static const struct {
        const char *state, *mark;
    } MARKS[] = {{"waiting", "◌"}, {"running", "◐"},   {"retrying", "↻"}, {"success", "✓"},
                 {"failed", "✗"},  {"unchanged", "="}, {"skipped", "⤼"},  {"cancelled", "⊘"}};

    for (size_t i = 0; i < sizeof(MARKS) / sizeof(MARKS[0]); i++) {
        if (strcmp(MARKS[i].state, state) == 0) {
            return MARKS[i].mark;
        }
    }
    return " ";
}

/* One line an asset: columns asset, state, done, total, rows, note. */
static bool draw(struct follow *f, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};
    char took[32];

    if (!f->tty || f->cli->json || f->cli->quiet) {
        return true;
    }
    pg_arg_i64(&args, f->run_id);
    if (!pg_once(f->cli->pg, SQL_CLI_FOLLOW_ASSETS, &args, &rows, err)) {
        return false;
    }
    if (f->drawn > 0) {
        fprintf(stderr, "\033[%dA", f->drawn);
    }
    for (int i = 0; i < pg_count(rows); i++) {
        fprintf(stderr, "\033[2K%s %-20.20s %4s/%-4s %10s rows  %-9s %.60s\n",
                mark_of(pg_text(rows, i, 1)), pg_text(rows, i, 0), pg_text(rows, i, 2),
                pg_text(rows, i, 3), pg_text(rows, i, 4), pg_text(rows, i, 1), pg_text(rows, i, 5));
    }
    fprintf(stderr, "\033[2K  %s\n",
            clock_format_duration(clock_mono_ms() - f->started_ms, took, sizeof(took)));
    f->drawn = pg_count(rows) + 1;
    return true;
}

/* ---- ending -------------------------------------------------------------------------------------- */

/* Columns: live, failed, cancelled, rate-limited steps, runs, error of the first failed run. */
static bool look_at_family(struct follow *f, bool *ret_live, int *ret_exit, char *why, size_t size,
                           struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};

    pg_arg_i64(&args, f->run_id);
    if (!pg_query(f->cli->pg, SQL_CLI_FOLLOW_STATE, &args, &rows, err)) {
        return false;
    }
    *ret_live = pg_i64(rows, 0, 0) > 0;
    *ret_exit = pg_i64(rows, 0, 1) + pg_i64(rows, 0, 2) > 0 ? 1 : 0;
    (void)snprintf(why, size, "%s", pg_text(rows, 0, 3));
    return true;
}

/* The engine may end or be killed before the family does: somebody must go on. */
static bool keep_engine(struct follow *f, struct err *err)
{
    pid_t pid;

    if (f->pid > 0 && waitpid(f->pid, NULL, WNOHANG) == 0) {
        return true;
    }
    if (!launch_engine(f->cli->pg, f->cli->state, cluster_url(f->cli->cluster), &pid, err)) {
        return false;
    }
    f->pid = pid;
    return true;
}

static void take_signals(struct follow *f)
{
    for (int signal; (signal = os_signal_read(f->cli->signal_fd)) != 0;) {
        if (signal == SIGINT || signal == SIGTERM) {
            f->stopped_by = signal;
        }
    }
}

/* Ctrl-C: an engine of ours is stopped in order; the run stays and goes on with the next one. */
static void stop_engine(struct follow *f)
{
    if (f->pid > 0) {
        (void)kill(f->pid, SIGTERM);
        (void)waitpid(f->pid, NULL, 0);
        fprintf(stderr, "stopped; run %lld goes on with the next `rookery up` or `materialize`, or "
                        "end it with `rookery run cancel %lld`\n",
                (long long)f->run_id, (long long)f->run_id);
    } else {
        fprintf(stderr, "no longer following run %lld; it goes on\n", (long long)f->run_id);
    }
}

/* Waits for a database that went away. */
static bool reconnect(struct follow *f, struct err *err)
{
    int64_t deadline_ms = clock_mono_ms() + OUTAGE_MS_MAX;

    while (!cli_connect(f->cli, err)) {
        struct pollfd fd = {.fd = f->cli->signal_fd, .events = POLLIN};

        if (err->kind != ERR_DB || clock_mono_ms() > deadline_ms) {
            return false;
        }
        (void)poll(&fd, 1, LOOK_MS);
        take_signals(f);
        if (f->stopped_by != 0) {
            return false;
        }
    }
    return true;
}

static bool turn(struct follow *f, int64_t *next_engine_ms, bool *ret_live, int *ret_exit,
                 char *why, struct err *err)
{
    if (!look_at_family(f, ret_live, ret_exit, why, LINE_BYTES, err) || !show_events(f, err) ||
        !draw(f, err)) {
        return false;
    }
    if (*ret_live && clock_mono_ms() >= *next_engine_ms) {
        *next_engine_ms = clock_mono_ms() + ENGINE_LOOK_MS;
        return keep_engine(f, err);
    }
    return true;
}

static void wait_for_engine(struct follow *f)
{
    if (f->pid > 0) {
        (void)waitpid(f->pid, NULL, 0);
    }
}

static bool print_end(struct follow *f, int exit_code, const char *why, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};
    char took[32];

    if (f->cli->json || f->cli->quiet) {
        return true;
    }
    pg_arg_i64(&args, f->run_id);
    if (!pg_once(f->cli->pg, SQL_CLI_FOLLOW_END, &args, &rows, err)) {
        return false;
    }
    fprintf(stderr, "%s run %lld%s: %s, %s steps%s%s (%s)\n", exit_code == 0 ? "✓" : "✗",
            (long long)f->run_id, pg_text(rows, 0, 2), exit_code == 0 ? "success" : "not all well",
            pg_text(rows, 0, 1), pg_text(rows, 0, 0)[0] != '\0' ? ", " : "", pg_text(rows, 0, 0),
            clock_format_duration(clock_mono_ms() - f->started_ms, took, sizeof(took)));
    if (why[0] != '\0') {
        fprintf(stderr, "  %s\n", why);
    }
    return true;
}

bool cli_follow(struct cli *cli, int64_t run_id, pid_t pid, int *ret_exit, struct err *err)
{
    struct follow f = {.cli = cli,
                       .run_id = run_id,
                       .pid = pid,
                       .started_ms = clock_mono_ms(),
                       .tty = isatty(STDERR_FILENO) != 0};
    int64_t next_engine_ms = clock_mono_ms() + ENGINE_LOOK_MS;
    char why[LINE_BYTES] = "";
    bool live = true;

    while (live && f.stopped_by == 0) {
        struct pollfd fd = {.fd = cli->signal_fd, .events = POLLIN};

        if (!turn(&f, &next_engine_ms, &live, ret_exit, why, err)) {
            if (pg_alive(cli->pg) || !reconnect(&f, err)) {
                if (f.stopped_by == 0) {
                    return false;
                }
            }
            continue;
        }
        if (live) {
            (void)poll(&fd, 1, LOOK_MS);
            take_signals(&f);
        }
    }
    if (f.stopped_by != 0) {
        stop_engine(&f);
        *ret_exit = 128 + f.stopped_by;
        return true;
    }
    wait_for_engine(&f);
    return print_end(&f, *ret_exit, why, err);
}
