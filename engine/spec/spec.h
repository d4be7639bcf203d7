/* SPDX-License-Identifier: MIT
 *
 * spec: pipeline.yaml in memory, checked.
 *
 * spec_load_file() reads the file, fills in ${VAR}, checks everything in one pass and either gives
 * a `struct spec` that needs no further checks, or NULL with the findings in `diag`. The spec knows
 * nothing of nodes: the kinds and their options come in as a table, plugins through a callback.
 *
 *     struct diag *diag = diag_new(mem, path);
 *     struct spec *spec = spec_load_file(mem, path, &input, diag);
 *     if (spec == NULL) { diag_render(diag, &out); ... exit 3 }
 *
 * An asset with `plugins:` stands for one asset a plugin, named after it, in a group of its own
 * name; `deps` may name the group. Everything lives in the arena given. Values that came from the
 * environment are never shown in findings.
 */
#ifndef ROOKERY_SPEC_SPEC_H
#define ROOKERY_SPEC_SPEC_H

#include <jansson.h>

#include "engine/base/hash.h"
#include "engine/base/param.h"
#include "engine/spec/yaml.h"

struct spec_kind {
    const char *name;
    const struct param *params;
    size_t param_count;
    bool streams_in, closes, partitioned, provides_partitions, takes_plugins;
    int32_t shard_weight;
};

struct spec_plugin {
    const char *name, *version, *hash, *path, *doc;
};

struct spec_plugins {
    struct spec_plugin *list;
    size_t count;
};

struct spec_input {
    const struct spec_kind *kinds;
    size_t kind_count;
    /* Value of an environment variable or NULL. */
    const char *(*getenv)(void *ctx, const char *name);
    /* Plugins in a folder (relative to the file's folder), ascending names, in mem. */
    bool (*list_plugins)(void *ctx, struct mem *mem, const char *dir, struct spec_plugins *ret,
                         struct err *err);
    void *ctx;
};

enum spec_backoff { SPEC_BACKOFF_CONSTANT, SPEC_BACKOFF_LINEAR, SPEC_BACKOFF_EXPONENTIAL };
enum spec_jitter { SPEC_JITTER_NONE, SPEC_JITTER_FULL, SPEC_JITTER_PLUS_MINUS };

struct spec_retry {
    int attempts;
    int backoff; /* enum spec_backoff */
    int jitter;  /* enum spec_jitter */
    int64_t delay_ms, max_delay_ms;
};

struct spec_check {
    const char *name, *sql;
    bool error;    /* severity: error (else warn) */
    bool blocking;
    struct place at;
};

struct spec_asset {
    const char *name, *group, *description;
    struct place at;
    const struct spec_kind *kind;
    int *deps; /* indices of assets */
    int dep_count;
    int partitions_from; /* index of the asset that provides them; -1: none */
    int pool;            /* index into pools; -1: none */
    struct spec_retry retry;
    int64_t timeout_ms, progress_timeout_ms; /* 0 = none */
    struct spec_check *checks;
    int check_count;
    json_t *with; /* resolved options, see node.h; a borrowed reference, freed with the spec */
    const struct spec_plugin *plugin; /* of an analytic asset, else NULL */
};

struct spec_pool {
    const char *name;
    int slots;
};

struct spec {
    const char *name, *path, *text;
    char hash[HASH_HEX_BYTES]; /* SHA-256 of the file's bytes */
    size_t text_len;
    struct spec_asset *assets; /* in the order of the file */
    int asset_count;
    struct spec_pool *pools;
    int pool_count;
    int workers; /* 0 = the engine's default */
    const char *lichess_url, *lichess_token, *lichess_contact;
    const char *postgres_url;
    json_t **owned; /* every json_t of the spec, released by spec_free() */
    int owned_count, owned_cap;
};

struct spec *spec_load_file(struct mem *mem, const char *path, const struct spec_input *input,
                            struct diag *diag);
/* The same from text; `path` names it in findings and is where plugin folders start from. */
struct spec *spec_load_text(struct mem *mem, const char *path, const char *text, size_t len,
                            const struct spec_input *input, struct diag *diag);
/* Releases what is not in the arena. NULL is fine. */
void spec_free(struct spec *spec);

/* Index of an asset; -1 if there is none of this name. */
int spec_find(const struct spec *spec, const char *name);

#endif
