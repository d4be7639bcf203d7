/* SPDX-License-Identifier: MIT
 *
 * node: the contract between the engine's workers and the code that materialises assets.
 *
 * A node kind (`fetch`, `ingest`, `crawl`, `analytic`, `probe`) is one row of NODE_KINDS in
 * registry.c: its name, its `with:` options, its traits and one function. Node code knows nothing
 * of engines, runs or messages: it gets a task (what to do) and io (its services) and fills a
 * result. It runs in a worker's step thread, one task at a time.
 *
 * Phases. The engine gives a step to workers in shards:
 *   NODE_SCAN   only kinds that stream: list the pending items (raw batches, loads) into
 *               result.items; writes no data
 *   NODE_WORK   do the work: of task.items for kinds that stream, of the whole step for others
 *   NODE_CLOSE  only kinds with `closes`: once, after all work of the step (the crawl chooses)
 * Work shards of one step may run at once in several workers and may come again after a crash:
 * they must be idempotent by natural keys.
 *
 * The one pattern everything rests on: data rows, cursor and the materialization record are
 * written in ONE transaction whose last statement checks the fence:
 *
 *     AUTO(pg_tx) struct pg *tx = pg_begin(io->pg, err);
 *     if (tx == NULL) { return false; }
 *     ... write rows through tx ...
 *     if (!node_commit(task, result, &tx, err)) { return false; }      // all or nothing
 *     node_announce(io, items, count);                                  // only after the commit
 *
 * When the fence moved (another attempt owns the shard) node_commit() fails with ERR_FENCED and
 * everything is rolled back. A retryable database error (ERR_DB) may simply be returned: the
 * engine tries the shard again.
 *
 * Errors carry policy by their kind (err.h): ERR_RATE waits without spending an attempt, ERR_NET
 * and ERR_DB retry, ERR_GONE / ERR_AUTH / ERR_DATA fail the step at once.
 */
#ifndef ROOKERY_NODES_NODE_H
#define ROOKERY_NODES_NODE_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "engine/base/err.h"
#include "engine/base/param.h"
#include "engine/base/pg.h"

enum node_phase { NODE_SCAN, NODE_WORK, NODE_CLOSE };

/* A unit that streams along an edge: a raw batch (fetch -> ingest) or a load (ingest -> readers),
 * by id; weight = games in it, so that shards of about equal size can be made. */
struct node_item {
    int64_t id;
    int32_t weight;
};

struct node_task {
    int64_t run_id;
    int step;
    int attempt;
    int64_t fence;
    const char *asset;
    const char *partition; /* "" when the asset has none */
    enum node_phase phase;
    const struct node_item *items; /* of a work shard of a streaming kind, ascending ids */
    int item_count;
    /* Resolved configuration: every option of the kind with its value (defaults filled in, lists as
     * arrays, durations in ms as integers, INT_OR_ALL as integer or "all"), plus for kinds that
     * need them the objects "resource" (fetch: url, token, contact) and "plugin" (analytic: name,
     * path, version, hash) and "run" (crawl: partitions, wave, family). Never logged: holds secrets. */
    const json_t *config;
};

struct node_result {
    int64_t rows;  /* rows written, for people */
    int64_t bytes; /* bytes of the source or stored, for people */
    bool committed; /* set by node_commit(): a materialization record was written */
    bool unchanged; /* looked, found nothing new: the step ends as `unchanged` if all its shards do */
    json_t *metadata; /* owned by the caller; an object, numbers and short strings for people */
    struct node_item *items; /* NODE_SCAN: pending items, ascending ids; malloc'ed, freed by the caller */
    int item_count;
    json_t *next_partitions; /* NODE_CLOSE of a crawl: array of keys for a child run; owned by the caller */
    char stop_reason[160];   /* NODE_CLOSE of a crawl without further wave: why */
};

/* Services, given by the worker. Call them from the step thread only. */
struct node_io {
    void *ctx;
    struct pg *pg;          /* the worker's data connection, idle, outside a transaction */
    const char *db_url;     /* to open a second connection (the gate's renewals) */
    const char *worker;     /* this worker's id: holder of leases */
    void (*announce)(void *ctx, const struct node_item *items, int count);
    void (*progress)(void *ctx, int64_t done, int64_t total, const char *note);
    bool (*cancelled)(void *ctx);
    void (*log)(void *ctx, const char *level, const char *message);
};

/* Tells the engine that these items were committed, so that shards of the next assets start now. */
void node_announce(const struct node_io *io, const struct node_item *items, int count);
/* Advances the progress counter that proves life; total 0 = not known. note may be NULL. Cheap:
 * call it as often as once a record batch. */
void node_progress(const struct node_io *io, int64_t done, int64_t total, const char *note);
/* Did the engine ask to stop? Then return false with ERR_CANCELLED soon. */
bool node_cancelled(const struct node_io *io);
/* A line for the run's event log: level "info", "warn" or "error". */
void node_log(const struct node_io *io, const char *level, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Writes the materialization record (result's rows, bytes, metadata), checks the fence, commits.
 * *tx is taken: NULL afterwards in every case. */
bool node_commit(const struct node_task *task, struct node_result *result, struct pg **tx,
                 struct err *err);

/* For a node that commits without blocking by pg_batch_*: node_prepare() once on the connection
 * before its first batch; node_batch_commit() adds the materialization and, as the last statement,
 * the fence check to the open batch. */
bool node_prepare(struct pg *pg, struct err *err);
bool node_batch_commit(const struct node_task *task, struct node_result *result, struct pg *pg,
                       struct err *err);

struct node_kind {
    const char *name;
    const char *help;            /* one line */
    const struct param *params;  /* the `with:` options */
    size_t param_count;
    bool streams_in;             /* works on announced items: has NODE_SCAN */
    bool closes;                 /* has NODE_CLOSE */
    bool partitioned;            /* must have partitions */
    bool provides_partitions;    /* others may take their partitions from it (crawl) */
    bool takes_plugins;          /* has the key `plugins:` (analytic) */
    int32_t shard_weight;        /* a work shard takes items up to this weight */
    bool (*run)(const struct node_task *task, const struct node_io *io, struct node_result *result,
                struct err *err);
};

/* The table of node kinds, and look-up by name (NULL if unknown). */
extern const struct node_kind *const NODE_KINDS[];
extern const size_t NODE_KIND_COUNT;
const struct node_kind *node_kind_find(const char *name);

/* Helpers to read config: every option is present and valid, so these never fail. */
int64_t node_config_int(const struct node_task *task, const char *name); /* "all" -> -1 */
bool node_config_bool(const struct node_task *task, const char *name);
const char *node_config_text(const struct node_task *task, const char *name);

#endif
