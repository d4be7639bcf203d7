-- SPDX-License-Identifier: MIT
-- Counts again, from chess.game, every pair that met in the loads $1; returns how many directed edges.
with pair as (
    select distinct least(white, black) as a, greatest(white, black) as b
      from chess.game
     where load_id = any($1::bigint[]) and white is not null and black is not null and white <> black
), met as (
    select p.a, p.b, g.white, g.winner, g.created_at
      from pair p
      join chess.game g on (g.white = p.a and g.black = p.b) or (g.white = p.b and g.black = p.a)
), counted as (
    select a as player, b as opponent, count(*)::int as games,
           (count(*) filter (where winner = case when white = a then 1 else 2 end))::int as wins,
           (count(*) filter (where winner is null))::int as draws,
           (count(*) filter (where winner = case when white = a then 2 else 1 end))::int as losses,
           max(created_at) as last_at
      from met group by a, b
), both_ways as (
    select * from counted
    union all
    select opponent, player, games, losses, draws, wins, last_at from counted
), put as (
    insert into chess.edge (player, opponent, games, wins, draws, losses, last_at)
    select player, opponent, games, wins, draws, losses, last_at from both_ways order by player, opponent
    on conflict (player, opponent) do update
       set games = excluded.games, wins = excluded.wins, draws = excluded.draws, losses = excluded.losses,
           last_at = excluded.last_at
    returning 1
)
select count(*) from put
