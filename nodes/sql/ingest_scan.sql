-- SPDX-License-Identifier: MIT
-- Raw batches to ingest, at most $1: id, games.
select raw_batch_id, games from chess.raw_pending order by raw_batch_id limit $1
