/* SPDX-License-Identifier: MIT
 * store: see store.h. Each kind of fact is a table of columns (arrays) that one statement takes by
 * unnest(): a batch of a thousand facts costs as many statements as a batch of one. */
#include "engine/run/store.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/pg.h"
#include "engine_run_sql.h"

enum { COLUMNS_MAX = 12 };

/* The kinds of facts in the order in which a transaction writes them. */
enum fact {
    FACT_PLAN,
    FACT_RUN,
    FACT_STEP,
    FACT_CLAIM_END,
    FACT_CLAIM,
    FACT_RENEW,
    FACT_MATERIALIZATION,
    FACT_CHILD,
    FACT_EVENT,
    FACT_COUNT
};

static const struct {
    const char *sql;
    enum pg_type columns[COLUMNS_MAX];
    int column_count;
} FACTS[FACT_COUNT] = {
    [FACT_PLAN] = {SQL_STORE_PLAN, {PG_INT8, PG_INT4, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT}, 6},
    [FACT_RUN] = {SQL_STORE_RUN, {PG_INT8, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT}, 5},
    [FACT_STEP] = {SQL_STORE_STEP,
                   {PG_INT8, PG_INT4, PG_TEXT, PG_INT4, PG_INT8, PG_INT8, PG_INT8, PG_INT8,
                    PG_TEXT, PG_TEXT, PG_TEXT},
                   11},
    [FACT_CLAIM_END] = {SQL_STORE_CLAIM_END, {PG_INT8, PG_TEXT}, 2},
    [FACT_CLAIM] = {SQL_STORE_CLAIM,
                    {PG_INT8, PG_INT8, PG_INT4, PG_TEXT, PG_INT4, PG_INT4, PG_TEXT, PG_INT8},
                    8},
    [FACT_RENEW] = {SQL_STORE_CLAIM_RENEW, {PG_INT8, PG_INT8}, 2},
    [FACT_MATERIALIZATION] =
        {SQL_STORE_MATERIALIZATION, {PG_INT8, PG_INT4, PG_INT8, PG_TEXT, PG_TEXT}, 5},
    [FACT_CHILD] = {SQL_STORE_CHILD_RUN, {PG_INT8, PG_TEXT}, 2},
    [FACT_EVENT] = {SQL_STORE_EVENT,
                    {PG_INT8, PG_INT4, PG_INT8, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_INT8},
                    8},
};

struct store {
    struct pg *pg;
    int64_t epoch;
    int64_t batch, done;
    bool in_flight;
    struct pg_array columns[FACT_COUNT][COLUMNS_MAX];
};

bool store_open(const char *db_url, int64_t epoch, struct store **ret_store, struct err *err)
{
    struct store *store = xcalloc(1, sizeof(*store));
    bool ok = pg_open(db_url, "rookery engine (writes)", &store->pg, err) &&
              pg_prepare(store->pg, SQL_STORE_EPOCH, err);

    for (int f = 0; f < FACT_COUNT; f++) {
        for (int c = 0; c < FACTS[f].column_count; c++) {
            pg_array_init(&store->columns[f][c], FACTS[f].columns[c]);
        }
        ok = ok && pg_prepare(store->pg, FACTS[f].sql, err);
    }
    store->epoch = epoch;
    store->batch = 1;
    if (!ok) {
        store_close(store);
        return false;
    }
    *ret_store = store;
    return true;
}

void store_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    for (int f = 0; f < FACT_COUNT; f++) {
        for (int c = 0; c < FACTS[f].column_count; c++) {
            pg_array_done(&store->columns[f][c]);
        }
    }
    pg_close(store->pg);
    free(store);
}

int store_fd(const struct store *store)
{
    return pg_socket(store->pg);
}

bool store_wants_write(struct store *store)
{
    return store->in_flight && pg_batch_wants_write(store->pg);
}

int64_t store_batch(const struct store *store)
{
    return store->batch;
}

int64_t store_done(const struct store *store)
{
    return store->done;
}

static bool nothing_collected(const struct store *store)
{
    for (int f = 0; f < FACT_COUNT; f++) {
        if (store->columns[f][0].count > 0) {
            return false;
        }
    }
    return true;
}

bool store_idle(const struct store *store)
{
    return !store->in_flight && nothing_collected(store);
}

/* Adds the statement of one kind of facts and empties its columns. */
static bool send_facts(struct store *store, int fact, struct err *err)
{
    struct pg_args args = {0};

    for (int c = 0; c < FACTS[fact].column_count; c++) {
        pg_arg_array(&args, &store->columns[fact][c]);
    }
    if (!pg_batch_add(store->pg, FACTS[fact].sql, &args, err)) {
        return false;
    }
    for (int c = 0; c < FACTS[fact].column_count; c++) {
        pg_array_clear(&store->columns[fact][c]);
    }
    return true;
}

bool store_flush(struct store *store, struct err *err)
{
    struct pg_args epoch = {0};

    if (store->in_flight || nothing_collected(store)) {
        return true;
    }
    pg_arg_i64(&epoch, store->epoch);
    if (!pg_batch_begin(store->pg, err) || !pg_batch_add(store->pg, SQL_STORE_EPOCH, &epoch, err)) {
        return err_in(err, "recording run state");
    }
    for (int f = 0; f < FACT_COUNT; f++) {
        if (store->columns[f][0].count > 0 && !send_facts(store, f, err)) {
            return err_in(err, "recording run state");
        }
    }
    if (!pg_batch_send(store->pg, err)) {
        return err_in(err, "recording run state");
    }
    store->in_flight = true;
    store->batch++;
    return true;
}

bool store_poll(struct store *store, struct err *err)
{
    bool done;

    if (!store->in_flight) {
        return true;
    }
    if (!pg_batch_poll(store->pg, &done, err)) {
        return err_in(err, "recording run state");
    }
    if (done) {
        store->in_flight = false;
        store->done = store->batch - 1;
    }
    return true;
}

bool store_drain(struct store *store, int64_t timeout_ms, struct err *err)
{
    int64_t deadline_ms = clock_mono_ms() + timeout_ms;

    while (!store_idle(store)) {
        struct pollfd fd = {.fd = store_fd(store), .events = POLLIN};

        if (!store_flush(store, err)) {
            return false;
        }
        if (clock_mono_ms() > deadline_ms) {
            return err_set(err, ERR_DB, "the database did not answer in %lld ms",
                           (long long)timeout_ms);
        }
        if (store_wants_write(store)) {
            fd.events |= POLLOUT;
        }
        (void)poll(&fd, 1, 50);
        if (!store_poll(store, err)) {
            return false;
        }
    }
    return true;
}

/* ---- facts -------------------------------------------------------------------------------- */

static void add_i64(struct pg_array *column, int64_t value)
{
    pg_array_i64(column, value);
}

/* 0 stands for SQL NULL. */
static void add_i64_or_null(struct pg_array *column, int64_t value)
{
    if (value == 0) {
        pg_array_null(column);
    } else {
        pg_array_i64(column, value);
    }
}

static const char *error_name(enum err_kind error)
{
    return error != ERR_NONE ? err_kind_name(error) : NULL;
}

void store_step(struct store *store, const struct store_step *step)
{
    struct pg_array *c = store->columns[FACT_STEP];

    add_i64(&c[0], step->run_id);
    add_i64(&c[1], step->step);
    pg_array_text(&c[2], step_state_name(step->state));
    add_i64(&c[3], step->attempts);
    add_i64_or_null(&c[4], step->started_ms);
    add_i64_or_null(&c[5], step->ended_ms);
    add_i64_or_null(&c[6], step->not_before_ms);
    add_i64(&c[7], step->rows);
    pg_array_text(&c[8], error_name(step->error));
    pg_array_text(&c[9], step->error != ERR_NONE ? step->text : NULL);
    pg_array_text(&c[10], step->reason);
}

void store_plan_row(struct store *store, const struct store_plan_row *row)
{
    struct pg_array *c = store->columns[FACT_PLAN];

    add_i64(&c[0], row->run_id);
    add_i64(&c[1], row->step);
    pg_array_text(&c[2], row->asset);
    pg_array_text(&c[3], row->partition);
    pg_array_text(&c[4], row->kind);
    pg_array_text(&c[5], row->reason);
}

void store_run(struct store *store, const struct store_run *run)
{
    struct pg_array *c = store->columns[FACT_RUN];

    add_i64(&c[0], run->run_id);
    pg_array_text(&c[1], run_state_name(run->state));
    pg_array_text(&c[2], error_name(run->error));
    pg_array_text(&c[3], run->error != ERR_NONE ? run->text : NULL);
    pg_array_text(&c[4], run->stop_reason);
}

void store_claim(struct store *store, const struct store_claim *claim)
{
    struct pg_array *c = store->columns[FACT_CLAIM];

    add_i64(&c[0], claim->fence);
    add_i64(&c[1], claim->run_id);
    add_i64(&c[2], claim->step);
    pg_array_text(&c[3], claim->phase);
    add_i64(&c[4], claim->items);
    add_i64(&c[5], claim->attempt);
    pg_array_text(&c[6], claim->worker);
    add_i64(&c[7], claim->lease_ms);
}

void store_claim_end(struct store *store, int64_t fence, const char *state)
{
    struct pg_array *c = store->columns[FACT_CLAIM_END];

    add_i64(&c[0], fence);
    pg_array_text(&c[1], state);
}

void store_claim_renew(struct store *store, int64_t fence, int64_t lease_ms)
{
    struct pg_array *c = store->columns[FACT_RENEW];

    add_i64(&c[0], fence);
    add_i64(&c[1], lease_ms);
}

void store_event(struct store *store, const struct store_event *event)
{
    struct pg_array *c = store->columns[FACT_EVENT];

    add_i64_or_null(&c[0], event->run_id);
    if (event->step < 0) {
        pg_array_null(&c[1]);
    } else {
        add_i64(&c[1], event->step);
    }
    add_i64_or_null(&c[2], event->fence);
    pg_array_text(&c[3], event->type);
    pg_array_text(&c[4], event->level);
    pg_array_text(&c[5], event->message);
    pg_array_text(&c[6], event->data);
    add_i64(&c[7], clock_wall_ms());
}

void store_materialization(struct store *store, int64_t run_id, int step, int64_t fence,
                           const char *asset, const char *partition)
{
    struct pg_array *c = store->columns[FACT_MATERIALIZATION];

    add_i64(&c[0], run_id);
    add_i64(&c[1], step);
    add_i64(&c[2], fence);
    pg_array_text(&c[3], asset);
    pg_array_text(&c[4], partition);
}

void store_child_run(struct store *store, int64_t run_id, const char *const *keys, int count)
{
    struct pg_array *c = store->columns[FACT_CHILD];

    for (int i = 0; i < count; i++) {
        add_i64(&c[0], run_id);
        pg_array_text(&c[1], keys[i]);
    }
}
