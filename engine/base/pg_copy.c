/* SPDX-License-Identifier: MIT
 * pg_copy: binary COPY into a table; see pg.h. The format is that of Postgres's COPY page:
 * signature, flags, header extension, then rows of (column count, (length, bytes)...), then -1. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/pg_internal.h"

/* Postgres counts microseconds from 2000-01-01. */
static const int64_t EPOCH_2000_MS = 946684800000;

bool pg_copy_begin(struct pg *pg, const char *sql, struct buf *out, struct err *err)
{
    static const char HEADER[19] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";
    PGresult *res = PQexec(pg->conn, sql);
    bool ok = PQresultStatus(res) == PGRES_COPY_IN;

    if (!ok) {
        pg_fail(pg, res, err);
    } else {
        buf_clear(out);
        buf_append(out, HEADER, sizeof(HEADER));
    }
    PQclear(res);
    return ok;
}

bool pg_copy_send(struct pg *pg, struct buf *out, struct err *err)
{
    if (out->overflow) {
        return err_set(err, ERR_DATA, "a COPY buffer passed its limit of %zu bytes", out->max);
    }
    if (out->len != 0 && PQputCopyData(pg->conn, out->data, (int)out->len) != 1) {
        return pg_fail(pg, NULL, err);
    }
    buf_clear(out);
    return true;
}

bool pg_copy_end(struct pg *pg, struct buf *out, int64_t *ret_rows, struct err *err)
{
    PGresult *res;
    bool ok;

    buf_be16(out, UINT16_MAX);
    if (!pg_copy_send(pg, out, err)) {
        return false;
    }
    if (PQputCopyEnd(pg->conn, NULL) != 1) {
        return pg_fail(pg, NULL, err);
    }
    res = PQgetResult(pg->conn);
    ok = PQresultStatus(res) == PGRES_COMMAND_OK;
    if (!ok) {
        pg_fail(pg, res, err);
    } else if (ret_rows != NULL) {
        *ret_rows = strtoll(PQcmdTuples(res), NULL, 10);
    }
    PQclear(res);
    while ((res = PQgetResult(pg->conn)) != NULL) {
        PQclear(res);
    }
    return ok;
}

void copy_row(struct buf *out, int columns)
{
    buf_be16(out, (uint16_t)columns);
}

void copy_null(struct buf *out)
{
    buf_be32(out, UINT32_MAX);
}

void copy_bool(struct buf *out, bool value)
{
    buf_be32(out, 1);
    buf_u8(out, value);
}

void copy_i16(struct buf *out, int16_t value)
{
    buf_be32(out, 2);
    buf_be16(out, (uint16_t)value);
}

void copy_i32(struct buf *out, int32_t value)
{
    buf_be32(out, 4);
    buf_be32(out, (uint32_t)value);
}

void copy_i64(struct buf *out, int64_t value)
{
    buf_be32(out, 8);
    buf_be64(out, (uint64_t)value);
}

void copy_f64(struct buf *out, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    buf_be32(out, 8);
    buf_be64(out, bits);
}

void copy_text(struct buf *out, const char *text, size_t len)
{
    buf_be32(out, (uint32_t)len);
    buf_append(out, text, len);
}

void copy_timestamp(struct buf *out, int64_t wall_ms)
{
    copy_i64(out, (wall_ms - EPOCH_2000_MS) * 1000);
}

static void array_header(struct buf *out, uint32_t type, int count, bool has_null, size_t bytes)
{
    buf_be32(out, (uint32_t)bytes + 20);
    buf_be32(out, 1);
    buf_be32(out, has_null);
    buf_be32(out, type);
    buf_be32(out, (uint32_t)count);
    buf_be32(out, 1);
}

void copy_i32_array(struct buf *out, const int32_t *values, int count)
{
    char *at;

    array_header(out, PG_INT4, count, false, (size_t)count * 8);
    at = buf_reserve(out, (size_t)count * 8);
    if (at == NULL) {
        return;
    }
    for (int i = 0; i < count; i++) {
        uint32_t pair[2] = {__builtin_bswap32(4), __builtin_bswap32((uint32_t)values[i])};

        memcpy(at + (size_t)i * 8, pair, sizeof(pair));
    }
    buf_added(out, (size_t)count * 8);
}

void copy_i16_array(struct buf *out, const int16_t *values, const bool *is_null, int count)
{
    enum { INT2_OID = 21 };
    int nulls = 0;

    for (int i = 0; is_null != NULL && i < count; i++) {
        nulls += is_null[i];
    }
    array_header(out, INT2_OID, count, nulls != 0, (size_t)count * 4 + (size_t)(count - nulls) * 2);
    for (int i = 0; i < count; i++) {
        if (is_null != NULL && is_null[i]) {
            buf_be32(out, UINT32_MAX);
        } else {
            buf_be32(out, 2);
            buf_be16(out, (uint16_t)values[i]);
        }
    }
}
