/* SPDX-License-Identifier: MIT
 * gate: see gate.h. */
#include "nodes/gate.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/base/mem.h"
#include "engine/base/os.h"
#include "engine/base/pg.h"
#include "nodes_sql.h"

enum { BUSY_RETRY_MS = 250, LOOPBACK_WAIT_MIN_MS = 10 };

struct gate {
    struct pg *pg;
    char *source, *holder;
    bool loopback;
    int lock_fd;
    int64_t fence, ttl_ms, deadline_boot_ms, next_renew_boot_ms;
    bool held;
};

static bool is_loopback(const char *url)
{
    return strncmp(url, "http://127.0.0.1:", 17) == 0 || strncmp(url, "http://localhost:", 17) == 0;
}

/* Both locks or none: the lock file first, because it tells whether a holder of this host is dead. */
static bool take_lock_file(struct gate *gate, const struct gate_config *config, char **ret_place,
                           struct err *err)
{
    AUTO(str) char *runtime = NULL;
    AUTO(str) char *path = NULL;
    char hash[HASH_HEX_BYTES], host[128];

    if (!os_runtime_dir(&runtime, err)) {
        return false;
    }
    (void)hash_sha256_hex(config->url, strlen(config->url), hash);
    path = xprintf("%s/source-%.16s.lock", runtime, hash);
    if (!os_lock_file(path, OS_LOCK_EXCLUSIVE, false, &gate->lock_fd, err)) {
        return false;
    }
    if (gate->lock_fd < 0) {
        err_set(err, ERR_RATE, "another process on this host is asking %s", config->url);
        err->retry_after_ms = BUSY_RETRY_MS;
        return false;
    }
    if (gethostname(host, sizeof(host)) != 0) {
        host[0] = '\0';
    }
    host[sizeof(host) - 1] = '\0';
    *ret_place = xprintf("%s:%s", host, path);
    return true;
}

/* Why the lease could not be had, and how long to wait. */
static bool explain_refusal(struct gate *gate, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};
    int64_t wait_ms;

    pg_arg_text(&args, gate->source);
    if (!pg_query(gate->pg, SQL_GATE_LOOK, &args, &rows, err)) {
        return false;
    }
    wait_ms = pg_count(rows) > 0 ? pg_i64(rows, 0, 0) : 0;
    if (wait_ms > 0) {
        err_set(err, ERR_RATE, "%s asked us to wait: %s", gate->source, pg_text(rows, 0, 1));
        err->retry_after_ms = wait_ms;
    } else {
        err_set(err, ERR_RATE, "another engine on this database is asking %s", gate->source);
        err->retry_after_ms = BUSY_RETRY_MS;
    }
    return false;
}

static bool take_lease(struct gate *gate, const char *place, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};

    pg_arg_text(&args, gate->source);
    pg_arg_text(&args, gate->holder);
    pg_arg_i64(&args, gate->ttl_ms);
    pg_arg_i64(&args, clock_scaled_ms(LIMIT_GATE_GRACE_MS));
    pg_arg_text(&args, place);
    gate->deadline_boot_ms = clock_boot_ms() + gate->ttl_ms;
    gate->next_renew_boot_ms = clock_boot_ms() + gate->ttl_ms / 3;
    if (!pg_query(gate->pg, SQL_GATE_ENTER, &args, &rows, err)) {
        return false;
    }
    if (pg_count(rows) == 0) {
        return explain_refusal(gate, err);
    }
    gate->fence = pg_i64(rows, 0, 0);
    gate->held = true;
    return true;
}

bool gate_enter(const struct gate_config *config, struct gate **ret_gate, struct err *err)
{
    AUTO(gate) struct gate *gate = xcalloc(1, sizeof(*gate));
    AUTO(str) char *place = NULL;

    gate->lock_fd = -1;
    gate->source = xstrdup(config->source);
    gate->loopback = is_loopback(config->url);
    gate->ttl_ms = clock_scaled_ms(LIMIT_GATE_LEASE_MS);
    if (!take_lock_file(gate, config, &place, err)) {
        return false;
    }
    gate->holder = xprintf("%s:%s", place, config->worker);
    if (!pg_open(config->db_url, "rookery gate", &gate->pg, err) ||
        !take_lease(gate, place, err)) {
        return false;
    }
    *ret_gate = TAKE_PTR(gate);
    return true;
}

static bool change(struct gate *gate, const char *sql, int64_t value, const char *what,
                   struct err *err)
{
    struct pg_args args = {0};
    int64_t changed;

    pg_arg_text(&args, gate->source);
    pg_arg_i64(&args, gate->fence);
    pg_arg_i64(&args, value);
    if (!pg_exec(gate->pg, sql, &args, &changed, err)) {
        return err_in(err, "%s", what);
    }
    return changed == 1 || err_set(err, ERR_FENCED, "another process may ask %s now", gate->source);
}

bool gate_keep(struct gate *gate, struct err *err)
{
    int64_t now_ms = clock_boot_ms();

    if (now_ms >= gate->deadline_boot_ms) {
        return err_set(err, ERR_FENCED, "the lease on %s is over", gate->source);
    }
    if (now_ms < gate->next_renew_boot_ms) {
        return true;
    }
    if (!change(gate, SQL_GATE_KEEP, gate->ttl_ms, "renewing the lease", err)) {
        return false;
    }
    gate->deadline_boot_ms = now_ms + gate->ttl_ms;
    gate->next_renew_boot_ms = now_ms + gate->ttl_ms / 3;
    return true;
}

/* A test against a source on this machine need not wait a minute. */
static int64_t least_wait_ms(const struct gate *gate)
{
    const char *text = getenv("ROOKERY_RATE_WAIT_MS");
    int64_t ms = text != NULL && gate->loopback ? strtoll(text, NULL, 10) : 0;

    return ms >= LOOPBACK_WAIT_MIN_MS ? ms : LIMIT_RATE_WAIT_MS;
}

bool gate_refused(struct gate *gate, int64_t retry_after_s, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};
    int64_t wait_ms = least_wait_ms(gate);

    if (retry_after_s * 1000 > wait_ms) {
        wait_ms = retry_after_s * 1000;
    }
    pg_arg_text(&args, gate->source);
    pg_arg_i64(&args, gate->fence);
    pg_arg_i64(&args, wait_ms);
    pg_arg_i64(&args, LIMIT_RATE_WAIT_MAX_MS);
    if (!pg_query(gate->pg, SQL_GATE_REFUSED, &args, &rows, err)) {
        return err_in(err, "recording that %s refused", gate->source);
    }
    err_set(err, ERR_RATE, "%s answered 429: too many requests", gate->source);
    err->retry_after_ms = pg_count(rows) > 0 ? pg_i64(rows, 0, 0) : wait_ms;
    return false;
}

bool gate_accepted(struct gate *gate, struct err *err)
{
    return change(gate, SQL_GATE_ACCEPTED, 0, "recording the answer", err);
}

void gate_leave(struct gate *gate)
{
    struct err ignored;

    if (gate == NULL) {
        return;
    }
    if (gate->held && pg_alive(gate->pg)) {
        (void)change(gate, SQL_GATE_LEAVE, 0, "leaving", &ignored);
    }
    pg_close(gate->pg);
    if (gate->lock_fd >= 0) {
        (void)close(gate->lock_fd);
    }
    free(gate->source);
    free(gate->holder);
    free(gate);
}

void gate_auto(struct gate **gate)
{
    gate_leave(*gate);
}
