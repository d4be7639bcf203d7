/* SPDX-License-Identifier: MIT
 * plugin: see plugin.h. */
#include "analytics/plugin.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/limits.h"
#include "engine/base/mem.h"

enum { NAME_MAX_BYTES = 40, VERSION_MAX_BYTES = 40 };

struct loaded {
    struct loaded *next;
    char hash[HASH_HEX_BYTES];
    const struct analytic_plugin *plugin;
};

/* What this process has loaded: the one table that must outlive every task, because a shared object
 * cannot be loaded twice in one process and is never unloaded. */
static struct loaded *loaded_list;
static pthread_mutex_t loaded_mutex = PTHREAD_MUTEX_INITIALIZER;

const char *plugin_sql_type(enum analytic_type type)
{
    static const char *const TYPES[] = {"bigint", "double precision", "text", "boolean"};

    return TYPES[type];
}

static bool good_name(const char *name, size_t max)
{
    size_t len = name != NULL ? strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") : 0;

    return len > 0 && len <= max && name[len] == '\0' && name[0] >= 'a' && name[0] <= 'z';
}

static bool check_columns(const char *path, const struct analytic_plugin *plugin, struct err *err)
{
    if (plugin->columns == NULL || plugin->column_count < 1 ||
        plugin->column_count > ANALYTIC_COLUMNS_MAX) {
        return err_set(err, ERR_PLUGIN, "%s: %d columns, expected 1 to %d", path,
                       plugin->column_count, ANALYTIC_COLUMNS_MAX);
    }
    for (int i = 0; i < plugin->column_count; i++) {
        const struct analytic_column *column = &plugin->columns[i];
        bool taken = false;

        if (!good_name(column->name, NAME_MAX_BYTES) || strcmp(column->name, "game_id") == 0 ||
            strcmp(column->name, "load_id") == 0 || (unsigned)column->type > ANALYTIC_BOOL) {
            return err_set(err, ERR_PLUGIN, "%s: column %d has no usable name or type", path,
                           i + 1);
        }
        for (int k = 0; k < i; k++) {
            taken = taken || strcmp(column->name, plugin->columns[k].name) == 0;
        }
        if (taken) {
            return err_set(err, ERR_PLUGIN, "%s: two columns are called '%s'", path, column->name);
        }
    }
    return true;
}

static bool check_plugin(const char *path, const struct analytic_plugin *plugin, struct err *err)
{
    if (plugin->abi != ANALYTIC_ABI) {
        return err_set(err, ERR_PLUGIN, "%s speaks plugin ABI %u, this rookery speaks %d", path,
                       plugin->abi, ANALYTIC_ABI);
    }
    if (plugin->size < sizeof(*plugin)) {
        return err_set(err, ERR_PLUGIN, "%s: its struct has %u bytes, expected at least %zu", path,
                       plugin->size, sizeof(*plugin));
    }
    if (!good_name(plugin->name, NAME_MAX_BYTES) || plugin->version == NULL ||
        strlen(plugin->version) > VERSION_MAX_BYTES || plugin->measure == NULL) {
        return err_set(err, ERR_PLUGIN, "%s: name, version or measure() is missing or not usable",
                       path);
    }
    return check_columns(path, plugin, err);
}

/* Reads and hashes the file behind the descriptor. */
static bool hash_file(int fd, const char *path, char hash[HASH_HEX_BYTES], struct err *err)
{
    struct stat st;
    void *data;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
        st.st_size > LIMIT_FILE_BYTES) {
        return err_set(err, ERR_PLUGIN, "%s is no plugin file", path);
    }
    if ((st.st_mode & 002) != 0) {
        return err_set(err, ERR_PLUGIN, "%s is writable by others (mode %04o)", path,
                       (unsigned)st.st_mode & 07777);
    }
    data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED) {
        return err_sys(err, errno, "reading %s", path);
    }
    (void)hash_sha256_hex(data, (size_t)st.st_size, hash);
    (void)munmap(data, (size_t)st.st_size);
    return true;
}

static const struct analytic_plugin *find_loaded(const char *hash)
{
    for (const struct loaded *at = loaded_list; at != NULL; at = at->next) {
        if (strcmp(at->hash, hash) == 0) {
            return at->plugin;
        }
    }
    return NULL;
}

static bool open_plugin(int fd, const char *path, const char *hash,
                        const struct analytic_plugin **ret_plugin, struct err *err)
{
    char proc[64];
    void *handle;
    const struct analytic_plugin *plugin;
    struct loaded *row;

    (void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
    handle = dlopen(proc, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        const char *why = dlerror();
        const char *text = why != NULL ? strstr(why, ": ") : NULL;

        return err_set(err, ERR_PLUGIN, "%s cannot be loaded: %s", path,
                       text != NULL ? text + 2 : "unknown reason");
    }
    plugin = dlsym(handle, "rookery_analytic");
    if (plugin == NULL) {
        return err_set(err, ERR_PLUGIN, "%s exports no symbol rookery_analytic", path);
    }
    if (!check_plugin(path, plugin, err)) {
        return false;
    }
    row = xcalloc(1, sizeof(*row));
    memcpy(row->hash, hash, sizeof(row->hash));
    row->plugin = plugin;
    row->next = loaded_list;
    loaded_list = row;
    *ret_plugin = plugin;
    return true;
}

bool plugin_load(const char *path, const char *expected_hash,
                 const struct analytic_plugin **ret_plugin, char ret_hash[HASH_HEX_BYTES],
                 struct err *err)
{
    AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char hash[HASH_HEX_BYTES];
    const struct analytic_plugin *plugin;
    bool ok = true;

    if (fd < 0) {
        return err_set(err, ERR_PLUGIN, "cannot read %s: %s", path, strerror(errno));
    }
    if (!hash_file(fd, path, hash, err)) {
        return false;
    }
    if (expected_hash != NULL && strcmp(hash, expected_hash) != 0) {
        return err_set(err, ERR_PLUGIN,
                       "%s changed since the run was planned (hash %.12s, expected %.12s): request "
                       "a new run",
                       path, hash, expected_hash);
    }
    pthread_mutex_lock(&loaded_mutex);
    plugin = find_loaded(hash);
    if (plugin == NULL) {
        ok = open_plugin(fd, path, hash, &plugin, err);
    }
    pthread_mutex_unlock(&loaded_mutex);
    if (ok) {
        *ret_plugin = plugin;
        if (ret_hash != NULL) {
            memcpy(ret_hash, hash, sizeof(hash));
        }
    }
    return ok;
}
