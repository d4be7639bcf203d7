/* SPDX-License-Identifier: MIT
 * worker_step: runs node code in its own thread; see worker_step.h. */
#include "engine/run/worker_step.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "nodes/node.h"

struct worker_step {
    pthread_t thread;
    pthread_mutex_t mutex; /* guards all below but pg */
    pthread_cond_t wake;
    int event_fd;
    const char *id, *db_url;
    bool busy, quit, cancel;
    int64_t fence;
    struct buf task; /* JSON of the task handed over */
    struct worker_progress progress;
    struct worker_message *first, **last;
    struct pg *pg; /* the step thread's own */
};

/* ---- called by the step thread -------------------------------------------------------------- */

static void post(struct worker_step *step, enum msg_type type, int64_t fence, struct buf *body)
{
    struct worker_message *message = xcalloc(1, sizeof(*message));
    uint64_t one = 1;

    message->head = (struct msg_head){.type = type, .fence = fence};
    message->body = *body;
    *body = (struct buf)BUF_INIT(body->max);
    pthread_mutex_lock(&step->mutex);
    *step->last = message;
    step->last = &message->next;
    pthread_mutex_unlock(&step->mutex);
    (void)!write(step->event_fd, &one, sizeof(one));
}

static void post_json(struct worker_step *step, enum msg_type type, json_t *object)
{
    struct buf body = BUF_INIT(LIMIT_FRAME_BYTES);

    if (!msg_write_json(&body, object)) {
        log_error("message too large", "type=%s", msg_type_name(type));
    }
    json_decref(object);
    post(step, type, step->fence, &body);
}

static void on_announce(void *ctx, const struct node_item *items, int count)
{
    struct worker_step *step = ctx;
    struct buf body = BUF_INIT(LIMIT_FRAME_BYTES);

    (void)msg_pack_items(&body, items, count);
    post(step, MSG_ANNOUNCE, step->fence, &body);
}

static void on_progress(void *ctx, int64_t done, int64_t total, const char *note)
{
    struct worker_step *step = ctx;

    pthread_mutex_lock(&step->mutex);
    step->progress.count++;
    step->progress.done = done;
    step->progress.total = total;
    (void)snprintf(step->progress.note, sizeof(step->progress.note), "%s",
                   note != NULL ? note : "");
    pthread_mutex_unlock(&step->mutex);
}

static bool on_cancelled(void *ctx)
{
    struct worker_step *step = ctx;
    bool cancel;

    pthread_mutex_lock(&step->mutex);
    cancel = step->cancel;
    pthread_mutex_unlock(&step->mutex);
    return cancel;
}

static void on_log(void *ctx, const char *level, const char *message)
{
    post_json(ctx, MSG_LOG, json_pack("{ss ss%}", "level", level, "message", message,
                                      strnlen(message, LIMIT_LOG_LINE_BYTES / 2)));
}

static bool connect_database(struct worker_step *step, struct err *err)
{
    if (pg_alive(step->pg)) {
        return true;
    }
    pg_close(step->pg);
    step->pg = NULL;
    return pg_open(step->db_url, "rookery worker", &step->pg, err);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

/* Runs the node of one task. */
static bool run_task(struct worker_step *step, const json_t *body, struct node_result *result,
                     struct err *err)
{
    const struct node_kind *kind = node_kind_find(text_of(body, "kind"));
    struct node_item *items = NULL;
    struct node_task task = {
        .run_id = json_integer_value(json_object_get(body, "run")),
        .step = (int)json_integer_value(json_object_get(body, "step")),
        .attempt = (int)json_integer_value(json_object_get(body, "attempt")),
        .fence = step->fence,
        .asset = text_of(body, "asset"),
        .partition = text_of(body, "partition"),
        .phase = (enum node_phase)json_integer_value(json_object_get(body, "phase")),
        .config = json_object_get(body, "config"),
    };
    struct node_io io = {.ctx = step,
                         .db_url = step->db_url,
                         .worker = step->id,
                         .announce = on_announce,
                         .progress = on_progress,
                         .cancelled = on_cancelled,
                         .log = on_log};
    bool ok;

    if (kind == NULL) {
        return err_set(err, ERR_BUG, "this worker knows no node kind '%s'", text_of(body, "kind"));
    }
    if (!connect_database(step, err) ||
        !msg_items_from_json(json_object_get(body, "items"), &items, &task.item_count, err)) {
        return false;
    }
    io.pg = step->pg;
    task.items = items;
    ok = kind->run(&task, &io, result, err);
    free(items);
    if (!ok) {
        /* Whatever state the failure left it in: a new connection has none. */
        pg_close(step->pg);
        step->pg = NULL;
    }
    return ok;
}

static json_t *done_json(bool ok, const struct node_result *result, const struct err *err,
                         int64_t took_ms)
{
    json_t *done;

    if (!ok) {
        return json_pack("{sb ss ss sI sI}", "ok", 0, "error", err_kind_name(err->kind), "text",
                         err->text, "retry_after_ms", (json_int_t)err->retry_after_ms, "ms",
                         (json_int_t)took_ms);
    }
    done = json_pack("{sb sb sI sI sb ss sI}", "ok", 1, "committed", result->committed, "rows",
                     (json_int_t)result->rows, "bytes", (json_int_t)result->bytes, "unchanged",
                     result->unchanged, "stop_reason",
                     result->stop_reason, "ms", (json_int_t)took_ms);
    if (result->metadata != NULL) {
        (void)json_object_set(done, "metadata", result->metadata);
    }
    if (result->next_partitions != NULL) {
        (void)json_object_set(done, "next_partitions", result->next_partitions);
    }
    if (result->item_count > 0) {
        (void)json_object_set_new(done, "items", msg_items_json(result->items, result->item_count));
    }
    return done;
}

static void do_task(struct worker_step *step, const struct buf *text)
{
    struct node_result result = {0};
    struct err err = ERR_INIT;
    json_t *body = NULL, *done;
    int64_t started_ms = clock_mono_ms();
    bool ok = msg_read_json(text, &body, &err) && run_task(step, body, &result, &err);

    done = done_json(ok, &result, &err, clock_mono_ms() - started_ms);
    if (done == NULL) { /* a text that is no UTF-8 */
        done = json_pack("{sb ss ss sI}", "ok", 0, "error", err_kind_name(err.kind), "text",
                         "the error text is no valid UTF-8", "retry_after_ms",
                         (json_int_t)err.retry_after_ms);
    }
    /* Idle before the message is sent: the engine may answer with the next task at once. */
    pthread_mutex_lock(&step->mutex);
    step->busy = false;
    pthread_mutex_unlock(&step->mutex);
    post_json(step, MSG_DONE, done);
    json_decref(body);
    json_decref(result.metadata);
    json_decref(result.next_partitions);
    free(result.items);
}

static void *step_thread(void *ctx)
{
    struct worker_step *step = ctx;
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT(LIMIT_FRAME_BYTES);

    (void)connect_database(step, &err); /* early: the first task shall not wait for it */
    pthread_mutex_lock(&step->mutex);
    for (;;) {
        while (step->task.len == 0 && !step->quit) {
            pthread_cond_wait(&step->wake, &step->mutex);
        }
        if (step->quit) {
            break;
        }
        buf_clear(&text);
        (void)buf_append(&text, step->task.data, step->task.len);
        buf_clear(&step->task);
        pthread_mutex_unlock(&step->mutex);
        do_task(step, &text);
        pthread_mutex_lock(&step->mutex);
    }
    pthread_mutex_unlock(&step->mutex);
    buf_done(&text);
    pg_close(step->pg);
    return NULL;
}

/* ---- called by the control thread -------------------------------------------------------- */

struct worker_step *worker_step_start(const struct worker_config *config, int event_fd)
{
    struct worker_step *step = xcalloc(1, sizeof(*step));

    CHECK(pthread_mutex_init(&step->mutex, NULL) == 0);
    CHECK(pthread_cond_init(&step->wake, NULL) == 0);
    step->event_fd = event_fd;
    step->id = config->id;
    step->db_url = config->db_url;
    buf_init(&step->task, LIMIT_FRAME_BYTES);
    step->last = &step->first;
    CHECK(pthread_create(&step->thread, NULL, step_thread, step) == 0);
    return step;
}

void worker_step_stop(struct worker_step *step)
{
    pthread_mutex_lock(&step->mutex);
    step->quit = true;
    pthread_cond_signal(&step->wake);
    pthread_mutex_unlock(&step->mutex);
    (void)pthread_join(step->thread, NULL);
    while (worker_step_peek(step) != NULL) {
        worker_step_pop(step);
    }
    buf_done(&step->task);
    (void)pthread_cond_destroy(&step->wake);
    (void)pthread_mutex_destroy(&step->mutex);
    free(step);
}

void worker_step_give(struct worker_step *step, int64_t fence, struct buf *body)
{
    pthread_mutex_lock(&step->mutex);
    CHECK(!step->busy);
    step->busy = true;
    step->cancel = false;
    step->fence = fence;
    step->progress = (struct worker_progress){.fence = fence};
    (void)buf_append(&step->task, body->data, body->len);
    pthread_cond_signal(&step->wake);
    pthread_mutex_unlock(&step->mutex);
}

void worker_step_cancel(struct worker_step *step, int64_t fence)
{
    pthread_mutex_lock(&step->mutex);
    step->cancel = step->cancel || (step->busy && step->fence == fence);
    pthread_mutex_unlock(&step->mutex);
}

bool worker_step_busy(struct worker_step *step)
{
    bool busy;

    pthread_mutex_lock(&step->mutex);
    busy = step->busy;
    pthread_mutex_unlock(&step->mutex);
    return busy;
}

struct worker_message *worker_step_peek(struct worker_step *step)
{
    struct worker_message *message;

    pthread_mutex_lock(&step->mutex);
    message = step->first;
    pthread_mutex_unlock(&step->mutex);
    return message;
}

void worker_step_pop(struct worker_step *step)
{
    struct worker_message *message;

    pthread_mutex_lock(&step->mutex);
    message = step->first;
    step->first = message->next;
    if (step->first == NULL) {
        step->last = &step->first;
    }
    pthread_mutex_unlock(&step->mutex);
    buf_done(&message->body);
    free(message);
}

bool worker_step_progress(struct worker_step *step, struct worker_progress *ret_progress)
{
    bool busy;

    pthread_mutex_lock(&step->mutex);
    busy = step->busy;
    *ret_progress = step->progress;
    pthread_mutex_unlock(&step->mutex);
    return busy;
}
