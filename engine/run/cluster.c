/* SPDX-License-Identifier: MIT
 * cluster: see cluster.h. */
#include "engine/run/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/base/mem.h"
#include "engine/base/os.h"
#include "engine/base/pg.h"
#include "engine_run_sql.h"

enum { START_MS_MAX = 60000, INITDB_MS_MAX = 120000, STOP_MS_MAX = 30000, POLL_MS = 4 };

struct cluster {
    bool external;
    char *url;
    char *base;     /* folder with data/, users, start, postgres.log */
    char *sock_dir;
    char *programs;
    int users_fd;
    uid_t uid; /* to run Postgres as; 0 = this user */
    gid_t gid;
};

/* Settings of ours, over Postgres's defaults. Durability stays on. */
static const char SETTINGS[] =
    "# Written by rookery at each start; edits here are lost.\n"
    "listen_addresses = ''\n"
    "unix_socket_permissions = 0700\n"
    "max_connections = 64\n"
    "shared_buffers = 256MB\n"
    "work_mem = 32MB\n"
    "maintenance_work_mem = 128MB\n"
    "max_wal_size = 4GB\n"
    "min_wal_size = 256MB\n"
    "checkpoint_timeout = 15min\n"
    "wal_compression = lz4\n"
    "default_toast_compression = lz4\n"
    "jit = off\n"
    "max_parallel_workers_per_gather = 1\n"
    "client_connection_check_interval = 1s\n"
    "idle_in_transaction_session_timeout = 60s\n"
    "autovacuum_naptime = 30s\n"
    "logging_collector = off\n"
    "log_line_prefix = '%m [%p] '\n"
    "timezone = 'UTC'\n"
    "log_timezone = 'UTC'\n";

static void pause_ms(int64_t ms)
{
    struct timespec wait = {ms / 1000, ms % 1000 * 1000000};

    (void)nanosleep(&wait, NULL);
}

bool cluster_find_programs(char **ret_dir, struct err *err)
{
    glob_t found;
    char *best = NULL;

    if (glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &found) == 0) {
        /* Names sort by version within two digits: the last one is the newest. */
        best = os_dir_of(found.gl_pathv[found.gl_pathc - 1]);
    }
    globfree(&found);
    if (best == NULL && os_exists("/usr/local/bin/postgres")) {
        best = xstrdup("/usr/local/bin");
    }
    if (best == NULL) {
        return err_set(err, ERR_ENGINE,
                       "Postgres is not installed (looked for /usr/lib/postgresql/*/bin/postgres): "
                       "run `make deps`, install the package postgresql-15, or set DATABASE_URL");
    }
    *ret_dir = best;
    return true;
}

const char *cluster_url(const struct cluster *cluster)
{
    return cluster->url;
}

bool cluster_is_private(const struct cluster *cluster)
{
    return !cluster->external;
}

const char *cluster_folder(const struct cluster *cluster)
{
    return cluster->base != NULL ? cluster->base : "";
}

static char *make_url(const char *sock_dir)
{
    AUTO(buf) struct buf out = BUF_INIT(4096);

    buf_text(&out, "postgresql://rookery@/rookery?host=");
    for (const char *c = sock_dir; *c != '\0'; c++) {
        if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.", *c)) {
            buf_char(&out, *c);
        } else {
            buf_printf(&out, "%%%02X", (unsigned char)*c);
        }
    }
    return xstrdup(buf_str(&out));
}

/* Where data and socket live, and as whom Postgres runs. */
static bool choose_places(struct cluster *cluster, const char *state, struct err *err)
{
    char hash[HASH_HEX_BYTES];
    const struct passwd *user = geteuid() == 0 ? getpwnam("postgres") : NULL;

    (void)hash_sha256_hex(state, strlen(state), hash);
    hash[16] = '\0';
    if (geteuid() == 0) {
        AUTO(str) char *note = xprintf("%s/cluster", state);

        if (user == NULL) {
            return err_set(err, ERR_ENGINE,
                           "Postgres does not run as root and there is no user `postgres`: "
                           "run `make deps`, or set DATABASE_URL");
        }
        cluster->uid = user->pw_uid;
        cluster->gid = user->pw_gid;
        cluster->base = xprintf("/var/lib/rookery/%s", hash);
        if (!os_make_dirs("/var/lib/rookery", 0755, err) ||
            !os_make_dirs(cluster->base, 0700, err) ||
            !os_write_file(note, cluster->base, strlen(cluster->base), 0644, err)) {
            return false;
        }
        if (chown(cluster->base, cluster->uid, cluster->gid) != 0) {
            return err_sys(err, errno, "cannot give %s to the user postgres", cluster->base);
        }
    } else {
        cluster->base = xprintf("%s/pg", state);
        if (!os_make_dirs(cluster->base, 0700, err)) {
            return false;
        }
    }
    cluster->sock_dir = xstrdup(cluster->base);
    if (strlen(cluster->sock_dir) + strlen("/.s.PGSQL.5432.lock") > LIMIT_SOCKET_PATH_BYTES) {
        AUTO(str) char *runtime = NULL;

        free(cluster->sock_dir);
        cluster->sock_dir = NULL;
        if (!os_runtime_dir(&runtime, err)) {
            return false;
        }
        cluster->sock_dir = xprintf("%s/pg-%s", runtime, hash);
        if (!os_make_dirs(cluster->sock_dir, 0700, err)) {
            return false;
        }
    }
    cluster->url = make_url(cluster->sock_dir);
    return true;
}

/* Runs one of Postgres's programs to the end; its output becomes the error's text. */
static bool run_program(const struct cluster *cluster, const char *const *argv, int64_t timeout_ms,
                        struct err *err)
{
    AUTO(buf) struct buf out = BUF_INIT(64 * 1024);
    const struct os_spawn spawn = {.argv = argv,
                                   .cwd = "/",
                                   .uid = cluster->uid,
                                   .gid = cluster->gid,
                                   .out_fd = -1,
                                   .err_fd = -1,
                                   .keep_fd = -1,
                                   .new_session = true};
    char how[64];
    int status;

    if (!os_run(&spawn, timeout_ms, &out, &status, err)) {
        return false;
    }
    if (status != 0) {
        return err_set(err, ERR_ENGINE, "%s failed (%s): %.1500s", argv[0],
                       os_status_text(status, how, sizeof(how)), buf_str(&out));
    }
    return true;
}

/* initdb into a folder aside, renamed when complete: a kill in the middle leaves no half cluster. */
static bool make_data(const struct cluster *cluster, const char *data, struct err *err)
{
    AUTO(str) char *fresh = xprintf("%s.new", data);
    AUTO(str) char *initdb = xprintf("%s/initdb", cluster->programs);
    AUTO(str) char *conf = xprintf("%s/postgresql.conf", fresh);
    const char *const argv[] = {initdb, "-D", fresh, "-U", "rookery", "-A", "trust",
                                "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions", NULL};
    static const char INCLUDE[] = "\ninclude 'rookery.conf'\n";
    AUTO(fd) int fd = -1;

    if (!os_remove_tree(fresh, err) || !run_program(cluster, argv, INITDB_MS_MAX, err)) {
        return err_in(err, "making the private database in %s", data);
    }
    fd = open(conf, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0 || write(fd, INCLUDE, sizeof(INCLUDE) - 1) < 0 || rename(fresh, data) != 0) {
        return err_sys(err, errno, "making the private database in %s", data);
    }
    return true;
}

/* The end of the server's log, for people. */
static void add_log_tail(const struct cluster *cluster, struct err *err)
{
    enum { TAIL = 800 };
    AUTO(str) char *path = xprintf("%s/postgres.log", cluster->base);
    AUTO(buf) struct buf log = BUF_INIT(LIMIT_FILE_BYTES);
    struct err ignored;
    size_t from;

    if (os_read_file(path, LIMIT_FILE_BYTES, &log, &ignored)) {
        from = log.len > TAIL ? log.len - TAIL : 0;
        err_set(err, ERR_ENGINE, "Postgres did not start; the end of %s says:\n%s", path,
                buf_str(&log) + from);
    }
}

static bool spawn_server(const struct cluster *cluster, const char *data, pid_t *ret_pid,
                         struct err *err)
{
    AUTO(str) char *log_path = xprintf("%s/postgres.log", cluster->base);
    AUTO(str) char *conf = xprintf("%s/rookery.conf", data);
    AUTO(str) char *program = xprintf("%s/postgres", cluster->programs);
    const char *const argv[] = {program, "-D", data, "-k", cluster->sock_dir, NULL};
    AUTO(fd) int log_fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const struct os_spawn spawn = {.argv = argv,
                                   .cwd = "/",
                                   .uid = cluster->uid,
                                   .gid = cluster->gid,
                                   .out_fd = log_fd,
                                   .err_fd = log_fd,
                                   .keep_fd = -1,
                                   .new_session = true};

    if (log_fd < 0 || !os_write_file(conf, SETTINGS, sizeof(SETTINGS) - 1, 0600, err)) {
        return err_sys(err, errno, "cannot write in %s", cluster->base);
    }
    if (cluster->uid != 0 && chown(conf, cluster->uid, cluster->gid) != 0) {
        return err_sys(err, errno, "cannot give %s to the user postgres", conf);
    }
    return os_spawn(&spawn, ret_pid, err);
}

static bool answers(const struct cluster *cluster, struct err *err)
{
    AUTO(pg) struct pg *pg = NULL;

    return pg_open(cluster->url, "rookery", &pg, err);
}

/* The database inside the cluster, made once. */
static bool make_database(const struct cluster *cluster, struct err *err)
{
    AUTO(str) char *url = xprintf("%s", cluster->url);
    char *name = strstr(url, "@/rookery");
    AUTO(str) char *admin = NULL;
    AUTO(pg) struct pg *pg = NULL;

    CHECK(name != NULL);
    *name = '\0';
    admin = xprintf("%s@/postgres%s", url, name + strlen("@/rookery"));
    return pg_open(admin, "rookery", &pg, err) &&
           pg_once(pg, SQL_CLUSTER_CREATE_DATABASE, NULL, NULL, err);
}

/* Waits for the first answer; `pid` is the server started here. */
static bool wait_ready(const struct cluster *cluster, pid_t pid, struct err *err)
{
    int64_t deadline_ms = clock_mono_ms() + START_MS_MAX;

    for (;;) {
        int status;

        if (answers(cluster, err)) {
            return true;
        }
        if (strstr(err->text, "does not exist") != NULL) {
            return make_database(cluster, err);
        }
        if (waitpid(pid, &status, WNOHANG) == pid) {
            add_log_tail(cluster, err);
            return false;
        }
        if (clock_mono_ms() > deadline_ms) {
            return err_in(err, "Postgres did not answer within a minute");
        }
        pause_ms(POLL_MS);
    }
}

static bool ensure_running(const struct cluster *cluster, struct err *err)
{
    AUTO(str) char *data = xprintf("%s/data", cluster->base);
    pid_t pid;

    if (answers(cluster, err)) {
        return true;
    }
    if (!os_exists(data) && !make_data(cluster, data, err)) {
        return false;
    }
    if (!spawn_server(cluster, data, &pid, err)) {
        return false;
    }
    return wait_ready(cluster, pid, err);
}

static bool open_private(struct cluster *cluster, const char *state_dir, struct err *err)
{
    AUTO(str) char *state = NULL;
    AUTO(str) char *users = NULL;
    AUTO(str) char *start = NULL;
    AUTO(fd) int start_fd = -1;

    if (!os_make_dirs(state_dir, 0755, err)) {
        return false;
    }
    state = os_abs_path(state_dir);
    if (!cluster_find_programs(&cluster->programs, err) || !choose_places(cluster, state, err)) {
        return false;
    }
    users = xprintf("%s/users", cluster->base);
    start = xprintf("%s/start", cluster->base);
    return os_lock_file(start, OS_LOCK_EXCLUSIVE, true, &start_fd, err) &&
           os_lock_file(users, OS_LOCK_SHARED, true, &cluster->users_fd, err) &&
           ensure_running(cluster, err);
}

static void cluster_free(struct cluster *cluster)
{
    if (cluster->users_fd >= 0) {
        (void)close(cluster->users_fd);
    }
    free(cluster->url);
    free(cluster->base);
    free(cluster->sock_dir);
    free(cluster->programs);
    free(cluster);
}

bool cluster_open(const char *state_dir, const char *external_url, struct cluster **ret_cluster,
                  struct err *err)
{
    struct cluster *cluster = xcalloc(1, sizeof(*cluster));

    cluster->users_fd = -1;
    if (external_url != NULL && external_url[0] != '\0') {
        cluster->external = true;
        cluster->url = xstrdup(external_url);
    } else if (!open_private(cluster, state_dir, err)) {
        cluster_free(cluster);
        err->kind = ERR_ENGINE;
        return err_in(err, "the private database");
    }
    *ret_cluster = cluster;
    return true;
}

/* The postmaster's pid from its own file; 0 if there is none. */
static pid_t server_pid(const struct cluster *cluster)
{
    AUTO(str) char *path = xprintf("%s/data/postmaster.pid", cluster->base);
    AUTO(buf) struct buf text = BUF_INIT(4096);
    struct err ignored;

    return os_read_file(path, 4000, &text, &ignored) ? (pid_t)strtol(buf_str(&text), NULL, 10) : 0;
}

/* A fast shutdown: SIGINT, then wait for the pid file to go. */
static void stop_server(const struct cluster *cluster)
{
    pid_t pid = server_pid(cluster);
    int64_t deadline_ms = clock_mono_ms() + STOP_MS_MAX;

    if (pid <= 1 || kill(pid, SIGINT) != 0) {
        return;
    }
    while (server_pid(cluster) == pid && clock_mono_ms() < deadline_ms) {
        (void)waitpid(pid, NULL, WNOHANG);
        pause_ms(POLL_MS);
    }
}

void cluster_close(struct cluster *cluster)
{
    struct err ignored;

    if (cluster == NULL) {
        return;
    }
    if (!cluster->external) {
        AUTO(str) char *start = xprintf("%s/start", cluster->base);
        AUTO(fd) int start_fd = -1;

        if (os_lock_file(start, OS_LOCK_EXCLUSIVE, true, &start_fd, &ignored) &&
            os_lock_change(cluster->users_fd, OS_LOCK_EXCLUSIVE)) {
            stop_server(cluster);
        }
        cluster_free(cluster);
        return;
    }
    cluster_free(cluster);
}
