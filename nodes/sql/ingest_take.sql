-- SPDX-License-Identifier: MIT
-- Takes raw batches $1 off the pending list; returns those that were on it, ascending.
with taken as (delete from chess.raw_pending where raw_batch_id = any($1::bigint[]) returning raw_batch_id)
select raw_batch_id from taken order by 1
