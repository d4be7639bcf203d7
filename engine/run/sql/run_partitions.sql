-- SPDX-License-Identifier: MIT
-- Partitions of run $1 in order, each with the ms since the source was last asked (null: never).
select p.key, (extract(epoch from clock_timestamp() - f.checked_at) * 1000)::bigint
  from rookery.run_partition p
  left join chess.fetch_state f on f.source = 'lichess' and f.player = p.key
 where p.run_id = $1 order by p.position
