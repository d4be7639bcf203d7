/* SPDX-License-Identifier: MIT
 * pg_values: arguments, arrays and result columns; see pg.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/pg_internal.h"

enum { ARRAY_BYTES_MAX = 64 << 20, ARRAY_HEADER_BYTES = 20 };

static int next_arg(struct pg_args *args, const char *value, size_t len, int format)
{
    int i = args->count++;

    CHECK(i < PG_ARGS_MAX);
    args->values[i] = value;
    args->lengths[i] = (int)len;
    args->formats[i] = format;
    return i;
}

void pg_arg_null(struct pg_args *args)
{
    (void)next_arg(args, NULL, 0, 0);
}

void pg_arg_i64(struct pg_args *args, int64_t value)
{
    int i = next_arg(args, NULL, 0, 0);

    (void)snprintf(args->numbers[i], sizeof(args->numbers[i]), "%" PRId64, value);
    args->values[i] = args->numbers[i];
}

void pg_arg_f64(struct pg_args *args, double value)
{
    int i = next_arg(args, NULL, 0, 0);

    (void)snprintf(args->numbers[i], sizeof(args->numbers[i]), "%.17g", value);
    args->values[i] = args->numbers[i];
}

void pg_arg_bool(struct pg_args *args, bool value)
{
    (void)next_arg(args, value ? "t" : "f", 1, 0);
}

void pg_arg_text(struct pg_args *args, const char *text)
{
    (void)next_arg(args, text, 0, 0);
}

void pg_arg_bytes(struct pg_args *args, const void *data, size_t len)
{
    (void)next_arg(args, len != 0 ? data : "", len, 1);
}

/* Array wire form: dimensions, has-nulls flag, element type, length, lower bound, elements. */
void pg_array_init(struct pg_array *array, enum pg_type type)
{
    array->type = type;
    buf_init(&array->data, ARRAY_BYTES_MAX);
    pg_array_clear(array);
}

void pg_array_clear(struct pg_array *array)
{
    array->count = 0;
    buf_clear(&array->data);
    buf_be32(&array->data, 1);
    buf_be32(&array->data, 1);
    buf_be32(&array->data, (uint32_t)array->type);
    buf_be32(&array->data, 0);
    buf_be32(&array->data, 1);
}

void pg_array_done(struct pg_array *array)
{
    buf_done(&array->data);
}

void pg_array_auto(struct pg_array *array)
{
    pg_array_done(array);
}

void pg_array_null(struct pg_array *array)
{
    array->count++;
    buf_be32(&array->data, UINT32_MAX);
}

void pg_array_i64(struct pg_array *array, int64_t value)
{
    array->count++;
    if (array->type == PG_INT8) {
        buf_be32(&array->data, 8);
        buf_be64(&array->data, (uint64_t)value);
    } else if (array->type == PG_INT4) {
        buf_be32(&array->data, 4);
        buf_be32(&array->data, (uint32_t)value);
    } else {
        CHECK(array->type == PG_BOOL);
        buf_be32(&array->data, 1);
        buf_u8(&array->data, value != 0);
    }
}

void pg_array_bytes(struct pg_array *array, const void *data, size_t len)
{
    CHECK(array->type == PG_TEXT || array->type == PG_BYTEA);
    array->count++;
    buf_be32(&array->data, (uint32_t)len);
    buf_append(&array->data, data, len);
}

void pg_array_text(struct pg_array *array, const char *text)
{
    if (text == NULL) {
        pg_array_null(array);
    } else {
        pg_array_bytes(array, text, strlen(text));
    }
}

void pg_arg_array(struct pg_args *args, struct pg_array *array)
{
    uint32_t count = __builtin_bswap32((uint32_t)array->count);

    CHECK(!array->data.overflow && array->data.len >= ARRAY_HEADER_BYTES);
    memcpy(array->data.data + 12, &count, sizeof(count));
    pg_arg_bytes(args, array->data.data, array->data.len);
}

int pg_count(const struct pg_rows *rows)
{
    return rows != NULL ? PQntuples(rows->res) : 0;
}

int pg_columns(const struct pg_rows *rows)
{
    return PQnfields(rows->res);
}

const char *pg_column_name(const struct pg_rows *rows, int col)
{
    return PQfname(rows->res, col);
}

bool pg_null(const struct pg_rows *rows, int row, int col)
{
    return PQgetisnull(rows->res, row, col) != 0;
}

static uint64_t read_be(const char *at, int bytes)
{
    uint64_t value = 0;

    for (int i = 0; i < bytes; i++) {
        value = value << 8 | (unsigned char)at[i];
    }
    return value;
}

/* Sign-extends a big-endian integer of 1, 2, 4 or 8 bytes. */
static int64_t read_int(const char *at, int bytes)
{
    uint64_t raw = read_be(at, bytes);

    switch (bytes) {
    case 1:
        return (int64_t)raw;
    case 2:
        return (int16_t)raw;
    case 4:
        return (int32_t)raw;
    case 8:
        return (int64_t)raw;
    default:
        err_check_failed(__FILE__, __LINE__, "column is not an integer");
    }
}

int64_t pg_i64(const struct pg_rows *rows, int row, int col)
{
    if (pg_null(rows, row, col)) {
        return 0;
    }
    CHECK(PQfformat(rows->res, col) == 1);
    return read_int(PQgetvalue(rows->res, row, col), PQgetlength(rows->res, row, col));
}

double pg_f64(const struct pg_rows *rows, int row, int col)
{
    const char *at = PQgetvalue(rows->res, row, col);
    int len = PQgetlength(rows->res, row, col);

    if (pg_null(rows, row, col)) {
        return 0;
    }
    if (len == 4) {
        uint32_t bits = (uint32_t)read_be(at, 4);
        float value;

        memcpy(&value, &bits, sizeof(value));
        return (double)value;
    }
    uint64_t bits = read_be(at, 8);
    double value;

    CHECK(len == 8);
    memcpy(&value, &bits, sizeof(value));
    return value;
}

bool pg_bool(const struct pg_rows *rows, int row, int col)
{
    return pg_i64(rows, row, col) != 0;
}

const char *pg_text(const struct pg_rows *rows, int row, int col)
{
    return PQgetvalue(rows->res, row, col);
}

const void *pg_bytes(const struct pg_rows *rows, int row, int col, size_t *ret_len)
{
    *ret_len = (size_t)PQgetlength(rows->res, row, col);
    return PQgetvalue(rows->res, row, col);
}

int pg_array_len(const struct pg_rows *rows, int row, int col)
{
    const char *at = PQgetvalue(rows->res, row, col);

    if (pg_null(rows, row, col) || PQgetlength(rows->res, row, col) < ARRAY_HEADER_BYTES) {
        return 0;
    }
    CHECK(read_be(at, 4) == 1);
    return (int)read_be(at + 12, 4);
}

int64_t pg_array_at(const struct pg_rows *rows, int row, int col, int i, bool *ret_null)
{
    const char *at = PQgetvalue(rows->res, row, col);
    uint64_t type = read_be(at + 8, 4);
    int size = type == 20 ? 8 : type == 23 ? 4 : 2;
    bool has_null = read_be(at + 4, 4) != 0;
    const char *element = at + ARRAY_HEADER_BYTES;

    *ret_null = false;
    if (!has_null) {
        return read_int(element + (ptrdiff_t)i * (4 + size) + 4, size);
    }
    for (int k = 0;; k++) {
        int32_t len = (int32_t)read_be(element, 4);

        if (k == i) {
            *ret_null = len < 0;
            return len < 0 ? 0 : read_int(element + 4, len);
        }
        element += 4 + (len > 0 ? len : 0);
    }
}

json_t *pg_json(const struct pg_rows *rows, int row, int col)
{
    enum { OID_BOOL = 16, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_JSON = 114,
           OID_FLOAT4 = 700, OID_FLOAT8 = 701, OID_NUMERIC = 1700, OID_JSONB = 3802 };
    const char *text = PQgetvalue(rows->res, row, col);
    json_t *value = NULL;

    if (pg_null(rows, row, col)) {
        return json_null();
    }
    switch (PQftype(rows->res, col)) {
    case OID_BOOL:
        return json_boolean(text[0] == 't');
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
        return json_integer(strtoll(text, NULL, 10));
    case OID_FLOAT4:
    case OID_FLOAT8:
    case OID_NUMERIC:
        value = json_real(strtod(text, NULL)); /* NULL for NaN and infinity: then as text */
        break;
    case OID_JSON:
    case OID_JSONB:
        value = json_loads(text, JSON_DECODE_ANY, NULL);
        break;
    default:
        break;
    }
    return value != NULL ? value : json_string(text);
}

void pg_rows_free(struct pg_rows *rows)
{
    if (rows != NULL) {
        PQclear(rows->res);
        free(rows);
    }
}

void pg_rows_auto(struct pg_rows **rows)
{
    pg_rows_free(*rows);
}
