-- SPDX-License-Identifier: MIT
-- How the family of run $1 ended: why the crawl stopped, steps, waves in words.
select coalesce((array_agg(r.stop_reason order by r.id desc) filter (where r.stop_reason is not null))[1], ''),
       (select count(*) from rookery.step s join rookery.run q on q.id = s.run_id where q.family = min(asked.family)),
       case when count(*) > 1 then ' with ' || (count(*) - 1) || case when count(*) > 2 then ' more waves' else ' more wave' end else '' end
  from rookery.run asked join rookery.run r on r.family = asked.family
 where asked.id = $1
