-- SPDX-License-Identifier: MIT
-- The consumer of name $1 and version $2.
select id from rookery.consumer where name = $1 and version = $2
