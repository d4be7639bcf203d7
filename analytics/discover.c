/* SPDX-License-Identifier: MIT
 * discover: see discover.h. */
#include "analytics/discover.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "analytics/plugin.h"
#include "engine/base/os.h"

enum { PLUGINS_MAX = 500, PROBE_MS = 10000, PROBE_OUTPUT_MAX = 64 * 1024 };

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has_name(const char **names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Stems of the *.c and *.so files. */
static bool list_stems(const char *folder, struct mem *mem, const char **names, size_t *ret_count,
                       struct err *err)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    size_t count = 0;

    if (dir == NULL) {
        return err_set(err, ERR_PLUGIN, "the plugin folder %s cannot be read: %s", folder,
                       strerror(errno));
    }
    while ((entry = readdir(dir)) != NULL && count < PLUGINS_MAX) {
        const char *dot = strrchr(entry->d_name, '.');

        if (dot == NULL || dot == entry->d_name ||
            (strcmp(dot, ".c") != 0 && strcmp(dot, ".so") != 0)) {
            continue;
        }
        const char *stem = mem_strndup(mem, entry->d_name, (size_t)(dot - entry->d_name));

        if (!has_name(names, count, stem)) {
            names[count++] = stem;
        }
    }
    (void)closedir(dir);
    qsort(names, count, sizeof(names[0]), by_name);
    *ret_count = count;
    return true;
}

static bool find_object(const char *folder, const char *exe, const char *stem, struct mem *mem,
                        const char **ret_path, struct err *err)
{
    AUTO(str) char *exe_dir = os_dir_of(exe);
    const char *env = getenv("ROOKERY_PLUGIN_DIR");
    const char *places[3] = {env != NULL ? mem_printf(mem, "%s/%s.so", env, stem) : NULL,
                             mem_printf(mem, "%s/plugins/%s.so", exe_dir, stem),
                             mem_printf(mem, "%s/%s.so", folder, stem)};

    for (int i = 0; i < 3; i++) {
        if (places[i] != NULL && os_exists(places[i])) {
            *ret_path = places[i];
            return true;
        }
    }
    return err_set(err, ERR_PLUGIN, "%s/%s.c is not built (no %s): run `make`", folder, stem,
                   places[1]);
}

/* The last line of the probe's output. */
static const char *last_line(struct buf *out)
{
    const char *line;

    while (out->len > 0 && out->data[out->len - 1] == '\n') {
        out->data[--out->len] = '\0';
    }
    line = out->len > 0 ? strrchr(out->data, '\n') : NULL;
    return line != NULL ? line + 1 : buf_str(out);
}

static bool probe(const char *exe, const char *path, struct mem *mem, struct plugin_info *ret,
                  struct err *err)
{
    const char *const argv[] = {exe, "plugin-probe", path, NULL};
    const struct os_spawn spawn = {.argv = argv, .out_fd = -1, .err_fd = -1, .keep_fd = -1};
    AUTO(buf) struct buf out = BUF_INIT(PROBE_OUTPUT_MAX);
    const char *name, *version, *hash, *doc;
    char how[64];
    json_t *object;
    int status;

    if (!os_run(&spawn, PROBE_MS, &out, &status, err)) {
        err->kind = ERR_PLUGIN;
        return err_in(err, "plugin %s", path);
    }
    if (status != 0) {
        const char *text = last_line(&out);

        return err_set(err, ERR_PLUGIN, "plugin %s: %s", path,
                       WIFEXITED(status) && text[0] != '\0'
                           ? text
                           : os_status_text(status, how, sizeof(how)));
    }
    object = json_loads(last_line(&out), 0, NULL);
    if (json_unpack(object, "{ss ss ss ss}", "name", &name, "version", &version, "hash", &hash,
                    "doc", &doc) != 0) {
        json_decref(object);
        return err_set(err, ERR_PLUGIN, "plugin %s printed something of its own while loading",
                       path);
    }
    *ret = (struct plugin_info){.name = mem_strdup(mem, name),
                                .version = mem_strdup(mem, version),
                                .hash = mem_strdup(mem, hash),
                                .doc = mem_strdup(mem, doc),
                                .path = path};
    json_decref(object);
    return true;
}

bool plugin_discover(const char *folder, const char *exe, struct mem *mem,
                     struct plugin_info **ret_infos, size_t *ret_count, struct err *err)
{
    const char **stems = mem_array(mem, PLUGINS_MAX, sizeof(*stems));
    struct plugin_info *infos;
    size_t count = 0;

    if (!list_stems(folder, mem, stems, &count, err)) {
        return false;
    }
    infos = mem_array(mem, count, sizeof(*infos));
    for (size_t i = 0; i < count; i++) {
        const char *path = NULL;

        if (!find_object(folder, exe, stems[i], mem, &path, err)) {
            return false;
        }
        AUTO(str) char *full = os_abs_path(path);

        if (!probe(exe, mem_strdup(mem, full), mem, &infos[i], err)) {
            return false;
        }
        if (strcmp(infos[i].name, stems[i]) != 0) {
            return err_set(err, ERR_PLUGIN, "plugin %s calls itself '%s', expected '%s' as its file",
                           infos[i].path, infos[i].name, stems[i]);
        }
    }
    *ret_infos = infos;
    *ret_count = count;
    return true;
}

bool plugin_describe(const char *path, json_t **ret_description, struct err *err)
{
    const struct analytic_plugin *plugin;
    char hash[HASH_HEX_BYTES];
    json_t *columns = json_array();

    if (!plugin_load(path, NULL, &plugin, hash, err)) {
        json_decref(columns);
        return false;
    }
    for (int i = 0; i < plugin->column_count; i++) {
        const struct analytic_column *column = &plugin->columns[i];

        (void)json_array_append_new(
            columns, json_pack("{ss ss ss}", "name", column->name, "type",
                               plugin_sql_type(column->type), "doc",
                               column->doc != NULL ? column->doc : ""));
    }
    *ret_description = json_pack("{ss ss ss ss so}", "name", plugin->name, "version",
                                 plugin->version, "hash", hash, "doc",
                                 plugin->doc != NULL ? plugin->doc : "", "columns", columns);
    return *ret_description != NULL || err_set(err, ERR_PLUGIN, "%s: a text is no UTF-8", path);
}
