-- SPDX-License-Identifier: MIT
-- Partitions $1 are players, even those without a game. ($2 is not used.)
insert into chess.player (key, name)
select k, k from unnest($1::text[]) k where $2::bigint is not null order by k
on conflict do nothing
