/* SPDX-License-Identifier: MIT
 *
 * cluster: the database: a private Postgres of ours, or the one DATABASE_URL names.
 *
 * The private cluster is made by initdb on first use and listens on a unix socket only, in a folder
 * that nobody else can enter. Run by a plain user it lives in STATE/pg; Postgres refuses to run as
 * root, so there it runs as the user `postgres` under /var/lib/rookery/<hash of the state folder>,
 * and STATE/cluster says where. Where a socket's path would be too long for the kernel, the socket
 * stands in the user's runtime folder.
 *
 * Processes that use a cluster hold a shared lock on its file `users`; the one that leaves last
 * stops it. A server left behind by a process that was killed is adopted by the next one. Starting
 * and stopping are serialised by the lock `start`.
 *
 *     struct cluster *cluster;
 *     if (!cluster_open(state_dir, getenv("DATABASE_URL"), &cluster, err)) ...
 *     pg_open(cluster_url(cluster), ...)
 *     cluster_close(cluster);
 */
#ifndef ROOKERY_RUN_CLUSTER_H
#define ROOKERY_RUN_CLUSTER_H

#include "engine/base/err.h"

struct cluster;

/* external_url: NULL or "" for the private cluster, which is made and started when needed. Errors
 * are ERR_ENGINE and say the next step. */
bool cluster_open(const char *state_dir, const char *external_url, struct cluster **ret_cluster,
                  struct err *err);
/* Leaves; stops the server when nobody else uses it. NULL is fine. */
void cluster_close(struct cluster *cluster);
/* A libpq URI, also good for psql. */
const char *cluster_url(const struct cluster *cluster);
bool cluster_is_private(const struct cluster *cluster);
/* Folder of the private cluster, "" for an external one. */
const char *cluster_folder(const struct cluster *cluster);
/* Folder of Postgres's programs (malloc'ed); fails naming the package when there is none. */
bool cluster_find_programs(char **ret_dir, struct err *err);

#endif
