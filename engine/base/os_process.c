/* SPDX-License-Identifier: MIT
 * os_process: starting, watching and naming processes; see os.h. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/os.h"

enum { REPORT_FD_MIN = 10 };

/* In the child: never returns unless a step failed; errno says why. */
static void child_setup(const struct os_spawn *spawn, pid_t parent)
{
    sigset_t none;
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0) {
        return;
    }
    if (spawn->out_fd >= 0 && dup2(spawn->out_fd, STDOUT_FILENO) < 0) {
        return;
    }
    if (spawn->err_fd >= 0 && dup2(spawn->err_fd, STDERR_FILENO) < 0) {
        return;
    }
    if (spawn->keep_fd >= 0) {
        (void)fcntl(spawn->keep_fd, F_SETFD, 0);
    }
    if (spawn->new_group) {
        (void)setpgid(0, 0);
    }
    if (spawn->new_session) {
        (void)setsid();
    }
    if (spawn->uid != 0 && (setgroups(0, NULL) != 0 || setgid(spawn->gid) != 0 ||
                            setuid(spawn->uid) != 0)) {
        return;
    }
    if (spawn->cwd != NULL && chdir(spawn->cwd) != 0) {
        return;
    }
    if (spawn->die_with_parent) {
        /* The parent may have ended before prctl: then nobody would send the signal. */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
            return;
        }
    }
    (void)execv(spawn->argv[0], (char *const *)(uintptr_t)spawn->argv);
}

static void put_env(const char *const *env)
{
    for (; env != NULL && *env != NULL; env++) {
        (void)putenv((char *)(uintptr_t)*env);
    }
}

bool os_spawn(const struct os_spawn *spawn, pid_t *ret_pid, struct err *err)
{
    int report[2], why = 0;
    pid_t parent = getpid(), pid;
    ssize_t got;

    if (pipe2(report, O_CLOEXEC) != 0) {
        return err_sys(err, errno, "cannot start %s", spawn->argv[0]);
    }
    pid = fork();
    if (pid == 0) {
        int high = fcntl(report[1], F_DUPFD_CLOEXEC, REPORT_FD_MIN);

        put_env(spawn->env);
        child_setup(spawn, parent);
        why = errno;
        (void)!write(high, &why, sizeof(why));
        _exit(127);
    }
    (void)close(report[1]);
    do {
        got = pid > 0 ? read(report[0], &why, sizeof(why)) : 0;
    } while (got < 0 && errno == EINTR);
    (void)close(report[0]);
    if (pid < 0) {
        return err_sys(err, errno, "cannot start %s", spawn->argv[0]);
    }
    if (got == (ssize_t)sizeof(why)) {
        (void)waitpid(pid, NULL, 0);
        return err_sys(err, why, "cannot start %s", spawn->argv[0]);
    }
    *ret_pid = pid;
    return true;
}

/* Reads until end of file or the deadline; false at the deadline. */
static bool drain(int fd, int64_t deadline_ms, struct buf *out)
{
    char piece[4096];

    for (;;) {
        int64_t left = deadline_ms - clock_mono_ms();
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        ssize_t got;

        if (left <= 0) {
            return false;
        }
        if (poll(&wait, 1, (int)left) <= 0) {
            continue;
        }
        got = read(fd, piece, sizeof(piece));
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return true;
        }
        (void)buf_append(out, piece, got > 0 ? (size_t)got : 0);
    }
}

bool os_run(const struct os_spawn *spawn, int64_t timeout_ms, struct buf *out, int *ret_status,
            struct err *err)
{
    struct os_spawn run = *spawn;
    int pipes[2];
    pid_t pid;
    bool ended;

    if (pipe2(pipes, O_CLOEXEC) != 0) {
        return err_sys(err, errno, "cannot start %s", spawn->argv[0]);
    }
    run.out_fd = pipes[1];
    run.err_fd = pipes[1];
    if (!os_spawn(&run, &pid, err)) {
        (void)close(pipes[0]);
        (void)close(pipes[1]);
        return false;
    }
    (void)close(pipes[1]);
    ended = drain(pipes[0], clock_mono_ms() + timeout_ms, out);
    (void)close(pipes[0]);
    if (!ended) {
        (void)kill(pid, SIGKILL);
    }
    while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR) {
    }
    if (!ended) {
        return err_set(err, ERR_TIMEOUT, "%s did not end within %lld ms", spawn->argv[0],
                       (long long)timeout_ms);
    }
    return true;
}

bool os_pidfd(pid_t pid, int *ret_fd, struct err *err)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);

    if (fd < 0) {
        return err_sys(err, errno, "cannot watch process %d", (int)pid);
    }
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    *ret_fd = fd;
    return true;
}

char *os_status_text(int status, char *out, size_t size)
{
    if (WIFSIGNALED(status)) {
        (void)snprintf(out, size, "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    } else {
        (void)snprintf(out, size, "exit %d", WEXITSTATUS(status));
    }
    return out;
}

int64_t os_start_time(pid_t pid)
{
    enum { FIELD_START_AFTER_COMM = 20 };
    char path[64], line[1024];
    const char *at;
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (file == NULL) {
        return -1;
    }
    at = fgets(line, sizeof(line), file);
    (void)fclose(file);
    /* The name in parentheses may hold spaces: count fields from its end. */
    at = at != NULL ? strrchr(line, ')') : NULL;
    for (int field = 0; at != NULL && field < FIELD_START_AFTER_COMM; field++) {
        at = strchr(at + 1, ' ');
    }
    return at != NULL ? strtoll(at + 1, NULL, 10) : -1;
}

int64_t os_rss_bytes(pid_t pid)
{
    char path[64], line[256];
    int64_t kib = 0;
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            kib = strtoll(line + 6, NULL, 10);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return kib * 1024;
}

int os_cpu_count(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count > 0 ? (int)count : 1;
}

bool os_signal_fd(int *ret_fd, struct err *err)
{
    sigset_t set;
    int fd;

    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0) {
        return err_sys(err, errno, "cannot watch signals");
    }
    *ret_fd = fd;
    return true;
}

int os_signal_read(int fd)
{
    struct signalfd_siginfo info;

    return read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info) ? (int)info.ssi_signo : 0;
}
