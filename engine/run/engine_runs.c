/* SPDX-License-Identifier: MIT
 * engine_runs: from a row in the queue to steps in the dispatcher, and back after a crash. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/run/engine_internal.h"
#include "engine_run_sql.h"

void engine_event(struct engine *engine, int64_t run_id, int step, int64_t fence, const char *type,
                  const char *level, const char *message)
{
    store_event(engine->store, &(struct store_event){.run_id = run_id,
                                                     .step = step,
                                                     .fence = fence,
                                                     .type = type,
                                                     .level = level,
                                                     .message = message});
}

struct live_run *engine_find_run(struct engine *engine, int64_t run_id)
{
    struct live_run *run = engine->runs;

    while (run != NULL && run->id != run_id) {
        run = run->next;
    }
    return run;
}

void engine_drop_run(struct engine *engine, int64_t run_id)
{
    for (struct live_run **at = &engine->runs; *at != NULL; at = &(*at)->next) {
        struct live_run *run = *at;

        if (run->id == run_id) {
            *at = run->next;
            mem_free(run->mem);
            return;
        }
    }
}

/* Ends a run that never got steps: its request cannot be carried out. */
static void refuse_run(struct engine *engine, int64_t run_id, const struct err *why)
{
    store_run(engine->store, &(struct store_run){.run_id = run_id,
                                                 .state = RUN_FAILED,
                                                 .error = why->kind,
                                                 .text = why->text});
    engine_event(engine, run_id, -1, 0, run_state_event(RUN_FAILED), "error", why->text);
}

static bool load_keys(struct engine *engine, struct live_run *run, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};

    pg_arg_i64(&args, run->id);
    if (!pg_query(engine->pg, SQL_RUN_PARTITIONS, &args, &rows, err)) {
        return false;
    }
    run->key_count = pg_count(rows);
    run->keys = mem_array(run->mem, (size_t)run->key_count, sizeof(run->keys[0]));
    for (int i = 0; i < run->key_count; i++) {
        run->keys[i].key = mem_strdup(run->mem, pg_text(rows, i, 0));
        run->keys[i].checked_ago_ms = pg_null(rows, i, 1) ? -1 : pg_i64(rows, i, 1);
    }
    return true;
}

static bool make_plan(struct engine *engine, struct live_run *run, struct err *err)
{
    const struct graph *graph = run->pipeline->graph;
    struct plan_request request = {.keys = run->keys, .key_count = run->key_count,
                                   .selection = run->selection};

    (void)engine;
    run->selected = mem_array(run->mem, (size_t)graph->count, sizeof(bool));
    if (!graph_select(graph, run->selection, run->selected, err)) {
        return false;
    }
    request.selected = run->selected;
    request.revisit_ms = run->refresh ? 0 : pipeline_revisit_ms(run->pipeline, run->selected);
    run->plan = plan_new(run->mem, graph, &request, err);
    if (run->plan == NULL) {
        return false;
    }
    run->steps = mem_array(run->mem, (size_t)run->plan->count, sizeof(run->steps[0]));
    return true;
}

/* The dispatcher's index of a pool; a pool is one for all pipelines, by its name. */
static int find_pool(struct engine *engine, const struct spec_pool *pool)
{
    struct pool_name *row;

    for (int i = 0; i < engine->pool_count; i++) {
        if (strcmp(engine->pools[i].name, pool->name) == 0) {
            return engine->pools[i].index;
        }
    }
    CHECK(engine->pool_count < LIMIT_WORKERS);
    row = &engine->pools[engine->pool_count++];
    (void)snprintf(row->name, sizeof(row->name), "%s", pool->name);
    row->index = dispatch_pool(engine->dispatch, pool->slots);
    return row->index;
}

static struct dispatch_step *make_steps(struct engine *engine, struct live_run *run)
{
    const struct spec *spec = run->pipeline->spec;
    struct dispatch_step *steps =
        mem_array(run->mem, (size_t)run->plan->count, sizeof(steps[0]));

    for (int i = 0; i < run->plan->count; i++) {
        const struct plan_step *plan = &run->plan->steps[i];
        const struct spec_asset *asset = &spec->assets[plan->asset];

        steps[i] = (struct dispatch_step){
            .deps = plan->deps,
            .dep_count = plan->dep_count,
            .pool = asset->pool >= 0 ? find_pool(engine, &spec->pools[asset->pool])
                                     : DISPATCH_NO_POOL,
            .streams = asset->kind->streams_in,
            .closes = asset->kind->closes,
            .shard_weight = asset->kind->shard_weight,
            .retry = {.attempts = asset->retry.attempts,
                      .backoff = (enum dispatch_backoff)asset->retry.backoff,
                      .jitter = (enum dispatch_jitter)asset->retry.jitter,
                      .delay_ms = asset->retry.delay_ms,
                      .delay_max_ms = asset->retry.max_delay_ms},
            .timeout_ms = asset->timeout_ms,
            .progress_timeout_ms = asset->progress_timeout_ms,
            .state = STEP_WAITING,
        };
    }
    return steps;
}

static void record_plan(struct engine *engine, const struct live_run *run)
{
    const struct spec *spec = run->pipeline->spec;
    char message[64];

    for (int i = 0; i < run->plan->count; i++) {
        const struct plan_step *step = &run->plan->steps[i];

        store_plan_row(engine->store,
                       &(struct store_plan_row){.run_id = run->id,
                                                .step = i,
                                                .asset = spec->assets[step->asset].name,
                                                .partition = step->partition,
                                                .kind = spec->assets[step->asset].kind->name,
                                                .reason = step->reason});
    }
    store_run(engine->store, &(struct store_run){.run_id = run->id, .state = RUN_RUNNING});
    (void)snprintf(message, sizeof(message), "%d steps", run->plan->count);
    engine_event(engine, run->id, -1, 0, run_state_event(RUN_RUNNING), "info", message);
}

/* Takes over what is recorded of a run that another engine began. */
static bool restore_steps(struct engine *engine, struct live_run *run, struct dispatch_step *steps,
                          struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};

    pg_arg_i64(&args, run->id);
    if (!pg_query(engine->pg, SQL_RUN_STEPS, &args, &rows, err)) {
        return false;
    }
    if (pg_count(rows) != run->plan->count) {
        return err_set(err, ERR_SPEC,
                       "the run had %d steps and its pipeline now makes %d: the plugins changed "
                       "while it was interrupted; request a new run",
                       pg_count(rows), run->plan->count);
    }
    for (int i = 0; i < run->plan->count; i++) {
        const struct plan_step *plan = &run->plan->steps[i];
        const char *asset = run->pipeline->spec->assets[plan->asset].name;
        enum step_state state;

        if (strcmp(asset, pg_text(rows, i, 1)) != 0 ||
            strcmp(plan->partition, pg_text(rows, i, 2)) != 0) {
            return err_set(err, ERR_SPEC,
                           "step %d was %s[%s] and is %s[%s] in the plan made anew: the plugins "
                           "changed while the run was interrupted; request a new run",
                           i, pg_text(rows, i, 1), pg_text(rows, i, 2), asset, plan->partition);
        }
        if (step_state_from_name(pg_text(rows, i, 3), &state) && step_state_terminal(state)) {
            steps[i].state = state;
        }
        steps[i].attempts = (int)pg_i64(rows, i, 4);
        if (steps[i].attempts >= steps[i].retry.attempts) {
            steps[i].attempts = steps[i].retry.attempts - 1;
        }
        run->steps[i] = (struct live_step){.rows = pg_i64(rows, i, 5),
                                           .started_ms = pg_i64(rows, i, 6)};
    }
    engine_event(engine, run->id, -1, 0, "run_resumed", "warn",
                 "taken up again after the engine went away");
    return true;
}

/* Plans and starts (or resumes) a run. Errors of the request are errors of the run, not of ours. */
static bool take_run(struct engine *engine, struct live_run *run, const char *hash, bool resumed,
                     bool *ret_refused, struct err *err)
{
    struct dispatch_step *steps;

    *ret_refused = true;
    if (!pipelines_by_hash(engine->pipelines, engine->pg, hash, &run->pipeline, err) ||
        !load_keys(engine, run, err) || !make_plan(engine, run, err)) {
        *ret_refused = err->kind != ERR_DB;
        return false;
    }
    steps = make_steps(engine, run);
    if (resumed && !restore_steps(engine, run, steps, err)) {
        *ret_refused = err->kind != ERR_DB;
        return false;
    }
    if (!resumed) {
        record_plan(engine, run);
    }
    run->next = engine->runs;
    engine->runs = run;
    dispatch_run_add(engine->dispatch, run->id, steps, run->plan->count, clock_mono_ms());
    log_info(resumed ? "run resumed" : "run started", "run=%lld steps=%d", (long long)run->id,
             run->plan->count);
    return true;
}

static bool take_row(struct engine *engine, const struct pg_rows *rows, int row, struct err *err)
{
    bool resumed = strcmp(pg_text(rows, row, 3), run_state_name(RUN_RUNNING)) == 0, refused;
    struct mem *mem = mem_new();
    struct live_run *run = mem_alloc(mem, sizeof(*run));

    run->mem = mem;
    run->id = pg_i64(rows, row, 0);
    run->family = pg_i64(rows, row, 1);
    run->wave = (int)pg_i64(rows, row, 2);
    run->selection = mem_strdup(mem, pg_text(rows, row, 4));
    run->refresh = pg_bool(rows, row, 6);
    if (take_run(engine, run, pg_text(rows, row, 5), resumed, &refused, err)) {
        return true;
    }
    if (!refused) {
        mem_free(mem);
        return false;
    }
    refuse_run(engine, run->id, err);
    mem_free(mem);
    return true;
}

/* Looks at the queue: new runs are started, cancel requests passed on. */
bool engine_take_runs(struct engine *engine, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;

    if (!pg_query(engine->pg, SQL_RUN_QUEUE, NULL, &rows, err)) {
        return false;
    }
    for (int i = 0; i < pg_count(rows); i++) {
        int64_t run_id = pg_i64(rows, i, 0);
        bool cancel = pg_bool(rows, i, 7);

        if (engine_find_run(engine, run_id) == NULL && !engine->stopping &&
            !take_row(engine, rows, i, err)) {
            return false;
        }
        if (cancel) {
            dispatch_run_cancel(engine->dispatch, run_id, clock_scaled_ms(LIMIT_CANCEL_GRACE_MS),
                                clock_mono_ms());
        }
    }
    return true;
}

/* A check is a query whose first value must be true. It may not hold up the engine: it runs read
 * only and under a time limit. */
static bool run_check(struct engine *engine, const struct spec_check *check, bool *ret_passed,
                      struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    AUTO(pg_tx) struct pg *tx = pg_begin(engine->pg, err);
    bool ok = tx != NULL && pg_query(tx, SQL_CHECK_LIMITS, NULL, NULL, err) &&
              pg_once(tx, check->sql, NULL, &rows, err);

    if (!ok) {
        return false;
    }
    *ret_passed = pg_count(rows) > 0 && pg_columns(rows) > 0 && pg_text(rows, 0, 0)[0] == 't';
    return true;
}

bool engine_run_checks(struct engine *engine, struct live_run *run, int step, struct err *err)
{
    const struct spec_asset *asset =
        &run->pipeline->spec->assets[run->plan->steps[step].asset];

    for (int i = 0; i < asset->check_count; i++) {
        const struct spec_check *check = &asset->checks[i];
        char message[ERR_TEXT_MAX + 128];
        bool passed = false;
        bool ran = run_check(engine, check, &passed, err);

        if (!ran && !pg_alive(engine->pg)) {
            return false;
        }
        (void)snprintf(message, sizeof(message), "%s%s%s", check->name, ran ? "" : ": ",
                       ran ? "" : err->text);
        engine_event(engine, run->id, step, 0, passed ? "check_passed" : "check_failed",
                     passed ? "info" : check->error ? "error" : "warn", message);
    }
    return true;
}
