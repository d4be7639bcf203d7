-- SPDX-License-Identifier: MIT
-- New players. $1 key, $2 name, $3 title (arrays).
insert into chess.player (key, name, title)
select key, name, title from unnest($1::text[], $2::text[], $3::text[]) u(key, name, title) order by key
on conflict do nothing
