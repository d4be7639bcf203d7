/* SPDX-License-Identifier: MIT
 * leader: see leader.h. */
#include "engine/run/leader.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/base/mem.h"
#include "engine/base/os.h"
#include "engine_run_sql.h"

static void host_name(char *out, size_t size)
{
    if (gethostname(out, size) != 0) {
        (void)snprintf(out, size, "localhost");
    }
    out[size - 1] = '\0';
}

bool leader_look(struct pg *pg, struct leader_info *ret_info, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    char host[128];

    if (!pg_query(pg, SQL_LEADER_LOOK, NULL, &rows, err)) {
        return false;
    }
    host_name(host, sizeof(host));
    ret_info->epoch = pg_i64(rows, 0, 0);
    ret_info->pid = (int)pg_i64(rows, 0, 1);
    (void)snprintf(ret_info->host, sizeof(ret_info->host), "%s", pg_text(rows, 0, 3));
    (void)snprintf(ret_info->address, sizeof(ret_info->address), "%s", pg_text(rows, 0, 4));
    ret_info->alive = pg_bool(rows, 0, 5);
    if (ret_info->alive && strcmp(host, ret_info->host) == 0) {
        ret_info->alive = os_start_time(ret_info->pid) == pg_i64(rows, 0, 2);
    }
    return true;
}

bool leader_take(struct pg *pg, struct leader *leader, const char *address, bool *ret_taken,
                 struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};
    struct leader_info info;
    char host[128];

    *ret_taken = false;
    if (!leader_look(pg, &info, err)) {
        return false;
    }
    if (info.alive) {
        return true;
    }
    host_name(host, sizeof(host));
    pg_arg_i64(&args, info.epoch); /* nobody else took it since the look */
    pg_arg_text(&args, leader->engine_id);
    pg_arg_text(&args, host);
    pg_arg_i64(&args, getpid());
    pg_arg_i64(&args, os_start_time(getpid()));
    pg_arg_text(&args, address);
    pg_arg_i64(&args, clock_scaled_ms(LIMIT_LEADER_LEASE_MS));
    if (!pg_query(pg, SQL_LEADER_TAKE, &args, &rows, err)) {
        return false;
    }
    *ret_taken = pg_count(rows) == 1;
    leader->epoch = *ret_taken ? pg_i64(rows, 0, 0) : 0;
    return true;
}

bool leader_renew(struct pg *pg, const struct leader *leader, struct err *err)
{
    struct pg_args args = {0};
    int64_t changed;

    pg_arg_i64(&args, leader->epoch);
    pg_arg_i64(&args, clock_scaled_ms(LIMIT_LEADER_LEASE_MS));
    if (!pg_exec(pg, SQL_LEADER_RENEW, &args, &changed, err)) {
        return false;
    }
    return changed == 1 || err_set(err, ERR_CONFLICT, "another engine leads now");
}

void leader_release(struct pg *pg, const struct leader *leader)
{
    struct pg_args args = {0};
    struct err ignored;

    pg_arg_i64(&args, leader->epoch);
    (void)pg_exec(pg, SQL_LEADER_RELEASE, &args, NULL, &ignored);
}
