/* SPDX-License-Identifier: MIT
 * engine: the loop; see engine.h. */
#include "engine/run/engine.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/base/os.h"
#include "engine/run/engine_internal.h"
#include "engine/run/migrate.h"
#include "engine_run_sql.h"

enum {
    LOOK_MS = 1000,       /* the queue is looked at this often even without a wake-up */
    STANDBY_MS = 500,     /* a waiting engine looks at the lease this often */
    RECONNECT_MS = 300,   /* between tries to reach the database */
    DRAIN_MS = 5000,
    MESSAGES_MAX = 3,
};

/* ---- one turn of the loop ------------------------------------------------------------------- */

static int64_t next_due_ms(const struct engine *engine)
{
    int64_t due = dispatch_next_ms(engine->dispatch);

    if (engine->next_look_ms < due) {
        due = engine->next_look_ms;
    }
    if (engine->next_leader_ms < due) {
        due = engine->next_leader_ms;
    }
    return due;
}

static void take_signals(struct engine *engine)
{
    for (int signal; (signal = os_signal_read(engine->config->signal_fd)) != 0;) {
        if (signal == SIGINT || signal == SIGTERM) {
            engine->stopping = true;
        }
    }
}

static void take_notifications(struct engine *engine)
{
    char channel[64];

    while (pg_notified(engine->pg, channel, sizeof(channel))) {
        engine->look_now = true;
    }
}

static bool on_time(struct engine *engine, int64_t now_ms, struct err *err)
{
    dispatch_tick(engine->dispatch, now_ms);
    engine_renew_claims(engine, now_ms);
    if (now_ms >= engine->next_leader_ms) {
        engine->next_leader_ms = now_ms + clock_scaled_ms(LIMIT_LEADER_RENEW_MS);
        if (!leader_renew(engine->pg, &engine->leader, err)) {
            return false;
        }
    }
    if (engine->look_after_batch != 0 && store_done(engine->store) >= engine->look_after_batch) {
        engine->look_after_batch = 0;
        engine->look_now = true;
    }
    if (now_ms >= engine->next_look_ms || engine->look_now) {
        engine->next_look_ms = now_ms + LOOK_MS;
        engine->look_now = false;
        return engine_take_runs(engine, err);
    }
    return true;
}

static void wait_for_something(struct engine *engine)
{
    struct pollfd fds[] = {{.fd = engine->config->signal_fd, .events = POLLIN},
                           {.fd = sock_fd(engine->sock), .events = POLLIN},
                           {.fd = pg_socket(engine->pg), .events = POLLIN},
                           {.fd = store_fd(engine->store), .events = POLLIN}};
    int64_t wait_ms = next_due_ms(engine) - clock_mono_ms();

    if (store_wants_write(engine->store)) {
        fds[3].events |= POLLOUT;
    }
    wait_ms = wait_ms < 0 ? 0 : wait_ms > LOOK_MS ? LOOK_MS : wait_ms;
    (void)poll(fds, 4, (int)wait_ms);
}

static bool turn(struct engine *engine, struct err *err)
{
    take_signals(engine);
    take_notifications(engine);
    if (!pg_alive(engine->pg)) {
        return err_set(err, ERR_DB, "the connection to Postgres was lost");
    }
    if (!engine_reap(engine, err) || !store_poll(engine->store, err)) {
        return false;
    }
    engine_send_ready(engine);
    engine_receive(engine);
    if (!on_time(engine, clock_mono_ms(), err) || !engine_act(engine, err)) {
        return false;
    }
    return store_flush(engine->store, err);
}

/* Nothing to do and nothing on the way? Then look once more before ending. */
static bool is_idle(struct engine *engine, struct err *err)
{
    return engine->runs == NULL && store_idle(engine->store) && engine->look_after_batch == 0 &&
           engine_take_runs(engine, err) && engine->runs == NULL && store_idle(engine->store);
}

static bool loop(struct engine *engine, struct err *err)
{
    while (!engine->stopping) {
        if (!turn(engine, err)) {
            return false;
        }
        if (engine->config->until_idle && is_idle(engine, err)) {
            return true;
        }
        wait_for_something(engine);
        /* The socket's descriptor is edge-triggered: messages may wait without it saying so. */
        engine_receive(engine);
    }
    return true;
}

/* ---- leading -------------------------------------------------------------------------------- */

static int worker_count(const struct engine *engine)
{
    int count = engine->config->workers > 0 ? engine->config->workers : os_cpu_count() + 2;

    return count < LIMIT_WORKERS ? count : LIMIT_WORKERS;
}

static bool bind_socket(struct engine *engine, struct err *err)
{
    AUTO(str) char *runtime = NULL;

    if (!os_runtime_dir(&runtime, err)) {
        return false;
    }
    free(engine->endpoint);
    engine->endpoint = xprintf("ipc://%s/engine-%d.sock", runtime, (int)getpid());
    return sock_bind(engine->context, engine->endpoint, &engine->sock, err);
}

/* Attempts of the leaders before end here; their workers are dead or about to be. */
static bool recover(struct engine *engine, struct err *err)
{
    return pg_exec(engine->pg, SQL_CLAIMS_REVOKE, NULL, NULL, err) &&
           pg_query(engine->pg, SQL_EVENT_PARTITIONS, NULL, NULL, err) &&
           pg_query(engine->pg, SQL_LISTEN_RUN, NULL, NULL, err) && engine_take_runs(engine, err) &&
           engine_act(engine, err) && store_flush(engine->store, err);
}

static void stop_leading(struct engine *engine)
{
    struct err ignored = ERR_INIT;

    engine->stopping = true;
    engine_stop_workers(engine);
    if (pg_alive(engine->pg) && engine->store != NULL) {
        (void)store_drain(engine->store, DRAIN_MS, &ignored);
        (void)pg_exec(engine->pg, SQL_CLAIMS_REVOKE, NULL, NULL, &ignored);
        leader_release(engine->pg, &engine->leader);
    }
    store_close(engine->store);
    engine->store = NULL;
    sock_close(engine->sock);
    engine->sock = NULL;
    if (engine->endpoint != NULL) {
        (void)unlink(engine->endpoint + strlen("ipc://"));
    }
    dispatch_free(engine->dispatch);
    engine->dispatch = NULL;
    while (engine->runs != NULL) {
        engine_drop_run(engine, engine->runs->id);
    }
    engine->pool_count = 0;
    engine->look_after_batch = 0;
}

static bool lead(struct engine *engine, struct err *err)
{
    log_info("leading", "epoch=%lld pid=%d", (long long)engine->leader.epoch, (int)getpid());
    engine->dispatch = dispatch_new(hash_random64());
    engine->next_fence = engine->leader.epoch << 32;
    engine->next_leader_ms = 0;
    engine->next_look_ms = clock_mono_ms() + LOOK_MS;
    engine->worker_count = worker_count(engine);
    return bind_socket(engine, err) && engine_start_workers(engine, err) &&
           store_open(engine->config->db_url, engine->leader.epoch, &engine->store, err) &&
           recover(engine, err) && loop(engine, err);
}

/* ---- waiting -------------------------------------------------------------------------------- */

static void pause_for(struct engine *engine, int ms)
{
    struct pollfd fd = {.fd = engine->config->signal_fd, .events = POLLIN};

    (void)poll(&fd, 1, ms);
    take_signals(engine);
}

static bool connect_database(struct engine *engine, struct err *err)
{
    if (!pg_open(engine->config->db_url, "rookery engine", &engine->pg, err)) {
        return false;
    }
    return migrate_up(engine->pg, NULL, err);
}

/* One life: connect, wait for the lease, lead until something ends it. */
static bool live(struct engine *engine, struct err *err)
{
    bool taken = false;

    if (!connect_database(engine, err)) {
        return false;
    }
    while (!engine->stopping && !taken) {
        if (!leader_take(engine->pg, &engine->leader, engine->config->address, &taken, err)) {
            return false;
        }
        if (!taken && engine->config->until_idle) {
            return true; /* the one that leads does the work */
        }
        if (!taken) {
            pause_for(engine, STANDBY_MS);
        }
    }
    if (taken) {
        bool ok = lead(engine, err);
        bool asked = engine->stopping;

        stop_leading(engine);
        engine->stopping = asked;
        return ok;
    }
    return true;
}

bool engine_main(const struct engine_config *config, struct err *err)
{
    struct engine engine = {.config = config};
    bool ok = false;

    (void)hash_random_id(engine.leader.engine_id);
    json_object_seed(0);
    engine.exe = os_exe_path();
    engine.context = sock_context_new();
    engine.pipelines = pipelines_new();
    while (!engine.stopping) {
        ok = live(&engine, err);
        pg_close(engine.pg);
        engine.pg = NULL;
        if (ok || (err->kind != ERR_DB && err->kind != ERR_CONFLICT)) {
            break;
        }
        log_warn("starting over", "why=\"%s\"", err->text);
        pause_for(&engine, RECONNECT_MS);
    }
    pipelines_free(engine.pipelines);
    sock_context_free(engine.context);
    free(engine.endpoint);
    free(engine.exe);
    return ok || engine.stopping;
}
