/* SPDX-License-Identifier: MIT
 * request: see request.h. */
#include "engine/run/request.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/os.h"
#include "engine/core/plan.h"
#include "engine/run/leader.h"
#include "engine_run_sql.h"

/* The keys asked for, valid, lower-case and without doubles; or the file's seeds. */
static bool pin_keys(const struct request *request, struct mem *mem, const char ***ret_keys,
                     int *ret_count, struct err *err)
{
    const char **keys;
    int count = 0;

    if (request->key_count == 0) {
        return pipeline_seeds(request->pipeline, mem, ret_keys, ret_count, err);
    }
    keys = mem_array(mem, (size_t)request->key_count, sizeof(*keys));
    for (int i = 0; i < request->key_count; i++) {
        bool known = false;

        if (!pipeline_key(mem, request->keys[i], &keys[count], err)) {
            return false;
        }
        for (int k = 0; k < count; k++) {
            known = known || strcmp(keys[k], keys[count]) == 0;
        }
        count += !known;
    }
    *ret_keys = keys;
    *ret_count = count;
    return true;
}

static bool look_up_keys(struct pg *pg, const char *const *keys, int count, struct mem *mem,
                         struct plan_key **ret, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    AUTO(pg_array) struct pg_array array = {0};
    struct pg_args args = {0};
    struct plan_key *known = mem_array(mem, (size_t)count, sizeof(*known));

    pg_array_init(&array, PG_TEXT);
    for (int i = 0; i < count; i++) {
        pg_array_text(&array, keys[i]);
    }
    pg_arg_array(&args, &array);
    if (!pg_query(pg, SQL_REQUEST_KEYS, &args, &rows, err)) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        known[i].key = keys[i];
        known[i].checked_ago_ms = pg_null(rows, i, 0) ? -1 : pg_i64(rows, i, 0);
    }
    *ret = known;
    return true;
}

bool request_plan(struct pg *pg, const struct request *request, struct mem *mem,
                  const struct plan **ret_plan, const char ***ret_keys, int *ret_key_count,
                  struct err *err)
{
    const struct graph *graph = request->pipeline->graph;
    bool *selected = mem_array(mem, (size_t)graph->count, sizeof(bool));
    struct plan_request plan = {.selected = selected, .selection = request->selection};
    struct plan_key *known;

    if (!graph_select(graph, request->selection, selected, err) ||
        !pin_keys(request, mem, ret_keys, ret_key_count, err) ||
        !look_up_keys(pg, *ret_keys, *ret_key_count, mem, &known, err)) {
        return false;
    }
    plan.keys = known;
    plan.key_count = *ret_key_count;
    plan.revisit_ms = request->refresh ? 0 : pipeline_revisit_ms(request->pipeline, selected);
    *ret_plan = plan_new(mem, graph, &plan, err);
    return *ret_plan != NULL;
}

bool request_run(struct pg *pg, const struct request *request, int64_t *ret_run_id, struct err *err)
{
    AUTO(mem) struct mem *mem = mem_new();
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    AUTO(pg_array) struct pg_array array = {0};
    struct pg_args args = {0};
    const struct plan *plan;
    const char **keys;
    int count;

    pg_array_init(&array, PG_TEXT);
    if (!request_plan(pg, request, mem, &plan, &keys, &count, err) ||
        !pipelines_store(pg, request->pipeline, err)) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        pg_array_text(&array, keys[i]);
    }
    pg_arg_text(&args, request->selection);
    pg_arg_text(&args, request->pipeline->spec->hash);
    pg_arg_bool(&args, request->refresh);
    pg_arg_array(&args, &array);
    if (!pg_query(pg, SQL_REQUEST_RUN, &args, &rows, err)) {
        return false;
    }
    *ret_run_id = pg_i64(rows, 0, 0);
    return true;
}

bool request_cancel(struct pg *pg, int64_t run_id, struct err *err)
{
    struct pg_args args = {0};
    int64_t changed;

    pg_arg_i64(&args, run_id);
    if (!pg_exec(pg, SQL_REQUEST_CANCEL, &args, &changed, err)) {
        return false;
    }
    if (changed == 0) {
        return err_set(err, ERR_CONFLICT, "run %lld is not live: there is nothing to cancel",
                       (long long)run_id);
    }
    return pg_query(pg, SQL_NOTIFY_RUN, NULL, NULL, err);
}

bool launch_engine(struct pg *pg, const char *state_dir, const char *db_url, pid_t *ret_pid,
                   struct err *err)
{
    AUTO(str) char *exe = os_exe_path();
    AUTO(str) char *log = xprintf("%s/engine.log", state_dir);
    AUTO(str) char *url = xprintf("ROOKERY_DB_URL=%s", db_url);
    const char *const argv[] = {exe, "--state", state_dir, "engine", "--until-idle", NULL};
    const char *const env[] = {url, NULL};
    struct os_spawn spawn = {
        .argv = argv, .env = env, .out_fd = -1, .err_fd = -1, .keep_fd = -1, .new_session = true};
    struct leader_info info;
    AUTO(fd) int log_fd = -1;

    *ret_pid = 0;
    if (!leader_look(pg, &info, err)) {
        return false;
    }
    if (info.alive) {
        return true;
    }
    if (!os_make_dirs(state_dir, 0755, err)) {
        return false;
    }
    log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_fd < 0) {
        return err_sys(err, errno, "cannot write %s", log);
    }
    spawn.out_fd = log_fd;
    spawn.err_fd = log_fd;
    return os_spawn(&spawn, ret_pid, err) || err_in(err, "starting an engine");
}
