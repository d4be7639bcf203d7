/* SPDX-License-Identifier: MIT
 * consumer: see consumer.h. */
#include "nodes/consumer.h"

#include "nodes_sql.h"

enum { SCAN_MAX = 5000 };

bool consumer_ensure(struct pg *pg, const char *name, const char *version, int *ret_id,
                     struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    AUTO(pg_rows) struct pg_rows *again = NULL;
    struct pg_args args = {0};

    pg_arg_text(&args, name);
    pg_arg_text(&args, version);
    if (!pg_query(pg, SQL_CONSUMER_FIND, &args, &rows, err)) {
        return false;
    }
    if (pg_count(rows) > 0) {
        *ret_id = (int)pg_i64(rows, 0, 0);
        return true;
    }
    if (!pg_exec(pg, SQL_CONSUMER_ADD, &args, NULL, err) ||
        !pg_query(pg, SQL_CONSUMER_FIND, &args, &again, err)) {
        return false;
    }
    *ret_id = (int)pg_i64(again, 0, 0);
    return true;
}

bool consumer_scan(struct pg *pg, int consumer, struct node_result *result, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    struct pg_args args = {0};

    pg_arg_i64(&args, consumer);
    pg_arg_i64(&args, SCAN_MAX);
    if (!pg_query(pg, SQL_CONSUMER_SCAN, &args, &rows, err)) {
        return false;
    }
    result->item_count = pg_count(rows);
    result->items = xcalloc((size_t)result->item_count, sizeof(result->items[0]));
    for (int i = 0; i < result->item_count; i++) {
        result->items[i] = (struct node_item){.id = pg_i64(rows, i, 0),
                                              .weight = (int32_t)pg_i64(rows, i, 1)};
    }
    return true;
}

void consumer_ids(struct pg_array *array, const struct node_item *items, int count)
{
    for (int i = 0; i < count; i++) {
        pg_array_i64(array, items[i].id);
    }
}

bool consumer_done(struct pg *tx, int consumer, const struct node_item *items, int count,
                   struct err *err)
{
    AUTO(pg_array) struct pg_array ids = {0};
    struct pg_args args = {0};

    pg_array_init(&ids, PG_INT8);
    consumer_ids(&ids, items, count);
    pg_arg_i64(&args, consumer);
    pg_arg_array(&args, &ids);
    return pg_exec(tx, SQL_CONSUMER_DONE, &args, NULL, err);
}
