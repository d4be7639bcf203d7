-- SPDX-License-Identifier: MIT
-- Shards of the crawl take turns: they count the same pairs.
select pg_advisory_xact_lock(7283916)
