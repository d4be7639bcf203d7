-- SPDX-License-Identifier: MIT
-- Loads that consumer $1 has not handled, at most $2: id, games that were new or changed.
select l.id, l.inserted + l.changed
  from rookery.consumer c join chess.load l on l.id > c.done_below
 where c.id = $1 and not exists (select 1 from rookery.done d where d.consumer = c.id and d.load_id = l.id)
 order by l.id limit $2
