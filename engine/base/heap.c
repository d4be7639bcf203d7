/* SPDX-License-Identifier: MIT
 * heap: see heap.h. */
#include "engine/base/heap.h"

#include <stdlib.h>

#include "engine/base/mem.h"

static bool before(const struct heap_entry *a, const struct heap_entry *b)
{
    return a->key != b->key ? a->key < b->key : a->order < b->order;
}

static void swap(struct heap *heap, size_t a, size_t b)
{
    struct heap_entry kept = heap->entries[a];

    heap->entries[a] = heap->entries[b];
    heap->entries[b] = kept;
}

static void sift_up(struct heap *heap, size_t at)
{
    while (at > 0 && before(&heap->entries[at], &heap->entries[(at - 1) / 2])) {
        swap(heap, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

static void sift_down(struct heap *heap, size_t at)
{
    for (;;) {
        size_t least = at, left = 2 * at + 1, right = left + 1;

        if (left < heap->count && before(&heap->entries[left], &heap->entries[least])) {
            least = left;
        }
        if (right < heap->count && before(&heap->entries[right], &heap->entries[least])) {
            least = right;
        }
        if (least == at) {
            return;
        }
        swap(heap, at, least);
        at = least;
    }
}

void heap_done(struct heap *heap)
{
    free(heap->entries);
    *heap = (struct heap){0};
}

void heap_push(struct heap *heap, int64_t key, void *value)
{
    if (heap->count == heap->cap) {
        heap->cap = heap->cap != 0 ? heap->cap * 2 : 16;
        heap->entries = xrealloc(heap->entries, heap->cap * sizeof(heap->entries[0]));
    }
    heap->entries[heap->count] =
        (struct heap_entry){.key = key, .order = heap->next_order++, .value = value};
    sift_up(heap, heap->count++);
}

const struct heap_entry *heap_peek(const struct heap *heap)
{
    return heap->count != 0 ? &heap->entries[0] : NULL;
}

void *heap_pop(struct heap *heap)
{
    void *value;

    if (heap->count == 0) {
        return NULL;
    }
    value = heap->entries[0].value;
    heap->entries[0] = heap->entries[--heap->count];
    sift_down(heap, 0);
    return value;
}

void heap_filter(struct heap *heap, bool (*drop)(void *value, void *ctx), void *ctx)
{
    size_t kept = 0;

    for (size_t i = 0; i < heap->count; i++) {
        if (!drop(heap->entries[i].value, ctx)) {
            heap->entries[kept++] = heap->entries[i];
        }
    }
    heap->count = kept;
    for (size_t i = kept; i-- > 0;) {
        sift_down(heap, i);
    }
}
