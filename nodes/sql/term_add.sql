-- SPDX-License-Identifier: MIT
-- New terms get the next number of their kind from 100 on. $1 key, $2 kind, $3 word (arrays).
insert into chess.term (kind, code, name)
select u.kind,
       greatest(99, (select max(code) from chess.term t where t.kind = u.kind)) + row_number() over (partition by u.kind order by u.word),
       left(u.word, 100)
  from unnest($1::text[], $2::text[], $3::text[]) u(key, kind, word)
 order by u.key
on conflict do nothing
