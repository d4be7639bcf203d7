/* SPDX-License-Identifier: MIT
 * engine_actions: carries out what the dispatcher decided, as facts for the store and messages for
 * workers. */
#include <stdio.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/run/engine_internal.h"
#include "engine_run_sql.h"

/* The node's configuration: its options, and what else its kind needs (node.h). */
static json_t *task_config(const struct live_run *run, const struct spec_asset *asset)
{
    const struct spec *spec = run->pipeline->spec;
    json_t *config = json_copy(asset->with);
    json_t *partitions = json_array();

    for (int i = 0; i < run->key_count; i++) {
        (void)json_array_append_new(partitions, json_string(run->keys[i].key));
    }
    (void)json_object_set_new(
        config, "run",
        json_pack("{so si sI sb sI}", "partitions", partitions, "wave", run->wave, "family",
                  (json_int_t)run->family, "refresh", run->refresh, "revisit_ms",
                  (json_int_t)pipeline_revisit_ms(run->pipeline, run->selected)));
    if (asset->partitions_from >= 0) {
        (void)json_object_set_new(config, "resource",
                                  json_pack("{ss ss ss}", "url", spec->lichess_url, "token",
                                            spec->lichess_token, "contact", spec->lichess_contact));
    }
    if (asset->plugin != NULL) {
        (void)json_object_set_new(config, "plugin",
                                  json_pack("{ss ss ss ss}", "name", asset->plugin->name, "version",
                                            asset->plugin->version, "hash", asset->plugin->hash,
                                            "path", asset->plugin->path));
    }
    return config;
}

json_t *engine_task_json(const struct live_run *run, const struct dispatch_action *action)
{
    const struct plan_step *step = &run->plan->steps[action->step];
    const struct spec_asset *asset = &run->pipeline->spec->assets[step->asset];
    json_t *items = json_array();

    for (int i = 0; i < action->item_count; i++) {
        (void)json_array_append_new(items, json_pack("[I i]", (json_int_t)action->items[i].id,
                                                     (int)action->items[i].weight));
    }
    return json_pack("{sI si si ss ss ss si so so}", "run", (json_int_t)run->id, "step",
                     action->step, "attempt", action->attempt, "asset", asset->name, "partition",
                     step->partition, "kind", asset->kind->name, "phase", (int)action->phase,
                     "items", items, "config", task_config(run, asset));
}

/* A new fence, the claim, and the message that waits until the claim is on disk. */
static void act_start(struct engine *engine, const struct dispatch_action *action)
{
    struct live_run *run = engine_find_run(engine, action->run_id);
    struct worker_slot *worker = &engine->workers[action->worker];
    json_t *body = engine_task_json(run, action);

    CHECK(worker->fence == 0 && body != NULL);
    worker->fence = ++engine->next_fence;
    worker->run_id = action->run_id;
    worker->step = action->step;
    worker->phase = action->phase;
    worker->batch = store_batch(engine->store);
    worker->sent = false;
    worker->next_renew_ms = clock_mono_ms() + clock_scaled_ms(LIMIT_LEASE_RENEW_MS);
    buf_clear(&worker->body);
    CHECK(msg_write_json(&worker->body, body));
    json_decref(body);
    store_claim(engine->store,
                &(struct store_claim){.fence = worker->fence,
                                      .run_id = action->run_id,
                                      .step = action->step,
                                      .phase = dispatch_phase_name(action->phase),
                                      .items = action->item_count,
                                      .attempt = action->attempt,
                                      .worker = worker->peer.id,
                                      .lease_ms = clock_scaled_ms(LIMIT_LEASE_MS)});
}

static const char *move_level(enum step_move move)
{
    return move == MOVE_FAIL ? "error" : move == MOVE_RETRY || move == MOVE_SKIP ? "warn" : "info";
}

static bool act_step(struct engine *engine, const struct dispatch_action *action, struct err *err)
{
    struct live_run *run = engine_find_run(engine, action->run_id);
    struct live_step *step = &run->steps[action->step];
    int64_t now_ms = clock_wall_ms();
    bool waits = action->move == MOVE_RETRY;
    char message[ERR_TEXT_MAX + 64], wait[32];

    if (action->move == MOVE_START && step->started_ms == 0) {
        step->started_ms = now_ms;
    }
    store_step(engine->store,
               &(struct store_step){
                   .run_id = action->run_id,
                   .step = action->step,
                   .state = action->step_state,
                   .attempts = action->attempts,
                   .started_ms = step->started_ms,
                   .ended_ms = step_state_terminal(action->step_state) ? now_ms : 0,
                   .not_before_ms = waits ? now_ms + action->wait_ms : 0,
                   .rows = step->rows,
                   .error = action->error,
                   .reason = action->move == MOVE_SKIP ? action->text : NULL,
                   .text = action->text});
    if (waits) {
        (void)snprintf(message, sizeof(message), "again in %s: %s",
                       clock_format_duration(action->wait_ms, wait, sizeof(wait)), action->text);
    } else {
        (void)snprintf(message, sizeof(message), "%s", action->text);
    }
    engine_event(engine, action->run_id, action->step, 0,
                 waits && action->error == ERR_RATE ? "step_rate_limited"
                                                    : step_move_event(action->move),
                 action->error == ERR_RATE ? "info" : move_level(action->move), message);
    if (action->move == MOVE_SUCCEED) {
        return engine_run_checks(engine, run, action->step, err);
    }
    return true;
}

static bool act_run(struct engine *engine, const struct dispatch_action *action, struct err *err)
{
    struct live_run *run = engine_find_run(engine, action->run_id);
    char message[ERR_TEXT_MAX + 128] = "";

    if (action->run_state == RUN_FAILED && action->step >= 0) {
        const struct plan_step *step = &run->plan->steps[action->step];

        (void)snprintf(message, sizeof(message), "%s%s%s%s: %s",
                       run->pipeline->spec->assets[step->asset].name,
                       step->partition[0] != '\0' ? "[" : "", step->partition,
                       step->partition[0] != '\0' ? "]" : "", action->text);
    } else {
        (void)snprintf(message, sizeof(message), "%s", run->stop_reason);
    }
    store_run(engine->store,
              &(struct store_run){.run_id = action->run_id,
                                  .state = action->run_state,
                                  .error = action->error,
                                  .text = message,
                                  .stop_reason = run->stop_reason[0] != '\0' ? run->stop_reason
                                                                             : NULL});
    engine_event(engine, action->run_id, -1, 0, run_state_event(action->run_state),
                 action->run_state == RUN_FAILED ? "error" : "info", message);
    log_info("run ended", "run=%lld state=%s", (long long)action->run_id,
             run_state_name(action->run_state));
    dispatch_run_remove(engine->dispatch, action->run_id);
    engine_drop_run(engine, action->run_id);
    return pg_query(engine->pg, SQL_COMPACT, NULL, NULL, err);
}

static void act_cancel(struct engine *engine, const struct dispatch_action *action)
{
    struct worker_slot *worker = &engine->workers[action->worker];
    unsigned char head[MSG_HEAD_BYTES];

    msg_pack_head(&(struct msg_head){.type = MSG_CANCEL, .fence = worker->fence}, head);
    (void)sock_send(engine->sock, &worker->peer, head, sizeof(head), "{}", 2);
}

bool engine_act(struct engine *engine, struct err *err)
{
    struct dispatch_action action;

    while (dispatch_action(engine->dispatch, &action)) {
        bool ok = true;

        switch (action.kind) {
        case ACT_START:
            act_start(engine, &action);
            break;
        case ACT_STEP:
            ok = act_step(engine, &action, err);
            break;
        case ACT_RUN:
            ok = act_run(engine, &action, err);
            break;
        case ACT_CANCEL:
            act_cancel(engine, &action);
            break;
        case ACT_KILL:
            engine_kill_worker(engine, action.worker);
            break;
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}
