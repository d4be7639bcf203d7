/* SPDX-License-Identifier: MIT
 * worker: the control thread; the step thread is in worker_step.c. */
#include "engine/run/worker.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/base/os.h"
#include "engine/base/sock.h"
#include "engine/run/msg.h"
#include "engine/run/worker_step.h"

struct control {
    struct sock *sock;
    struct worker_step *step;
    int event_fd, signal_fd;
    int64_t next_report_ms;
    int64_t reported; /* progress counter last told */
    bool stopping;
};

static void send_json(struct control *control, enum msg_type type, int64_t fence, json_t *body)
{
    unsigned char head[MSG_HEAD_BYTES];
    AUTO(buf) struct buf out = BUF_INIT(LIMIT_FRAME_BYTES);

    msg_pack_head(&(struct msg_head){.type = type, .fence = fence}, head);
    (void)msg_write_json(&out, body);
    json_decref(body);
    (void)sock_send(control->sock, NULL, head, sizeof(head), buf_str(&out), out.len);
}

/* Sends what the step thread queued; a full socket leaves the rest for the next turn. */
static void pass_on(struct control *control)
{
    struct worker_message *message;

    while ((message = worker_step_peek(control->step)) != NULL) {
        unsigned char head[MSG_HEAD_BYTES];

        msg_pack_head(&message->head, head);
        if (sock_send(control->sock, NULL, head, sizeof(head), buf_str(&message->body),
                      message->body.len) == SOCK_FULL) {
            return;
        }
        worker_step_pop(control->step);
    }
}

static void take_message(struct control *control, const struct buf *head, struct buf *body)
{
    struct msg_head what;
    struct err err = ERR_INIT;

    if (!msg_unpack_head(buf_str(head), head->len, &what, &err)) {
        log_error("message refused", "why=\"%s\"", err.text);
        return;
    }
    switch (what.type) {
    case MSG_TASK:
        worker_step_give(control->step, what.fence, body);
        control->reported = -1;
        break;
    case MSG_CANCEL:
        worker_step_cancel(control->step, what.fence);
        break;
    case MSG_STOP:
        control->stopping = true;
        break;
    case MSG_HELLO:
    case MSG_ANNOUNCE:
    case MSG_PROGRESS:
    case MSG_LOG:
    case MSG_DONE:
    case MSG_TYPE_COUNT:
        log_error("unexpected message", "type=%s", msg_type_name(what.type));
        break;
    }
}

static void receive_all(struct control *control)
{
    AUTO(buf) struct buf head = BUF_INIT(LIMIT_FRAME_BYTES);
    AUTO(buf) struct buf body = BUF_INIT(LIMIT_FRAME_BYTES);

    while (sock_receive(control->sock, NULL, &head, &body) == SOCK_OK) {
        take_message(control, &head, &body);
    }
}

/* Tells the progress counter when it moved: standing still is the engine's sign of a hang. */
static void report(struct control *control)
{
    struct worker_progress progress;

    control->next_report_ms = clock_mono_ms() + clock_scaled_ms(LIMIT_WORKER_REPORT_MS);
    if (worker_step_progress(control->step, &progress) && progress.count != control->reported) {
        control->reported = progress.count;
        send_json(control, MSG_PROGRESS, progress.fence,
                  json_pack("{sI sI sI ss}", "count", (json_int_t)progress.count, "done",
                            (json_int_t)progress.done, "total", (json_int_t)progress.total, "note",
                            progress.note));
    }
}

static void turn(struct control *control)
{
    struct pollfd fds[] = {{.fd = sock_fd(control->sock), .events = POLLIN},
                           {.fd = control->event_fd, .events = POLLIN},
                           {.fd = control->signal_fd, .events = POLLIN}};
    int64_t wait_ms = control->next_report_ms - clock_mono_ms();
    uint64_t count;

    (void)poll(fds, 3, wait_ms > 0 ? (int)wait_ms : 0);
    if ((fds[1].revents & POLLIN) != 0) {
        (void)!read(control->event_fd, &count, sizeof(count));
    }
    if ((fds[2].revents & POLLIN) != 0) {
        int signal = os_signal_read(control->signal_fd);

        control->stopping = control->stopping || signal == SIGTERM || signal == SIGHUP;
    }
    pass_on(control);
    receive_all(control);
    if (clock_mono_ms() >= control->next_report_ms) {
        report(control);
    }
}

bool worker_main(const struct worker_config *config, struct err *err)
{
    struct sock_context *context;
    struct control control = {.reported = -1};

    json_object_seed(0);
    if (!os_signal_fd(&control.signal_fd, err)) {
        return false;
    }
    control.event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    CHECK(control.event_fd >= 0);
    context = sock_context_new();
    if (!sock_connect(context, config->endpoint, config->id, &control.sock, err)) {
        sock_context_free(context);
        return false;
    }
    control.step = worker_step_start(config, control.event_fd);
    send_json(&control, MSG_HELLO, 0, json_pack("{si}", "pid", (int)getpid()));
    while (!control.stopping || worker_step_busy(control.step)) {
        turn(&control);
    }
    pass_on(&control);
    worker_step_stop(control.step);
    sock_close(control.sock);
    sock_context_free(context);
    return true;
}
