/* SPDX-License-Identifier: MIT
 * cmd_engine: up, and the hidden roles of this binary: engine, worker, plugin-probe. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analytics/discover.h"
#include "engine/base/log.h"
#include "engine/cli/cli.h"
#include "engine/run/engine.h"
#include "engine/run/request.h"
#include "engine/run/worker.h"
#include "web/web.h"

enum { ID_BYTES = 32 };
static const char LISTEN_DEFAULT[] = "127.0.0.1:8400";

/* Requests everything for the players named on the command line. */
static bool request_players(struct cli *cli, const struct pipeline *pipeline, struct err *err)
{
    struct request request = {.pipeline = pipeline,
                              .selection = "*",
                              .keys = cli->players,
                              .key_count = cli->player_count,
                              .refresh = cli->refresh};
    int64_t run_id;

    if (cli->player_count == 0) {
        return true;
    }
    if (!request_run(cli->pg, &request, &run_id, err)) {
        return false;
    }
    fprintf(stderr, "requested run %lld for %d player%s\n", (long long)run_id, cli->player_count,
            cli->player_count == 1 ? "" : "s");
    return true;
}

static bool run_engine(struct cli *cli, const struct pipeline *pipeline, const char *address,
                       struct err *err)
{
    struct engine_config config = {.db_url = cluster_url(cli->cluster),
                                   .address = address,
                                   .workers = pipeline != NULL ? pipeline->spec->workers : 0,
                                   .signal_fd = cli->signal_fd,
                                   .until_idle = cli->until_idle};

    return engine_main(&config, err);
}

bool cmd_up(struct cli *cli, struct err *err)
{
    const char *listen = cli->listen != NULL ? cli->listen : LISTEN_DEFAULT;
    const struct pipeline *pipeline;
    struct web *web = NULL;
    char address[128] = "";
    bool ok;

    if (!cli_load_pipeline(cli, &pipeline, err) || !cli_connect(cli, err)) {
        return false;
    }
    if (!cli->no_web) {
        if (!web_start(listen, cluster_url(cli->cluster), &web, err)) {
            return false;
        }
        (void)snprintf(address, sizeof(address), "http://%s", web_address(web));
        fprintf(stderr, "pages at %s/runs\n", address);
    }
    ok = request_players(cli, pipeline, err);
    if (ok) {
        pg_close(cli->pg);
        cli->pg = NULL;
        ok = run_engine(cli, pipeline, address, err);
    }
    web_stop(web);
    return ok;
}

/* Started by launch_engine() with the database's URL, or by hand like `up`. */
bool cmd_engine(struct cli *cli, struct err *err)
{
    const char *url = getenv("ROOKERY_DB_URL");
    struct err ignored;
    const struct pipeline *pipeline = NULL;

    if (url == NULL || url[0] == '\0') {
        if (!cli_connect(cli, err)) {
            return false;
        }
        (void)cli_load_pipeline(cli, &pipeline, &ignored);
        return run_engine(cli, pipeline, "", err);
    }
    /* A user of the private cluster like any other: the last one stops it. */
    if (!cluster_open(cli->state, strstr(url, "@/rookery?host=") != NULL ? "" : url, &cli->cluster,
                      err)) {
        return false;
    }
    return run_engine(cli, NULL, "", err);
}

bool cmd_worker(struct cli *cli, struct err *err)
{
    struct worker_config config = {
        .endpoint = cli->endpoint, .id = cli->id, .db_url = getenv("ROOKERY_DB_URL")};

    if (config.endpoint == NULL || config.id == NULL || config.db_url == NULL ||
        strlen(config.id) != ID_BYTES) {
        return err_set(err, ERR_USAGE, "workers are started by the engine");
    }
    return worker_main(&config, err);
}

bool cmd_plugin_probe(struct cli *cli, struct err *err)
{
    json_t *description;
    char *text;

    if (!plugin_describe(cli->args[0], &description, err)) {
        /* The prober shows the last line: without our name in front. */
        fprintf(stderr, "%s\n", err->text);
        err->text[0] = '\0';
        return false;
    }
    text = json_dumps(description, JSON_COMPACT);
    puts(text);
    free(text);
    json_decref(description);
    return true;
}
