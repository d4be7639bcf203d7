/* SPDX-License-Identifier: MIT
 * pg_batch: one transaction of several statements without blocking; see pg.h.
 * In pipeline mode all statements up to a sync form one implicit transaction, so a batch needs
 * neither BEGIN nor COMMIT and costs one round trip and one flush to disk. */
#include <stdio.h>

#include "engine/base/pg_internal.h"

bool pg_prepare(struct pg *pg, const char *sql, struct err *err)
{
    int index;

    return pg_statement(pg, sql, &index, err);
}

bool pg_batch_begin(struct pg *pg, struct err *err)
{
    CHECK(!pg_batch_busy(pg));
    if (PQpipelineStatus(pg->conn) == PQ_PIPELINE_OFF && PQenterPipelineMode(pg->conn) != 1) {
        return pg_fail(pg, NULL, err);
    }
    if (PQsetnonblocking(pg->conn, 1) != 0) {
        return pg_fail(pg, NULL, err);
    }
    pg->batch_failed = false;
    return true;
}

bool pg_batch_add(struct pg *pg, const char *sql, const struct pg_args *args, struct err *err)
{
    char name[16];
    int index = -1;

    for (int i = 0; i < pg->statement_count; i++) {
        if (pg->statements[i] == sql) {
            index = i;
        }
    }
    CHECK(index >= 0);
    (void)snprintf(name, sizeof(name), "s%d", index);
    if (PQsendQueryPrepared(pg->conn, name, args->count, args->values, args->lengths,
                            args->formats, 1) != 1) {
        return pg_fail(pg, NULL, err);
    }
    pg->batch_expected++;
    return true;
}

bool pg_batch_send(struct pg *pg, struct err *err)
{
    if (PQpipelineSync(pg->conn) != 1 || PQflush(pg->conn) < 0) {
        return pg_fail(pg, NULL, err);
    }
    pg->batch_expected++;
    return true;
}

/* One result of the batch; remembers the first failure. */
static void take_batch_result(struct pg *pg, PGresult *res)
{
    switch (PQresultStatus(res)) {
    case PGRES_PIPELINE_SYNC:
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        break;
    case PGRES_PIPELINE_ABORTED:
        pg->batch_failed = true;
        break;
    default:
        if (!pg->batch_failed) {
            pg_fail(pg, res, &pg->batch_err);
        }
        pg->batch_failed = true;
    }
}

bool pg_batch_poll(struct pg *pg, bool *ret_done, struct err *err)
{
    PGresult *res;

    *ret_done = false;
    if (PQflush(pg->conn) < 0 || PQconsumeInput(pg->conn) == 0) {
        pg->batch_expected = 0;
        return pg_fail(pg, NULL, err);
    }
    while (pg->batch_expected > 0 && PQisBusy(pg->conn) == 0) {
        res = PQgetResult(pg->conn);
        if (res == NULL) {
            continue; /* end of one statement's results */
        }
        take_batch_result(pg, res);
        pg->batch_expected--;
        PQclear(res);
        if (PQstatus(pg->conn) != CONNECTION_OK) {
            pg->batch_expected = 0;
            return pg_fail(pg, NULL, err);
        }
    }
    if (pg->batch_expected > 0) {
        return true;
    }
    *ret_done = true;
    if (pg->batch_failed) {
        *err = pg->batch_err;
        return false;
    }
    return true;
}

bool pg_batch_wants_write(struct pg *pg)
{
    return PQflush(pg->conn) == 1;
}

bool pg_batch_busy(const struct pg *pg)
{
    return pg->batch_expected > 0;
}

bool pg_batch_end(struct pg *pg, struct err *err)
{
    CHECK(!pg_batch_busy(pg));
    if (PQexitPipelineMode(pg->conn) != 1 || PQsetnonblocking(pg->conn, 0) != 0) {
        return pg_fail(pg, NULL, err);
    }
    return true;
}
