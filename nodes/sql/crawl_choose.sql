-- SPDX-License-Identifier: MIT
-- The next wave of run $1 of family $6: what the run chose before; else at most $3 new players up to depth
-- $2 by policy $4, and those known that were last asked longer than $5 ms ago.
with mine as (
    select p.key from chess.frontier f join chess.player p on p.id = f.player where f.chosen_by = $1 and f.depth > 0
), family as (
    select distinct q.key from rookery.run r join rookery.run_partition q on q.run_id = r.id where r.family = $6
), candidate as (
    select f.player, p.key, f.depth, f.state,
           coalesce((select sum(e.games) from chess.edge e join chess.frontier c on c.player = e.opponent
                      where e.player = f.player and c.state = 'chosen'), 0) as met,
           coalesce((select max(case when g.white = f.player then g.white_rating else g.black_rating end)
                       from chess.game g where $4 = 'strongest' and (g.white = f.player or g.black = f.player)), 0) as rating
      from chess.frontier f join chess.player p on p.id = f.player
      left join chess.fetch_state s on s.source = 'lichess' and s.player = p.key
     where f.depth between 1 and $2 and p.key not in (select key from family)
       and f.root in (select a.id from rookery.run_partition q join chess.player a on a.key = q.key where q.run_id = $6)
       and (f.state = 'new' or (f.state = 'chosen'
            and s.checked_at < clock_timestamp() - make_interval(secs => $5::bigint / 1000.0)))
       and coalesce(p.title, '') <> 'BOT'
), ranked as (
    select player, state, row_number() over (partition by state order by depth,
               case $4 when 'most_met' then -met when 'strongest' then -rating else 0 end, key) as place
      from candidate
     where not exists (select 1 from mine)
), chosen as (
    update chess.frontier f set state = 'chosen', chosen_by = $1, chosen_at = clock_timestamp()
      from ranked r where r.player = f.player and (r.state = 'chosen' or r.place <= $3)
    returning f.player, r.state, r.place
)
select key from (
    select p.key, c.state = 'chosen' as known, c.place from chosen c join chess.player p on p.id = c.player
    union all
    select key, false, row_number() over (order by key) from mine
) x order by known, place
