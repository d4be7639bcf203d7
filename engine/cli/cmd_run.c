/* SPDX-License-Identifier: MIT
 * cmd_run: materialize, run list, run show, run logs, run cancel. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/cli/cli.h"
#include "engine/run/request.h"
#include "engine_cli_sql.h"

enum { LIST_DEFAULT = 20, LIST_MAX = 10000 };

bool cmd_materialize(struct cli *cli, struct err *err)
{
    struct request request = {.selection = cli->args[0],
                              .keys = cli->players,
                              .key_count = cli->player_count,
                              .refresh = cli->refresh};
    int64_t run_id;
    pid_t pid;

    if (!cli_load_pipeline(cli, &request.pipeline, err) || !cli_connect(cli, err) ||
        !request_run(cli->pg, &request, &run_id, err) ||
        !launch_engine(cli->pg, cli->state, cluster_url(cli->cluster), &pid, err)) {
        return false;
    }
    if (cli->detach) {
        if (cli->json) {
            cli_print_json(json_pack("{sI}", "run", (json_int_t)run_id));
        } else {
            printf("%lld\n", (long long)run_id);
        }
        return true;
    }
    return cli_follow(cli, run_id, pid, &cli->exit_code, err);
}

/* Runs a statement with one number and prints its rows. */
static bool print_query(struct cli *cli, const char *sql, int64_t number, int *ret_count,
                        struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};

    pg_arg_i64(&args, number);
    if (!cli_connect(cli, err) || !pg_once(cli->pg, sql, &args, &rows, err)) {
        return false;
    }
    *ret_count = pg_count(rows);
    if (*ret_count > 0 || cli->json) {
        cli_print_rows(cli, rows);
    }
    return true;
}

bool cmd_run_list(struct cli *cli, struct err *err)
{
    int64_t limit = cli->limit != NULL ? strtoll(cli->limit, NULL, 10) : LIST_DEFAULT;
    int count;

    if (limit < 1 || limit > LIST_MAX) {
        return err_set(err, ERR_USAGE, "--limit: expected 1..%d", LIST_MAX);
    }
    if (!print_query(cli, SQL_CLI_RUN_LIST, limit, &count, err)) {
        return false;
    }
    if (count == 0 && !cli->json) {
        fprintf(stderr, "no runs yet; `rookery materialize '*' --player NAME` makes the first\n");
    }
    return true;
}

static bool need_run(const struct cli *cli, int count, int64_t id, struct err *err)
{
    (void)cli;
    return count > 0 || err_set(err, ERR_USAGE,
                                "there is no run %lld; `rookery run list` shows them",
                                (long long)id);
}

bool cmd_run_show(struct cli *cli, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};
    int64_t id;
    int count;

    if (!cli_run_id(cli, &id, err) || !cli_connect(cli, err)) {
        return false;
    }
    pg_arg_i64(&args, id);
    if (cli->json) {
        if (!pg_once(cli->pg, SQL_CLI_RUN_JSON, &args, &rows, err) ||
            !need_run(cli, pg_count(rows), id, err)) {
            return false;
        }
        cli_print_json(pg_json(rows, 0, 0));
        return true;
    }
    if (!print_query(cli, SQL_CLI_RUN_SHOW, id, &count, err) || !need_run(cli, count, id, err)) {
        return false;
    }
    putchar('\n');
    return print_query(cli, SQL_CLI_RUN_STEPS, id, &count, err);
}

bool cmd_run_logs(struct cli *cli, struct err *err)
{
    int64_t id;
    int count;

    return cli_run_id(cli, &id, err) &&
           print_query(cli, SQL_CLI_RUN_LOGS, id, &count, err) && need_run(cli, count, id, err);
}

bool cmd_run_cancel(struct cli *cli, struct err *err)
{
    int64_t id;

    if (!cli_run_id(cli, &id, err) || !cli_connect(cli, err) ||
        !request_cancel(cli->pg, id, err)) {
        return false;
    }
    fprintf(stderr, "run %lld and its family are asked to stop\n", (long long)id);
    return true;
}
