-- SPDX-License-Identifier: MIT
-- The next $1 ids of raw batches, ascending.
select nextval(pg_get_serial_sequence('chess.raw_batch', 'id')) from generate_series(1, $1::int)
