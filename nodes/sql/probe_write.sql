-- SPDX-License-Identifier: MIT
-- $1 run, $2 step, $3 how many rows.
insert into rookery.probe_row (run_id, step, n)
select $1::bigint, $2::int, n from generate_series(1, $3::int) n
on conflict do nothing
