-- SPDX-License-Identifier: MIT
-- Load $1 ingested the raw batches $2.
insert into chess.load_batch (raw_batch_id, load_id) select b, $1::bigint from unnest($2::bigint[]) b
on conflict (raw_batch_id) do update set load_id = excluded.load_id
