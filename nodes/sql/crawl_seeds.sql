-- SPDX-License-Identifier: MIT
-- Partitions $1 that the crawl does not know yet, or only as opponents, are seeds of family $2.
insert into chess.frontier (player, depth, state, chosen_by, chosen_at, root)
select p.id, 0, 'chosen', $2::bigint, clock_timestamp(), p.id
  from chess.player p where p.key = any($1::text[]) order by p.id
on conflict (player) do update
   set depth = 0, state = 'chosen', chosen_by = excluded.chosen_by, chosen_at = excluded.chosen_at, root = excluded.root
 where frontier.state = 'new'
