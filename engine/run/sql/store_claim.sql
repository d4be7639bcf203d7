-- SPDX-License-Identifier: MIT
-- Attempts that start. $1 fence, $2 run, $3 step, $4 phase, $5 items, $6 attempt, $7 worker,
-- $8 lease in ms (arrays).
insert into rookery.claim (fence, run_id, step, phase, items, attempt, worker, state, lease_expires_at)
select fence, run_id, step, phase, items, attempt, worker, 'running',
       clock_timestamp() + make_interval(secs => lease_ms / 1000.0)
  from unnest($1::bigint[], $2::bigint[], $3::int[], $4::text[], $5::int[], $6::int[], $7::text[], $8::bigint[])
       as u(fence, run_id, step, phase, items, attempt, worker, lease_ms)
