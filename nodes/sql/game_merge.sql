-- SPDX-License-Identifier: MIT
-- Staged games into the table: new ones, and changed ones unless they lack what the stored one has.
-- Returns how many were inserted and how many changed.
with merged as (
    insert into chess.game (id, load_id, content_hash, created_at, last_move_at, white, black, white_rating, black_rating, white_diff, black_diff, white_ai, black_ai, white_flags, black_flags, rated, variant, speed, status, winner, source, flags, clock_initial, clock_increment, days_per_turn, opening, opening_ply, plies, initial_fen, moves, clocks, evals, names)
    select id, load_id, content_hash, created_at, last_move_at, white, black, white_rating, black_rating, white_diff, black_diff, white_ai, black_ai, white_flags, black_flags, rated, variant, speed, status, winner, source, flags, clock_initial, clock_increment, days_per_turn, opening, opening_ply, plies, initial_fen, moves, clocks, evals, names from game_stage order by id
    on conflict (id) do update set
       load_id = excluded.load_id,
       content_hash = excluded.content_hash,
       created_at = excluded.created_at,
       last_move_at = excluded.last_move_at,
       white = excluded.white,
       black = excluded.black,
       white_rating = excluded.white_rating,
       black_rating = excluded.black_rating,
       white_diff = excluded.white_diff,
       black_diff = excluded.black_diff,
       white_ai = excluded.white_ai,
       black_ai = excluded.black_ai,
       white_flags = excluded.white_flags,
       black_flags = excluded.black_flags,
       rated = excluded.rated,
       variant = excluded.variant,
       speed = excluded.speed,
       status = excluded.status,
       winner = excluded.winner,
       source = excluded.source,
       flags = excluded.flags,
       clock_initial = excluded.clock_initial,
       clock_increment = excluded.clock_increment,
       days_per_turn = excluded.days_per_turn,
       opening = excluded.opening,
       opening_ply = excluded.opening_ply,
       plies = excluded.plies,
       initial_fen = excluded.initial_fen,
       moves = excluded.moves,
       clocks = excluded.clocks,
       evals = excluded.evals,
       names = excluded.names
     where game.content_hash <> excluded.content_hash
       and (game.evals is null or excluded.evals is not null)
       and (game.clocks is null or excluded.clocks is not null)
       and (game.opening is null or excluded.opening is not null)
    returning (xmax = 0) as inserted
)
select count(*) filter (where inserted), count(*) filter (where not inserted) from merged
