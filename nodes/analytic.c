/* SPDX-License-Identifier: MIT
 * analytic: one plugin over the games of loads.
 *
 * Each version (name, version, hash of the binary) has a table of its own, made on first sight. The
 * view analytics.<plugin> shows the newest complete version; a first version is shown at once, because
 * there is nothing better. Results are written by the same or a newer load only, so that shards that
 * come late or twice change nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analytics/plugin.h"
#include "engine/base/limits.h"
#include "nodes/consumer.h"
#include "nodes/game.h"
#include "nodes/kinds.h"
#include "nodes_sql.h"

enum { COPY_BYTES = 64 << 20, COPY_SEND_BYTES = 256 * 1024, SQL_BYTES = 64 * 1024 };

struct analytic {
    const struct node_task *task;
    const struct node_io *io;
    const struct analytic_plugin *plugin;
    const char *hash;
    char table[64]; /* name__hash8 */
    int consumer;
};

/* Room for one game's decoded arrays, reused from game to game. */
struct decoded {
    struct analytic_san moves[LIMIT_PLIES];
    int32_t clocks[LIMIT_PLIES + 1];
    struct analytic_eval evals[LIMIT_PLIES];
    char id[9];
};

static const char *plugin_text(const struct node_task *task, const char *key)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(task->config, "plugin"), key));

    return text != NULL ? text : "";
}

/* ---- the version's table ------------------------------------------------------------------------ */

static void quote(struct buf *out, const char *text)
{
    buf_char(out, '\'');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\'') {
            buf_char(out, '\'');
        }
        buf_char(out, *c);
    }
    buf_char(out, '\'');
}

static void create_sql(const struct analytic *a, struct buf *out)
{
    buf_text(out, "create table if not exists analytics.");
    pg_quote_name(out, a->table);
    buf_text(out, " (game_id bigint primary key, load_id bigint not null");
    for (int i = 0; i < a->plugin->column_count; i++) {
        buf_text(out, ", ");
        pg_quote_name(out, a->plugin->columns[i].name);
        buf_printf(out, " %s", plugin_sql_type(a->plugin->columns[i].type));
    }
    buf_text(out, "); comment on table analytics.");
    pg_quote_name(out, a->table);
    buf_text(out, " is ");
    quote(out, a->plugin->doc != NULL ? a->plugin->doc : "");
    for (int i = 0; i < a->plugin->column_count; i++) {
        const struct analytic_column *column = &a->plugin->columns[i];

        buf_text(out, "; comment on column analytics.");
        pg_quote_name(out, a->table);
        buf_char(out, '.');
        pg_quote_name(out, column->name);
        buf_text(out, " is ");
        quote(out, column->doc != NULL ? column->doc : "");
    }
}

/* The view with the plugin's name, over this version's table. */
static bool show_version(const struct analytic *a, struct pg *tx, struct err *err)
{
    AUTO(buf) struct buf sql = BUF_INIT(SQL_BYTES);

    buf_text(&sql, "drop view if exists analytics.");
    pg_quote_name(&sql, a->plugin->name);
    buf_text(&sql, "; create view analytics.");
    pg_quote_name(&sql, a->plugin->name);
    buf_text(&sql, " as select chess.game_id_text(game_id) as id, * from analytics.");
    pg_quote_name(&sql, a->table);
    return pg_script(tx, buf_str(&sql), err);
}

static json_t *columns_json(const struct analytic_plugin *plugin)
{
    json_t *columns = json_array();

    for (int i = 0; i < plugin->column_count; i++) {
        (void)json_array_append_new(columns,
                                    json_pack("{ss ss}", "name", plugin->columns[i].name, "type",
                                              plugin_sql_type(plugin->columns[i].type)));
    }
    return columns;
}

static bool register_version(struct analytic *a, struct pg *tx, bool *ret_first, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};
    json_t *columns = columns_json(a->plugin);
    AUTO(str) char *text = json_dumps(columns, JSON_COMPACT);

    json_decref(columns);
    pg_arg_text(&args, a->plugin->name);
    pg_arg_text(&args, a->plugin->version);
    pg_arg_text(&args, a->hash);
    pg_arg_text(&args, a->table);
    pg_arg_i64(&args, a->consumer);
    pg_arg_text(&args, text);
    if (!pg_query(tx, SQL_ANALYTIC_REGISTER, &args, &rows, err)) {
        return false;
    }
    *ret_first = pg_bool(rows, 0, 0);
    return true;
}

/* Makes the table when this version is new. Shards that see it first at once take turns by a lock of
 * the transaction. */
static bool ensure_table(struct analytic *a, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    AUTO(buf) struct buf sql = BUF_INIT(SQL_BYTES);
    AUTO(pg_tx) struct pg *tx = NULL;
    struct pg_args args = {0};
    bool first;

    pg_arg_text(&args, a->table);
    if (!pg_query(a->io->pg, SQL_ANALYTIC_TABLE_EXISTS, &args, &rows, err)) {
        return false;
    }
    if (pg_bool(rows, 0, 0)) {
        return true;
    }
    create_sql(a, &sql);
    tx = pg_begin(a->io->pg, err);
    return tx != NULL && pg_query(tx, SQL_ANALYTIC_LOCK, NULL, NULL, err) &&
           pg_script(tx, buf_str(&sql), err) && register_version(a, tx, &first, err) &&
           (!first || show_version(a, tx, err)) && pg_commit(&tx, err);
}

/* ---- one game ----------------------------------------------------------------------------------- */

static void split_moves(const char *text, struct decoded *room, struct analytic_game *game)
{
    int count = 0;

    while (*text != '\0' && count < LIMIT_PLIES) {
        size_t len = strcspn(text, " ");

        if (len > 0) {
            room->moves[count++] = (struct analytic_san){text, len};
        }
        text += len + strspn(text + len, " ");
    }
    game->moves = room->moves;
    game->ply_count = count;
}

static void decode_clocks(const struct pg_rows *rows, int row, int col, struct decoded *room,
                          struct analytic_game *game)
{
    int count = pg_array_len(rows, row, col);
    bool is_null;

    for (int i = 0; i < count && i <= LIMIT_PLIES; i++) {
        room->clocks[i] = (int32_t)pg_array_at(rows, row, col, i, &is_null);
    }
    game->clocks = pg_null(rows, row, col) ? NULL : room->clocks;
    game->clock_count = count;
}

static void decode_evals(const struct pg_rows *rows, int row, int col, struct decoded *room,
                         struct analytic_game *game)
{
    int count = pg_array_len(rows, row, col);

    for (int i = 0; i < count && i < LIMIT_PLIES; i++) {
        bool hole;
        int value = (int)pg_array_at(rows, row, col, i, &hole);

        if (hole) {
            room->evals[i] = (struct analytic_eval){ANALYTIC_HOLE, 0};
        } else if (value > EVAL_CP_MAX) {
            room->evals[i] = (struct analytic_eval){ANALYTIC_MATE, EVAL_MATE_BASE - value};
        } else if (value < -EVAL_CP_MAX) {
            room->evals[i] = (struct analytic_eval){ANALYTIC_MATE, -EVAL_MATE_BASE - value};
        } else {
            room->evals[i] = (struct analytic_eval){ANALYTIC_CP, value};
        }
    }
    game->evals = pg_null(rows, row, col) ? NULL : room->evals;
    game->eval_count = count;
}

static const char *text_or_null(const struct pg_rows *rows, int row, int col)
{
    return pg_null(rows, row, col) ? NULL : pg_text(rows, row, col);
}

/* Is Black to move in this start position? The second field of a FEN says so. */
static bool black_starts(const char *fen)
{
    const char *side = fen != NULL ? strchr(fen, ' ') : NULL;

    return side != NULL && side[1] == 'b';
}

/* Columns in the order of analytic_games.sql. */
static void decode_game(const struct pg_rows *rows, int row, struct decoded *room,
                        struct analytic_game *game)
{
    const char *moves = text_or_null(rows, row, 13);

    *game = (struct analytic_game){
        .size = sizeof(*game),
        .id = room->id,
        .variant = pg_text(rows, row, 2),
        .speed = pg_text(rows, row, 3),
        .status = pg_text(rows, row, 4),
        .rated = pg_bool(rows, row, 5),
        .winner = (int)pg_i64(rows, row, 6),
        .white = text_or_null(rows, row, 7),
        .black = text_or_null(rows, row, 8),
        .white_rating = (int)pg_i64(rows, row, 9),
        .black_rating = (int)pg_i64(rows, row, 10),
        .created_ms = pg_i64(rows, row, 11),
        .black_starts = black_starts(text_or_null(rows, row, 12)),
        .has_moves = moves != NULL,
    };
    game_id_string(pg_i64(rows, row, 0), room->id);
    if (moves != NULL) {
        split_moves(moves, room, game);
    }
    decode_clocks(rows, row, 14, room, game);
    decode_evals(rows, row, 15, room, game);
}

static void put_value(struct buf *out, const struct analytic_column *column,
                      const struct analytic_value *value)
{
    if (value->is_null || value->type != column->type) {
        copy_null(out);
        return;
    }
    switch (column->type) {
    case ANALYTIC_INT:
        copy_i64(out, value->integer);
        break;
    case ANALYTIC_REAL:
        copy_f64(out, value->real);
        break;
    case ANALYTIC_TEXT:
        copy_text(out, value->text, value->text_len);
        break;
    case ANALYTIC_BOOL:
        copy_bool(out, value->integer != 0);
        break;
    }
}

static bool put_row(const struct analytic *a, struct buf *out, const struct pg_rows *rows, int row,
                    struct decoded *room, struct err *err)
{
    struct analytic_value values[ANALYTIC_COLUMNS_MAX];
    struct analytic_game game;

    decode_game(rows, row, room, &game);
    for (int i = 0; i < a->plugin->column_count; i++) {
        values[i] = analytic_null();
    }
    if (!a->plugin->measure(&game, values)) {
        return err_set(err, ERR_PLUGIN, "plugin %s cannot measure game %s", a->plugin->name,
                       room->id);
    }
    copy_row(out, a->plugin->column_count + 2);
    copy_i64(out, pg_i64(rows, row, 0));
    copy_i64(out, pg_i64(rows, row, 1));
    for (int i = 0; i < a->plugin->column_count; i++) {
        put_value(out, &a->plugin->columns[i], &values[i]);
    }
    return true;
}

/* ---- one shard ------------------------------------------------------------------------------------ */

static bool stage_rows(const struct analytic *a, struct pg *tx, const struct pg_rows *rows,
                       struct err *err)
{
    AUTO(buf) struct buf sql = BUF_INIT(SQL_BYTES);
    AUTO(buf) struct buf out = BUF_INIT(COPY_BYTES);
    struct decoded *room = xcalloc(1, sizeof(*room));
    bool ok;

    buf_text(&sql, "drop table if exists analytic_stage; create temp table analytic_stage (like analytics.");
    pg_quote_name(&sql, a->table);
    buf_text(&sql, ") on commit drop");
    ok = pg_script(tx, buf_str(&sql), err) &&
         pg_copy_begin(tx, SQL_ANALYTIC_COPY, &out, err);
    for (int i = 0; ok && i < pg_count(rows); i++) {
        ok = put_row(a, &out, rows, i, room, err);
        if (ok && out.len > COPY_SEND_BYTES) {
            ok = pg_copy_send(tx, &out, err);
            node_progress(a->io, i, pg_count(rows), a->plugin->name);
        }
    }
    free(room);
    return ok && pg_copy_end(tx, &out, NULL, err);
}

static bool merge_rows(const struct analytic *a, struct pg *tx, struct err *err)
{
    AUTO(buf) struct buf sql = BUF_INIT(SQL_BYTES);

    buf_text(&sql, "insert into analytics.");
    pg_quote_name(&sql, a->table);
    buf_text(&sql, " as t select * from analytic_stage order by game_id on conflict (game_id) do "
                   "update set load_id = excluded.load_id");
    for (int i = 0; i < a->plugin->column_count; i++) {
        buf_text(&sql, ", ");
        pg_quote_name(&sql, a->plugin->columns[i].name);
        buf_text(&sql, " = excluded.");
        pg_quote_name(&sql, a->plugin->columns[i].name);
    }
    buf_text(&sql, " where excluded.load_id >= t.load_id");
    return pg_script(tx, buf_str(&sql), err);
}

static bool work(struct analytic *a, struct node_result *result, struct err *err)
{
    AUTO(pg_array) struct pg_array ids = {0};
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    AUTO(pg_tx) struct pg *tx = NULL;
    struct pg_args args = {0};

    pg_array_init(&ids, PG_INT8);
    consumer_ids(&ids, a->task->items, a->task->item_count);
    pg_arg_array(&args, &ids);
    tx = pg_begin(a->io->pg, err);
    if (tx == NULL || !pg_query(tx, SQL_ANALYTIC_GAMES, &args, &rows, err) ||
        !stage_rows(a, tx, rows, err) || !merge_rows(a, tx, err) ||
        !consumer_done(tx, a->consumer, a->task->items, a->task->item_count, err)) {
        return false;
    }
    result->rows = pg_count(rows);
    result->metadata = json_pack("{si}", "games", pg_count(rows));
    return node_commit(a->task, result, &tx, err);
}

/* All loads done: the version is complete and takes over the view. */
static bool close_step(struct analytic *a, struct node_result *result, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    AUTO(pg_tx) struct pg *tx = pg_begin(a->io->pg, err);
    struct node_result pending = {0};
    struct pg_args args = {0};
    bool complete;

    result->unchanged = true;
    if (tx == NULL || !consumer_scan(tx, a->consumer, &pending, err)) {
        return false;
    }
    complete = pending.item_count == 0;
    free(pending.items);
    pg_arg_text(&args, a->table);
    if (!complete) {
        return true;
    }
    if (!pg_query(tx, SQL_ANALYTIC_COMPLETE, &args, &rows, err)) {
        return false;
    }
    return pg_count(rows) == 0 || (show_version(a, tx, err) && pg_commit(&tx, err));
}

static bool run(const struct node_task *task, const struct node_io *io, struct node_result *result,
                struct err *err)
{
    struct analytic a = {.task = task, .io = io, .hash = plugin_text(task, "hash")};
    AUTO(str) char *version = NULL;

    if (!plugin_load(plugin_text(task, "path"), a.hash, &a.plugin, NULL, err)) {
        return false;
    }
    (void)snprintf(a.table, sizeof(a.table), "%s__%.8s", a.plugin->name, a.hash);
    version = xprintf("%s:%.16s", a.plugin->version, a.hash);
    if (!consumer_ensure(io->pg, a.plugin->name, version, &a.consumer, err) ||
        !ensure_table(&a, err)) {
        return err_in(err, "plugin %s", a.plugin->name);
    }
    switch (task->phase) {
    case NODE_SCAN:
        return consumer_scan(io->pg, a.consumer, result, err);
    case NODE_WORK:
        return work(&a, result, err);
    case NODE_CLOSE:
        return close_step(&a, result, err);
    }
    return false;
}

const struct node_kind NODE_ANALYTIC = {
    .name = "analytic",
    .help = "runs one plugin over the games of new loads",
    .streams_in = true,
    .closes = true,
    .takes_plugins = true,
    .shard_weight = 2000,
    .run = run,
};
