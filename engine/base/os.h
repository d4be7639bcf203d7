/* SPDX-License-Identifier: MIT
 *
 * os: files, folders, locks, processes. The only starter of processes.
 */
#ifndef ROOKERY_BASE_OS_H
#define ROOKERY_BASE_OS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

/* ---- files -------------------------------------------------------------------------------- */

/* Reads a regular file whole (never blocks on a FIFO); fails past `max` bytes. */
bool os_read_file(const char *path, size_t max, struct buf *out, struct err *err);
/* Writes by temporary file, fsync and rename, so that readers see the old or the new content. */
bool os_write_file(const char *path, const void *data, size_t len, mode_t mode, struct err *err);
/* mkdir -p with mode for the folders it makes; an existing folder is fine. */
bool os_make_dirs(const char *path, mode_t mode, struct err *err);
/* Removes a folder with everything in it; absent is fine. Follows no symbolic links. */
bool os_remove_tree(const char *path, struct err *err);
bool os_exists(const char *path);
/* Absolute path of this process's executable; malloc'ed. */
char *os_exe_path(void);
/* Absolute, symlink-free form of a path that exists, or the absolute form of one that does not;
 * malloc'ed. */
char *os_abs_path(const char *path);
/* Folder part of a path ("." if none); malloc'ed. */
char *os_dir_of(const char *path);
/* A private folder for sockets and locks of this user (0700), short enough for a socket path:
 * $XDG_RUNTIME_DIR/rookery, else /tmp/rookery-<uid>. Fails when somebody else owns it. malloc'ed. */
bool os_runtime_dir(char **ret_path, struct err *err);

/* ---- locks -------------------------------------------------------------------------------- */

enum os_lock { OS_LOCK_SHARED, OS_LOCK_EXCLUSIVE };

/* Opens (creating) `path` and takes an flock on it. wait=false: *ret_fd = -1 and true when somebody
 * else holds it. The lock lasts until the descriptor is closed; the descriptor is not inherited by
 * exec'd children. */
bool os_lock_file(const char *path, enum os_lock mode, bool wait, int *ret_fd, struct err *err);
/* Changes the mode of a held lock without waiting; false (no err) when another holder prevents it. */
bool os_lock_change(int fd, enum os_lock mode);

/* ---- processes ------------------------------------------------------------------------------ */

struct os_spawn {
    const char *const *argv;  /* argv[0] is the program's path; NULL-ended */
    const char *const *env;   /* NULL-ended NAME=value pairs put over this process's; may be NULL */
    const char *cwd;          /* NULL: keep */
    uid_t uid;                /* run as this user (needs root) with gid; 0 keeps the current one */
    gid_t gid;
    int out_fd, err_fd;       /* descriptors for stdout, stderr; -1 keeps ours */
    int keep_fd;              /* one more descriptor the child shall keep; -1 none */
    bool die_with_parent;     /* SIGKILL when the parent thread ends: spawn from the main thread */
    bool new_group;           /* own process group, so that a Ctrl-C reaches only us */
    bool new_session;         /* own session: survives our terminal and us */
};

/* Starts a program (fork + exec with every other descriptor closed on exec and signals reset); an
 * exec failure is reported here. stdin is /dev/null. */
bool os_spawn(const struct os_spawn *spawn, pid_t *ret_pid, struct err *err);
/* Runs to the end, at most timeout_ms (then killed), both outputs appended to `out` up to its
 * maximum. Non-zero exit is not an error here: look at *ret_status (as of waitpid). */
bool os_run(const struct os_spawn *spawn, int64_t timeout_ms, struct buf *out, int *ret_status,
            struct err *err);
/* A descriptor that becomes readable when the child ends. */
bool os_pidfd(pid_t pid, int *ret_fd, struct err *err);
/* "exit 3", "signal 9 (Killed)". Returns out. */
char *os_status_text(int status, char *out, size_t size);
/* Is a process with this pid and start time (os_start_time) alive? Guards against pid reuse. */
int64_t os_start_time(pid_t pid); /* clock ticks since boot; -1 when there is none */
/* Peak resident memory of a process in bytes; 0 when unknown. */
int64_t os_rss_bytes(pid_t pid);
int os_cpu_count(void);

/* Blocks SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGPIPE for all threads and returns a signalfd for the
 * first four. Call in main before any thread starts. */
bool os_signal_fd(int *ret_fd, struct err *err);
/* Next signal pending on it, 0 when none. */
int os_signal_read(int fd);

#endif
