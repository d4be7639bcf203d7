-- SPDX-License-Identifier: MIT
-- A migration that ran. $1 version, $2 name, $3 SHA-256, $4 ms.
insert into public.rookery_migration (version, name, sha256, ms) values ($1, $2, $3, $4)
