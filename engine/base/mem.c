/* SPDX-License-Identifier: MIT
 * mem: arenas and checked allocation; see mem.h. */
#include "engine/base/mem.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK_BYTES_MIN = 8 * 1024 };

struct chunk {
    struct chunk *next;
    size_t used, size;
    alignas(max_align_t) unsigned char data[];
};

struct mem {
    struct chunk *head;
    size_t total;
};

static _Noreturn void out_of_memory(size_t size)
{
    fprintf(stderr, "rookery: out of memory (asked for %zu bytes)\n", size);
    abort();
}

void *xmalloc(size_t size)
{
    void *ptr = malloc(size != 0 ? size : 1);

    if (ptr == NULL) {
        out_of_memory(size);
    }
    return ptr;
}

void *xcalloc(size_t count, size_t size)
{
    void *ptr = calloc(count != 0 ? count : 1, size != 0 ? size : 1);

    if (ptr == NULL) {
        out_of_memory(count);
    }
    return ptr;
}

void *xrealloc(void *ptr, size_t size)
{
    void *grown = realloc(ptr, size != 0 ? size : 1);

    if (grown == NULL) {
        out_of_memory(size);
    }
    return grown;
}

char *xstrdup(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(xmalloc(size), text, size);
}

char *xprintf(const char *fmt, ...)
{
    va_list args, again;
    int len;
    char *text;

    va_start(args, fmt);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    CHECK(len >= 0);
    text = xmalloc((size_t)len + 1);
    (void)vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    return text;
}

struct mem *mem_new(void)
{
    return xcalloc(1, sizeof(struct mem));
}

static void free_chunks(struct chunk *chunk)
{
    while (chunk != NULL) {
        struct chunk *next = chunk->next;

        free(chunk);
        chunk = next;
    }
}

void mem_free(struct mem *mem)
{
    if (mem != NULL) {
        free_chunks(mem->head);
        free(mem);
    }
}

void mem_clear(struct mem *mem)
{
    if (mem->head != NULL) {
        free_chunks(mem->head->next);
        mem->head->next = NULL;
        mem->head->used = 0;
    }
    mem->total = 0;
}

void *mem_alloc(struct mem *mem, size_t size)
{
    const size_t align = alignof(max_align_t);
    size_t rounded = (size + align - 1) / align * align;
    struct chunk *chunk = mem->head;
    void *ptr;

    CHECK(rounded >= size);
    if (chunk == NULL || chunk->size - chunk->used < rounded) {
        size_t room = rounded > CHUNK_BYTES_MIN ? rounded : CHUNK_BYTES_MIN;

        chunk = xmalloc(sizeof(*chunk) + room);
        chunk->next = mem->head;
        chunk->used = 0;
        chunk->size = room;
        mem->head = chunk;
    }
    ptr = chunk->data + chunk->used;
    chunk->used += rounded;
    mem->total += size;
    return memset(ptr, 0, rounded);
}

void *mem_array(struct mem *mem, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / 2 / size) {
        out_of_memory(count);
    }
    return mem_alloc(mem, count * size);
}

char *mem_strndup(struct mem *mem, const char *text, size_t len)
{
    char *copy = mem_alloc(mem, len + 1);

    memcpy(copy, text, len);
    return copy;
}

char *mem_strdup(struct mem *mem, const char *text)
{
    return mem_strndup(mem, text, strlen(text));
}

char *mem_printf(struct mem *mem, const char *fmt, ...)
{
    va_list args, again;
    int len;
    char *text;

    va_start(args, fmt);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    CHECK(len >= 0);
    text = mem_alloc(mem, (size_t)len + 1);
    (void)vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    return text;
}

size_t mem_used(const struct mem *mem)
{
    return mem->total;
}

void mem_auto(struct mem **mem)
{
    mem_free(*mem);
}

void str_auto(char **text)
{
    free(*text);
}

void fd_auto(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
}
