/* SPDX-License-Identifier: MIT
 *
 * pipelines: loaded pipeline files, by the hash of their bytes.
 *
 * A run is pinned to the file it was requested with. pipelines_file() loads one from disk;
 * pipelines_by_hash() gives a loaded one or reads its text from the database. A loaded pipeline lives
 * until pipelines_free(). The node kinds and the plugins that the spec layer asks for come from here.
 */
#ifndef ROOKERY_RUN_PIPELINES_H
#define ROOKERY_RUN_PIPELINES_H

#include "engine/base/pg.h"
#include "engine/core/graph.h"

struct pipeline {
    struct pipeline *next;
    struct mem *mem;
    const struct spec *spec;
    const struct graph *graph;
};

struct pipelines;

struct pipelines *pipelines_new(void);
void pipelines_free(struct pipelines *pipelines);

/* Loads a file. On failure diag (in the mem of the caller) holds the findings, *err says so. */
bool pipelines_file(struct pipelines *pipelines, const char *path, struct mem *mem,
                    struct diag **ret_diag, const struct pipeline **ret, struct err *err);
bool pipelines_by_hash(struct pipelines *pipelines, struct pg *pg, const char *hash,
                       const struct pipeline **ret, struct err *err);
/* Stores a pipeline's text for runs pinned to it. */
bool pipelines_store(struct pg *pg, const struct pipeline *pipeline, struct err *err);

/* Time in which a partition of `asset` is not asked again (option `revisit` of what provides its
 * partitions); 0 if there is none. */
int64_t pipeline_revisit_ms(const struct pipeline *pipeline, const bool *selected);
/* Seeds listed in the file, lower-case, without doubles: the partitions when none are given. A seed
 * that is no name is ERR_SPEC. */
bool pipeline_seeds(const struct pipeline *pipeline, struct mem *mem, const char ***ret_keys,
                    int *ret_count, struct err *err);
/* A player's name as a partition key: valid and lower-case, or ERR_USAGE. */
bool pipeline_key(struct mem *mem, const char *name, const char **ret_key, struct err *err);

#endif
