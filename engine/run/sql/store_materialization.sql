-- SPDX-License-Identifier: MIT
-- Records of steps that wrote no data of their own. $1 run, $2 step, $3 fence, $4 asset,
-- $5 partition (arrays).
insert into rookery.materialization (run_id, step, fence, asset, partition)
select run_id, step, fence, asset, partition
  from unnest($1::bigint[], $2::int[], $3::bigint[], $4::text[], $5::text[])
       as u(run_id, step, fence, asset, partition)
