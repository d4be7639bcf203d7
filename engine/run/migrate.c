/* SPDX-License-Identifier: MIT
 * migrate: see migrate.h. */
#include "engine/run/migrate.h"

#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/hash.h"
#include "engine/base/mem.h"
#include "engine_run_sql.h"

int migrate_known(void)
{
    int count = 0;

    while (SQL_MIGRATIONS[count].name != NULL) {
        count++;
    }
    return count;
}

bool migrate_current(struct pg *pg, int *ret_version, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *exists = NULL;
    AUTO(pg_rows) struct pg_rows *rows = NULL;

    if (!pg_query(pg, SQL_MIGRATION_EXISTS, NULL, &exists, err)) {
        return false;
    }
    if (!pg_bool(exists, 0, 0)) {
        *ret_version = 0;
        return true;
    }
    if (!pg_query(pg, SQL_MIGRATION_LIST, NULL, &rows, err)) {
        return false;
    }
    for (int i = 0; i < pg_count(rows); i++) {
        char hash[HASH_HEX_BYTES];

        if (i >= migrate_known()) {
            return err_set(err, ERR_SCHEMA,
                           "the database has schema version %d, this rookery knows %d: use a newer "
                           "rookery",
                           pg_count(rows), migrate_known());
        }
        (void)hash_sha256_hex(SQL_MIGRATIONS[i].text, strlen(SQL_MIGRATIONS[i].text), hash);
        if (strcmp(hash, pg_text(rows, i, 1)) != 0) {
            return err_set(err, ERR_SCHEMA,
                           "migration %s of the database differs from this rookery's: it was "
                           "applied by another build",
                           SQL_MIGRATIONS[i].name);
        }
    }
    *ret_version = pg_count(rows);
    return true;
}

static bool apply(struct pg *pg, int index, struct err *err)
{
    const char *text = SQL_MIGRATIONS[index].text;
    char hash[HASH_HEX_BYTES];
    struct pg_args args = {0};
    int64_t started_ms = clock_mono_ms();
    AUTO(pg_tx) struct pg *tx = pg_begin(pg, err);

    if (tx == NULL || !pg_script(tx, text, err)) {
        return err_in(err, "migration %s", SQL_MIGRATIONS[index].name);
    }
    pg_arg_i64(&args, index + 1);
    pg_arg_text(&args, SQL_MIGRATIONS[index].name);
    pg_arg_text(&args, hash_sha256_hex(text, strlen(text), hash));
    pg_arg_i64(&args, clock_mono_ms() - started_ms);
    return pg_exec(tx, SQL_MIGRATION_INSERT, &args, NULL, err) && pg_commit(&tx, err);
}

static bool apply_all(struct pg *pg, int *ret_applied, struct err *err)
{
    int version;

    if (!pg_query(pg, SQL_MIGRATION_TABLE, NULL, NULL, err) || !migrate_current(pg, &version, err)) {
        return false;
    }
    for (int i = version; i < migrate_known(); i++) {
        if (!apply(pg, i, err)) {
            return false;
        }
        ++*ret_applied;
    }
    return true;
}

bool migrate_up(struct pg *pg, int *ret_applied, struct err *err)
{
    int version, applied = 0;
    struct err ignored;
    bool ok = true;

    if (!migrate_current(pg, &version, err)) {
        return false;
    }
    if (version < migrate_known()) {
        ok = pg_query(pg, SQL_MIGRATION_LOCK, NULL, NULL, err) && apply_all(pg, &applied, err);
        (void)pg_query(pg, SQL_MIGRATION_UNLOCK, NULL, NULL, &ignored);
    }
    if (ok && ret_applied != NULL) {
        *ret_applied = applied;
    }
    return ok;
}
