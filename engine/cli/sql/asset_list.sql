-- SPDX-License-Identifier: MIT
-- Assets with their last materialization. $1 name, $2 kind, $3 group (arrays, in order).
select a.name as asset, a.kind, a."group",
       to_char(m.at, 'YYYY-MM-DD HH24:MI:SS') as materialized,
       m.run_id as run, t.partitions, t.rows
  from unnest($1::text[], $2::text[], $3::text[]) with ordinality as a(name, kind, "group", ord)
  left join lateral (select at, run_id from rookery.materialization m where m.asset = a.name order by id desc limit 1) m on true
  left join lateral (select nullif(count(distinct nullif(partition, '')), 0) as partitions, coalesce(sum(rows), 0) as rows
                       from rookery.materialization m where m.asset = a.name) t on true
 order by a.ord
