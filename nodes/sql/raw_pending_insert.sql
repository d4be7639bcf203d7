-- SPDX-License-Identifier: MIT
-- A batch to ingest. $1 id, $2 games.
insert into chess.raw_pending (raw_batch_id, games) values ($1, $2)
