-- SPDX-License-Identifier: MIT
-- Partitions $1 that the crawl does not know yet are its seeds, chosen by family $2.
insert into chess.frontier (player, depth, state, chosen_by, chosen_at)
select p.id, 0, 'chosen', $2::bigint, clock_timestamp() from chess.player p where p.key = any($1::text[]) order by p.id
on conflict (player) do update
   set depth = case when frontier.state = 'new' then 0 else frontier.depth end,
       state = case when frontier.state = 'new' then 'chosen' else frontier.state end,
       chosen_by = case when frontier.state = 'new' then excluded.chosen_by else frontier.chosen_by end,
       chosen_at = coalesce(frontier.chosen_at, excluded.chosen_at)
