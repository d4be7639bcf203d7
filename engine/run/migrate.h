/* SPDX-License-Identifier: MIT
 *
 * migrate: brings a database to the schema of this binary.
 *
 * Migrations are the numbered files of engine/run/sql/migrations, embedded with their order. Each
 * runs once, in one transaction, under an advisory lock, and leaves its SHA-256 behind. An edited
 * migration or a database newer than the binary is refused (ERR_SCHEMA), with both numbers.
 */
#ifndef ROOKERY_RUN_MIGRATE_H
#define ROOKERY_RUN_MIGRATE_H

#include "engine/base/pg.h"

/* ret_applied (may be NULL): how many ran. One query when there is nothing to do. */
bool migrate_up(struct pg *pg, int *ret_applied, struct err *err);
/* Newest version this binary knows; the database's (0 for an empty one). */
int migrate_known(void);
bool migrate_current(struct pg *pg, int *ret_version, struct err *err);

#endif
