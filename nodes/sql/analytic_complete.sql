-- SPDX-License-Identifier: MIT
-- The version of table $1 becomes complete; no row if it was.
update analytics.plugin set complete = true where table_name = $1 and not complete returning name
