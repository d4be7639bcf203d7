-- SPDX-License-Identifier: MIT
-- Steps enter states. $1 run, $2 step, $3 state, $4 attempts, $5 started, $6 ended, $7 not before
-- (ms since 1970), $8 rows, $9 error kind, $10 error, $11 reason (arrays); the last row about a step
-- wins, and the times it carries stand for those of the rows before it.
update rookery.step s
   set state = u.state, attempts = u.attempts,
       started_at = to_timestamp(u.started_ms / 1000.0),
       ended_at = to_timestamp(u.ended_ms / 1000.0),
       not_before = to_timestamp(u.not_before_ms / 1000.0),
       rows = u.rows, error_kind = u.error_kind, error = u.error,
       reason = coalesce(u.reason, s.reason)
  from (select distinct on (run_id, step) *
          from unnest($1::bigint[], $2::int[], $3::text[], $4::int[], $5::bigint[], $6::bigint[],
                      $7::bigint[], $8::bigint[], $9::text[], $10::text[], $11::text[])
               with ordinality as v(run_id, step, state, attempts, started_ms, ended_ms, not_before_ms,
                                    rows, error_kind, error, reason, ord)
         order by run_id, step, ord desc) u
 where s.run_id = u.run_id and s.step = u.step
