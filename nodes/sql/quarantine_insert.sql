-- SPDX-License-Identifier: MIT
-- $1 raw batch, $2 run, $3 offset, $4 length, $5 reason, $6 detail, $7 bytes, $8 SHA-256 of all bytes.
insert into chess.quarantine (source, raw_batch_id, run_id, byte_offset, length, reason, detail, bytes, sha256)
select b.source, $1, $2, $3, $4, $5, $6, $7, $8 from chess.raw_batch b where b.id = $1
on conflict (raw_batch_id, byte_offset) do nothing
