/* SPDX-License-Identifier: MIT
 * fetch: a player's games from the source into raw batches.
 *
 * One loop reads the stream and commits at the same time. A batch is committed as soon as the input
 * is idle and no commit is in flight, or when it is full: so a slow stream lands game by game within
 * a millisecond, and a fast one in large batches, with no timer in between. Each commit is one
 * transaction: raw batch, cursor, materialization record, fence. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/base/mem.h"
#include "nodes/coverage.h"
#include "nodes/gate.h"
#include "nodes/kinds.h"
#include "nodes/lichess.h"
#include "nodes/rawbatch.h"
#include "nodes_sql.h"

enum { WAIT_MS = 250, IDS_BLOCK = 32, URL_MAX = 2048, FINAL_WAIT_MS = 1000 };

static const char *const SOURCES[] = {"lichess", NULL};

static const struct param PARAMS[] = {
    {.name = "source", .type = PARAM_ENUM, .fallback = "lichess", .choices = SOURCES,
     .help = "where games come from"},
    {.name = "max_games", .type = PARAM_INT_OR_ALL, .fallback = "200", .min = 1, .max = 10000000,
     .help = "how many of the newest games the first fetch takes, or all"},
    {.name = "clocks", .type = PARAM_BOOL, .fallback = "true", .help = "ask for clocks"},
    {.name = "evals", .type = PARAM_BOOL, .fallback = "true", .help = "ask for evaluations"},
    {.name = "opening", .type = PARAM_BOOL, .fallback = "true", .help = "ask for opening names"},
    {.name = "overlap", .type = PARAM_DURATION, .fallback = "1ms", .min = 1, .max = 86400000,
     .help = "how far below the last known game a later fetch starts"},
};

struct fetch {
    const struct node_task *task;
    const struct node_io *io;
    struct gate *gate;
    struct http *http;
    struct coverage have;    /* what is committed */
    bool ascending;
    int64_t newest_before;   /* newest game known before this fetch */
    int64_t hold_ms;         /* first unfinished game: the cursor stays below; 0 = none */
    struct raw_batch batch;  /* what collects */
    struct buf packed;       /* the batch in flight, compressed */
    size_t packed_bytes;     /* before compression */
    bool in_flight;
    struct node_item flight_item;
    struct coverage flight_have;
    int64_t ids[IDS_BLOCK];
    int id_count;
    int64_t games, fresh, bytes;
    size_t consumed; /* bytes of the inbox taken as lines */
    bool skipping;   /* inside a line that is too long */
};

/* ---- committing ------------------------------------------------------------------------------ */

static bool load_state(struct fetch *f, bool *ret_recent, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};
    const json_t *run = json_object_get(f->task->config, "run");
    int64_t revisit_ms = json_integer_value(json_object_get(run, "revisit_ms"));

    pg_arg_text(&args, node_config_text(f->task, "source"));
    pg_arg_text(&args, f->task->partition);
    if (!pg_query(f->io->pg, SQL_FETCH_STATE_GET, &args, &rows, err)) {
        return false;
    }
    *ret_recent = false;
    if (pg_count(rows) > 0) {
        f->have = (struct coverage){.first_done = pg_bool(rows, 0, 0),
                                    .oldest_ms = pg_i64(rows, 0, 1),
                                    .newest_ms = pg_i64(rows, 0, 2),
                                    .games = pg_i64(rows, 0, 3)};
        *ret_recent = !pg_null(rows, 0, 4) && pg_i64(rows, 0, 4) < revisit_ms &&
                      !json_is_true(json_object_get(run, "refresh"));
    }
    f->newest_before = f->have.newest_ms;
    if (*ret_recent && pg_bool(rows, 0, 5)) {
        return err_set(err, ERR_GONE, "Lichess knows no player '%s' (asked within `revisit`)",
                       f->task->partition);
    }
    return true;
}

/* Ids are taken ahead in blocks, so that a commit needs no answer before it is sent. */
static bool take_ids(struct fetch *f, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};

    pg_arg_i64(&args, IDS_BLOCK);
    if (!pg_query(f->io->pg, SQL_RAW_IDS, &args, &rows, err)) {
        return false;
    }
    /* Taken from the end: ascending ids for ascending batches. */
    for (f->id_count = 0; f->id_count < pg_count(rows); f->id_count++) {
        f->ids[f->id_count] = pg_i64(rows, pg_count(rows) - 1 - f->id_count, 0);
    }
    return true;
}

static bool prepare(struct fetch *f, struct err *err)
{
    return take_ids(f, err) && node_prepare(f->io->pg, err) &&
           pg_prepare(f->io->pg, SQL_RAW_BATCH_INSERT, err) &&
           pg_prepare(f->io->pg, SQL_RAW_PENDING_INSERT, err) &&
           pg_prepare(f->io->pg, SQL_FETCH_STATE_PUT, err);
}

static void state_args(struct pg_args *args, const struct fetch *f, const struct coverage *have,
                       bool checked)
{
    pg_arg_text(args, node_config_text(f->task, "source"));
    pg_arg_text(args, f->task->partition);
    pg_arg_bool(args, have->first_done);
    pg_arg_i64(args, have->oldest_ms);
    pg_arg_i64(args, have->newest_ms);
    pg_arg_i64(args, have->games);
    pg_arg_bool(args, checked);
}

/* The cursor once this batch is in. Upwards it may not pass a game that is still being played. */
static struct coverage after_batch(const struct fetch *f)
{
    struct coverage have = f->have;
    int64_t newest_ms = f->batch.newest_ms;

    if (f->hold_ms > 0 && newest_ms >= f->hold_ms) {
        newest_ms = f->hold_ms - 1;
    }
    coverage_add(&have, f->batch.oldest_ms, newest_ms, f->batch.games);
    if (f->ascending) {
        have.first_done = true; /* upwards there is never a hole below */
    }
    return have;
}

static bool add_statements(struct fetch *f, struct err *err)
{
    struct pg *pg = f->io->pg;
    struct pg_args raw = {0}, pending = {0}, state = {0};
    struct node_result record = {.rows = f->batch.games, .bytes = (int64_t)f->packed_bytes};

    pg_arg_i64(&raw, f->flight_item.id);
    pg_arg_text(&raw, node_config_text(f->task, "source"));
    pg_arg_text(&raw, f->task->partition);
    pg_arg_i64(&raw, f->task->run_id);
    pg_arg_i64(&raw, f->batch.games);
    pg_arg_i64(&raw, (int64_t)f->packed_bytes);
    pg_arg_i64(&raw, f->batch.oldest_ms);
    pg_arg_i64(&raw, f->batch.newest_ms);
    pg_arg_bytes(&raw, f->packed.data, f->packed.len);
    pg_arg_i64(&pending, f->flight_item.id);
    pg_arg_i64(&pending, f->batch.games);
    state_args(&state, f, &f->flight_have, false);
    return pg_batch_begin(pg, err) && pg_batch_add(pg, SQL_RAW_BATCH_INSERT, &raw, err) &&
           pg_batch_add(pg, SQL_RAW_PENDING_INSERT, &pending, err) &&
           pg_batch_add(pg, SQL_FETCH_STATE_PUT, &state, err) &&
           node_batch_commit(f->task, &record, pg, err) && pg_batch_send(pg, err);
}

static bool send_batch(struct fetch *f, struct err *err)
{
    if (f->id_count == 0 && (!pg_batch_end(f->io->pg, err) || !take_ids(f, err))) {
        return false;
    }
    if (!raw_compress(&f->batch.text, &f->packed, err)) {
        return false;
    }
    f->packed_bytes = f->batch.text.len;
    f->flight_item = (struct node_item){.id = f->ids[--f->id_count], .weight = f->batch.games};
    f->flight_have = after_batch(f);
    if (!add_statements(f, err)) {
        return false;
    }
    f->bytes += (int64_t)f->packed_bytes;
    f->in_flight = true;
    raw_batch_clear(&f->batch);
    return true;
}

static bool poll_commit(struct fetch *f, struct err *err)
{
    bool done;

    if (!f->in_flight) {
        return true;
    }
    if (!pg_batch_poll(f->io->pg, &done, err)) {
        f->in_flight = false;
        return err_in(err, "storing a raw batch");
    }
    if (done) {
        f->in_flight = false;
        f->have = f->flight_have;
        node_announce(f->io, &f->flight_item, 1);
        node_progress(f->io, f->games, 0, f->task->partition);
    }
    return true;
}

/* Commits what is left and waits for it. */
static bool finish_commits(struct fetch *f, struct err *err)
{
    while (f->in_flight || f->batch.games > 0) {
        struct pollfd fd = {.fd = pg_socket(f->io->pg), .events = POLLIN};

        if (!f->in_flight && !send_batch(f, err)) {
            return false;
        }
        if (pg_batch_wants_write(f->io->pg)) {
            fd.events |= POLLOUT;
        }
        (void)poll(&fd, 1, FINAL_WAIT_MS);
        if (!poll_commit(f, err)) {
            return false;
        }
    }
    return pg_batch_end(f->io->pg, err);
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool take_line(struct fetch *f, const char *line, size_t len, struct err *err)
{
    struct raw_facts facts;

    if (len >= 3 && f->games == 0 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
        line += 3;
        len -= 3;
    }
    if (len == 0) {
        return true; /* an empty line only says that the source lives */
    }
    raw_look(line, len, &facts);
    if (facts.is_error && facts.created_ms == 0) {
        return err_set(err, ERR_NET, "the source sent an error inside the stream: %.*s",
                       len < 200 ? (int)len : 200, line);
    }
    if (facts.unfinished && f->ascending && facts.created_ms > 0 && f->hold_ms == 0) {
        f->hold_ms = facts.created_ms;
    }
    raw_batch_add(&f->batch, line, len, &facts);
    f->games++;
    f->fresh += facts.created_ms > f->newest_before || !f->have.first_done;
    return true;
}

/* A line past the limit: its first part goes on as a record that ingest will put aside. */
static bool cut_long_line(struct fetch *f, struct buf *inbox, struct err *err)
{
    bool ok = f->skipping || take_line(f, inbox->data, LIMIT_QUARANTINE_BYTES, err);

    f->skipping = true;
    buf_drop(inbox, inbox->len);
    return ok;
}

/* Takes whole lines from the inbox while the batch has room. */
static bool take_lines(struct fetch *f, struct err *err)
{
    struct buf *inbox = http_inbox(f->http);
    const char *line;
    size_t at = 0, len;

    while (!raw_batch_full(&f->batch) &&
           raw_next_line(buf_str(inbox), inbox->len, &at, &line, &len)) {
        bool skipped = f->skipping;

        f->skipping = false;
        if (!skipped && !take_line(f, line, len < LIMIT_LINE_BYTES ? len : LIMIT_QUARANTINE_BYTES,
                                   err)) {
            return false;
        }
    }
    buf_drop(inbox, at);
    if (inbox->len > LIMIT_LINE_BYTES && memchr(inbox->data, '\n', inbox->len) == NULL) {
        return cut_long_line(f, inbox, err);
    }
    return true;
}

static bool check_life(struct fetch *f, struct err *err)
{
    if (node_cancelled(f->io)) {
        return err_set(err, ERR_CANCELLED, "cancelled");
    }
    return gate_keep(f->gate, err);
}

static bool read_turn(struct fetch *f, struct err *err)
{
    struct pollfd pg = {.fd = pg_socket(f->io->pg), .events = POLLIN};
    bool waiting = f->batch.games > 0 && !f->in_flight;
    size_t came;

    if (f->in_flight && pg_batch_wants_write(f->io->pg)) {
        pg.events |= POLLOUT;
    }
    came = http_wait(f->http, &pg, f->in_flight ? 1 : 0, waiting ? 0 : WAIT_MS);
    if (came > 0) {
        node_progress(f->io, f->games, 0, f->task->partition);
    }
    if (!poll_commit(f, err) || !take_lines(f, err)) {
        return false;
    }
    if (!f->in_flight && f->batch.games > 0 && (came == 0 || raw_batch_full(&f->batch))) {
        return send_batch(f, err);
    }
    return true;
}

/* The body of an answer that is no stream of games is not for us. */
static bool check_answer(struct fetch *f, struct err *err)
{
    struct http_result result;

    http_result(f->http, &result);
    if (lichess_classify(&result, f->task->partition, err)) {
        return true;
    }
    if (err->kind == ERR_RATE) {
        return gate_refused(f->gate, result.retry_after_s, err);
    }
    return false;
}

static bool read_stream(struct fetch *f, struct err *err)
{
    struct http_result result;

    /* Head first: the type decides whether the body is taken as games. */
    while (!http_ended(f->http) && http_inbox(f->http)->len == 0) {
        (void)http_wait(f->http, NULL, 0, WAIT_MS);
        if (!check_life(f, err)) {
            return false;
        }
    }
    if (!check_answer(f, err)) {
        return false;
    }
    while (!http_ended(f->http) || raw_batch_full(&f->batch) ||
           memchr(buf_str(http_inbox(f->http)), '\n', http_inbox(f->http)->len) != NULL) {
        if (!read_turn(f, err) || !check_life(f, err)) {
            return false;
        }
    }
    http_result(f->http, &result);
    if (!result.clean) {
        return err_set(err, ERR_NET, "the stream was cut off after %lld games: %s",
                       (long long)f->games,
                       result.error[0] != '\0' ? result.error : "the connection was closed");
    }
    /* Clean to the end: a last line without its newline is whole. */
    return http_inbox(f->http)->len == 0 || f->skipping ||
           take_line(f, http_inbox(f->http)->data, http_inbox(f->http)->len, err);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool open_stream(struct fetch *f, const struct coverage_ask *ask, struct err *err)
{
    const json_t *resource = json_object_get(f->task->config, "resource");
    AUTO(buf) struct buf url = BUF_INIT(URL_MAX);
    AUTO(buf) struct buf agent = BUF_INIT(URL_MAX);
    struct lichess_query query = {.player = f->task->partition,
                                  .clocks = node_config_bool(f->task, "clocks"),
                                  .evals = node_config_bool(f->task, "evals"),
                                  .opening = node_config_bool(f->task, "opening"),
                                  .since_ms = ask->since_ms,
                                  .until_ms = ask->until_ms,
                                  .max = ask->max,
                                  .ascending = ask->ascending};
    struct http_request request = {
        .accept = "application/x-ndjson",
        .token = json_string_value(json_object_get(resource, "token")),
    };

    lichess_user_agent(json_string_value(json_object_get(resource, "contact")), &agent);
    if (!lichess_games_url(json_string_value(json_object_get(resource, "url")), &query, &url,
                           err)) {
        return false;
    }
    request.url = buf_str(&url);
    request.user_agent = buf_str(&agent);
    return http_open(&request, &f->http, err);
}

/* The clean end: the interval is covered, and when that was so. */
static bool record_end(struct fetch *f, struct node_result *result, struct err *err)
{
    struct pg_args state = {0};
    AUTO(pg_tx) struct pg *tx = pg_begin(f->io->pg, err);

    f->have.first_done = true;
    result->metadata = json_pack("{sI sI sI sI}", "games", (json_int_t)f->games, "bytes",
                                 (json_int_t)f->bytes, "covered_from_ms",
                                 (json_int_t)f->have.oldest_ms, "covered_to_ms",
                                 (json_int_t)f->have.newest_ms);
    state_args(&state, f, &f->have, true);
    if (tx == NULL || !pg_exec(tx, SQL_FETCH_STATE_PUT, &state, NULL, err) ||
        !node_commit(f->task, result, &tx, err)) {
        return false;
    }
    result->rows = f->games; /* each batch has a record of its own: for people only */
    return true;
}

static bool record_gone(struct fetch *f, struct err *why)
{
    struct err ignored;
    struct pg_args args = {0};

    pg_arg_text(&args, node_config_text(f->task, "source"));
    pg_arg_text(&args, f->task->partition);
    (void)pg_exec(f->io->pg, SQL_FETCH_GONE, &args, NULL, &ignored);
    return why->kind == ERR_NONE;
}

/* Reads the stream to its end; what came before a failure is kept. */
static bool ask_source(struct fetch *f, const struct coverage_ask *ask, struct err *err)
{
    struct err later = ERR_INIT;
    bool ok = open_stream(f, ask, err) && prepare(f, err) && read_stream(f, err);

    if (!ok && (err->kind == ERR_FENCED || err->kind == ERR_DB)) {
        return false;
    }
    if (!finish_commits(f, ok ? err : &later)) {
        return false;
    }
    return ok;
}

static bool run_fetch(struct fetch *f, struct node_result *result, struct err *err)
{
    const json_t *resource = json_object_get(f->task->config, "resource");
    struct gate_config gate = {.source = node_config_text(f->task, "source"),
                               .url = json_string_value(json_object_get(resource, "url")),
                               .db_url = f->io->db_url,
                               .worker = f->io->worker};
    struct coverage_ask ask;
    bool recent, ok;

    if (!load_state(f, &recent, err)) {
        return false;
    }
    if (recent) {
        result->unchanged = true;
        return true;
    }
    ask = coverage_next(&f->have, node_config_int(f->task, "max_games"),
                        node_config_int(f->task, "overlap"));
    f->ascending = ask.ascending;
    if (ask.nothing) {
        return record_end(f, result, err);
    }
    if (!gate_enter(&gate, &f->gate, err)) {
        return false;
    }
    ok = ask_source(f, &ask, err) && gate_accepted(f->gate, err);
    /* The connection is closed before the gate opens for the next one. */
    http_close(f->http);
    f->http = NULL;
    if (!ok && err->kind == ERR_GONE) {
        return record_gone(f, err);
    }
    result->unchanged = ok && f->fresh == 0;
    return ok && record_end(f, result, err);
}

static bool run(const struct node_task *task, const struct node_io *io, struct node_result *result,
                struct err *err)
{
    struct fetch f = {.task = task, .io = io};
    bool ok;

    raw_batch_init(&f.batch);
    buf_init(&f.packed, LIMIT_RAW_BATCH_BYTES * 2);
    ok = run_fetch(&f, result, err);
    http_close(f.http);
    gate_leave(f.gate);
    raw_batch_done(&f.batch);
    buf_done(&f.packed);
    return ok;
}

const struct node_kind NODE_FETCH = {
    .name = "fetch",
    .help = "fetches a player's games from the source and stores them as they came",
    .params = PARAMS,
    .param_count = sizeof(PARAMS) / sizeof(PARAMS[0]),
    .partitioned = true,
    .run = run,
};
