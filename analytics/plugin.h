/* SPDX-License-Identifier: MIT
 *
 * plugin: loads a plugin file and checks it against the contract.
 *
 * A file is read, hashed, and opened by the descriptor that was hashed, so that what runs is what was
 * checked. It is never closed again: a changed plugin means a new worker process. plugin_load() keeps
 * what it loaded by hash, since loading the same file twice would run its constructors twice.
 */
#ifndef ROOKERY_ANALYTICS_PLUGIN_H
#define ROOKERY_ANALYTICS_PLUGIN_H

#include "analytics/analytic.h"
#include "engine/base/err.h"
#include "engine/base/hash.h"

/* expected_hash: SHA-256 in hex, or NULL for any. ret_hash may be NULL. Errors are ERR_PLUGIN and name
 * the file, what is wrong, and what was expected. */
bool plugin_load(const char *path, const char *expected_hash,
                 const struct analytic_plugin **ret_plugin, char ret_hash[HASH_HEX_BYTES],
                 struct err *err);

/* SQL type of a column ("bigint", "double precision", "text", "boolean"). */
const char *plugin_sql_type(enum analytic_type type);

#endif
