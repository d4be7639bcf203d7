/* SPDX-License-Identifier: MIT
 *
 * cli: the command line. Commands are rows of one table (commands.c); each row has its words, its
 * options as rows of another table, its help, and one function. Help, usage errors and "did you mean"
 * read the rows. Data goes to stdout, words to stderr.
 *
 * To add a command: one function with the face `bool cmd_x(struct cli *cli, struct err *err)`, one
 * row in commands.c.
 */
#ifndef ROOKERY_CLI_CLI_H
#define ROOKERY_CLI_CLI_H

#include <stdint.h>

#include "engine/base/pg.h"
#include "engine/run/cluster.h"
#include "engine/run/pipelines.h"

enum { CLI_VALUES_MAX = 64, CLI_OPTIONS_MAX = 16 };

enum cli_option_kind { CLI_FLAG, CLI_VALUE, CLI_LIST };

struct cli_option {
    const char *name;  /* without -- */
    char letter;       /* 0 = none */
    enum cli_option_kind kind;
    const char *value; /* how the value is called in help */
    const char *help;
};

struct cli;

struct cli_command {
    const char *words;      /* "run list" */
    const char *positional; /* "SELECTION", "RUN", "[CMD]", "" */
    const char *summary;
    const struct cli_option *options;
    int option_count;
    bool hidden;
    bool (*run)(struct cli *cli, struct err *err);
};

extern const struct cli_command CLI_COMMANDS[];
extern const int CLI_COMMAND_COUNT;
extern const struct cli_option CLI_GLOBALS[];
extern const int CLI_GLOBAL_COUNT;

struct cli {
    const struct cli_command *command;
    struct mem *mem;
    int signal_fd;
    bool json, quiet, help, refresh, csv, detach, no_web, until_idle;
    int verbose;
    const char *state, *pipeline, *format, *listen, *endpoint, *id, *limit;
    const char *players[CLI_VALUES_MAX];
    int player_count;
    const char *args[CLI_VALUES_MAX]; /* positional */
    int arg_count;
    int exit_code; /* set by a command that ends well but not with 0 */
    /* opened on demand, closed by main */
    struct cluster *cluster;
    struct pg *pg;
    struct pipelines *pipelines;
    const struct pipeline *pipeline_loaded;
};

/* Parses; ERR_USAGE with a suggestion. On --help: cli->help is set. */
bool cli_parse(struct cli *cli, int argc, char **argv, struct err *err);
/* Help of a command, or of everything (NULL). */
void cli_help(const struct cli_command *command, struct buf *out);

/* The pipeline file; findings become the error's text (ERR_SPEC). */
bool cli_load_pipeline(struct cli *cli, const struct pipeline **ret, struct err *err);
/* A connection to the database (cluster started when private), migrated. */
bool cli_connect(struct cli *cli, struct err *err);
/* URL given by environment or pipeline file; "" for the private cluster. */
const char *cli_database_url(struct cli *cli);

/* A run's number from the command line. */
bool cli_run_id(const struct cli *cli, int64_t *ret_id, struct err *err);

/* Prints a result as a table, as JSON (array of objects) or as CSV. Text form rows (pg_once). */
void cli_print_rows(const struct cli *cli, const struct pg_rows *rows);
void cli_print_json(json_t *json); /* takes the reference */

/* Follows a family of runs to its end, showing progress; *ret_exit by its worst state. pid: the engine
 * that was started for it, 0 if another one leads. */
bool cli_follow(struct cli *cli, int64_t run_id, pid_t pid, int *ret_exit, struct err *err);

bool cmd_validate(struct cli *cli, struct err *err);
bool cmd_graph(struct cli *cli, struct err *err);
bool cmd_plan(struct cli *cli, struct err *err);
bool cmd_materialize(struct cli *cli, struct err *err);
bool cmd_run_list(struct cli *cli, struct err *err);
bool cmd_run_show(struct cli *cli, struct err *err);
bool cmd_run_logs(struct cli *cli, struct err *err);
bool cmd_run_cancel(struct cli *cli, struct err *err);
bool cmd_asset_list(struct cli *cli, struct err *err);
bool cmd_query(struct cli *cli, struct err *err);
bool cmd_doctor(struct cli *cli, struct err *err);
bool cmd_version(struct cli *cli, struct err *err);
bool cmd_db_url(struct cli *cli, struct err *err);
bool cmd_up(struct cli *cli, struct err *err);
bool cmd_engine(struct cli *cli, struct err *err);
bool cmd_worker(struct cli *cli, struct err *err);
bool cmd_plugin_probe(struct cli *cli, struct err *err);
bool cmd_help(struct cli *cli, struct err *err);

#endif
