/* SPDX-License-Identifier: MIT
 * engine_internal: what the engine*.c files share; nobody else includes it. */
#ifndef ROOKERY_RUN_ENGINE_INTERNAL_H
#define ROOKERY_RUN_ENGINE_INTERNAL_H

#include <sys/types.h>

#include "engine/base/limits.h"
#include "engine/base/sock.h"
#include "engine/core/dispatch.h"
#include "engine/core/plan.h"
#include "engine/run/engine.h"
#include "engine/run/leader.h"
#include "engine/run/msg.h"
#include "engine/run/pipelines.h"
#include "engine/run/store.h"

struct live_step {
    int64_t started_ms; /* wall clock; 0 = not yet */
    int64_t rows;
};

/* A run in memory, from its start (or recovery) to its end. */
struct live_run {
    struct live_run *next;
    struct mem *mem;
    int64_t id, family;
    int wave;
    bool refresh;
    bool *selected;
    const char *selection;
    const struct pipeline *pipeline;
    const struct plan *plan;
    struct live_step *steps;
    struct plan_key *keys;
    int key_count;
    char stop_reason[160];
};

enum worker_state { WORKER_NONE, WORKER_STARTING, WORKER_UP };

struct worker_slot {
    enum worker_state state;
    pid_t pid;
    struct sock_peer peer;
    int64_t spawned_ms;
    /* the task it has; fence 0 = none */
    int64_t fence, run_id;
    int step;
    enum dispatch_phase phase;
    int64_t batch; /* the claim is on disk once this batch is */
    bool sent;
    int64_t next_renew_ms;
    struct buf body;
};

struct pool_name {
    char name[64];
    int index;
};

struct engine {
    const struct engine_config *config;
    struct pg *pg; /* reads, leadership, notifications */
    struct store *store;
    struct sock_context *context;
    struct sock *sock;
    char *endpoint, *exe;
    struct dispatch *dispatch;
    struct pipelines *pipelines;
    struct leader leader;
    struct live_run *runs;
    struct worker_slot workers[LIMIT_WORKERS];
    int worker_count;
    int worker_failures; /* deaths in a row before saying hello */
    struct pool_name pools[LIMIT_WORKERS];
    int pool_count;
    int64_t next_fence;
    int64_t next_leader_ms, next_look_ms;
    bool look_now; /* the queue may have something */
    int64_t look_after_batch; /* look once this batch is on disk; 0 = none */
    bool stopping;
};

/* engine_runs.c */
bool engine_take_runs(struct engine *engine, struct err *err);
struct live_run *engine_find_run(struct engine *engine, int64_t run_id);
void engine_drop_run(struct engine *engine, int64_t run_id);
void engine_event(struct engine *engine, int64_t run_id, int step, int64_t fence, const char *type,
                  const char *level, const char *message);
bool engine_run_checks(struct engine *engine, struct live_run *run, int step, struct err *err);

/* engine_actions.c */
bool engine_act(struct engine *engine, struct err *err);
json_t *engine_task_json(const struct live_run *run, const struct dispatch_action *action);

/* engine_workers.c */
bool engine_start_workers(struct engine *engine, struct err *err);
void engine_send_ready(struct engine *engine);
void engine_receive(struct engine *engine);
bool engine_reap(struct engine *engine, struct err *err);
void engine_kill_worker(struct engine *engine, int worker);
void engine_stop_workers(struct engine *engine);
void engine_renew_claims(struct engine *engine, int64_t now_ms);

#endif
