/* SPDX-License-Identifier: MIT
 * os: files, folders and locks; see os.h. */
#include "engine/base/os.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/mem.h"

bool os_read_file(const char *path, size_t max, struct buf *out, struct err *err)
{
    enum { PIECE = 64 * 1024 };
    AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    size_t start = out->len;

    if (fd < 0) {
        return err_sys(err, errno, "cannot read %s", path);
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return err_set(err, ERR_DATA, "cannot read %s: not a regular file", path);
    }
    for (;;) {
        size_t room = out->max - out->len < PIECE ? out->max - out->len : PIECE;
        char *at = buf_reserve(out, room);
        ssize_t got;

        if (room == 0 || out->len - start > max) {
            return err_set(err, ERR_DATA, "%s is larger than %zu bytes", path, max);
        }
        got = read(fd, at, room);
        if (got < 0 && errno != EINTR) {
            return err_sys(err, errno, "reading %s", path);
        }
        if (got == 0) {
            return true;
        }
        buf_added(out, got > 0 ? (size_t)got : 0);
    }
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t put = write(fd, data, len);

        if (put < 0 && errno != EINTR) {
            return false;
        }
        if (put > 0) {
            data += put;
            len -= (size_t)put;
        }
    }
    return true;
}

bool os_write_file(const char *path, const void *data, size_t len, mode_t mode, struct err *err)
{
    AUTO(str) char *temp = xprintf("%s.new.%d", path, (int)getpid());
    AUTO(fd) int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);

    if (fd < 0) {
        return err_sys(err, errno, "cannot write %s", path);
    }
    if (!write_all(fd, data, len) || fsync(fd) != 0 || rename(temp, path) != 0) {
        int why = errno;

        (void)unlink(temp);
        return err_sys(err, why, "cannot write %s", path);
    }
    return true;
}

bool os_make_dirs(const char *path, mode_t mode, struct err *err)
{
    AUTO(str) char *copy = xstrdup(path);
    struct stat st;

    for (char *slash = copy + 1; *copy != '\0'; slash++) {
        if (*slash != '/' && *slash != '\0') {
            continue;
        }
        char kept = *slash;

        *slash = '\0';
        if (mkdir(copy, mode) != 0 && errno != EEXIST) {
            return err_sys(err, errno, "cannot make the folder %s", copy);
        }
        *slash = kept;
        if (kept == '\0') {
            break;
        }
    }
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return err_set(err, ERR_OS, "%s is not a folder", path);
    }
    return true;
}

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *where)
{
    (void)st;
    (void)flag;
    (void)where;
    return remove(path);
}

bool os_remove_tree(const char *path, struct err *err)
{
    if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT) {
        return err_sys(err, errno, "cannot remove %s", path);
    }
    return true;
}

bool os_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

char *os_exe_path(void)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

    CHECK(len > 0);
    path[len] = '\0';
    return xstrdup(path);
}

char *os_abs_path(const char *path)
{
    char cwd[PATH_MAX];
    char *real = realpath(path, NULL);

    if (real != NULL || path[0] == '/') {
        return real != NULL ? real : xstrdup(path);
    }
    CHECK(getcwd(cwd, sizeof(cwd)) != NULL);
    return xprintf("%s/%s", cwd, path);
}

char *os_dir_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL) {
        return xstrdup(".");
    }
    return slash == path ? xstrdup("/") : xprintf("%.*s", (int)(slash - path), path);
}

bool os_runtime_dir(char **ret_path, struct err *err)
{
    const char *xdg = getenv("XDG_RUNTIME_DIR");
    AUTO(str) char *path = xdg != NULL && xdg[0] == '/' && strlen(xdg) < 60
                               ? xprintf("%s/rookery", xdg)
                               : xprintf("/tmp/rookery-%d", (int)getuid());
    struct stat st;

    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return err_sys(err, errno, "cannot make the folder %s", path);
    }
    if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != getuid() ||
        (st.st_mode & 077) != 0) {
        return err_set(err, ERR_OS, "%s must be a folder of this user with mode 0700", path);
    }
    *ret_path = TAKE_PTR(path);
    return true;
}

bool os_lock_file(const char *path, enum os_lock mode, bool wait, int *ret_fd, struct err *err)
{
    AUTO(fd) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int op = (mode == OS_LOCK_SHARED ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB);

    if (fd < 0) {
        return err_sys(err, errno, "cannot open the lock file %s", path);
    }
    while (flock(fd, op) != 0) {
        if (errno == EWOULDBLOCK) {
            *ret_fd = -1;
            return true;
        }
        if (errno != EINTR) {
            return err_sys(err, errno, "cannot lock %s", path);
        }
    }
    *ret_fd = TAKE_FD(fd);
    return true;
}

bool os_lock_change(int fd, enum os_lock mode)
{
    return flock(fd, (mode == OS_LOCK_SHARED ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0;
}
