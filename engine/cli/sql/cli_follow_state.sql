-- SPDX-License-Identifier: MIT
-- Family of run $1: live runs, failed, cancelled, first error.
select count(*) filter (where r.state in ('queued', 'running')), count(*) filter (where r.state = 'failed'),
       count(*) filter (where r.state = 'cancelled'),
       coalesce((array_agg(r.error order by r.id) filter (where r.state = 'failed'))[1], '')
  from rookery.run asked join rookery.run r on r.family = asked.family
 where asked.id = $1
