/* SPDX-License-Identifier: MIT
 * crawl: opponents -> edges, frontier, the next wave.
 *
 * Work (by load): edges of the players met are counted again from chess.game, so that a load that
 * comes twice counts once. Close: once all games of the run are in, the next players are chosen from
 * the frontier, in an order that is the same every time (score, then name), within the budgets; the
 * choice is recorded with the run that made it, so that asking again gives the same players. */
#include <stdio.h>
#include <string.h>

#include "nodes/consumer.h"
#include "nodes/kinds.h"
#include "nodes_sql.h"

static const char *const POLICIES[] = {"most_met", "bfs", "strongest", NULL};

static const struct param PARAMS[] = {
    {.name = "seeds", .type = PARAM_STRING_LIST, .help = "players to start from"},
    {.name = "policy", .type = PARAM_ENUM, .fallback = "most_met", .choices = POLICIES,
     .help = "whom to fetch next: met most often, nearest, or rated highest"},
    {.name = "max_depth", .type = PARAM_INT, .fallback = "1", .max = 10,
     .help = "how far from the seeds: 0 = the seeds alone"},
    {.name = "max_players", .type = PARAM_INT, .fallback = "50", .min = 1, .max = 1000000,
     .help = "players that one seed may lead to, itself included"},
    {.name = "max_games", .type = PARAM_INT_OR_ALL, .fallback = "all", .min = 1, .max = 1000000000,
     .help = "no further wave once so many games are stored"},
    {.name = "revisit", .type = PARAM_DURATION, .fallback = "24h", .max = 365LL * 86400000,
     .help = "a player is not asked about again before this time has passed"},
};

static const json_t *run_config(const struct node_task *task, const char *key)
{
    return json_object_get(json_object_get(task->config, "run"), key);
}

static bool work(const struct node_task *task, const struct node_io *io, int consumer,
                 struct node_result *result, struct err *err)
{
    AUTO(pg_array) struct pg_array ids = {0};
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    AUTO(pg_tx) struct pg *tx = pg_begin(io->pg, err);
    struct pg_args args = {0};

    pg_array_init(&ids, PG_INT8);
    consumer_ids(&ids, task->items, task->item_count);
    pg_arg_array(&args, &ids);
    if (tx == NULL || !pg_query(tx, SQL_CRAWL_LOCK, NULL, NULL, err) ||
        !pg_query(tx, SQL_CRAWL_EDGES, &args, &rows, err) ||
        !consumer_done(tx, consumer, task->items, task->item_count, err)) {
        return false;
    }
    result->rows = pg_i64(rows, 0, 0);
    result->metadata = json_pack("{sI}", "edges", (json_int_t)result->rows);
    return node_commit(task, result, &tx, err);
}

/* The run's own partitions are part of the crawl: seeds at depth 0, chosen ones where they stand. */
static bool take_seeds(const struct node_task *task, struct pg *tx, struct err *err)
{
    const json_t *keys = run_config(task, "partitions");
    AUTO(pg_array) struct pg_array array = {0};
    struct pg_args args = {0};

    pg_array_init(&array, PG_TEXT);
    for (size_t i = 0; i < json_array_size(keys); i++) {
        pg_array_text(&array, json_string_value(json_array_get(keys, i)));
    }
    pg_arg_array(&args, &array);
    pg_arg_i64(&args, json_integer_value(run_config(task, "family")));
    return pg_exec(tx, SQL_CRAWL_PLAYERS, &args, NULL, err) &&
           pg_exec(tx, SQL_CRAWL_SEEDS, &args, NULL, err) &&
           pg_query(tx, SQL_CRAWL_FRONTIER, NULL, NULL, err);
}

struct budget {
    int64_t chosen, games, room;
};

static bool read_budget(const struct node_task *task, struct pg *tx, struct budget *ret,
                        struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};

    pg_arg_i64(&args, json_integer_value(run_config(task, "family")));
    if (!pg_query(tx, SQL_CRAWL_BUDGET, &args, &rows, err)) {
        return false;
    }
    ret->chosen = pg_i64(rows, 0, 0);
    ret->games = pg_i64(rows, 0, 1);
    ret->room = node_config_int(task, "max_players") - ret->chosen;
    return true;
}

/* Chooses, or finds what this run chose before. Rows: key. */
static bool choose(const struct node_task *task, struct pg *tx, int64_t room,
                   struct pg_rows **ret_rows, struct err *err)
{
    struct pg_args args = {0};

    pg_arg_i64(&args, task->run_id);
    pg_arg_i64(&args, node_config_int(task, "max_depth"));
    pg_arg_i64(&args, room > 0 ? room : 0);
    pg_arg_text(&args, node_config_text(task, "policy"));
    pg_arg_i64(&args, node_config_int(task, "revisit"));
    pg_arg_i64(&args, json_integer_value(run_config(task, "family")));
    return pg_query(tx, SQL_CRAWL_CHOOSE, &args, ret_rows, err);
}

static void say_why(const struct node_task *task, const struct budget *budget,
                    struct node_result *result)
{
    int64_t max_games = node_config_int(task, "max_games");

    if (max_games >= 0 && budget->games >= max_games) {
        (void)snprintf(result->stop_reason, sizeof(result->stop_reason),
                       "reached max_games %lld (%lld are stored)", (long long)max_games,
                       (long long)budget->games);
    } else if (budget->room <= 0) {
        (void)snprintf(result->stop_reason, sizeof(result->stop_reason),
                       "reached max_players %lld",
                       (long long)node_config_int(task, "max_players"));
    } else {
        (void)snprintf(result->stop_reason, sizeof(result->stop_reason),
                       "nobody new within max_depth %lld",
                       (long long)node_config_int(task, "max_depth"));
    }
}

static bool close_step(const struct node_task *task, const struct node_io *io,
                       struct node_result *result, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    AUTO(pg_tx) struct pg *tx = pg_begin(io->pg, err);
    struct budget budget;
    int64_t max_games = node_config_int(task, "max_games");

    if (tx == NULL || !pg_query(tx, SQL_CRAWL_LOCK, NULL, NULL, err) || !take_seeds(task, tx, err) ||
        !read_budget(task, tx, &budget, err)) {
        return false;
    }
    if (max_games >= 0 && budget.games >= max_games) {
        budget.room = 0;
    }
    if (!choose(task, tx, budget.room, &rows, err)) {
        return false;
    }
    result->next_partitions = json_array();
    for (int i = 0; i < pg_count(rows); i++) {
        (void)json_array_append_new(result->next_partitions, json_string(pg_text(rows, i, 0)));
    }
    if (pg_count(rows) == 0) {
        say_why(task, &budget, result);
    }
    result->unchanged = pg_count(rows) == 0;
    result->metadata = json_pack("{si sI}", "chosen", pg_count(rows), "players",
                                 (json_int_t)(budget.chosen + pg_count(rows)));
    return node_commit(task, result, &tx, err);
}

static bool run(const struct node_task *task, const struct node_io *io, struct node_result *result,
                struct err *err)
{
    int consumer;

    if (!consumer_ensure(io->pg, task->asset, "crawl 1", &consumer, err)) {
        return false;
    }
    switch (task->phase) {
    case NODE_SCAN:
        return consumer_scan(io->pg, consumer, result, err);
    case NODE_WORK:
        return work(task, io, consumer, result, err);
    case NODE_CLOSE:
        return close_step(task, io, result, err);
    }
    return false;
}

const struct node_kind NODE_CRAWL = {
    .name = "crawl",
    .help = "counts who met whom and chooses the next players to fetch",
    .params = PARAMS,
    .param_count = sizeof(PARAMS) / sizeof(PARAMS[0]),
    .streams_in = true,
    .closes = true,
    .provides_partitions = true,
    .shard_weight = 5000,
    .run = run,
};
