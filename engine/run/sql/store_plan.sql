-- SPDX-License-Identifier: MIT
-- Steps of a run that starts. $1 run, $2 step, $3 asset, $4 partition, $5 kind, $6 reason (arrays).
insert into rookery.step (run_id, step, asset, partition, kind, state, reason)
select run_id, step, asset, partition, kind, 'waiting', reason
  from unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[])
       as u(run_id, step, asset, partition, kind, reason)
