/* SPDX-License-Identifier: MIT
 * pipelines: see pipelines.h. */
#include "engine/run/pipelines.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "analytics/discover.h"
#include "engine/base/os.h"
#include "engine_run_sql.h"
#include "nodes/node.h"

enum { PLAYER_NAME_MIN = 2, PLAYER_NAME_MAX = 30 };

struct pipelines {
    struct pipeline *first;
};

struct pipelines *pipelines_new(void)
{
    return xcalloc(1, sizeof(struct pipelines));
}

static void pipeline_free(struct pipeline *pipeline)
{
    spec_free((struct spec *)(uintptr_t)pipeline->spec);
    mem_free(pipeline->mem);
    free(pipeline);
}

void pipelines_free(struct pipelines *pipelines)
{
    while (pipelines != NULL && pipelines->first != NULL) {
        struct pipeline *pipeline = pipelines->first;

        pipelines->first = pipeline->next;
        pipeline_free(pipeline);
    }
    free(pipelines);
}

static const char *from_environment(void *ctx, const char *name)
{
    (void)ctx;
    return getenv(name);
}

/* Plugin folders are named relative to the file that names them. */
static bool list_plugins(void *ctx, struct mem *mem, const char *dir, struct spec_plugins *ret,
                         struct err *err)
{
    AUTO(str) char *base = os_dir_of(ctx);
    AUTO(str) char *exe = os_exe_path();
    const char *folder = dir[0] == '/' ? dir : mem_printf(mem, "%s/%s", base, dir);
    struct plugin_info *infos;
    size_t count;

    if (!plugin_discover(folder, exe, mem, &infos, &count, err)) {
        return false;
    }
    ret->list = mem_array(mem, count, sizeof(ret->list[0]));
    ret->count = count;
    for (size_t i = 0; i < count; i++) {
        ret->list[i] = (struct spec_plugin){.name = infos[i].name,
                                            .version = infos[i].version,
                                            .hash = infos[i].hash,
                                            .path = infos[i].path,
                                            .doc = infos[i].doc};
    }
    return true;
}

static struct spec_input make_input(struct mem *mem, const char *path)
{
    struct spec_kind *kinds = mem_array(mem, NODE_KIND_COUNT, sizeof(*kinds));

    for (size_t i = 0; i < NODE_KIND_COUNT; i++) {
        const struct node_kind *kind = NODE_KINDS[i];

        kinds[i] = (struct spec_kind){.name = kind->name,
                                      .params = kind->params,
                                      .param_count = kind->param_count,
                                      .streams_in = kind->streams_in,
                                      .closes = kind->closes,
                                      .partitioned = kind->partitioned,
                                      .provides_partitions = kind->provides_partitions,
                                      .takes_plugins = kind->takes_plugins,
                                      .shard_weight = kind->shard_weight};
    }
    return (struct spec_input){.kinds = kinds,
                               .kind_count = NODE_KIND_COUNT,
                               .getenv = from_environment,
                               .list_plugins = list_plugins,
                               .ctx = mem_strdup(mem, path)};
}

static const struct pipeline *keep(struct pipelines *pipelines, struct mem *mem, struct spec *spec)
{
    struct pipeline *pipeline = xcalloc(1, sizeof(*pipeline));

    pipeline->mem = mem;
    pipeline->spec = spec;
    pipeline->graph = graph_new(mem, spec);
    pipeline->next = pipelines->first;
    pipelines->first = pipeline;
    return pipeline;
}

bool pipelines_file(struct pipelines *pipelines, const char *path, struct mem *mem,
                    struct diag **ret_diag, const struct pipeline **ret, struct err *err)
{
    AUTO(mem) struct mem *own = mem_new();
    AUTO(str) char *full = os_abs_path(path);
    struct spec_input input = make_input(own, full);
    struct diag *diag = diag_new(mem, path);
    struct spec *spec = spec_load_file(own, full, &input, diag);

    *ret_diag = diag;
    if (spec == NULL) {
        /* Findings quote the file's text, which goes with `own`: render them first. */
        AUTO(buf) struct buf out = BUF_INIT(256 * 1024);

        diag_render(diag, &out);
        diag_source(diag, NULL, 0);
        return err_set(err, ERR_SPEC, "%s", buf_str(&out));
    }
    *ret = keep(pipelines, TAKE_PTR(own), spec);
    return true;
}

bool pipelines_by_hash(struct pipelines *pipelines, struct pg *pg, const char *hash,
                       const struct pipeline **ret, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    AUTO(mem) struct mem *own = NULL;
    struct pg_args args = {0};
    struct spec_input input;
    struct diag *diag;
    struct spec *spec;

    for (const struct pipeline *at = pipelines->first; at != NULL; at = at->next) {
        if (strcmp(at->spec->hash, hash) == 0) {
            *ret = at;
            return true;
        }
    }
    pg_arg_text(&args, hash);
    if (!pg_query(pg, SQL_PIPELINE_GET, &args, &rows, err)) {
        return false;
    }
    if (pg_count(rows) == 0) {
        return err_set(err, ERR_BUG, "the pipeline %.12s of the run is not stored", hash);
    }
    own = mem_new();
    input = make_input(own, pg_text(rows, 0, 0));
    diag = diag_new(own, pg_text(rows, 0, 0));
    spec = spec_load_text(own, pg_text(rows, 0, 0), pg_text(rows, 0, 1),
                          strlen(pg_text(rows, 0, 1)), &input, diag);
    if (spec == NULL) {
        AUTO(buf) struct buf out = BUF_INIT(256 * 1024);

        diag_render(diag, &out);
        return err_set(err, ERR_SPEC, "the pipeline that the run was requested with:\n%s",
                       buf_str(&out));
    }
    *ret = keep(pipelines, TAKE_PTR(own), spec);
    return true;
}

bool pipelines_store(struct pg *pg, const struct pipeline *pipeline, struct err *err)
{
    struct pg_args args = {0};

    pg_arg_text(&args, pipeline->spec->hash);
    pg_arg_text(&args, pipeline->spec->path);
    pg_arg_text(&args, pipeline->spec->text);
    return pg_exec(pg, SQL_PIPELINE_PUT, &args, NULL, err);
}

int64_t pipeline_revisit_ms(const struct pipeline *pipeline, const bool *selected)
{
    const struct spec *spec = pipeline->spec;

    for (int i = 0; i < spec->asset_count; i++) {
        int from = spec->assets[i].partitions_from;

        if (from >= 0 && (selected == NULL || selected[i])) {
            return json_integer_value(json_object_get(spec->assets[from].with, "revisit"));
        }
    }
    return 0;
}

bool pipeline_key(struct mem *mem, const char *name, const char **ret_key, struct err *err)
{
    size_t len = strlen(name);
    bool ok = len >= PLAYER_NAME_MIN && len <= PLAYER_NAME_MAX &&
              isalnum((unsigned char)name[0]) && isalnum((unsigned char)name[len - 1]);
    char *key;

    for (size_t i = 0; ok && i < len; i++) {
        ok = isalnum((unsigned char)name[i]) || name[i] == '_' || name[i] == '-';
    }
    if (!ok) {
        return err_set(err, ERR_USAGE,
                       "not a player's name: expected %d to %d letters, digits, - or _, starting "
                       "and ending with a letter or digit",
                       PLAYER_NAME_MIN, PLAYER_NAME_MAX);
    }
    key = mem_strdup(mem, name);
    for (char *c = key; *c != '\0'; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    *ret_key = key;
    return true;
}

bool pipeline_seeds(const struct pipeline *pipeline, struct mem *mem, const char ***ret_keys,
                    int *ret_count, struct err *err)
{
    const struct spec *spec = pipeline->spec;
    const json_t *seeds = NULL;
    const char **keys;
    int count = 0;

    for (int i = 0; i < spec->asset_count && json_array_size(seeds) == 0; i++) {
        if (spec->assets[i].kind->provides_partitions) {
            seeds = json_object_get(spec->assets[i].with, "seeds");
        }
    }
    keys = mem_array(mem, json_array_size(seeds), sizeof(*keys));
    for (size_t k = 0; k < json_array_size(seeds); k++) {
        bool known = false;

        if (!pipeline_key(mem, json_string_value(json_array_get(seeds, k)), &keys[count], err)) {
            err->kind = ERR_SPEC;
            return err_in(err, "%s: seed %zu", spec->path, k + 1);
        }
        for (int j = 0; j < count; j++) {
            known = known || strcmp(keys[j], keys[count]) == 0;
        }
        count += !known;
    }
    *ret_keys = keys;
    *ret_count = count;
    return true;
}
