-- SPDX-License-Identifier: MIT
-- One migrator at a time.
select pg_advisory_lock(7283914)
