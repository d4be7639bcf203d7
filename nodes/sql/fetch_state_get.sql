-- SPDX-License-Identifier: MIT
-- What is covered of player $2 at source $1; then ms since it was last asked, and
-- whether it said that there is no such player.
select first_done, coalesce(oldest_ms, 0), coalesce(newest_ms, 0), games,
       (extract(epoch from clock_timestamp() - checked_at) * 1000)::bigint, gone_at is not null
  from chess.fetch_state where source = $1 and player = $2
