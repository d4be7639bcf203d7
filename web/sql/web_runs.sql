-- SPDX-License-Identifier: MIT
-- At most $2 runs with numbers below $1, newest first.
select r.id, r.state, r.selection, r.trigger,
       (select count(*) from rookery.run_partition p where p.run_id = r.id),
       (select count(*) filter (where s.ended_at is not null) || '/' || count(*) from rookery.step s where s.run_id = r.id),
       to_char(r.requested_at, 'YYYY-MM-DD HH24:MI:SS'),
       coalesce(round(extract(epoch from coalesce(r.ended_at, clock_timestamp()) - r.started_at)::numeric, 1)::text, ''),
       coalesce(r.error, r.stop_reason, '')
  from rookery.run r where r.id < $1 order by r.id desc limit $2
