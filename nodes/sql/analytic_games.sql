-- SPDX-License-Identifier: MIT
-- Games of the loads $1, by id.
select g.id, g.load_id, v.name, sp.name, st.name, g.rated, g.winner,
       coalesce(w.name, g.names[1]), coalesce(b.name, g.names[2]), g.white_rating, g.black_rating,
       (extract(epoch from g.created_at) * 1000)::bigint, g.initial_fen, g.moves, g.clocks, g.evals
  from chess.game g
  left join chess.player w on w.id = g.white
  left join chess.player b on b.id = g.black
  join chess.term st on st.kind = 'status' and st.code = g.status
  join chess.term v on v.kind = 'variant' and v.code = g.variant
  join chess.term sp on sp.kind = 'speed' and sp.code = g.speed
 where g.load_id = any($1::bigint[])
 order by g.id
