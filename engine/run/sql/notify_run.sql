-- SPDX-License-Identifier: MIT
-- Wakes the engine.
select pg_notify('rookery_run', '')
