-- SPDX-License-Identifier: MIT
-- $1 hash, $2 path, $3 text.
insert into rookery.pipeline (hash, path, body) values ($1, $2, $3) on conflict do nothing
