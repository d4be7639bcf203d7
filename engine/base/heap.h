/* SPDX-License-Identifier: MIT
 *
 * heap: a binary min-heap of (key, order, value): least key first, equal keys in the order they
 * were pushed. Values are pointers the heap does not own. Not thread-safe.
 */
#ifndef ROOKERY_BASE_HEAP_H
#define ROOKERY_BASE_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"

struct heap_entry {
    int64_t key;
    uint64_t order;
    void *value;
};

struct heap {
    struct heap_entry *entries;
    size_t count, cap;
    uint64_t next_order;
};

/* A zeroed struct heap is an empty heap. */
void heap_done(struct heap *heap);
void heap_push(struct heap *heap, int64_t key, void *value);
/* The least entry, NULL when empty; it stays. */
const struct heap_entry *heap_peek(const struct heap *heap);
/* Removes the least entry and returns its value, NULL when empty. */
void *heap_pop(struct heap *heap);
/* Removes every entry for which drop() is true. */
void heap_filter(struct heap *heap, bool (*drop)(void *value, void *ctx), void *ctx);

#endif
