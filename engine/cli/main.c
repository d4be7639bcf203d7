/* SPDX-License-Identifier: MIT
 * main: finds the command, runs it, says what went wrong in one place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/os.h"
#include "engine/cli/cli.h"
#include "engine/run/migrate.h"

bool cli_load_pipeline(struct cli *cli, const struct pipeline **ret, struct err *err)
{
    struct diag *diag;

    if (cli->pipelines == NULL) {
        cli->pipelines = pipelines_new();
    }
    if (cli->pipeline_loaded == NULL &&
        !pipelines_file(cli->pipelines, cli->pipeline, cli->mem, &diag, &cli->pipeline_loaded,
                        err)) {
        return false;
    }
    *ret = cli->pipeline_loaded;
    return true;
}

const char *cli_database_url(struct cli *cli)
{
    const char *url = getenv("DATABASE_URL");
    const struct pipeline *pipeline;
    struct err ignored;

    if (url != NULL && url[0] != '\0') {
        return url;
    }
    /* A file that names another database counts, if it can be read at all. */
    if (os_exists(cli->pipeline) && cli_load_pipeline(cli, &pipeline, &ignored)) {
        return pipeline->spec->postgres_url;
    }
    return "";
}

bool cli_connect(struct cli *cli, struct err *err)
{
    if (cli->cluster == NULL &&
        !cluster_open(cli->state, cli_database_url(cli), &cli->cluster, err)) {
        return false;
    }
    if (pg_alive(cli->pg)) {
        return true;
    }
    pg_close(cli->pg);
    cli->pg = NULL;
    return pg_open(cluster_url(cli->cluster), "rookery cli", &cli->pg, err) &&
           migrate_up(cli->pg, NULL, err);
}

bool cli_run_id(const struct cli *cli, int64_t *ret_id, struct err *err)
{
    char *end;
    long long id = strtoll(cli->args[0], &end, 10);

    if (*end != '\0' || end == cli->args[0] || id <= 0) {
        return err_set(err, ERR_USAGE, "not a run's number: '%.40s'; `rookery run list` shows them",
                       cli->args[0]);
    }
    *ret_id = id;
    return true;
}

bool cmd_help(struct cli *cli, struct err *err)
{
    AUTO(buf) struct buf out = BUF_INIT(64 * 1024);
    const struct cli_command *command = NULL;
    char words[128] = "";

    for (int i = 0; i < cli->arg_count && i < 2; i++) {
        (void)snprintf(words + strlen(words), sizeof(words) - strlen(words), "%s%.40s",
                       i > 0 ? " " : "", cli->args[i]);
    }
    for (int i = 0; i < CLI_COMMAND_COUNT && words[0] != '\0'; i++) {
        if (strcmp(CLI_COMMANDS[i].words, words) == 0) {
            command = &CLI_COMMANDS[i];
        }
    }
    if (words[0] != '\0' && command == NULL) {
        return err_set(err, ERR_USAGE, "unknown command '%s'; `rookery help` lists them", words);
    }
    cli_help(command, &out);
    fputs(buf_str(&out), stdout);
    return true;
}

static int run_command(struct cli *cli, struct err *err)
{
    if (cli->command == NULL || cli->help) {
        AUTO(buf) struct buf out = BUF_INIT(64 * 1024);

        cli_help(cli->command, &out);
        fputs(buf_str(&out), stdout);
        return 0;
    }
    if (!cli->command->run(cli, err)) {
        bool whole = err->kind == ERR_SPEC; /* findings have their own form */

        fprintf(stderr, "%s%s%s", whole ? "" : "rookery: ", err->text,
                err->text[0] != '\0' && err->text[strlen(err->text) - 1] == '\n' ? "" : "\n");
        return err_kind_exit_code(err->kind);
    }
    return cli->exit_code;
}

int main(int argc, char **argv)
{
    struct cli cli = {.state = "var", .pipeline = "pipeline.yaml"};
    struct err err = ERR_INIT;
    int code;

    cli.mem = mem_new();
    if (!os_signal_fd(&cli.signal_fd, &err) || !cli_parse(&cli, argc, argv, &err)) {
        fprintf(stderr, "rookery: %s\n", err.text);
        mem_free(cli.mem);
        return err_kind_exit_code(err.kind);
    }
    log_start(cli.command != NULL ? cli.command->words : "rookery",
              cli.verbose > 0 ? LOG_DEBUG : cli.quiet ? LOG_ERROR : LOG_INFO);
    code = run_command(&cli, &err);
    pg_close(cli.pg);
    cluster_close(cli.cluster);
    pipelines_free(cli.pipelines);
    mem_free(cli.mem);
    return fflush(stdout) == 0 ? code : 1;
}
