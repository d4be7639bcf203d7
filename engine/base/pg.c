/* SPDX-License-Identifier: MIT
 * pg: connections, statements, transactions, notifications; see pg.h. */
#include "engine/base/pg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/pg_internal.h"

/* SQLSTATE prefix -> error kind; first match wins. */
static const struct {
    const char *prefix;
    enum err_kind kind;
} STATES[] = {
    {"RK001", ERR_FENCED}, {"RK002", ERR_CONFLICT}, {"RK003", ERR_DATA}, {"08", ERR_DB},
    {"40001", ERR_DB},     {"40P01", ERR_DB},       {"55P03", ERR_DB},   {"57P", ERR_DB},
    {"53", ERR_DB},        {"57014", ERR_DB},       {"58", ERR_DB},      {"25006", ERR_DB},
    {"28", ERR_ENGINE},    {"3D", ERR_ENGINE},
};

static void swallow_notice(void *ctx, const PGresult *res)
{
    (void)ctx;
    (void)res;
}

static void trim(char *text)
{
    size_t len = strlen(text);

    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == ' ')) {
        text[--len] = '\0';
    }
}

bool pg_fail(struct pg *pg, const PGresult *res, struct err *err)
{
    const char *state = res != NULL ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
    const char *message = res != NULL ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *detail = res != NULL ? PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL) : NULL;
    enum err_kind kind = state != NULL ? ERR_SQL : ERR_DB;

    for (size_t i = 0; state != NULL && i < sizeof(STATES) / sizeof(STATES[0]); i++) {
        if (strncmp(state, STATES[i].prefix, strlen(STATES[i].prefix)) == 0) {
            kind = STATES[i].kind;
            break;
        }
    }
    if (message != NULL) {
        return err_set(err, kind, "%s%s%s%s%s%s", message, detail != NULL ? ": " : "",
                       detail != NULL ? detail : "", state != NULL ? " [" : "",
                       state != NULL ? state : "", state != NULL ? "]" : "");
    }
    err_set(err, kind, "%s", PQerrorMessage(pg->conn));
    trim(err->text);
    if (err->text[0] == '\0') {
        err_set(err, kind, "the connection to Postgres was lost");
    }
    return false;
}

bool pg_open(const char *url, const char *app, struct pg **ret_pg, struct err *err)
{
    const char *const keys[] = {"dbname", "fallback_application_name", "connect_timeout",
                                "client_encoding", "tcp_user_timeout", NULL};
    const char *const values[] = {url, app, "10", "UTF8", "20000", NULL};
    AUTO(pg) struct pg *pg = xcalloc(1, sizeof(*pg));

    pg->conn = PQconnectdbParams(keys, values, 1);
    if (PQstatus(pg->conn) != CONNECTION_OK) {
        err_set(err, ERR_DB, "%s", PQerrorMessage(pg->conn));
        trim(err->text);
        return err_in(err, "cannot connect to Postgres");
    }
    (void)PQsetNoticeReceiver(pg->conn, swallow_notice, NULL);
    *ret_pg = TAKE_PTR(pg);
    return true;
}

void pg_close(struct pg *pg)
{
    if (pg != NULL) {
        PQfinish(pg->conn);
        free(pg);
    }
}

void pg_auto(struct pg **pg)
{
    pg_close(*pg);
}

bool pg_alive(const struct pg *pg)
{
    return pg != NULL && PQstatus(pg->conn) == CONNECTION_OK;
}

int pg_backend_pid(const struct pg *pg)
{
    return PQbackendPID(pg->conn);
}

const char *pg_library_version(void)
{
    static _Thread_local char text[24];
    int number = PQlibVersion();

    (void)snprintf(text, sizeof(text), "%d.%d", number / 10000, number % 10000);
    return text;
}

int pg_socket(const struct pg *pg)
{
    return PQsocket(pg->conn);
}

bool pg_statement(struct pg *pg, const char *sql, int *ret_index, struct err *err)
{
    char name[16];
    PGresult *res;

    for (int i = 0; i < pg->statement_count; i++) {
        if (pg->statements[i] == sql) {
            *ret_index = i;
            return true;
        }
    }
    CHECK(pg->statement_count < PG_STATEMENTS_MAX);
    (void)snprintf(name, sizeof(name), "s%d", pg->statement_count);
    res = PQprepare(pg->conn, name, sql, 0, NULL);
    if (PQresultStatus(res) != PGRES_COMMAND_OK) {
        pg_fail(pg, res, err);
        PQclear(res);
        return err_in(err, "preparing \"%.60s\"", sql);
    }
    PQclear(res);
    *ret_index = pg->statement_count;
    pg->statements[pg->statement_count++] = sql;
    return true;
}

/* Takes res: hands it to ret_rows, or fails. */
static bool take_result(struct pg *pg, PGresult *res, struct pg_rows **ret_rows, struct err *err)
{
    ExecStatusType status = PQresultStatus(res);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        pg_fail(pg, res, err);
        PQclear(res);
        return false;
    }
    if (ret_rows == NULL) {
        PQclear(res);
        return true;
    }
    *ret_rows = xmalloc(sizeof(**ret_rows));
    (*ret_rows)->res = res;
    return true;
}

static const struct pg_args NO_ARGS;

bool pg_query(struct pg *pg, const char *sql, const struct pg_args *args, struct pg_rows **ret_rows,
              struct err *err)
{
    const struct pg_args *a = args != NULL ? args : &NO_ARGS;
    char name[16];
    int index;

    if (!pg_statement(pg, sql, &index, err)) {
        return false;
    }
    (void)snprintf(name, sizeof(name), "s%d", index);
    return take_result(
        pg, PQexecPrepared(pg->conn, name, a->count, a->values, a->lengths, a->formats, 1),
        ret_rows, err);
}

bool pg_exec(struct pg *pg, const char *sql, const struct pg_args *args, int64_t *ret_changed,
             struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;

    if (!pg_query(pg, sql, args, &rows, err)) {
        return false;
    }
    if (ret_changed != NULL) {
        *ret_changed = strtoll(PQcmdTuples(rows->res), NULL, 10);
    }
    return true;
}

bool pg_once(struct pg *pg, const char *sql, const struct pg_args *args, struct pg_rows **ret_rows,
             struct err *err)
{
    const struct pg_args *a = args != NULL ? args : &NO_ARGS;

    return take_result(
        pg, PQexecParams(pg->conn, sql, a->count, NULL, a->values, a->lengths, a->formats, 0),
        ret_rows, err);
}

bool pg_script(struct pg *pg, const char *sql, struct err *err)
{
    return take_result(pg, PQexec(pg->conn, sql), NULL, err);
}

bool pg_quote_name(struct buf *out, const char *name)
{
    buf_char(out, '"');
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '"') {
            buf_char(out, '"');
        }
        buf_char(out, *c);
    }
    return buf_char(out, '"');
}

struct pg *pg_begin(struct pg *pg, struct err *err)
{
    return pg_query(pg, "begin", NULL, NULL, err) ? pg : NULL;
}

bool pg_commit(struct pg **tx, struct err *err)
{
    struct pg *pg = *tx;
    AUTO(pg_rows) struct pg_rows *rows = NULL;

    *tx = NULL;
    if (!pg_query(pg, "commit", NULL, &rows, err)) {
        return err_in(err, "committing");
    }
    /* COMMIT of a transaction that already failed answers ROLLBACK, without an error. */
    if (strcmp(PQcmdStatus(rows->res), "COMMIT") != 0) {
        return err_set(err, ERR_SQL, "the transaction had failed and was rolled back");
    }
    return true;
}

void pg_rollback(struct pg *pg)
{
    struct err ignored;

    if (pg_alive(pg) && PQtransactionStatus(pg->conn) != PQTRANS_IDLE) {
        (void)pg_query(pg, "rollback", NULL, NULL, &ignored);
    }
}

void pg_tx_auto(struct pg **tx)
{
    if (*tx != NULL) {
        pg_rollback(*tx);
    }
}

bool pg_notified(struct pg *pg, char *channel, size_t size)
{
    PGnotify *note;

    if (PQconsumeInput(pg->conn) == 0) {
        return false;
    }
    note = PQnotifies(pg->conn);
    if (note == NULL) {
        return false;
    }
    (void)snprintf(channel, size, "%s", note->relname);
    PQfreemem(note);
    return true;
}
