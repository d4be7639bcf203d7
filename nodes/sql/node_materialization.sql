-- SPDX-License-Identifier: MIT
-- The record that a task wrote. $1 asset, $2 partition, $3 run, $4 step, $5 fence, $6 rows, $7 bytes,
-- $8 metadata (JSON text).
insert into rookery.materialization (asset, partition, run_id, step, fence, rows, bytes, data)
values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)
