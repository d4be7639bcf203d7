/* SPDX-License-Identifier: MIT
 *
 * store: the engine's writes. Only the leading engine writes run state, through one connection, one
 * transaction at a time, without ever waiting for it.
 *
 * Facts are collected with the store_* functions below. store_flush() sends everything collected as
 * one transaction as soon as none is in flight: so a lone fact is on disk after one round trip,
 * and under load many facts share one flush of the disk. Each transaction first checks the leader's
 * epoch; once another engine leads, it fails with ERR_CONFLICT and nothing of it is written.
 *
 * store_batch() is the number of the batch that collects now; store_done() the number of the last
 * one that is on disk. Whatever must not happen before a fact is durable (a task may start only
 * when its claim is) waits for the number of its batch.
 *
 * A store that failed stays failed: memory and database may differ, so the engine drops everything
 * and starts over from the database.
 */
#ifndef ROOKERY_RUN_STORE_H
#define ROOKERY_RUN_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"
#include "engine/core/state.h"

struct store;

bool store_open(const char *db_url, int64_t epoch, struct store **ret_store, struct err *err);
void store_close(struct store *store); /* drops what was not sent */

/* Descriptor to poll for reading, and for writing while store_wants_write(). */
int store_fd(const struct store *store);
bool store_wants_write(struct store *store);
int64_t store_batch(const struct store *store);
int64_t store_done(const struct store *store);
bool store_idle(const struct store *store); /* nothing collected, nothing in flight */

/* Sends what was collected if nothing is in flight. */
bool store_flush(struct store *store, struct err *err);
/* Takes answers; call when the descriptor is ready. Then store_flush() again. */
bool store_poll(struct store *store, struct err *err);
/* Flushes and waits until everything is on disk, at most timeout_ms (for an orderly end). */
bool store_drain(struct store *store, int64_t timeout_ms, struct err *err);

/* ---- facts; texts are copied; a later fact about the same thing in a batch wins ------------ */

struct store_step {
    int64_t run_id;
    int step;
    enum step_state state;
    int attempts;
    int64_t started_ms, ended_ms, not_before_ms; /* wall clock; 0 = null */
    int64_t rows;
    enum err_kind error;
    const char *reason; /* NULL keeps the plan's reason */
    const char *text;
};
void store_step(struct store *store, const struct store_step *step);

struct store_plan_row { /* a step of a run that starts */
    int64_t run_id;
    int step;
    const char *asset, *partition, *kind, *reason;
};
void store_plan_row(struct store *store, const struct store_plan_row *row);

struct store_run {
    int64_t run_id;
    enum run_state state;
    enum err_kind error;
    const char *text;
    const char *stop_reason; /* NULL keeps */
};
void store_run(struct store *store, const struct store_run *run);

struct store_claim {
    int64_t fence, run_id;
    int step;
    const char *phase;
    int items, attempt;
    const char *worker;
    int64_t lease_ms;
};
void store_claim(struct store *store, const struct store_claim *claim);
/* state: "done", "failed" or "revoked". A worker that commits at that very moment is waited for by
 * the database; either its data or the revocation comes first, never both. */
void store_claim_end(struct store *store, int64_t fence, const char *state);
/* Extends the lease of a running claim; a row locked by a worker's commit is skipped. */
void store_claim_renew(struct store *store, int64_t fence, int64_t lease_ms);

struct store_event {
    int64_t run_id; /* 0 = about no run */
    int step;       /* -1 = about no step */
    int64_t fence;  /* 0 = none */
    const char *type, *level, *message;
    const char *data; /* JSON text or NULL */
};
void store_event(struct store *store, const struct store_event *event);

/* The record of a step that wrote no data of its own. */
void store_materialization(struct store *store, int64_t run_id, int step, int64_t fence,
                           const char *asset, const char *partition);

/* The next wave: a queued child of run_id with these partitions; made once, however often asked. */
void store_child_run(struct store *store, int64_t run_id, const char *const *keys, int count);

#endif
