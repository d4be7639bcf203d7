-- SPDX-License-Identifier: MIT
-- $1 name, $2 version.
insert into rookery.consumer (name, version) values ($1, $2) on conflict do nothing
