-- SPDX-License-Identifier: MIT
-- Run $1 with its partitions and steps as one JSON object.
select to_jsonb(r) || jsonb_build_object(
         'partitions', (select coalesce(jsonb_agg(p.key order by p.position), '[]') from rookery.run_partition p where p.run_id = r.id),
         'children', (select coalesce(jsonb_agg(c.id order by c.id), '[]') from rookery.run c where c.parent = r.id),
         'steps', (select coalesce(jsonb_agg(to_jsonb(s) order by s.step), '[]') from rookery.step s where s.run_id = r.id))
  from rookery.run r where r.id = $1
