-- SPDX-License-Identifier: MIT
-- Opponents of chosen players, one step further out; players that the source does not know are gone.
with gone as (
    update chess.frontier f set state = 'gone'
      from chess.player p join chess.fetch_state s on s.source = 'lichess' and s.player = p.key
     where p.id = f.player and s.gone_at is not null and f.state <> 'gone'
)
insert into chess.frontier (player, depth, state, discovered_by, root)
select distinct on (e.opponent) e.opponent, f.depth + 1, 'new', f.player, f.root
  from chess.frontier f join chess.edge e on e.player = f.player
 where f.state = 'chosen'
 order by e.opponent, f.depth, f.player
on conflict (player) do update set depth = least(frontier.depth, excluded.depth)
 where frontier.state = 'new' and frontier.depth > excluded.depth
