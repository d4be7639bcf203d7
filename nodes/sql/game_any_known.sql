-- SPDX-License-Identifier: MIT
-- Is any of the ids $1 stored?
select exists (select 1 from chess.game where id = any($1::bigint[]))
