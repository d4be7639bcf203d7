-- SPDX-License-Identifier: MIT
-- Steps of run $1: step, asset, partition, state, attempts, rows materialized so far, started (ms).
select s.step, s.asset, s.partition, s.state, s.attempts,
       coalesce((select sum(m.rows)::bigint from rookery.materialization m
                  where m.asset = s.asset and m.partition = s.partition and m.run_id = s.run_id), 0),
       coalesce((extract(epoch from s.started_at) * 1000)::bigint, 0)
  from rookery.step s where s.run_id = $1 order by s.step
