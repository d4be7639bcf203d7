-- SPDX-License-Identifier: MIT
-- Renews the lease. $1 source, $2 fence, $3 lease in ms.
update rookery.gate set expires_at = clock_timestamp() + make_interval(secs => $3::bigint / 1000.0)
 where name = $1 and fence = $2 and holder is not null
