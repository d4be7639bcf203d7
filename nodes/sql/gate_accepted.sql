-- SPDX-License-Identifier: MIT
-- The source answered well. $1 source, $2 fence ($3 is not used).
update rookery.gate set refusals = 0, reason = null where name = $1 and fence = $2 and $3::bigint = 0
