-- SPDX-License-Identifier: MIT
-- The newest events of run $1.
select to_char(e.at, 'HH24:MI:SS.MS'), e.level, e.type,
       coalesce(s.asset || case when s.partition <> '' then '[' || s.partition || ']' else '' end, ''), e.message
  from rookery.event e left join rookery.step s on s.run_id = e.run_id and s.step = e.step
 where e.run_id = $1 order by e.id desc limit 500
