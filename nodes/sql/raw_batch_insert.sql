-- SPDX-License-Identifier: MIT
-- $1 id, $2 source, $3 player, $4 run, $5 games, $6 bytes, $7 oldest, $8 newest (ms; 0 = none), $9 data.
insert into chess.raw_batch (id, source, player, run_id, games, bytes, oldest_ms, newest_ms, data)
values ($1, $2, $3, $4, $5, $6, nullif($7::bigint, 0), nullif($8::bigint, 0), $9)
