/* SPDX-License-Identifier: MIT
 *
 * buf: a growing byte buffer that cannot grow without limit.
 *
 * The maximum is given at creation. An append that would pass it changes nothing and returns false;
 * from then on buf.overflow is true, so a caller may append many times and look once at the end.
 * data is always followed by a NUL that is not counted in len, so text can be used as a C string.
 *
 *     AUTO(buf) struct buf out = BUF_INIT(LIMIT_LINE_BYTES);
 *     buf_printf(&out, "%s=%d ", key, value);
 *     buf_text(&out, tail);
 *     if (out.overflow) { ... }
 */
#ifndef ROOKERY_BASE_BUF_H
#define ROOKERY_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"

struct buf {
    char *data; /* NULL while nothing was appended: use buf_str() for a C string */
    size_t len, cap, max;
    bool overflow;
};

#define BUF_INIT(max_bytes) {.max = (max_bytes)}

void buf_init(struct buf *buf, size_t max);
void buf_done(struct buf *buf);  /* frees; the buffer may be used again */
void buf_clear(struct buf *buf); /* empties, keeps the memory */
void buf_auto(struct buf *buf);

bool buf_append(struct buf *buf, const void *data, size_t len);
bool buf_text(struct buf *buf, const char *text);
bool buf_char(struct buf *buf, char c);
bool buf_printf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool buf_vprintf(struct buf *buf, const char *fmt, va_list args);

/* Makes room for `len` more bytes and returns where to write them; NULL past the maximum. Call
 * buf_added() with what was written. */
char *buf_reserve(struct buf *buf, size_t len);
void buf_added(struct buf *buf, size_t len);

/* Integers in network byte order, as Postgres and our own wire format want them. */
bool buf_u8(struct buf *buf, uint8_t value);
bool buf_be16(struct buf *buf, uint16_t value);
bool buf_be32(struct buf *buf, uint32_t value);
bool buf_be64(struct buf *buf, uint64_t value);

/* Removes the first `len` bytes. */
void buf_drop(struct buf *buf, size_t len);

/* The content as a C string, "" when empty. */
const char *buf_str(const struct buf *buf);

#endif
