-- SPDX-License-Identifier: MIT
-- The lock of migration_lock.
select pg_advisory_unlock(7283914)
