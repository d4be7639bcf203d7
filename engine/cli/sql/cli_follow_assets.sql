-- SPDX-License-Identifier: MIT
-- One row an asset over the family of run $1: state, steps ended, steps, rows, a note.
select s.asset,
       case when bool_or(s.state = 'failed') then 'failed' when bool_or(s.state = 'running') then 'running'
            when bool_or(s.state = 'retrying') then 'retrying' when bool_or(s.state = 'waiting') then 'waiting'
            when bool_or(s.state = 'cancelled') then 'cancelled' when bool_or(s.state = 'success') then 'success'
            when bool_and(s.state = 'skipped') then 'skipped' else 'unchanged' end,
       count(*) filter (where s.ended_at is not null), count(*),
       coalesce((select sum(m.rows) from rookery.materialization m join rookery.run mr on mr.id = m.run_id
                  where m.asset = s.asset and mr.family = asked.family), 0),
       coalesce(max(case when s.state = 'retrying' then 'again at ' || to_char(s.not_before, 'HH24:MI:SS') || ': ' || s.error
                         when s.state = 'running' and s.partition <> '' then s.partition end), '')
  from rookery.run asked
  join rookery.run r on r.family = asked.family
  join rookery.step s on s.run_id = r.id
 where asked.id = $1
 group by s.asset, asked.family order by min(s.step)
