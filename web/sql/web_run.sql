-- SPDX-License-Identifier: MIT
-- Run $1 for its page.
select r.id, r.state, r.selection, r.trigger, r.parent, r.wave, to_char(r.requested_at, 'YYYY-MM-DD HH24:MI:SS'),
       coalesce(round(extract(epoch from coalesce(r.ended_at, clock_timestamp()) - r.started_at)::numeric, 1)::text, '0'),
       coalesce(r.error, r.stop_reason, ''),
       coalesce((select string_agg(p.key, ', ' order by p.position) from rookery.run_partition p where p.run_id = r.id), 'none')
  from rookery.run r where r.id = $1
