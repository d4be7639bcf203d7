-- SPDX-License-Identifier: MIT
-- $1 epoch, $2 lease in ms.
update rookery.leader set expires_at = clock_timestamp() + make_interval(secs => $2::bigint / 1000.0) where epoch = $1
