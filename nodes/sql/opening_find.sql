-- SPDX-License-Identifier: MIT
-- Numbers of openings. $1 eco|name ($2 eco, $3 name) (arrays).
select u.key, o.id from unnest($1::text[], $2::text[], $3::text[]) u(key, eco, name)
  join chess.opening o on o.eco = u.eco and o.name = u.name
