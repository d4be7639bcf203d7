/* SPDX-License-Identifier: MIT
 * node: the services and the fenced commit; see node.h. */
#include "nodes/node.h"

#include <stdarg.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/base/mem.h"
#include "nodes_sql.h"

void node_announce(const struct node_io *io, const struct node_item *items, int count)
{
    if (count > 0) {
        io->announce(io->ctx, items, count);
    }
}

void node_progress(const struct node_io *io, int64_t done, int64_t total, const char *note)
{
    io->progress(io->ctx, done, total, note);
}

bool node_cancelled(const struct node_io *io)
{
    return io->cancelled(io->ctx);
}

void node_log(const struct node_io *io, const char *level, const char *fmt, ...)
{
    AUTO(buf) struct buf text = BUF_INIT(LIMIT_LOG_LINE_BYTES);
    va_list args;

    va_start(args, fmt);
    (void)buf_vprintf(&text, fmt, args);
    va_end(args);
    io->log(io->ctx, level, buf_str(&text));
}

/* Arguments of the materialization record; the JSON text must be freed by the caller. */
static char *record_args(struct pg_args *args, const struct node_task *task,
                         const struct node_result *result)
{
    char *metadata =
        result->metadata != NULL ? json_dumps(result->metadata, JSON_COMPACT) : NULL;

    pg_arg_text(args, task->asset);
    pg_arg_text(args, task->partition);
    pg_arg_i64(args, task->run_id);
    pg_arg_i64(args, task->step);
    pg_arg_i64(args, task->fence);
    pg_arg_i64(args, result->rows);
    pg_arg_i64(args, result->bytes);
    pg_arg_text(args, metadata);
    return metadata;
}

bool node_commit(const struct node_task *task, struct node_result *result, struct pg **tx,
                 struct err *err)
{
    AUTO(pg_tx) struct pg *mine = TAKE_PTR(*tx);
    struct pg_args record = {0}, fence = {0};
    AUTO(str) char *metadata = record_args(&record, task, result);

    pg_arg_i64(&fence, task->fence);
    if (!pg_exec(mine, SQL_NODE_MATERIALIZATION, &record, NULL, err) ||
        !pg_query(mine, SQL_NODE_FENCE, &fence, NULL, err) || !pg_commit(&mine, err)) {
        return false;
    }
    result->committed = true;
    return true;
}

bool node_prepare(struct pg *pg, struct err *err)
{
    return pg_prepare(pg, SQL_NODE_MATERIALIZATION, err) && pg_prepare(pg, SQL_NODE_FENCE, err);
}

bool node_batch_commit(const struct node_task *task, struct node_result *result, struct pg *pg,
                       struct err *err)
{
    struct pg_args record = {0}, fence = {0};
    AUTO(str) char *metadata = record_args(&record, task, result);

    pg_arg_i64(&fence, task->fence);
    result->committed = true;
    return pg_batch_add(pg, SQL_NODE_MATERIALIZATION, &record, err) &&
           pg_batch_add(pg, SQL_NODE_FENCE, &fence, err);
}

int64_t node_config_int(const struct node_task *task, const char *name)
{
    const json_t *value = json_object_get(task->config, name);

    return json_is_integer(value) ? json_integer_value(value) : -1;
}

bool node_config_bool(const struct node_task *task, const char *name)
{
    return json_is_true(json_object_get(task->config, name));
}

const char *node_config_text(const struct node_task *task, const char *name)
{
    const char *text = json_string_value(json_object_get(task->config, name));

    return text != NULL ? text : "";
}
