-- SPDX-License-Identifier: MIT
-- New openings. $1 key, $2 eco, $3 name (arrays).
insert into chess.opening (eco, name)
select eco, name from unnest($1::text[], $2::text[], $3::text[]) u(key, eco, name) order by key
on conflict do nothing
