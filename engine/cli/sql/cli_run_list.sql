-- SPDX-License-Identifier: MIT
-- The newest $1 runs.
select r.id as run, r.state, r.selection, r.trigger, r.wave,
       (select count(*) from rookery.run_partition p where p.run_id = r.id) as players,
       (select count(*) filter (where s.ended_at is not null) || '/' || count(*) from rookery.step s where s.run_id = r.id) as steps,
       to_char(r.requested_at, 'YYYY-MM-DD HH24:MI:SS') as requested,
       round(extract(epoch from coalesce(r.ended_at, clock_timestamp()) - r.started_at)::numeric, 1) as seconds,
       coalesce(r.error, r.stop_reason, '') as note
  from rookery.run r order by r.id desc limit $1
