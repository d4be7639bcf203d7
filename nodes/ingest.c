/* SPDX-License-Identifier: MIT
 * ingest: raw batches -> games.
 *
 * A shard is some raw batches; it becomes one load in one transaction: taken off the pending list
 * first (this takes the transaction's id before the load's, which rookery.compact_done relies on),
 * keys resolved by sets, games copied in binary form sorted by id, bad records put aside, fence.
 *
 * Merging: the first answer about a game is stored; the same content again is a duplicate and changes
 * nothing; other content replaces it and moves the game to the new load, unless it lacks clocks,
 * evaluations or the opening that the stored one has (it was asked for without them). */
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "nodes/game.h"
#include "nodes/keys.h"
#include "nodes/kinds.h"
#include "nodes/rawbatch.h"
#include "nodes_sql.h"

enum { SCAN_MAX = 20000, COPY_BYTES = 64 << 20, COPY_SEND_BYTES = 256 * 1024, GAME_COLUMNS = 33 };

static const struct param PARAMS[] = {
    {.name = "quarantine_ratio_max", .type = PARAM_INT, .fallback = "5", .max = 100,
     .help = "percent of records that may be unusable before the step fails (what is good stays)"},
};

struct bad_record {
    int64_t batch_id;
    size_t offset, len;
    const char *line;
    enum game_reason reason;
    const char *detail;
};

struct ingest {
    const struct node_task *task;
    const struct node_io *io;
    struct mem *mem;
    struct game *games;
    int count, cap;
    struct bad_record *bad;
    int bad_count, bad_cap;
    int lines, unfinished;
    int64_t load_id;
    int64_t inserted, changed;
    int64_t now_ms;
};

/* ---- scan -------------------------------------------------------------------------------------- */

static bool scan(const struct node_io *io, struct node_result *result, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};

    pg_arg_i64(&args, SCAN_MAX);
    if (!pg_query(io->pg, SQL_INGEST_SCAN, &args, &rows, err)) {
        return false;
    }
    result->item_count = pg_count(rows);
    result->items = xcalloc((size_t)result->item_count, sizeof(result->items[0]));
    for (int i = 0; i < result->item_count; i++) {
        result->items[i] = (struct node_item){.id = pg_i64(rows, i, 0),
                                              .weight = (int32_t)pg_i64(rows, i, 1)};
    }
    return true;
}

/* ---- parsing ------------------------------------------------------------------------------------ */

static void add_bad(struct ingest *in, const struct bad_record *bad)
{
    if (in->bad_count == in->bad_cap) {
        in->bad_cap = in->bad_cap != 0 ? in->bad_cap * 2 : 16;
        in->bad = xrealloc(in->bad, (size_t)in->bad_cap * sizeof(in->bad[0]));
    }
    in->bad[in->bad_count++] = *bad;
}

static void parse_line(struct ingest *in, int64_t batch_id, size_t offset, const char *line,
                       size_t len)
{
    char detail[160];
    enum game_reason reason;

    if (in->count == in->cap) {
        in->cap = in->cap != 0 ? in->cap * 2 : LIMIT_RAW_BATCH_GAMES;
        in->games = xrealloc(in->games, (size_t)in->cap * sizeof(in->games[0]));
    }
    in->lines++;
    reason = game_parse(in->mem, line, len, in->now_ms, &in->games[in->count], detail,
                        sizeof(detail));
    if (reason == GAME_OK) {
        in->count++;
    } else if (reason == GAME_UNFINISHED) {
        in->unfinished++;
    } else {
        add_bad(in, &(struct bad_record){.batch_id = batch_id,
                                         .offset = offset,
                                         .len = len,
                                         .line = mem_strndup(in->mem, line, len),
                                         .reason = reason,
                                         .detail = mem_strdup(in->mem, detail)});
    }
}

static bool parse_batch(struct ingest *in, const struct pg_rows *rows, int row, struct err *err)
{
    AUTO(buf) struct buf text = BUF_INIT(LIMIT_RAW_BATCH_BYTES + LIMIT_LINE_BYTES);
    const char *line;
    size_t packed_len, at = 0, offset = 0, len;
    const void *packed = pg_bytes(rows, row, 2, &packed_len);

    if (!raw_expand(packed, packed_len, (size_t)pg_i64(rows, row, 1), &text, err)) {
        return err_in(err, "raw batch %lld", (long long)pg_i64(rows, row, 0));
    }
    while (raw_next_line(text.data, text.len, &at, &line, &len)) {
        parse_line(in, pg_i64(rows, row, 0), offset, line, len);
        offset = at;
        node_progress(in->io, in->lines, 0, NULL);
    }
    return true;
}

static int by_id(const void *a, const void *b)
{
    const struct game *x = a, *y = b;

    return x->id < y->id ? -1 : x->id > y->id;
}

/* Sorted by id, so that two loaders meet shared games in the same order; of doubles inside the shard
 * the one with more in it stays. */
static void sort_games(struct ingest *in)
{
    int kept = 0;

    if (in->count > 1) {
        qsort(in->games, (size_t)in->count, sizeof(in->games[0]), by_id);
    }
    for (int i = 0; i < in->count; i++) {
        if (kept > 0 && in->games[kept - 1].id == in->games[i].id) {
            if (in->games[i].eval_count > in->games[kept - 1].eval_count) {
                in->games[kept - 1] = in->games[i];
            }
        } else {
            in->games[kept++] = in->games[i];
        }
    }
    in->count = kept;
}

/* ---- writing ------------------------------------------------------------------------------------ */

static void put_text(struct buf *out, const char *text)
{
    if (text == NULL) {
        copy_null(out);
    } else {
        copy_text(out, text, strlen(text));
    }
}

static void put_i16(struct buf *out, int value, bool given)
{
    if (given) {
        copy_i16(out, (int16_t)value);
    } else {
        copy_null(out);
    }
}

static void put_i32(struct buf *out, int value, bool given)
{
    if (given) {
        copy_i32(out, value);
    } else {
        copy_null(out);
    }
}

static void put_names(struct buf *out, const struct game *game)
{
    AUTO(pg_array) struct pg_array names = {0};
    uint32_t count = __builtin_bswap32(2);

    if (game->players[0].imported == NULL && game->players[1].imported == NULL) {
        copy_null(out);
        return;
    }
    pg_array_init(&names, PG_TEXT);
    pg_array_text(&names, game->players[0].imported);
    pg_array_text(&names, game->players[1].imported);
    /* The array's header counts its elements only when it becomes an argument. */
    memcpy(names.data.data + 12, &count, sizeof(count));
    memcpy(names.data.data + 4, &(uint32_t){__builtin_bswap32(1)}, 4);
    copy_text(out, names.data.data, names.data.len);
}

static void put_sides(struct buf *out, const struct game *game, const struct keys *keys)
{
    const struct game_player *w = &game->players[0], *b = &game->players[1];
    int white = keys_player(keys, w->key), black = keys_player(keys, b->key);

    put_i32(out, white, white != 0);
    put_i32(out, black, black != 0);
    put_i16(out, w->rating, w->has_rating);
    put_i16(out, b->rating, b->has_rating);
    put_i16(out, w->diff, w->has_diff);
    put_i16(out, b->diff, b->has_diff);
    put_i16(out, w->ai_level, w->ai_level != 0);
    put_i16(out, b->ai_level, b->ai_level != 0);
    copy_i16(out, (int16_t)w->flags);
    copy_i16(out, (int16_t)b->flags);
}

static void put_moves(struct buf *out, const struct game *game)
{
    put_i16(out, game->plies, game->plies >= 0);
    put_text(out, game->initial_fen);
    if (game->moves != NULL) {
        copy_text(out, game->moves, game->moves_len);
    } else {
        copy_null(out);
    }
    if (game->clocks != NULL) {
        copy_i32_array(out, game->clocks, game->clock_count);
    } else {
        copy_null(out);
    }
    if (game->evals != NULL) {
        copy_i16_array(out, game->evals, game->eval_holes, game->eval_count);
    } else {
        copy_null(out);
    }
    put_names(out, game);
}

/* Columns in the order of game_copy.sql. */
static void put_game(struct buf *out, const struct game *game, const struct keys *keys,
                     int64_t load_id, struct buf *scratch)
{
    int opening = keys_opening(keys, game);

    copy_row(out, GAME_COLUMNS);
    copy_i64(out, game->id);
    copy_i64(out, load_id);
    copy_i64(out, game_content_hash(game, scratch));
    copy_timestamp(out, game->created_ms);
    if (game->last_move_ms != 0) {
        copy_timestamp(out, game->last_move_ms);
    } else {
        copy_null(out);
    }
    put_sides(out, game, keys);
    copy_bool(out, game->rated);
    copy_i16(out, (int16_t)keys_term(keys, "variant", game->variant));
    copy_i16(out, (int16_t)keys_term(keys, "speed", game->speed));
    copy_i16(out, (int16_t)keys_term(keys, "status", game->status));
    put_i16(out, game->winner, game->winner != 0);
    put_i16(out, keys_term(keys, "source", game->source), game->source != NULL);
    copy_i16(out, (int16_t)game->flags);
    put_i32(out, game->clock_initial, game->clock_initial >= 0);
    put_i16(out, game->clock_increment, game->clock_increment >= 0);
    put_i16(out, game->days_per_turn, game->days_per_turn != 0);
    put_i32(out, opening, opening != 0);
    put_i16(out, game->opening_ply, opening != 0);
    put_moves(out, game);
}

static bool copy_games(struct ingest *in, struct pg *tx, const struct keys *keys, const char *sql,
                       struct err *err)
{
    AUTO(buf) struct buf out = BUF_INIT(COPY_BYTES);
    AUTO(buf) struct buf scratch = BUF_INIT(COPY_BYTES);
    int64_t rows;

    if (!pg_copy_begin(tx, sql, &out, err)) {
        return false;
    }
    for (int i = 0; i < in->count; i++) {
        put_game(&out, &in->games[i], keys, in->load_id, &scratch);
        if (out.len > COPY_SEND_BYTES && !pg_copy_send(tx, &out, err)) {
            return false;
        }
    }
    return pg_copy_end(tx, &out, &rows, err);
}

/* Are all ids new? Then they can be copied straight into the table. */
static bool all_new(struct ingest *in, struct pg *tx, bool *ret_new, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    AUTO(pg_array) struct pg_array ids = {0};
    struct pg_args args = {0};

    pg_array_init(&ids, PG_INT8);
    for (int i = 0; i < in->count; i++) {
        pg_array_i64(&ids, in->games[i].id);
    }
    pg_arg_array(&args, &ids);
    if (!pg_query(tx, SQL_GAME_ANY_KNOWN, &args, &rows, err)) {
        return false;
    }
    *ret_new = !pg_bool(rows, 0, 0);
    return true;
}

static bool merge_games(struct ingest *in, struct pg *tx, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;

    if (!pg_query(tx, SQL_GAME_MERGE, NULL, &rows, err)) {
        return false;
    }
    in->inserted = pg_i64(rows, 0, 0);
    in->changed = pg_i64(rows, 0, 1);
    return true;
}

static bool write_games(struct ingest *in, struct pg *tx, bool staged, struct err *err)
{
    AUTO(keys) struct keys *keys = keys_new(in->mem);
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    bool direct = false;

    for (int i = 0; i < in->count; i++) {
        keys_collect(keys, &in->games[i]);
    }
    if (!keys_resolve(keys, tx, err) || !pg_query(tx, SQL_LOAD_ID, NULL, &rows, err) ||
        (!staged && !all_new(in, tx, &direct, err))) {
        return false;
    }
    if (keys_unknown(keys) > 0) {
        node_log(in->io, "info", "%d words new to us among variants, speeds, statuses, sources",
                 keys_unknown(keys));
    }
    in->load_id = pg_i64(rows, 0, 0);
    if (direct) {
        in->inserted = in->count;
        return copy_games(in, tx, keys, SQL_GAME_COPY, err);
    }
    return pg_query(tx, SQL_GAME_STAGE, NULL, NULL, err) &&
           copy_games(in, tx, keys, SQL_GAME_COPY_STAGE, err) && merge_games(in, tx, err);
}

static bool write_bad(struct ingest *in, struct pg *tx, struct err *err)
{
    for (int i = 0; i < in->bad_count; i++) {
        const struct bad_record *bad = &in->bad[i];
        char sha256[HASH_HEX_BYTES];
        struct pg_args args = {0};

        pg_arg_i64(&args, bad->batch_id);
        pg_arg_i64(&args, in->task->run_id);
        pg_arg_i64(&args, (int64_t)bad->offset);
        pg_arg_i64(&args, (int64_t)bad->len);
        pg_arg_text(&args, game_reason_name(bad->reason));
        pg_arg_text(&args, bad->detail);
        pg_arg_bytes(&args, bad->line,
                     bad->len < LIMIT_QUARANTINE_BYTES ? bad->len : LIMIT_QUARANTINE_BYTES);
        pg_arg_text(&args, hash_sha256_hex(bad->line, bad->len, sha256));
        if (!pg_exec(tx, SQL_QUARANTINE_INSERT, &args, NULL, err)) {
            return false;
        }
    }
    return true;
}

static bool write_load(struct ingest *in, struct pg *tx, struct pg_array *batches, struct err *err)
{
    struct pg_args load = {0}, links = {0};

    if (in->inserted + in->changed == 0) {
        return true; /* nothing for anybody to read again */
    }
    pg_arg_i64(&load, in->load_id);
    pg_arg_i64(&load, in->task->run_id);
    pg_arg_i64(&load, in->task->fence);
    pg_arg_i64(&load, in->count);
    pg_arg_i64(&load, in->inserted);
    pg_arg_i64(&load, in->changed);
    pg_arg_i64(&load, in->bad_count);
    pg_arg_i64(&links, in->load_id);
    pg_arg_array(&links, batches);
    return pg_exec(tx, SQL_LOAD_INSERT, &load, NULL, err) &&
           pg_exec(tx, SQL_LOAD_BATCHES, &links, NULL, err);
}

static void add_metadata(const struct ingest *in, struct node_result *result)
{
    result->rows = in->inserted + in->changed;
    result->unchanged = result->rows == 0 && in->bad_count == 0;
    json_decref(result->metadata);
    result->metadata = json_pack(
        "{si sI sI sI si si}", "games", in->lines, "inserted", (json_int_t)in->inserted, "changed",
        (json_int_t)in->changed, "duplicates",
        (json_int_t)(in->lines - in->unfinished - in->bad_count - in->inserted - in->changed),
        "unfinished", in->unfinished, "quarantined", in->bad_count);
}

/* ---- one shard ----------------------------------------------------------------------------------- */

static void reset(struct ingest *in)
{
    in->count = in->bad_count = in->lines = in->unfinished = 0;
    in->inserted = in->changed = in->load_id = 0;
    mem_clear(in->mem);
}

/* Takes the shard's batches off the pending list; those another attempt has done are not among them. */
static bool take_batches(const struct ingest *in, struct pg *tx, struct pg_array *ret_ids,
                         struct pg_rows **ret_rows, struct err *err)
{
    AUTO(pg_array) struct pg_array asked = {0};
    AUTO(pg_rows) struct pg_rows *taken = NULL;
    struct pg_args args = {0}, read = {0};

    pg_array_init(&asked, PG_INT8);
    for (int i = 0; i < in->task->item_count; i++) {
        pg_array_i64(&asked, in->task->items[i].id);
    }
    pg_arg_array(&args, &asked);
    if (!pg_query(tx, SQL_INGEST_TAKE, &args, &taken, err)) {
        return false;
    }
    for (int i = 0; i < pg_count(taken); i++) {
        pg_array_i64(ret_ids, pg_i64(taken, i, 0));
    }
    pg_arg_array(&read, ret_ids);
    return pg_query(tx, SQL_INGEST_READ, &read, ret_rows, err);
}

static bool load_shard(struct ingest *in, bool staged, struct node_result *result, struct err *err)
{
    AUTO(pg_tx) struct pg *tx = pg_begin(in->io->pg, err);
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    AUTO(pg_array) struct pg_array ids = {0};

    pg_array_init(&ids, PG_INT8);
    reset(in);
    if (tx == NULL || !take_batches(in, tx, &ids, &rows, err)) {
        return false;
    }
    for (int i = 0; i < pg_count(rows); i++) {
        if (!parse_batch(in, rows, i, err)) {
            return false;
        }
    }
    sort_games(in);
    if ((in->count > 0 && !write_games(in, tx, staged, err)) || !write_bad(in, tx, err) ||
        !write_load(in, tx, &ids, err)) {
        return false;
    }
    add_metadata(in, result);
    return node_commit(in->task, result, &tx, err);
}

/* A unique violation: another loader stored one of the ids since we looked. */
static bool lost_race(const struct err *err)
{
    return err->kind == ERR_SQL && strstr(err->text, "[23505]") != NULL;
}

static bool check_ratio(const struct ingest *in, struct err *err)
{
    int64_t max = node_config_int(in->task, "quarantine_ratio_max");

    if (in->bad_count * 100 <= max * in->lines) {
        return true;
    }
    return err_set(err, ERR_DATA,
                   "%d of %d records could not be used (more than %lld %%); the good ones are "
                   "stored, the others are in chess.quarantine",
                   in->bad_count, in->lines, (long long)max);
}

static bool work(struct ingest *in, struct node_result *result, struct err *err)
{
    struct node_item load;

    if (!load_shard(in, false, result, err)) {
        if (!lost_race(err) || !load_shard(in, true, result, err)) {
            return false;
        }
    }
    load = (struct node_item){.id = in->load_id, .weight = (int32_t)result->rows};
    if (result->rows > 0) {
        node_announce(in->io, &load, 1);
    }
    return check_ratio(in, err);
}

static bool run(const struct node_task *task, const struct node_io *io, struct node_result *result,
                struct err *err)
{
    AUTO(mem) struct mem *mem = mem_new();
    struct ingest in = {.task = task, .io = io, .mem = mem, .now_ms = clock_wall_ms()};
    bool ok = task->phase == NODE_SCAN ? scan(io, result, err) : work(&in, result, err);

    free(in.games);
    free(in.bad);
    return ok;
}

const struct node_kind NODE_INGEST = {
    .name = "ingest",
    .help = "reads raw batches into games, players and loads",
    .params = PARAMS,
    .param_count = sizeof(PARAMS) / sizeof(PARAMS[0]),
    .streams_in = true,
    .shard_weight = LIMIT_RAW_BATCH_GAMES,
    .run = run,
};
