-- SPDX-License-Identifier: MIT
-- Of family $1: players chosen so far (its runs' partitions), and all games stored.
select (select count(distinct p.key) from rookery.run r join rookery.run_partition p on p.run_id = r.id where r.family = $1),
       (select count(*) from chess.game)
