/* SPDX-License-Identifier: MIT
 * pg_internal: what the pg*.c files share; nobody else includes it. */
#ifndef ROOKERY_BASE_PG_INTERNAL_H
#define ROOKERY_BASE_PG_INTERNAL_H

#include <libpq-fe.h>

#include "engine/base/pg.h"

enum { PG_STATEMENTS_MAX = 256 };

struct pg {
    PGconn *conn;
    int statement_count;
    const char *statements[PG_STATEMENTS_MAX]; /* index = name "s<index>" */
    int batch_expected; /* results still to come of the batch in flight, sync included */
    bool batch_failed;
    struct err batch_err;
};

struct pg_rows {
    PGresult *res;
};

/* Fills err from a failed result (or from the connection when res is NULL); returns false. */
bool pg_fail(struct pg *pg, const PGresult *res, struct err *err);
/* Index of a statement, preparing it when new. */
bool pg_statement(struct pg *pg, const char *sql, int *ret_index, struct err *err);

#endif
