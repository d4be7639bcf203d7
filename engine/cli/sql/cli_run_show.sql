-- SPDX-License-Identifier: MIT
-- Run $1.
select r.id as run, r.state, r.selection, r.trigger, r.family, r.wave, r.parent,
       to_char(r.requested_at, 'YYYY-MM-DD HH24:MI:SS') as requested,
       round(extract(epoch from coalesce(r.ended_at, clock_timestamp()) - r.started_at)::numeric, 3) as seconds,
       left(r.pipeline, 12) as pipeline, coalesce(r.error, r.stop_reason, '') as note
  from rookery.run r where r.id = $1
