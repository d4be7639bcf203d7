/* SPDX-License-Identifier: MIT
 *
 * limits: every limit in one place, each with its reason. Sizes in bytes, times in milliseconds.
 * Relations between limits are checked by _Static_assert at the end.
 */
#ifndef ROOKERY_BASE_LIMITS_H
#define ROOKERY_BASE_LIMITS_H

enum {
    /* pipeline.yaml: libyaml is quadratic in nesting; 64 levels still cost under 15 ms */
    LIMIT_YAML_BYTES = 1 << 20,
    LIMIT_YAML_DEPTH = 32,
    LIMIT_YAML_NODES = 200000,
    LIMIT_YAML_SCALAR_BYTES = 64 * 1024,
    LIMIT_ASSETS = 10000,       /* ten times the largest pipeline seen in the field */
    LIMIT_DEPS_PER_ASSET = 256, /* more is a missing group */
    LIMIT_DIAGNOSTICS = 20,     /* a screen; the rest is counted */

    /* game records */
    LIMIT_LINE_BYTES = 1 << 20,            /* the longest real game line is 40 kB */
    LIMIT_QUARANTINE_BYTES = 64 * 1024,    /* of a bad record kept in the row */
    LIMIT_PLIES = 2048,                    /* the longest legal game known to Lichess has 1,800 */
    LIMIT_RAW_BATCH_BYTES = 2 << 20,       /* uncompressed; a batch is one unit of ingest work */
    LIMIT_RAW_BATCH_GAMES = 1000,          /* keeps an ingest shard under ~100 ms */
    LIMIT_HTTP_BODY_BYTES_MAX = 1 << 30,   /* decoded bytes of one response of a source */

    /* messages between engine and worker */
    LIMIT_FRAME_BYTES = 4 << 20,
    LIMIT_SOCKET_QUEUE = 1000, /* ZeroMQ high-water mark, messages a peer */
    LIMIT_SHARD_ITEMS = 64,    /* items in one shard */

    /* processes */
    LIMIT_WORKERS = 64,
    LIMIT_LOG_LINE_BYTES = 8 * 1024,
    LIMIT_SOCKET_PATH_BYTES = 107, /* sun_path less the NUL */

    /* liveness; a test profile (ROOKERY_PROFILE=ci) shortens these tenfold */
    LIMIT_LEASE_MS = 30000,
    LIMIT_LEASE_RENEW_MS = 10000,
    LIMIT_LEADER_LEASE_MS = 15000,
    LIMIT_LEADER_RENEW_MS = 3000,
    LIMIT_GATE_LEASE_MS = 60000,
    LIMIT_GATE_GRACE_MS = 30000,
    LIMIT_WORKER_REPORT_MS = 1000, /* a worker tells its progress this often */
    LIMIT_CANCEL_GRACE_MS = 5000,

    /* the source's anger: lichess.md section 4 */
    LIMIT_RATE_WAIT_MS = 61000,
    LIMIT_RATE_WAIT_MAX_MS = 15 * 60000,
    LIMIT_IDLE_STREAM_MS = 120000, /* the server cuts at 75 s; twice that is dead */
    LIMIT_CONNECT_MS = 15000,

    /* files and requests */
    LIMIT_FILE_BYTES = 64 << 20,
    LIMIT_DB_RETRIES = 5,
};

_Static_assert(LIMIT_LINE_BYTES <= LIMIT_RAW_BATCH_BYTES, "a batch must hold any one line");
_Static_assert(LIMIT_RAW_BATCH_BYTES <= LIMIT_FRAME_BYTES, "a batch must fit one message");
_Static_assert(LIMIT_LEASE_RENEW_MS * 3 <= LIMIT_LEASE_MS, "two renewals may be lost");
_Static_assert(LIMIT_LEADER_RENEW_MS * 3 <= LIMIT_LEADER_LEASE_MS, "two renewals may be lost");

#endif
