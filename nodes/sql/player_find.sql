-- SPDX-License-Identifier: MIT
-- Numbers of players. $1 key ($2 name, $3 title are not used) (arrays).
select p.key, p.id from chess.player p
 where p.key = any($1::text[]) and cardinality($2::text[]) >= 0 and cardinality($3::text[]) >= 0
