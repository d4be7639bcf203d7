-- SPDX-License-Identifier: MIT
-- Applied migrations, oldest first: version, SHA-256.
select version, sha256 from public.rookery_migration order by version
