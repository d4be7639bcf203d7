-- SPDX-License-Identifier: MIT
-- Raw batches $1: id, bytes before compression, data.
select id, bytes, data from chess.raw_batch where id = any($1::bigint[]) order by id
