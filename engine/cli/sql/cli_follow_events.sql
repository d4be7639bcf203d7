-- SPDX-License-Identifier: MIT
-- Events after number $2 of the family of run $1.
select e.id, to_char(e.at, 'YYYY-MM-DD HH24:MI:SS.MS') as at, e.run_id as run,
       coalesce(s.asset || case when s.partition <> '' then '[' || s.partition || ']' else '' end, '') as step,
       e.type, e.level, e.message
  from rookery.run asked
  join rookery.run r on r.family = asked.family
  join rookery.event e on e.run_id = r.id and e.id > $2
  left join rookery.step s on s.run_id = e.run_id and s.step = e.step
 where asked.id = $1 order by e.id
