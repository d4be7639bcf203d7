-- SPDX-License-Identifier: MIT
-- Takes the lease. $1 source, $2 holder, $3 lease in ms, $4 grace in ms, $5 place: host and lock file
-- that the asker holds, so that an earlier holder from there is dead.
update rookery.gate
   set holder = $2, fence = fence + 1,
       expires_at = clock_timestamp() + make_interval(secs => $3::bigint / 1000.0)
 where name = $1 and not_before <= clock_timestamp()
   and (holder is null or starts_with(holder, $5 || ':')
        or expires_at + make_interval(secs => $4::bigint / 1000.0) < clock_timestamp())
returning fence
