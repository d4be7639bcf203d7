/* SPDX-License-Identifier: MIT
 *
 * rawbatch: NDJSON as it came, in pieces that are one unit of work: cut into lines on the way in,
 * compressed in the database, read again line by line by ingest.
 *
 * A line is looked at only as far as the cursor needs (top-level createdAt and status, by raw_look())
 * and as the secret demands: the last four characters of a fullId are a player's key to the game and
 * are overwritten with "----" before anything is stored.
 */
#ifndef ROOKERY_NODES_RAWBATCH_H
#define ROOKERY_NODES_RAWBATCH_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"

/* What the fetch needs to know of a line; 0 / false where it is not found. */
struct raw_facts {
    int64_t created_ms;
    bool unfinished; /* status created or started */
    bool is_error;   /* an upstream error object {"error": ...} */
    size_t secret_at, secret_len; /* of the part of fullId to blank; 0: none */
};

/* Looks at the top level of one JSON line; keys inside nested objects and strings do not count. */
void raw_look(const char *line, size_t len, struct raw_facts *ret);

struct raw_batch {
    struct buf text; /* lines, each with its '\n' */
    int games;
    int64_t oldest_ms, newest_ms; /* 0 = none */
};

void raw_batch_init(struct raw_batch *batch);
void raw_batch_done(struct raw_batch *batch);
void raw_batch_clear(struct raw_batch *batch);
bool raw_batch_full(const struct raw_batch *batch);
/* Adds a line (without '\n'), blanking the secret; facts as found by raw_look(). */
void raw_batch_add(struct raw_batch *batch, const char *line, size_t len,
                   const struct raw_facts *facts);

/* zstd, level 1: at level 3 it is a tenth smaller and takes twice the time. */
bool raw_compress(const struct buf *text, struct buf *out, struct err *err);
/* bytes: the size it must come to. */
bool raw_expand(const void *data, size_t len, size_t bytes, struct buf *out, struct err *err);

/* Takes the next line out of an input buffer, from *at: the line without its end ('\n' or "\r\n").
 * false: no whole line is left. */
bool raw_next_line(const char *data, size_t len, size_t *at, const char **ret_line,
                   size_t *ret_len);

#endif
