-- SPDX-License-Identifier: MIT
-- Events. $1 run, $2 step, $3 fence, $4 type, $5 level, $6 message, $7 data (JSON text), $8 when
-- (ms since 1970) (arrays).
insert into rookery.event (at, run_id, step, fence, type, level, message, data)
select to_timestamp(at_ms / 1000.0), run_id, step, fence, type, coalesce(level, 'info'), coalesce(message, ''), data::jsonb
  from unnest($1::bigint[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[])
       with ordinality as u(run_id, step, fence, type, level, message, data, at_ms, ord)
 order by ord
