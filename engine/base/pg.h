/* SPDX-License-Identifier: MIT
 *
 * pg: the only user of libpq. Parameterised statements, binary results, binary COPY, pipelines.
 *
 * A connection (`struct pg`) belongs to one thread. Statements are constant strings (embedded
 * .sql files): the first use of a text on a connection prepares it, later uses run the prepared
 * statement, so pass the same pointer each time. pg_once() is for text made at run time (DDL of a
 * plugin's table, a user's query): nothing is prepared.
 *
 *     struct pg_args args = {0};
 *     AUTO(pg_rows) struct pg_rows *rows = NULL;
 *     pg_arg_i64(&args, run_id);
 *     pg_arg_text(&args, state);
 *     if (!pg_query(pg, SQL_RUN_SET_STATE, &args, &rows, err)) { return false; }
 *     for (int r = 0; r < pg_count(rows); r++) { use(pg_i64(rows, r, 0)); }
 *
 * Argument values are referenced, not copied (except numbers): they must live until the call
 * returns. Results come in binary: read each column with the accessor of its SQL type.
 *
 * Errors: lost connections, deadlocks, serialization failures, lock timeouts, shutdowns and full
 * resources are ERR_DB (try again: pg_alive() says whether a reconnect is needed); SQLSTATE RK001
 * (fence moved) is ERR_FENCED; RK002 (epoch moved) is ERR_CONFLICT; any other refusal is ERR_SQL
 * with Postgres's message.
 *
 * Transactions: pg_begin / pg_commit / pg_rollback. AUTO(pg_tx) struct pg *tx = pg_begin(...) rolls
 * back at the end of the scope unless pg_commit(&tx, err) was reached.
 */
#ifndef ROOKERY_BASE_PG_H
#define ROOKERY_BASE_PG_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"

struct pg;
struct pg_rows;

enum { PG_ARGS_MAX = 40 };

struct pg_args {
    int count;
    const char *values[PG_ARGS_MAX];
    int lengths[PG_ARGS_MAX];
    int formats[PG_ARGS_MAX]; /* 0 text, 1 binary */
    char numbers[PG_ARGS_MAX][24];
};

/* Life cycle. url: a libpq connection string or URI; app: shown in pg_stat_activity. Statement
 * notices are swallowed. */
bool pg_open(const char *url, const char *app, struct pg **ret_pg, struct err *err);
void pg_close(struct pg *pg); /* NULL is fine */
void pg_auto(struct pg **pg);
bool pg_alive(const struct pg *pg);
int pg_backend_pid(const struct pg *pg);
/* "15.18" */
const char *pg_library_version(void);

/* Arguments, in the order of $1, $2, ... */
void pg_arg_null(struct pg_args *args);
void pg_arg_i64(struct pg_args *args, int64_t value);
void pg_arg_f64(struct pg_args *args, double value);
void pg_arg_bool(struct pg_args *args, bool value);
void pg_arg_text(struct pg_args *args, const char *text); /* NULL -> SQL NULL */
void pg_arg_bytes(struct pg_args *args, const void *data, size_t len);

/* Arrays, built in binary form: int8[], int4[], text[], bytea[], bool[]. Add the elements, then
 * pass with pg_arg_array(); the statement must cast or take exactly that type. */
enum pg_type { PG_INT8 = 20, PG_INT4 = 23, PG_TEXT = 25, PG_BYTEA = 17, PG_BOOL = 16 };

struct pg_array {
    enum pg_type type;
    int count;
    struct buf data;
};

void pg_array_init(struct pg_array *array, enum pg_type type);
void pg_array_done(struct pg_array *array);
void pg_array_auto(struct pg_array *array);
void pg_array_clear(struct pg_array *array);
void pg_array_null(struct pg_array *array);
void pg_array_i64(struct pg_array *array, int64_t value); /* PG_INT8, PG_INT4, PG_BOOL */
void pg_array_text(struct pg_array *array, const char *text); /* NULL -> NULL element */
void pg_array_bytes(struct pg_array *array, const void *data, size_t len);
void pg_arg_array(struct pg_args *args, struct pg_array *array);

/* Runs a constant statement. args and ret_rows may be NULL. */
bool pg_query(struct pg *pg, const char *sql, const struct pg_args *args, struct pg_rows **ret_rows,
              struct err *err);
/* Runs a constant statement that changes rows; ret_changed (may be NULL) gets their count. */
bool pg_exec(struct pg *pg, const char *sql, const struct pg_args *args, int64_t *ret_changed,
             struct err *err);
/* Runs text made at run time; results in text form (read with pg_text only). */
bool pg_once(struct pg *pg, const char *sql, const struct pg_args *args, struct pg_rows **ret_rows,
             struct err *err);
/* Runs a whole script of several statements without arguments, as one transaction (migrations). */
bool pg_script(struct pg *pg, const char *sql, struct err *err);
/* Quotes an identifier made at run time into out. */
bool pg_quote_name(struct buf *out, const char *name);

/* Transactions. */
struct pg *pg_begin(struct pg *pg, struct err *err); /* NULL on failure */
bool pg_commit(struct pg **tx, struct err *err);
void pg_rollback(struct pg *pg);
void pg_tx_auto(struct pg **tx);

/* Results. Row and column from 0; wrong column types are a CHECK. */
int pg_count(const struct pg_rows *rows);
int pg_columns(const struct pg_rows *rows);
const char *pg_column_name(const struct pg_rows *rows, int col);
bool pg_null(const struct pg_rows *rows, int row, int col);
int64_t pg_i64(const struct pg_rows *rows, int row, int col);  /* int2, int4, int8, bool; 0 if NULL */
double pg_f64(const struct pg_rows *rows, int row, int col);   /* float4, float8 */
bool pg_bool(const struct pg_rows *rows, int row, int col);
const char *pg_text(const struct pg_rows *rows, int row, int col); /* text; "" if NULL */
const void *pg_bytes(const struct pg_rows *rows, int row, int col, size_t *ret_len);
/* int2[], int4[] or int8[] of one dimension: length, and element i (0 if NULL, *ret_null set). */
int pg_array_len(const struct pg_rows *rows, int row, int col);
int64_t pg_array_at(const struct pg_rows *rows, int row, int col, int i, bool *ret_null);
/* A column in text form as JSON: numbers and booleans as such, json as it is, the rest as strings. */
json_t *pg_json(const struct pg_rows *rows, int row, int col);
void pg_rows_free(struct pg_rows *rows);
void pg_rows_auto(struct pg_rows **rows);

/* Binary COPY ... FROM STDIN. Build rows in a buf, send it when it is large, end.
 *     pg_copy_begin(pg, SQL_GAME_COPY, &out, err);
 *     copy_row(&out, 3); copy_i64(&out, id); copy_text(&out, s, len); copy_null(&out);
 *     pg_copy_send(pg, &out, err);                  sends and clears; call when out.len is large
 *     pg_copy_end(pg, &out, &rows, err);
 */
bool pg_copy_begin(struct pg *pg, const char *sql, struct buf *out, struct err *err);
bool pg_copy_send(struct pg *pg, struct buf *out, struct err *err);
bool pg_copy_end(struct pg *pg, struct buf *out, int64_t *ret_rows, struct err *err);
void copy_row(struct buf *out, int columns);
void copy_null(struct buf *out);
void copy_bool(struct buf *out, bool value);
void copy_i16(struct buf *out, int16_t value);
void copy_i32(struct buf *out, int32_t value);
void copy_i64(struct buf *out, int64_t value);
void copy_f64(struct buf *out, double value);
void copy_text(struct buf *out, const char *text, size_t len);
/* timestamptz from ms since 1970 UTC */
void copy_timestamp(struct buf *out, int64_t wall_ms);
/* int4[] / int2[]; is_null may be NULL */
void copy_i32_array(struct buf *out, const int32_t *values, int count);
void copy_i16_array(struct buf *out, const int16_t *values, const bool *is_null, int count);

/* Without blocking: one batch of statements in one transaction, for the engine's loop.
 *     pg_batch_begin(pg, err); pg_batch_add(pg, sql, &args, err) ...; pg_batch_send(pg, err);
 *     poll pg_socket() for reading (and writing while pg_batch_wants_write());
 *     pg_batch_poll(pg, &done, err) after each event: false = the batch failed and rolled back.
 * Statements used here must have been prepared by pg_prepare() before. Arguments are copied into
 * libpq's output buffer by pg_batch_add().
 */
bool pg_prepare(struct pg *pg, const char *sql, struct err *err);
bool pg_batch_begin(struct pg *pg, struct err *err);
bool pg_batch_add(struct pg *pg, const char *sql, const struct pg_args *args, struct err *err);
bool pg_batch_send(struct pg *pg, struct err *err);
bool pg_batch_poll(struct pg *pg, bool *ret_done, struct err *err);
bool pg_batch_wants_write(struct pg *pg);
bool pg_batch_busy(const struct pg *pg);
int pg_socket(const struct pg *pg);
/* Back to ordinary statements, once no batch is in flight. */
bool pg_batch_end(struct pg *pg, struct err *err);

/* Notifications: true and the channel's name copied when one is pending (never blocks). */
bool pg_notified(struct pg *pg, char *channel, size_t size);

#endif
