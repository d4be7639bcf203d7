-- SPDX-License-Identifier: MIT
-- One maker of plugin tables at a time.
select pg_advisory_xact_lock(7283915)
