-- SPDX-License-Identifier: MIT
-- A run enters a state. $1 run, $2 state, $3 error kind, $4 error, $5 stop reason (arrays); the
-- last row about a run wins.
update rookery.run r
   set state = u.state,
       started_at = case when u.state = 'running' then coalesce(r.started_at, clock_timestamp()) else coalesce(r.started_at, r.requested_at) end,
       ended_at = case when u.state in ('success', 'failed', 'cancelled') then clock_timestamp() end,
       error_kind = u.error_kind, error = u.error,
       stop_reason = coalesce(u.stop_reason, r.stop_reason)
  from (select distinct on (run_id) *
          from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[])
               with ordinality as v(run_id, state, error_kind, error, stop_reason, ord)
         order by run_id, ord desc) u
 where r.id = u.run_id
