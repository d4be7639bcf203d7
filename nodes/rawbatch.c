/* SPDX-License-Identifier: MIT
 * rawbatch: see rawbatch.h. */
#include "nodes/rawbatch.h"

#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "engine/base/limits.h"
#include "engine/base/mem.h"

enum { ZSTD_LEVEL = 1, FULL_ID_LEN = 12, GAME_ID_LEN = 8 };

void raw_batch_init(struct raw_batch *batch)
{
    *batch = (struct raw_batch){0};
    buf_init(&batch->text, LIMIT_RAW_BATCH_BYTES + LIMIT_LINE_BYTES);
}

void raw_batch_done(struct raw_batch *batch)
{
    buf_done(&batch->text);
}

void raw_batch_clear(struct raw_batch *batch)
{
    buf_clear(&batch->text);
    batch->games = 0;
    batch->oldest_ms = batch->newest_ms = 0;
}

bool raw_batch_full(const struct raw_batch *batch)
{
    return batch->games >= LIMIT_RAW_BATCH_GAMES ||
           batch->text.len + LIMIT_LINE_BYTES > LIMIT_RAW_BATCH_BYTES;
}

void raw_batch_add(struct raw_batch *batch, const char *line, size_t len,
                   const struct raw_facts *facts)
{
    size_t at = batch->text.len;

    CHECK(buf_append(&batch->text, line, len) && buf_char(&batch->text, '\n'));
    if (facts->secret_len > 0) {
        memset(batch->text.data + at + facts->secret_at, '-', facts->secret_len);
    }
    batch->games++;
    if (facts->created_ms > 0) {
        if (batch->oldest_ms == 0 || facts->created_ms < batch->oldest_ms) {
            batch->oldest_ms = facts->created_ms;
        }
        if (facts->created_ms > batch->newest_ms) {
            batch->newest_ms = facts->created_ms;
        }
    }
}

/* End of the string that starts after the quote at `at` (points at the closing quote), or `end`. */
static const char *string_end(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        const char *back = quote != NULL ? quote : end;

        if (quote == NULL) {
            return end;
        }
        while (back > at && back[-1] == '\\') {
            back--;
        }
        if ((quote - back) % 2 == 0) {
            return quote;
        }
        at = quote;
    }
    return end;
}

static bool is_key(const char *key, size_t len, const char *name)
{
    return len == strlen(name) && memcmp(key, name, len) == 0;
}

/* A value at the top level whose key is known. */
static void take_value(const char *line, const char *key, size_t key_len, const char *value,
                       const char *end, struct raw_facts *ret)
{
    if (is_key(key, key_len, "error")) {
        ret->is_error = true;
    } else if (is_key(key, key_len, "createdAt")) {
        int64_t ms = 0;

        for (int digits = 0; value < end && *value >= '0' && *value <= '9' && digits < 18;
             value++, digits++) {
            ms = ms * 10 + (*value - '0');
        }
        ret->created_ms = ms;
    } else if (*value == '"' && is_key(key, key_len, "status")) {
        size_t len = (size_t)(string_end(value, end) - value - 1);

        ret->unfinished = is_key(value + 1, len, "created") || is_key(value + 1, len, "started");
    } else if (*value == '"' && is_key(key, key_len, "fullId")) {
        size_t len = (size_t)(string_end(value, end) - value - 1);

        if (len == FULL_ID_LEN) {
            ret->secret_at = (size_t)(value + 1 - line) + GAME_ID_LEN;
            ret->secret_len = FULL_ID_LEN - GAME_ID_LEN;
        }
    }
}

void raw_look(const char *line, size_t len, struct raw_facts *ret)
{
    const char *end = line + len, *key = NULL, *at;
    size_t key_len = 0;
    int depth = 0;

    *ret = (struct raw_facts){0};
    for (at = line; at < end; at++) {
        switch (*at) {
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            depth--;
            break;
        case '"': {
            const char *close = string_end(at, end);

            if (depth == 1 && key == NULL) {
                key = at + 1;
                key_len = (size_t)(close - key);
            }
            at = close;
            break;
        }
        case ':':
            if (depth == 1 && key != NULL && at + 1 < end) {
                const char *value = at + 1;

                while (value + 1 < end && *value == ' ') {
                    value++;
                }
                take_value(line, key, key_len, value, end, ret);
            }
            break;
        case ',':
            if (depth == 1) {
                key = NULL;
            }
            break;
        default:
            break;
        }
    }
}

bool raw_compress(const struct buf *text, struct buf *out, struct err *err)
{
    size_t bound = ZSTD_compressBound(text->len);
    char *room;
    size_t size;

    buf_clear(out);
    room = buf_reserve(out, bound);
    if (room == NULL) {
        return err_set(err, ERR_DATA, "a raw batch of %zu bytes is too large", text->len);
    }
    size = ZSTD_compress(room, bound, buf_str(text), text->len, ZSTD_LEVEL);
    if (ZSTD_isError(size) != 0) {
        return err_set(err, ERR_BUG, "zstd: %s", ZSTD_getErrorName(size));
    }
    buf_added(out, size);
    return true;
}

bool raw_expand(const void *data, size_t len, size_t bytes, struct buf *out, struct err *err)
{
    char *room;
    size_t size;

    buf_clear(out);
    room = buf_reserve(out, bytes);
    if (room == NULL) {
        return err_set(err, ERR_DATA, "a raw batch claims %zu bytes", bytes);
    }
    size = ZSTD_decompress(room, bytes, data, len);
    if (ZSTD_isError(size) != 0 || size != bytes) {
        return err_set(err, ERR_DATA, "a raw batch is damaged: %s",
                       ZSTD_isError(size) != 0 ? ZSTD_getErrorName(size) : "wrong size");
    }
    buf_added(out, size);
    return true;
}

bool raw_next_line(const char *data, size_t len, size_t *at, const char **ret_line, size_t *ret_len)
{
    const char *start = data + *at;
    const char *end = *at < len ? memchr(start, '\n', len - *at) : NULL;

    if (end == NULL) {
        return false;
    }
    *at = (size_t)(end - data) + 1;
    *ret_line = start;
    *ret_len = (size_t)(end - start);
    if (*ret_len > 0 && start[*ret_len - 1] == '\r') {
        --*ret_len;
    }
    return true;
}
