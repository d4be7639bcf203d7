/* SPDX-License-Identifier: MIT
 * clock: see clock.h. */
#include "engine/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t read_ns(clockid_t id)
{
    struct timespec now;

    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_mono_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

int64_t clock_mono_ms(void)
{
    return read_ns(CLOCK_MONOTONIC) / 1000000;
}

int64_t clock_boot_ms(void)
{
    return read_ns(CLOCK_BOOTTIME) / 1000000;
}

int64_t clock_wall_ms(void)
{
    return read_ns(CLOCK_REALTIME) / 1000000;
}

int64_t clock_scaled_ms(int64_t limit_ms)
{
    const char *profile = getenv("ROOKERY_PROFILE");

    return profile != NULL && strcmp(profile, "ci") == 0 ? limit_ms / 10 : limit_ms;
}

char *clock_format_utc(int64_t wall_ms, char *out, size_t size)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm utc;
    char date[32];

    (void)gmtime_r(&seconds, &utc);
    (void)strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(out, size, "%s.%03dZ", date, (int)(wall_ms % 1000));
    return out;
}

char *clock_format_duration(int64_t ms, char *out, size_t size)
{
    int64_t s = ms / 1000;

    if (ms < 1000) {
        (void)snprintf(out, size, "%lld ms", (long long)ms);
    } else if (s < 60) {
        (void)snprintf(out, size, "%lld.%lld s", (long long)s, (long long)(ms % 1000 / 100));
    } else if (s < 3600) {
        (void)snprintf(out, size, "%lld m %02lld s", (long long)(s / 60), (long long)(s % 60));
    } else if (s < 86400) {
        (void)snprintf(out, size, "%lld h %02lld m", (long long)(s / 3600),
                       (long long)(s / 60 % 60));
    } else {
        (void)snprintf(out, size, "%lld d %lld h", (long long)(s / 86400),
                       (long long)(s / 3600 % 24));
    }
    return out;
}
