-- SPDX-License-Identifier: MIT
-- For each key of $1, in order: ms since the source was last asked to a clean end (null: never).
select (extract(epoch from clock_timestamp() - f.checked_at) * 1000)::bigint
  from unnest($1::text[]) with ordinality k(key, ord)
  left join chess.fetch_state f on f.source = 'lichess' and f.player = k.key
 order by k.ord
