-- SPDX-License-Identifier: MIT
-- Leases of running attempts. $1 fence, $2 lease in ms (arrays). A row that a worker's commit holds
-- is skipped: that worker is plainly alive.
update rookery.claim c
   set lease_expires_at = clock_timestamp() + make_interval(secs => u.lease_ms / 1000.0)
  from unnest($1::bigint[], $2::bigint[]) as u(fence, lease_ms)
 where c.fence in (select fence from rookery.claim
                    where fence = any($1::bigint[]) and state = 'running' for update skip locked)
   and c.fence = u.fence
