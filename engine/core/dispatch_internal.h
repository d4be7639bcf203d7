/* SPDX-License-Identifier: MIT
 * dispatch_internal: what the dispatch*.c files share; nobody else includes it. */
#ifndef ROOKERY_CORE_DISPATCH_INTERNAL_H
#define ROOKERY_CORE_DISPATCH_INTERNAL_H

#include "engine/base/heap.h"
#include "engine/base/limits.h"
#include "engine/core/dispatch.h"

/* The first two pools are ours: plain steps and streaming steps without a pool stand apart, so that
 * a plain one that must leave the last worker alone holds up no shard of a streaming one. */
enum { POOL_NONE, POOL_STREAMS, POOL_FIRST, POOLS_MAX = 64 };

/* One move of a step, with what is recorded beside it. */
struct move {
    enum step_move move;
    int64_t wait_ms;
    enum err_kind error;
    const char *text;
};

/* A piece of a step's work, waiting, waiting for time, or at a worker. */
struct shard {
    struct run *run;
    int step;
    enum dispatch_phase phase;
    int failures;
    int item_count; /* 0 in a work shard of a streaming step: takes from the queue when it starts */
    struct dispatch_item *items;
};

struct step {
    struct dispatch_step def;
    int *dependents;
    int dependent_count;
    enum step_state state;
    int blockers;  /* barrier: upstream steps not ended well yet */
    int open_up;   /* streaming: upstream steps not ended yet */
    int live;      /* tasks at workers */
    int waiting;   /* shards in the ready heap or waiting for time */
    int failures;  /* most failures of any shard */
    bool scanned;  /* a first scan was asked for */
    bool scanned_last; /* a scan was asked for after all upstream steps had ended */
    bool closed;       /* the close was asked for */
    bool changed;      /* some task wrote something */
    bool skip;         /* the failure means skipped */
    enum err_kind error; /* first failure for good */
    char *error_text;
    struct dispatch_item *queue; /* announced or found, not yet at a worker; from queue_head on */
    int queue_head, queue_count, queue_cap;
    bool token; /* an unfilled work shard stands in the ready heap */
    int64_t *seen; /* open addressing over item ids; 0 = empty */
    size_t seen_count, seen_cap;
};

struct run {
    int64_t id;
    int step_count, unfinished;
    bool cancelled, failed, ended;
    struct step *steps;
    struct run *next;
};

struct task {
    struct shard *shard;
    int64_t started_ms, progress_ms, kill_ms; /* kill_ms: after a soft cancel; 0 = none */
    enum err_kind killed_for;                 /* ERR_NONE, ERR_TIMEOUT, ERR_CANCELLED */
};

struct pool {
    int slots, used;
    struct heap ready;
};

struct dispatch {
    struct run *runs; /* ascending id */
    bool up[LIMIT_WORKERS];
    struct task tasks[LIMIT_WORKERS]; /* shard NULL: idle */
    int pool_count;
    struct pool pools[POOLS_MAX];
    struct heap later;            /* shards waiting for time */
    uint64_t random;
    struct dispatch_action *actions;
    size_t action_head, action_count, action_cap;
    int64_t now_ms;
};

/* dispatch_step.c: the life of one step */
void step_ready(struct dispatch *d, struct run *run, int index);
void step_advance(struct dispatch *d, struct run *run, int index);
void step_end(struct dispatch *d, struct run *run, int index, struct move move);
void step_move(struct dispatch *d, struct run *run, int index, struct move move);
/* Queues the items not met before; returns how many. */
int step_offer(struct step *step, const struct dispatch_item *items, int count);
void step_fill(struct dispatch *d, struct shard *shard);
void step_free(struct step *step);

/* dispatch.c */
struct dispatch_action *action_new(struct dispatch *d, enum dispatch_action_kind kind,
                                   const struct run *run, int step);
struct run *find_run(struct dispatch *d, int64_t run_id);
int pool_index(const struct step *step);
void shard_free(struct shard *shard);

/* dispatch_task.c */
void shard_ready(struct dispatch *d, struct shard *shard);
void dispatch_start(struct dispatch *d);

#endif
