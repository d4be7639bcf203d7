/* SPDX-License-Identifier: MIT
 *
 * clock: the only reader of clocks. Pure code takes time as an argument instead.
 * All values are milliseconds unless the name says otherwise.
 */
#ifndef ROOKERY_BASE_CLOCK_H
#define ROOKERY_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t clock_mono_ms(void); /* never jumps; stops in suspend; for intervals */
int64_t clock_mono_ns(void);
int64_t clock_boot_ms(void); /* never jumps; counts suspend; for leases */
int64_t clock_wall_ms(void); /* since 1970 UTC; may jump; for people and for Lichess */

/* Length of a liveness limit of limits.h under the profile in force: with ROOKERY_PROFILE=ci in
 * the environment a tenth of it, so that recovery can be tested in seconds. */
int64_t clock_scaled_ms(int64_t limit_ms);

/* "2026-11-24T08:21:06.123Z"; out holds at least 25 bytes. Returns out. */
char *clock_format_utc(int64_t wall_ms, char *out, size_t size);

/* "850 ms", "12.3 s", "4 m 05 s", "2 h 10 m", "3 d 4 h" for people. Returns out. */
char *clock_format_duration(int64_t ms, char *out, size_t size);

#endif
