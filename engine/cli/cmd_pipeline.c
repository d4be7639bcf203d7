/* SPDX-License-Identifier: MIT
 * cmd_pipeline: validate, graph, plan, asset list. */
#include <stdio.h>
#include <string.h>

#include "engine/cli/cli.h"
#include "engine/core/plan.h"
#include "engine/run/request.h"
#include "engine_cli_sql.h"

bool cmd_validate(struct cli *cli, struct err *err)
{
    struct diag *diag = NULL;
    const struct pipeline *pipeline;

    cli->pipelines = pipelines_new();
    if (!pipelines_file(cli->pipelines, cli->pipeline, cli->mem, &diag, &pipeline, err)) {
        if (cli->json) {
            cli_print_json(json_pack("{sb so}", "valid", 0, "problems", diag_json(diag)));
            cli->exit_code = err_kind_exit_code(ERR_SPEC);
            return true;
        }
        return false;
    }
    if (cli->json) {
        cli_print_json(json_pack("{sb si s[]}", "valid", 1, "assets", pipeline->spec->asset_count,
                                 "problems"));
    } else if (!cli->quiet) {
        printf("%s is valid: %d assets\n", cli->pipeline, pipeline->spec->asset_count);
    }
    return true;
}

bool cmd_graph(struct cli *cli, struct err *err)
{
    AUTO(buf) struct buf out = BUF_INIT(16 << 20);
    const struct pipeline *pipeline;

    if (!cli_load_pipeline(cli, &pipeline, err)) {
        return false;
    }
    if (cli->json) {
        cli_print_json(graph_json(pipeline->graph));
        return true;
    }
    if (cli->format == NULL || strcmp(cli->format, "text") == 0) {
        graph_text(pipeline->graph, &out);
    } else if (strcmp(cli->format, "dot") == 0) {
        graph_dot(pipeline->graph, &out);
    } else if (strcmp(cli->format, "mermaid") == 0) {
        graph_mermaid(pipeline->graph, &out);
    } else {
        return err_set(err, ERR_USAGE, "--format: '%.40s' is not one of text, dot, mermaid",
                       cli->format);
    }
    fputs(buf_str(&out), stdout);
    return true;
}

static json_t *step_json(const struct pipeline *pipeline, const struct plan *plan, int i)
{
    const struct plan_step *step = &plan->steps[i];
    json_t *deps = json_array();

    for (int k = 0; k < step->dep_count; k++) {
        (void)json_array_append_new(deps, json_integer(step->deps[k]));
    }
    return json_pack("{si ss ss ss ss so}", "step", i, "asset",
                     pipeline->spec->assets[step->asset].name, "partition", step->partition, "kind",
                     pipeline->spec->assets[step->asset].kind->name, "reason", step->reason,
                     "deps", deps);
}

bool cmd_plan(struct cli *cli, struct err *err)
{
    struct request request = {.selection = cli->args[0],
                              .keys = cli->players,
                              .key_count = cli->player_count,
                              .refresh = cli->refresh};
    const struct plan *plan;
    const char **keys;
    json_t *steps = json_array();
    int count;

    if (!cli_load_pipeline(cli, &request.pipeline, err) || !cli_connect(cli, err) ||
        !request_plan(cli->pg, &request, cli->mem, &plan, &keys, &count, err)) {
        json_decref(steps);
        return false;
    }
    for (int i = 0; i < plan->count; i++) {
        const struct plan_step *step = &plan->steps[i];
        const char *name = request.pipeline->spec->assets[step->asset].name;

        if (cli->json) {
            (void)json_array_append_new(steps, step_json(request.pipeline, plan, i));
        } else {
            printf("%3d  %s%s%s%s  %s\n", i, name, step->partition[0] != '\0' ? "[" : "",
                   step->partition, step->partition[0] != '\0' ? "]" : "", step->reason);
        }
    }
    if (cli->json) {
        cli_print_json(steps);
    } else {
        json_decref(steps);
        if (!cli->quiet) {
            fprintf(stderr, "%d steps\n", plan->count);
        }
    }
    return true;
}

bool cmd_asset_list(struct cli *cli, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    AUTO(pg_array) struct pg_array names = {0}, kinds = {0}, groups = {0};
    const struct pipeline *pipeline;
    struct pg_args args = {0};

    pg_array_init(&names, PG_TEXT);
    pg_array_init(&kinds, PG_TEXT);
    pg_array_init(&groups, PG_TEXT);
    if (!cli_load_pipeline(cli, &pipeline, err) || !cli_connect(cli, err)) {
        return false;
    }
    for (int i = 0; i < pipeline->graph->count; i++) {
        const struct spec_asset *asset = &pipeline->spec->assets[pipeline->graph->order[i]];

        pg_array_text(&names, asset->name);
        pg_array_text(&kinds, asset->kind->name);
        pg_array_text(&groups, asset->group);
    }
    pg_arg_array(&args, &names);
    pg_arg_array(&args, &kinds);
    pg_arg_array(&args, &groups);
    if (!pg_once(cli->pg, SQL_ASSET_LIST, &args, &rows, err)) {
        return false;
    }
    cli_print_rows(cli, rows);
    return true;
}
