/* SPDX-License-Identifier: MIT
 * buf: bounded growing buffers; see buf.h. */
#include "engine/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

enum { FIRST_CAP = 256 };

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf)BUF_INIT(max);
}

void buf_done(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf)BUF_INIT(buf->max);
}

void buf_auto(struct buf *buf)
{
    buf_done(buf);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->overflow = false;
    if (buf->data != NULL) {
        buf->data[0] = '\0';
    }
}

char *buf_reserve(struct buf *buf, size_t len)
{
    size_t need, cap;

    if (len > buf->max || buf->len > buf->max - len) {
        buf->overflow = true;
        return NULL;
    }
    need = buf->len + len + 1;
    if (need > buf->cap) {
        cap = buf->cap != 0 ? buf->cap : FIRST_CAP;
        while (cap < need) {
            cap *= 2;
        }
        buf->data = xrealloc(buf->data, cap);
        buf->cap = cap;
    }
    return buf->data + buf->len;
}

void buf_added(struct buf *buf, size_t len)
{
    CHECK(buf->len + len < buf->cap);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

bool buf_append(struct buf *buf, const void *data, size_t len)
{
    char *at = buf_reserve(buf, len);

    if (at == NULL) {
        return false;
    }
    if (len != 0) {
        memcpy(at, data, len);
    }
    buf_added(buf, len);
    return true;
}

bool buf_text(struct buf *buf, const char *text)
{
    return buf_append(buf, text, strlen(text));
}

bool buf_char(struct buf *buf, char c)
{
    return buf_append(buf, &c, 1);
}

bool buf_vprintf(struct buf *buf, const char *fmt, va_list args)
{
    va_list again;
    int len;
    char *at;

    va_copy(again, args);
    len = vsnprintf(NULL, 0, fmt, args);
    CHECK(len >= 0);
    at = buf_reserve(buf, (size_t)len);
    if (at != NULL) {
        (void)vsnprintf(at, (size_t)len + 1, fmt, again);
        buf_added(buf, (size_t)len);
    }
    va_end(again);
    return at != NULL;
}

bool buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args;
    bool ok;

    va_start(args, fmt);
    ok = buf_vprintf(buf, fmt, args);
    va_end(args);
    return ok;
}

bool buf_u8(struct buf *buf, uint8_t value)
{
    return buf_append(buf, &value, 1);
}

bool buf_be16(struct buf *buf, uint16_t value)
{
    uint16_t wire = __builtin_bswap16(value);

    return buf_append(buf, &wire, sizeof(wire));
}

bool buf_be32(struct buf *buf, uint32_t value)
{
    uint32_t wire = __builtin_bswap32(value);

    return buf_append(buf, &wire, sizeof(wire));
}

bool buf_be64(struct buf *buf, uint64_t value)
{
    uint64_t wire = __builtin_bswap64(value);

    return buf_append(buf, &wire, sizeof(wire));
}

void buf_drop(struct buf *buf, size_t len)
{
    CHECK(len <= buf->len);
    if (len != 0) {
        memmove(buf->data, buf->data + len, buf->len - len);
        buf->len -= len;
        buf->data[buf->len] = '\0';
    }
}

const char *buf_str(const struct buf *buf)
{
    return buf->data != NULL ? buf->data : "";
}
