-- SPDX-License-Identifier: MIT
-- Gives the lease up. $1 source, $2 fence ($3 is not used).
update rookery.gate set holder = null where name = $1 and fence = $2 and $3::bigint = 0
