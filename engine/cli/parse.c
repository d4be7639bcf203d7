/* SPDX-License-Identifier: MIT
 * parse: words and options of the command line, by the tables of commands.c. */
#include <stdio.h>
#include <string.h>

#include "engine/cli/cli.h"

enum { WORDS_MAX = 64 };

/* Where the value of an option goes. */
struct binding {
    const char *name;
    bool *flag;
    const char **value;
};

static bool bind(struct cli *cli, const char *name, const char *value, struct err *err)
{
    const struct binding bindings[] = {
        {"json", &cli->json, NULL},         {"quiet", &cli->quiet, NULL},
        {"help", &cli->help, NULL},         {"refresh", &cli->refresh, NULL},
        {"csv", &cli->csv, NULL},           {"detach", &cli->detach, NULL},
        {"no-web", &cli->no_web, NULL},     {"until-idle", &cli->until_idle, NULL},
        {"state", NULL, &cli->state},       {"pipeline", NULL, &cli->pipeline},
        {"format", NULL, &cli->format},     {"listen", NULL, &cli->listen},
        {"endpoint", NULL, &cli->endpoint}, {"id", NULL, &cli->id},
        {"limit", NULL, &cli->limit},
    };

    for (size_t i = 0; i < sizeof(bindings) / sizeof(bindings[0]); i++) {
        if (strcmp(bindings[i].name, name) == 0) {
            if (bindings[i].flag != NULL) {
                *bindings[i].flag = true;
            } else {
                *bindings[i].value = value;
            }
            return true;
        }
    }
    if (strcmp(name, "verbose") == 0) {
        cli->verbose++;
        return true;
    }
    CHECK(strcmp(name, "player") == 0);
    if (cli->player_count == CLI_VALUES_MAX) {
        return err_set(err, ERR_USAGE, "more than %d times --player", CLI_VALUES_MAX);
    }
    cli->players[cli->player_count++] = value;
    return true;
}

static const struct cli_option *find_option(const struct cli *cli, const char *name, size_t len,
                                            char letter)
{
    const struct cli_option *tables[2] = {CLI_GLOBALS,
                                          cli->command != NULL ? cli->command->options : NULL};
    int counts[2] = {CLI_GLOBAL_COUNT, cli->command != NULL ? cli->command->option_count : 0};

    for (int t = 0; t < 2; t++) {
        for (int i = 0; i < counts[t]; i++) {
            const struct cli_option *option = &tables[t][i];

            if (letter != 0 ? option->letter == letter
                            : strlen(option->name) == len &&
                                  strncmp(option->name, name, len) == 0) {
                return option;
            }
        }
    }
    return NULL;
}

static bool unknown_option(const struct cli *cli, const char *text, struct err *err)
{
    const char *names[CLI_OPTIONS_MAX * 2] = {NULL};
    const char *near;
    int count = 0;

    for (int i = 0; i < CLI_GLOBAL_COUNT; i++) {
        names[count++] = CLI_GLOBALS[i].name;
    }
    for (int i = 0; cli->command != NULL && i < cli->command->option_count; i++) {
        names[count++] = cli->command->options[i].name;
    }
    near = text[0] == '-' && text[1] == '-' ? diag_nearest(text + 2, names) : NULL;
    return err_set(err, ERR_USAGE, "unknown option %.60s%s%s%s", text,
                   near != NULL ? "; did you mean --" : "", near != NULL ? near : "",
                   near != NULL ? "?" : "");
}

/* One option at argv[*at]; moves *at over a separate value. */
static bool take_option(struct cli *cli, int argc, char **argv, int *at, struct err *err)
{
    const char *text = argv[*at];
    const char *equals = strchr(text, '=');
    bool is_long = text[1] == '-';
    size_t len = is_long ? (equals != NULL ? (size_t)(equals - text - 2) : strlen(text + 2)) : 0;
    const struct cli_option *option =
        is_long ? find_option(cli, text + 2, len, 0)
                : (strlen(text) == 2 ? find_option(cli, NULL, 0, text[1]) : NULL);
    const char *value = NULL;

    if (option == NULL) {
        return unknown_option(cli, text, err);
    }
    if (option->kind == CLI_FLAG) {
        if (equals != NULL) {
            return err_set(err, ERR_USAGE, "--%s takes no value", option->name);
        }
    } else if (is_long && equals != NULL) {
        value = equals + 1;
    } else if (*at + 1 < argc) {
        value = argv[++*at];
    } else {
        return err_set(err, ERR_USAGE, "--%s needs a value: --%s %s", option->name, option->name,
                       option->value);
    }
    return bind(cli, option->name, value, err);
}

/* The command whose words stand at the front of `words`; the most words win. */
static const struct cli_command *find_command(const char *const *words, int count, int *ret_used)
{
    const struct cli_command *best = NULL;

    *ret_used = 0;
    for (int i = 0; i < CLI_COMMAND_COUNT; i++) {
        const char *space = strchr(CLI_COMMANDS[i].words, ' ');
        int need = space != NULL ? 2 : 1;
        size_t first =
            space != NULL ? (size_t)(space - CLI_COMMANDS[i].words) : strlen(CLI_COMMANDS[i].words);

        if (count >= need && strlen(words[0]) == first &&
            strncmp(words[0], CLI_COMMANDS[i].words, first) == 0 &&
            (space == NULL || strcmp(words[1], space + 1) == 0) && need > *ret_used) {
            best = &CLI_COMMANDS[i];
            *ret_used = need;
        }
    }
    return best;
}

static bool unknown_command(const char *const *words, int count, struct err *err)
{
    const char *names[64] = {NULL};
    char given[128];
    const char *near;
    int n = 0;

    (void)snprintf(given, sizeof(given), "%.40s%s%.40s", words[0], count > 1 ? " " : "",
                   count > 1 ? words[1] : "");
    for (int i = 0; i < CLI_COMMAND_COUNT; i++) {
        if (!CLI_COMMANDS[i].hidden) {
            names[n++] = CLI_COMMANDS[i].words;
        }
    }
    near = diag_nearest(given, names);
    if (near == NULL) {
        near = diag_nearest(words[0], names);
    }
    return err_set(err, ERR_USAGE, "unknown command '%s'%s%s%s", given,
                   near != NULL ? "; did you mean '" : "; `rookery help` lists them",
                   near != NULL ? near : "", near != NULL ? "'?" : "");
}

static bool check_positional(struct cli *cli, struct err *err)
{
    const char *need = cli->command->positional;
    int max = need[0] == '\0' ? 0 : 1, min = need[0] == '\0' || need[0] == '[' ? 0 : 1;

    if (cli->help) {
        return true;
    }
    if (cli->arg_count < min) {
        return err_set(err, ERR_USAGE, "%s is missing: rookery %s %s", need, cli->command->words,
                       need);
    }
    if (cli->arg_count > max && cli->command->run != cmd_help) {
        return err_set(err, ERR_USAGE, "unexpected '%.60s'", cli->args[max]);
    }
    return true;
}

bool cli_parse(struct cli *cli, int argc, char **argv, struct err *err)
{
    const char *words[WORDS_MAX];
    int count = 0, used = 0, positions[WORDS_MAX];
    bool options_end = false;

    /* First the words, to know the command and so its options: values of options are skipped by
     * looking at the tables of all commands, whose names are unique in kind. */
    for (int i = 1; i < argc && count < WORDS_MAX; i++) {
        if (strcmp(argv[i], "--") == 0) {
            break;
        }
        if (argv[i][0] != '-' || argv[i][1] == '\0') {
            positions[count] = i;
            words[count++] = argv[i];
            cli->command = find_command(words, count, &used);
        } else {
            const struct cli_option *option =
                argv[i][1] == '-' && strchr(argv[i], '=') == NULL
                    ? find_option(cli, argv[i] + 2, strlen(argv[i] + 2), 0)
                    : NULL;

            i += option != NULL && option->kind != CLI_FLAG;
        }
    }
    if (count > 0 && cli->command == NULL) {
        return unknown_command(words, count, err);
    }
    for (int i = 1; i < argc; i++) {
        bool is_word = false;

        for (int k = 0; k < used; k++) {
            is_word = is_word || positions[k] == i;
        }
        if (is_word) {
            continue;
        }
        if (!options_end && strcmp(argv[i], "--") == 0) {
            options_end = true;
        } else if (!options_end && argv[i][0] == '-' && argv[i][1] != '\0') {
            if (!take_option(cli, argc, argv, &i, err)) {
                return false;
            }
        } else if (cli->arg_count < CLI_VALUES_MAX) {
            cli->args[cli->arg_count++] = argv[i];
        }
    }
    return cli->command == NULL || check_positional(cli, err);
}

/* ---- help ------------------------------------------------------------------------------------- */

static void help_option(const struct cli_option *option, struct buf *out)
{
    char left[64];

    (void)snprintf(left, sizeof(left), "%s%c%s--%s%s%s", option->letter != 0 ? "-" : " ",
                   option->letter != 0 ? option->letter : ' ', option->letter != 0 ? ", " : "  ",
                   option->name, option->value[0] != '\0' ? " " : "", option->value);
    buf_printf(out, "  %-26s %s\n", left, option->help);
}

void cli_help(const struct cli_command *command, struct buf *out)
{
    if (command != NULL) {
        buf_printf(out, "rookery %s%s%s%s\n\n%s.\n", command->words,
                   command->option_count > 0 ? " [options]" : "",
                   command->positional[0] != '\0' ? " " : "", command->positional,
                   command->summary);
        if (strcmp(command->positional, "SELECTION") == 0) {
            buf_text(out, "\nSELECTION  an asset, a group or *; +name with all upstream, name+ with "
                          "all downstream,\n           2+name so many layers; several with commas\n");
        }
        if (command->option_count > 0) {
            buf_text(out, "\nOptions\n");
        }
        for (int i = 0; i < command->option_count; i++) {
            help_option(&command->options[i], out);
        }
    } else {
        buf_text(out, "rookery: a personal chess-data backend\n\n  rookery up --player NAME      "
                      "fetch a player's games, with pages at http://127.0.0.1:8400\n"
                      "  rookery materialize '*'       the same once, without pages\n\nCommands\n");
        for (int i = 0; i < CLI_COMMAND_COUNT; i++) {
            if (!CLI_COMMANDS[i].hidden) {
                char left[64];

                (void)snprintf(left, sizeof(left), "%s %s", CLI_COMMANDS[i].words,
                               CLI_COMMANDS[i].positional);
                buf_printf(out, "  %-26s %s\n", left, CLI_COMMANDS[i].summary);
            }
        }
    }
    buf_text(out, "\nEverywhere\n");
    for (int i = 0; i < CLI_GLOBAL_COUNT; i++) {
        help_option(&CLI_GLOBALS[i], out);
    }
    buf_text(out, "\nExit codes: 0 ok, 1 a run or check failed, 2 usage, 3 pipeline invalid, 4 "
                  "database or engine\nnot reached, 5 conflict, 6 rate-limited, 130/143 stopped by "
                  "a signal\n");
}
