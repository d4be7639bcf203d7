-- SPDX-License-Identifier: MIT
-- Of family $1: players that crawls from its seeds have chosen, seeds included; and all games stored.
select (select count(*) from chess.frontier f
         where f.state <> 'new' and f.root in (select p.id from rookery.run_partition q
                                                 join chess.player p on p.key = q.key where q.run_id = $1)),
       (select count(*) from chess.game)
