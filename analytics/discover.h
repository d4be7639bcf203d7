/* SPDX-License-Identifier: MIT
 *
 * discover: finds plugins and reads what they say of themselves, without loading them here.
 *
 * For each x.c (or x.so) in the plugin folder, x.so is looked for in this order:
 *     1. $ROOKERY_PLUGIN_DIR   2. plugins/ beside the executable   3. the plugin folder itself
 * and probed in a throw-away process (`rookery plugin-probe FILE`), so that a plugin that crashes
 * while it is loaded hurts nobody.
 */
#ifndef ROOKERY_ANALYTICS_DISCOVER_H
#define ROOKERY_ANALYTICS_DISCOVER_H

#include <jansson.h>

#include "engine/base/mem.h"

struct plugin_info {
    const char *name, *version, *hash, *path, *doc;
};

/* All plugins of a folder, ascending names, in mem. exe: this program. */
bool plugin_discover(const char *folder, const char *exe, struct mem *mem,
                     struct plugin_info **ret_infos, size_t *ret_count, struct err *err);

/* Loads a plugin in this process and describes it: {name, version, hash, doc, columns: [...]}. For the
 * throw-away process. */
bool plugin_describe(const char *path, json_t **ret_description, struct err *err);

#endif
