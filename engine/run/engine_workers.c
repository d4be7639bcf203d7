/* SPDX-License-Identifier: MIT
 * engine_workers: worker processes: started, heard, replaced. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "engine/base/clock.h"
#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/base/os.h"
#include "engine/run/engine_internal.h"

enum { FAILURES_MAX = 20, QUICK_DEATH_MS = 1000 };

static bool start_worker(struct engine *engine, int index, struct err *err)
{
    struct worker_slot *worker = &engine->workers[index];
    AUTO(str) char *url = xprintf("ROOKERY_DB_URL=%s", engine->config->db_url);
    const char *const env[] = {url, "LICHESS_TOKEN=", "DATABASE_URL=", NULL};
    const char *const argv[] = {engine->exe, "worker",      "--endpoint", engine->endpoint,
                                "--id",      worker->peer.id, NULL};
    const struct os_spawn spawn = {.argv = argv,
                                   .env = env,
                                   .out_fd = 2,
                                   .err_fd = -1,
                                   .keep_fd = -1,
                                   .die_with_parent = true,
                                   .new_group = true};

    (void)hash_random_id(worker->peer.id);
    worker->fence = 0;
    worker->spawned_ms = clock_mono_ms();
    if (!os_spawn(&spawn, &worker->pid, err)) {
        return false;
    }
    worker->state = WORKER_STARTING;
    return true;
}

bool engine_start_workers(struct engine *engine, struct err *err)
{
    for (int i = 0; i < engine->worker_count; i++) {
        buf_init(&engine->workers[i].body, LIMIT_FRAME_BYTES);
        if (!start_worker(engine, i, err)) {
            return false;
        }
    }
    return true;
}

void engine_kill_worker(struct engine *engine, int worker)
{
    if (engine->workers[worker].state != WORKER_NONE) {
        (void)kill(engine->workers[worker].pid, SIGKILL);
    }
}

/* Sends the tasks whose claims are on disk by now. */
void engine_send_ready(struct engine *engine)
{
    for (int i = 0; i < engine->worker_count; i++) {
        struct worker_slot *worker = &engine->workers[i];
        unsigned char head[MSG_HEAD_BYTES];

        if (worker->fence == 0 || worker->sent || worker->batch > store_done(engine->store)) {
            continue;
        }
        worker->sent = true;
        msg_pack_head(&(struct msg_head){.type = MSG_TASK, .fence = worker->fence}, head);
        if (sock_send(engine->sock, &worker->peer, head, sizeof(head), buf_str(&worker->body),
                      worker->body.len) != SOCK_OK) {
            engine_kill_worker(engine, i);
        }
    }
}

/* ---- messages ------------------------------------------------------------------------------ */

static int find_peer(const struct engine *engine, const struct sock_peer *peer)
{
    for (int i = 0; i < engine->worker_count; i++) {
        if (engine->workers[i].state != WORKER_NONE &&
            strcmp(engine->workers[i].peer.id, peer->id) == 0) {
            return i;
        }
    }
    return -1;
}

static void on_hello(struct engine *engine, int index)
{
    if (engine->workers[index].state == WORKER_STARTING) {
        engine->workers[index].state = WORKER_UP;
        engine->worker_failures = 0;
        dispatch_worker_up(engine->dispatch, index, clock_mono_ms());
    }
}

static void on_announce(struct engine *engine, const struct worker_slot *worker,
                        const struct buf *body)
{
    struct node_item *items;
    struct err err = ERR_INIT;
    int count;

    if (!msg_unpack_items(buf_str(body), body->len, &items, &count, &err)) {
        log_warn("announce refused", "why=\"%s\"", err.text);
        return;
    }
    /* Both structs are the same pair; the core layer cannot know the nodes' one. */
    struct dispatch_item *copy = xcalloc((size_t)count, sizeof(copy[0]));

    for (int i = 0; i < count; i++) {
        copy[i] = (struct dispatch_item){.id = items[i].id, .weight = items[i].weight};
    }
    dispatch_announce(engine->dispatch, worker->run_id, worker->step, copy, count,
                      clock_mono_ms());
    free(copy);
    free(items);
}

static void on_log(struct engine *engine, const struct worker_slot *worker, const json_t *body)
{
    const char *level = json_string_value(json_object_get(body, "level"));
    const char *message = json_string_value(json_object_get(body, "message"));
    bool known = level != NULL && (strcmp(level, "info") == 0 || strcmp(level, "warn") == 0 ||
                                   strcmp(level, "error") == 0);

    engine_event(engine, worker->run_id, worker->step, worker->fence, "log",
                 known ? level : "info", message != NULL ? message : "");
}

/* A shard of a streaming step that did something: worth a line of its own. */
static void record_shard(struct engine *engine, const struct worker_slot *worker,
                         const json_t *body)
{
    AUTO(str) char *data = json_dumps(json_object_get(body, "metadata"), JSON_COMPACT);
    char message[128];

    (void)snprintf(message, sizeof(message), "%s: %lld rows in %lld ms",
                   dispatch_phase_name(worker->phase),
                   (long long)json_integer_value(json_object_get(body, "rows")),
                   (long long)json_integer_value(json_object_get(body, "ms")));
    store_event(engine->store, &(struct store_event){.run_id = worker->run_id,
                                                     .step = worker->step,
                                                     .fence = worker->fence,
                                                     .type = "shard_done",
                                                     .level = "debug",
                                                     .message = message,
                                                     .data = data});
}

/* The crawl chose: the next wave is made in the transaction that ends the step. */
static void take_choice(struct engine *engine, struct live_run *run, const json_t *body)
{
    const json_t *keys = json_object_get(body, "next_partitions");
    const char *reason = json_string_value(json_object_get(body, "stop_reason"));
    size_t count = json_array_size(keys);
    const char **list = mem_array(run->mem, count, sizeof(*list));
    char message[128];

    for (size_t i = 0; i < count; i++) {
        list[i] = json_string_value(json_array_get(keys, i));
    }
    if (count > 0) {
        store_child_run(engine->store, run->id, list, (int)count);
        engine->look_after_batch = store_batch(engine->store);
        (void)snprintf(message, sizeof(message), "chose %zu players for the next wave", count);
        engine_event(engine, run->id, -1, 0, "crawl_wave", "info", message);
    } else if (reason != NULL && reason[0] != '\0') {
        (void)snprintf(run->stop_reason, sizeof(run->stop_reason), "%s", reason);
    }
}

static void on_success(struct engine *engine, const struct worker_slot *worker, const json_t *body,
                       struct dispatch_outcome *outcome)
{
    struct live_run *run = engine_find_run(engine, worker->run_id);
    const struct plan_step *plan = &run->plan->steps[worker->step];
    const struct spec_asset *asset = &run->pipeline->spec->assets[plan->asset];

    outcome->unchanged = json_is_true(json_object_get(body, "unchanged"));
    run->steps[worker->step].rows += json_integer_value(json_object_get(body, "rows"));
    if (worker->phase == DISPATCH_CLOSE) {
        take_choice(engine, run, body);
    }
    if (asset->kind->streams_in && worker->phase == DISPATCH_WORK) {
        record_shard(engine, worker, body);
    }
    if (!asset->kind->streams_in && !outcome->unchanged &&
        !json_is_true(json_object_get(body, "committed"))) {
        store_materialization(engine->store, run->id, worker->step, worker->fence, asset->name,
                              plan->partition);
    }
    store_claim_end(engine->store, worker->fence, "done");
}

static void on_failure(struct engine *engine, const struct worker_slot *worker, const json_t *body,
                       struct dispatch_outcome *outcome)
{
    const struct live_run *run = engine_find_run(engine, worker->run_id);
    const char *name = json_string_value(json_object_get(body, "error"));

    outcome->error = err_kind_from_name(name != NULL ? name : "");
    outcome->text = json_string_value(json_object_get(body, "text"));
    outcome->retry_after_ms = json_integer_value(json_object_get(body, "retry_after_ms"));
    /* A player that the crawl chose may have closed the account since: no failure of the run. */
    outcome->skip = outcome->error == ERR_GONE && run->wave > 0;
    if (outcome->error == ERR_FENCED) {
        engine_event(engine, worker->run_id, worker->step, worker->fence, "stale_write_rejected",
                     "warn", outcome->text);
    }
    store_claim_end(engine->store, worker->fence, "failed");
}

static void on_done(struct engine *engine, int index, const json_t *body)
{
    struct worker_slot *worker = &engine->workers[index];
    struct dispatch_outcome outcome = {.error = ERR_NONE};
    struct node_item *items = NULL;
    struct dispatch_item *found = NULL;
    struct err err = ERR_INIT;
    int count = 0;

    if (json_is_true(json_object_get(body, "ok"))) {
        on_success(engine, worker, body, &outcome);
        (void)msg_items_from_json(json_object_get(body, "items"), &items, &count, &err);
        found = xcalloc((size_t)count, sizeof(found[0]));
        for (int i = 0; i < count; i++) {
            found[i] = (struct dispatch_item){.id = items[i].id, .weight = items[i].weight};
        }
        outcome.items = found;
        outcome.item_count = count;
    } else {
        on_failure(engine, worker, body, &outcome);
    }
    worker->fence = 0;
    dispatch_done(engine->dispatch, index, &outcome, clock_mono_ms());
    free(found);
    free(items);
}

static void on_json(struct engine *engine, int index, const struct msg_head *head,
                    const struct buf *body)
{
    struct worker_slot *worker = &engine->workers[index];
    struct err err = ERR_INIT;
    json_t *object = NULL;

    if (!msg_read_json(body, &object, &err)) {
        log_warn("message refused", "type=%s why=\"%s\"", msg_type_name(head->type), err.text);
        return;
    }
    if (head->type == MSG_HELLO) {
        on_hello(engine, index);
    } else if (worker->fence == 0 || head->fence != worker->fence) {
        log_debug("old message ignored", "type=%s", msg_type_name(head->type));
    } else if (head->type == MSG_DONE) {
        on_done(engine, index, object);
    } else if (head->type == MSG_LOG) {
        on_log(engine, worker, object);
    } else if (head->type == MSG_PROGRESS) {
        dispatch_progress(engine->dispatch, index, clock_mono_ms());
    }
    json_decref(object);
}

void engine_receive(struct engine *engine)
{
    AUTO(buf) struct buf head = BUF_INIT(LIMIT_FRAME_BYTES);
    AUTO(buf) struct buf body = BUF_INIT(LIMIT_FRAME_BYTES);
    struct sock_peer peer;

    while (sock_receive(engine->sock, &peer, &head, &body) == SOCK_OK) {
        struct msg_head what;
        struct err err = ERR_INIT;
        int index = find_peer(engine, &peer);

        if (index < 0) {
            continue; /* a worker that was replaced */
        }
        if (!msg_unpack_head(buf_str(&head), head.len, &what, &err)) {
            log_warn("message refused", "why=\"%s\"", err.text);
            continue;
        }
        if (what.type == MSG_ANNOUNCE) {
            if (engine->workers[index].fence != 0 && engine->workers[index].fence == what.fence) {
                on_announce(engine, &engine->workers[index], &body);
            }
        } else {
            on_json(engine, index, &what, &body);
        }
    }
}

/* ---- ends ---------------------------------------------------------------------------------- */

static bool worker_ended(struct engine *engine, int index, int status, struct err *err)
{
    struct worker_slot *worker = &engine->workers[index];
    char how[64], why[160];
    bool was_up = worker->state == WORKER_UP;

    (void)snprintf(why, sizeof(why), "the worker (pid %d) ended: %s", (int)worker->pid,
                   os_status_text(status, how, sizeof(how)));
    worker->state = WORKER_NONE;
    if (engine->stopping) {
        return true;
    }
    log_warn("worker ended", "pid=%d how=\"%s\"", (int)worker->pid, how);
    if (worker->fence != 0) {
        engine_event(engine, worker->run_id, worker->step, worker->fence, "worker_lost", "warn",
                     why);
        store_claim_end(engine->store, worker->fence, "revoked");
        worker->fence = 0;
    }
    if (was_up) {
        dispatch_worker_down(engine->dispatch, index, why, clock_mono_ms());
    }
    if (clock_mono_ms() - worker->spawned_ms < QUICK_DEATH_MS && !was_up &&
        ++engine->worker_failures >= FAILURES_MAX) {
        return err_set(err, ERR_ENGINE, "workers end before they say hello; the last: %s", why);
    }
    return start_worker(engine, index, err);
}

bool engine_reap(struct engine *engine, struct err *err)
{
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG);

        if (pid <= 0) {
            return true;
        }
        for (int i = 0; i < engine->worker_count; i++) {
            if (engine->workers[i].state != WORKER_NONE && engine->workers[i].pid == pid &&
                !worker_ended(engine, i, status, err)) {
                return false;
            }
        }
    }
}

void engine_renew_claims(struct engine *engine, int64_t now_ms)
{
    for (int i = 0; i < engine->worker_count; i++) {
        struct worker_slot *worker = &engine->workers[i];

        if (worker->fence != 0 && now_ms >= worker->next_renew_ms) {
            worker->next_renew_ms = now_ms + clock_scaled_ms(LIMIT_LEASE_RENEW_MS);
            store_claim_renew(engine->store, worker->fence, clock_scaled_ms(LIMIT_LEASE_MS));
        }
    }
}

/* Kills what is left and waits for it: no process outlives its engine. */
void engine_stop_workers(struct engine *engine)
{
    for (int i = 0; i < engine->worker_count; i++) {
        engine_kill_worker(engine, i);
    }
    for (int i = 0; i < engine->worker_count; i++) {
        struct worker_slot *worker = &engine->workers[i];

        if (worker->state != WORKER_NONE) {
            (void)waitpid(worker->pid, NULL, 0);
        }
        worker->state = WORKER_NONE;
        worker->fence = 0;
        buf_done(&worker->body);
    }
}
