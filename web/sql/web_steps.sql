-- SPDX-License-Identifier: MIT
-- Steps of run $1.
select s.step, s.asset || case when s.partition <> '' then '[' || s.partition || ']' else '' end, s.state, s.attempts, s.rows,
       coalesce(round(extract(epoch from coalesce(s.ended_at, clock_timestamp()) - s.started_at)::numeric, 2)::text, ''),
       coalesce(s.error, s.reason)
  from rookery.step s where s.run_id = $1 order by s.step
