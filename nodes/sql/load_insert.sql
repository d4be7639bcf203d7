-- SPDX-License-Identifier: MIT
-- $1 id, $2 run, $3 fence, $4 games, $5 inserted, $6 changed, $7 quarantined.
insert into chess.load (id, run_id, fence, games, inserted, changed, duplicates, quarantined)
values ($1, $2, $3, $4::int, $5::int, $6::int, $4::int - $5::int - $6::int, $7)
