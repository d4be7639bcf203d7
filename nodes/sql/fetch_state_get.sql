-- SPDX-License-Identifier: MIT
-- What is covered of player $2 at source $1; the last column: ms since it was last asked.
select first_done, coalesce(oldest_ms, 0), coalesce(newest_ms, 0), games,
       (extract(epoch from clock_timestamp() - checked_at) * 1000)::bigint
  from chess.fetch_state where source = $1 and player = $2
