/* SPDX-License-Identifier: MIT
 *
 * mem: memory by lifetime.
 *
 * An arena (`struct mem`) holds everything that dies together: a loaded pipeline, one message, one
 * step. Nothing in it is freed alone; mem_free() frees all, mem_clear() empties it for reuse.
 * Strings handed out by the arena live as long as it does. An arena belongs to one thread.
 *
 * malloc is only for growable buffers (buf.h) and a few long-lived objects, through the x-functions
 * below. Out of memory ends the process with a message: every size that outsiders control is
 * capped first (limits.h), processes are replaced, and the state is in Postgres.
 *
 * Locals that own something are declared with AUTO(type), which runs type_auto(&local) at the end
 * of the scope:
 *
 *     AUTO(mem) struct mem *mem = mem_new();
 *     AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
 *     AUTO(str) char *text = xstrdup("...");
 *
 * To hand ownership to the caller: `*ret_fd = TAKE_FD(fd)` or `return TAKE_PTR(text)`.
 */
#ifndef ROOKERY_BASE_MEM_H
#define ROOKERY_BASE_MEM_H

#include <stddef.h>

#include "engine/base/err.h"

#define AUTO(type) __attribute__((cleanup(type##_auto)))

/* Moves an owned value out of an AUTO() variable, leaving it empty. */
#define TAKE_PTR(p)                                                                                \
    ({                                                                                             \
        __typeof__(p) taken_ = (p);                                                                \
        (p) = NULL;                                                                                \
        taken_;                                                                                    \
    })
#define TAKE_FD(fd)                                                                                \
    ({                                                                                             \
        int taken_ = (fd);                                                                         \
        (fd) = -1;                                                                                 \
        taken_;                                                                                    \
    })

struct mem;

struct mem *mem_new(void);
void mem_free(struct mem *mem); /* NULL is fine */
void mem_clear(struct mem *mem);

/* Zeroed, aligned for any type; never NULL. */
void *mem_alloc(struct mem *mem, size_t size);
/* Room for `count` objects of `size` bytes, zeroed; overflow ends the process. */
void *mem_array(struct mem *mem, size_t count, size_t size);
char *mem_strdup(struct mem *mem, const char *text);
char *mem_strndup(struct mem *mem, const char *text, size_t len);
char *mem_printf(struct mem *mem, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Bytes handed out since the last clear. */
size_t mem_used(const struct mem *mem);

/* malloc family that ends the process when memory is out. Free with free(). */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *ptr, size_t size);
char *xstrdup(const char *text);
char *xprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* For AUTO(): mem frees an arena, str a malloc'ed pointer, fd closes a descriptor (>= 0). */
void mem_auto(struct mem **mem);
void str_auto(char **text);
void fd_auto(int *fd);

#endif
