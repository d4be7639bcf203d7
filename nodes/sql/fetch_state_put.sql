-- SPDX-License-Identifier: MIT
-- $1 source, $2 player, $3 first fetch done, $4 oldest, $5 newest (ms; 0 = none), $6 games, $7 asked to
-- a clean end just now.
insert into chess.fetch_state (source, player, first_done, oldest_ms, newest_ms, games, checked_at)
values ($1, $2, $3, nullif($4::bigint, 0), nullif($5::bigint, 0), $6::bigint, case when $7::boolean then clock_timestamp() end)
on conflict (source, player) do update
   set first_done = excluded.first_done, oldest_ms = excluded.oldest_ms, newest_ms = excluded.newest_ms,
       games = excluded.games, checked_at = coalesce(excluded.checked_at, fetch_state.checked_at), gone_at = null
