/* SPDX-License-Identifier: MIT
 * cmd_system: query, db url, version, doctor. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>
#include <microhttpd.h>
#include <sodium.h>
#include <yaml.h>
#include <zstd.h>

#include "engine/base/os.h"
#include "engine/base/sock.h"
#include "engine/cli/cli.h"
#include "engine/run/leader.h"
#include "engine/run/migrate.h"
#include "engine_cli_sql.h"

bool cmd_query(struct cli *cli, struct err *err)
{
    AUTO(pg_rows) struct pg_rows *rows = NULL;
    AUTO(pg_tx) struct pg *tx = NULL;

    if (!cli_connect(cli, err)) {
        return false;
    }
    tx = pg_begin(cli->pg, err);
    if (tx == NULL || !pg_query(tx, SQL_QUERY_LIMITS, NULL, NULL, err) ||
        !pg_once(tx, cli->args[0], NULL, &rows, err)) {
        return false;
    }
    cli_print_rows(cli, rows);
    return true;
}

bool cmd_db_url(struct cli *cli, struct err *err)
{
    if (!cli_connect(cli, err)) {
        return false;
    }
    puts(cluster_url(cli->cluster));
    if (cluster_is_private(cli->cluster) && !cli->quiet) {
        fprintf(stderr, "the private database stops with the last command that uses it; "
                        "`rookery up` keeps it running\n");
    }
    return true;
}

bool cmd_version(struct cli *cli, struct err *err)
{
    const struct {
        const char *name, *version;
    } libs[] = {{"libcurl", curl_version_info(CURLVERSION_NOW)->version},
                {"libpq", pg_library_version()},
                {"libyaml", yaml_get_version_string()},
                {"jansson", JANSSON_VERSION},
                {"libzmq", sock_library_version()},
                {"libmicrohttpd", MHD_get_version()},
                {"libzstd", ZSTD_versionString()},
                {"libsodium", sodium_version_string()}};
    json_t *object = json_pack("{ss si}", "rookery", ROOKERY_VERSION, "schema", migrate_known());

    (void)err;
    for (size_t i = 0; i < sizeof(libs) / sizeof(libs[0]); i++) {
        (void)json_object_set_new(object, libs[i].name, json_string(libs[i].version));
    }
    if (cli->json) {
        cli_print_json(object);
        return true;
    }
    printf("rookery %s (schema %d)\n", ROOKERY_VERSION, migrate_known());
    for (size_t i = 0; !cli->quiet && i < sizeof(libs) / sizeof(libs[0]); i++) {
        printf("  %-14s %s\n", libs[i].name, libs[i].version);
    }
    json_decref(object);
    return true;
}

/* ---- doctor ------------------------------------------------------------------------------------- */

enum verdict { FINE, WARN, BAD };

struct finding {
    enum verdict verdict;
    char text[ERR_TEXT_MAX];
};

static void say(struct finding *f, enum verdict verdict, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

static void say(struct finding *f, enum verdict verdict, const char *fmt, ...)
{
    va_list args;

    f->verdict = verdict;
    va_start(args, fmt);
    (void)vsnprintf(f->text, sizeof(f->text), fmt, args);
    va_end(args);
}

static void look_postgres(struct cli *cli, struct finding *f)
{
    AUTO(str) char *dir = NULL;
    struct err err = ERR_INIT;

    if (cli_database_url(cli)[0] != '\0') {
        say(f, FINE, "a database of yours is used (DATABASE_URL or pipeline file)");
    } else if (cluster_find_programs(&dir, &err)) {
        say(f, FINE, "private, with the programs in %s", dir);
    } else {
        say(f, BAD, "%s", err.text);
    }
}

static void look_database(struct cli *cli, struct finding *f)
{
    struct err err = ERR_INIT;
    int version = 0;

    if (cli_connect(cli, &err) && migrate_current(cli->pg, &version, &err)) {
        say(f, FINE, "reachable, schema version %d of %d", version, migrate_known());
    } else {
        say(f, BAD, "%s", err.text);
    }
}

static void look_engine(struct cli *cli, struct finding *f)
{
    struct leader_info info;
    struct err err = ERR_INIT;

    if (!pg_alive(cli->pg) || !leader_look(cli->pg, &info, &err)) {
        say(f, WARN, "not known without a database");
    } else if (info.alive) {
        say(f, FINE, "running on %s as process %d%s%s", info.host, info.pid,
            info.address[0] != '\0' ? ", pages at " : "", info.address);
    } else {
        say(f, FINE, "none is running; `rookery up` starts one, `materialize` brings its own");
    }
}

static void look_state(struct cli *cli, struct finding *f)
{
    struct statvfs disk;
    struct err err = ERR_INIT;

    if (!os_make_dirs(cli->state, 0755, &err) || access(cli->state, W_OK) != 0) {
        say(f, BAD, "%s cannot be written: choose another with --state DIR", cli->state);
    } else if (statvfs(cli->state, &disk) != 0) {
        say(f, WARN, "the free space of %s is not known", cli->state);
    } else {
        double gib = (double)disk.f_bavail * (double)disk.f_frsize / (1 << 30);

        say(f, gib < 1 ? WARN : FINE, "%s can be written, %.1f GiB free", cli->state, gib);
    }
}

static void look_pipeline(struct cli *cli, struct finding *f)
{
    const struct pipeline *pipeline;
    struct err err = ERR_INIT;

    if (cli_load_pipeline(cli, &pipeline, &err)) {
        say(f, FINE, "%s is valid: %d assets", cli->pipeline, pipeline->spec->asset_count);
    } else {
        say(f, BAD, "%s; see `rookery validate`", strtok(err.text, "\n"));
    }
}

static void look_contact(struct cli *cli, struct finding *f)
{
    const struct pipeline *pipeline;
    struct err err = ERR_INIT;

    if (!cli_load_pipeline(cli, &pipeline, &err)) {
        say(f, WARN, "not known without a valid pipeline");
    } else if (pipeline->spec->lichess_contact[0] == '\0') {
        say(f, WARN, "%s, but no contact is set: set ROOKERY_CONTACT to an e-mail or web address",
            pipeline->spec->lichess_url);
    } else {
        say(f, FINE, "%s, contact set, %s token", pipeline->spec->lichess_url,
            pipeline->spec->lichess_token[0] != '\0' ? "with a" : "without");
    }
}

static void look_clock(struct cli *cli, struct finding *f)
{
    /* Leases are by the database's clock and the boot clock; but Lichess is asked by wall time. */
    enum { YEAR_2026_S = 1767225600 };

    (void)cli;
    if (time(NULL) < YEAR_2026_S) {
        say(f, BAD, "the clock stands before 2026: set it");
    } else {
        say(f, FINE, "plausible");
    }
}

bool cmd_doctor(struct cli *cli, struct err *err)
{
    static const struct {
        const char *name;
        void (*look)(struct cli *cli, struct finding *f);
    } LOOKS[] = {{"state", look_state},       {"pipeline", look_pipeline},
                 {"postgres", look_postgres}, {"database", look_database},
                 {"engine", look_engine},     {"lichess", look_contact},
                 {"clock", look_clock}};
    static const char *const MARKS[] = {"✓", "△", "✗"};
    static const char *const WORDS[] = {"ok", "warning", "problem"};
    json_t *array = json_array();

    (void)err;
    for (size_t i = 0; i < sizeof(LOOKS) / sizeof(LOOKS[0]); i++) {
        struct finding f = {0};

        LOOKS[i].look(cli, &f);
        cli->exit_code = f.verdict == BAD ? 1 : cli->exit_code;
        if (!cli->json) {
            printf("%s %-9s %s\n", MARKS[f.verdict], LOOKS[i].name, f.text);
        }
        (void)json_array_append_new(array, json_pack("{ss ss ss}", "check", LOOKS[i].name,
                                                     "verdict", WORDS[f.verdict], "text", f.text));
    }
    if (cli->json) {
        cli_print_json(array);
    } else {
        json_decref(array);
    }
    return true;
}
