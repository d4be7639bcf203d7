-- SPDX-License-Identifier: MIT
-- Takes the lease if the epoch is still the one that was seen. $1 epoch seen, $2 engine, $3 host,
-- $4 pid, $5 pid's start, $6 address, $7 lease in ms.
update rookery.leader
   set epoch = epoch + 1, engine_id = $2, host = $3, pid = $4, pid_start = $5, address = $6,
       since = clock_timestamp(), expires_at = clock_timestamp() + make_interval(secs => $7::bigint / 1000.0)
 where epoch = $1
returning epoch
