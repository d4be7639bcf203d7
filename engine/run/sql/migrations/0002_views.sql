-- SPDX-License-Identifier: MIT
-- What a person with psql reads: games with names, text ids and links.

create function chess.game_id_text(p_id bigint) returns text language sql immutable strict parallel safe as $$
    select case when p_id >> 48 = 0 then string_agg(
        substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
            (p_id / power(62, 7 - i)::bigint % 62)::int + 1, 1), '' order by i) end
    from generate_series(0, 7) i
$$;
comment on function chess.game_id_text is 'the 8 characters of a Lichess game id';

create function chess.game_id(p_text text) returns bigint language sql immutable strict parallel safe as $$
    select case when p_text ~ '^[0-9A-Za-z]{8}$' then sum(
        (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', substr(p_text, 8 - i, 1)) - 1)
        * power(62::numeric, i))::bigint end
    from generate_series(0, 7) i
$$;
comment on function chess.game_id is 'the number of a Lichess game id of 8 characters';

create view chess.games as
select chess.game_id_text(g.id) as id,
       'https://lichess.org/' || chess.game_id_text(g.id) as link,
       g.created_at, g.last_move_at,
       coalesce(w.name, g.names[1], 'computer level ' || g.white_ai, 'anonymous') as white,
       coalesce(b.name, g.names[2], 'computer level ' || g.black_ai, 'anonymous') as black,
       g.white_rating, g.black_rating, g.white_diff, g.black_diff,
       case g.winner when 1 then '1-0' when 2 then '0-1' else '1/2-1/2' end as result,
       st.name as status, v.name as variant, sp.name as speed, g.rated, src.name as source,
       case when g.clock_initial is not null then g.clock_initial || '+' || g.clock_increment end as clock,
       g.days_per_turn, o.eco, o.name as opening, g.plies, g.initial_fen, g.moves, g.clocks, g.evals,
       g.id as key, g.load_id
  from chess.game g
  left join chess.player w on w.id = g.white
  left join chess.player b on b.id = g.black
  left join chess.opening o on o.id = g.opening
  join chess.term st on st.kind = 'status' and st.code = g.status
  join chess.term v on v.kind = 'variant' and v.code = g.variant
  join chess.term sp on sp.kind = 'speed' and sp.code = g.speed
  left join chess.term src on src.kind = 'source' and src.code = g.source;
comment on view chess.games is 'games for people: names, text ids, links';
