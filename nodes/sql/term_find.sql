-- SPDX-License-Identifier: MIT
-- Numbers of terms. $1 kind|word (arrays; $2 kind, $3 word).
select t.kind || '|' || t.name, t.code::int from chess.term t
  join unnest($1::text[], $2::text[], $3::text[]) u(key, kind, word) on t.kind = u.kind and t.name = left(u.word, 100)
