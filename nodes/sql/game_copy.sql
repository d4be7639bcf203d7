-- SPDX-License-Identifier: MIT
-- Games whose ids are proved new.
copy chess.game (id, load_id, content_hash, created_at, last_move_at, white, black, white_rating, black_rating, white_diff, black_diff, white_ai, black_ai, white_flags, black_flags, rated, variant, speed, status, winner, source, flags, clock_initial, clock_increment, days_per_turn, opening, opening_ply, plies, initial_fen, moves, clocks, evals, names) from stdin (format binary)
