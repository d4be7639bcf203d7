/* SPDX-License-Identifier: MIT
 * commands: the table of commands and options. */
#include "engine/cli/cli.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define OPTIONS(array) (array), COUNT(array)
#define NO_OPTIONS NULL, 0

const struct cli_option CLI_GLOBALS[] = {
    {"state", 0, CLI_VALUE, "DIR", "where the private database and logs live (default: var)"},
    {"pipeline", 0, CLI_VALUE, "FILE", "the pipeline file (default: pipeline.yaml)"},
    {"json", 0, CLI_FLAG, "", "print data as JSON"},
    {"quiet", 'q', CLI_FLAG, "", "say less"},
    {"verbose", 'v', CLI_FLAG, "", "say more"},
    {"help", 'h', CLI_FLAG, "", "show help"},
};
const int CLI_GLOBAL_COUNT = COUNT(CLI_GLOBALS);

static const struct cli_option GRAPH[] = {
    {"format", 0, CLI_VALUE, "FORMAT", "text, dot or mermaid (default: text)"},
};
static const struct cli_option PLAN[] = {
    {"player", 0, CLI_LIST, "NAME", "for this player; may be given again (default: the seeds)"},
    {"refresh", 0, CLI_FLAG, "", "ask the source also for what was asked within `revisit`"},
};
static const struct cli_option MATERIALIZE[] = {
    {"player", 0, CLI_LIST, "NAME", "for this player; may be given again (default: the seeds)"},
    {"refresh", 0, CLI_FLAG, "", "ask the source also for what was asked within `revisit`"},
    {"detach", 0, CLI_FLAG, "", "request the run and do not follow it"},
};
static const struct cli_option LIST[] = {
    {"limit", 'n', CLI_VALUE, "N", "at most N rows (default: 20)"},
};
static const struct cli_option QUERY[] = {
    {"csv", 0, CLI_FLAG, "", "print CSV"},
};
static const struct cli_option UP[] = {
    {"listen", 0, CLI_VALUE, "HOST:PORT", "where the pages are (default: 127.0.0.1:8400)"},
    {"player", 0, CLI_LIST, "NAME", "request everything for this player first"},
    {"no-web", 0, CLI_FLAG, "", "no pages"},
};
static const struct cli_option ENGINE[] = {
    {"until-idle", 0, CLI_FLAG, "", "end when there is nothing left to do"},
};
static const struct cli_option WORKER[] = {
    {"endpoint", 0, CLI_VALUE, "E", "the engine's socket"},
    {"id", 0, CLI_VALUE, "ID", "this worker's identity"},
};

const struct cli_command CLI_COMMANDS[] = {
    {"up", "", "run the engine and the pages until stopped", OPTIONS(UP), false, cmd_up},
    {"materialize", "SELECTION", "make assets now and follow the run to its end",
     OPTIONS(MATERIALIZE), false, cmd_materialize},
    {"plan", "SELECTION", "show what materialize would do, and why", OPTIONS(PLAN), false, cmd_plan},
    {"validate", "", "check the pipeline file", NO_OPTIONS, false, cmd_validate},
    {"graph", "", "show the assets and what they depend on", OPTIONS(GRAPH), false, cmd_graph},
    {"run list", "", "recent runs", OPTIONS(LIST), false, cmd_run_list},
    {"run show", "RUN", "a run and its steps", NO_OPTIONS, false, cmd_run_show},
    {"run logs", "RUN", "the events of a run", NO_OPTIONS, false, cmd_run_logs},
    {"run cancel", "RUN", "stop a run and its family", NO_OPTIONS, false, cmd_run_cancel},
    {"asset list", "", "assets with their last materialization", NO_OPTIONS, false, cmd_asset_list},
    {"query", "SQL", "run a read-only query", OPTIONS(QUERY), false, cmd_query},
    {"db url", "", "print the database's URL, for psql and other tools", NO_OPTIONS, false,
     cmd_db_url},
    {"doctor", "", "check this machine and the pipeline", NO_OPTIONS, false, cmd_doctor},
    {"version", "", "print versions", NO_OPTIONS, false, cmd_version},
    {"help", "[COMMAND]", "show help", NO_OPTIONS, false, cmd_help},
    {"engine", "", "the engine without pages", OPTIONS(ENGINE), true, cmd_engine},
    {"worker", "", "a worker of an engine", OPTIONS(WORKER), true, cmd_worker},
    {"plugin-probe", "FILE", "describe a plugin", NO_OPTIONS, true, cmd_plugin_probe},
};
const int CLI_COMMAND_COUNT = COUNT(CLI_COMMANDS);
