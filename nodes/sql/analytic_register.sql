-- SPDX-License-Identifier: MIT
-- A version seen for the first time. $1 name, $2 version, $3 hash, $4 table, $5 consumer, $6 columns (JSON).
-- Returns: is it the first version of the plugin?
with others as (select count(*) as n from analytics.plugin where name = $1),
made as (
    insert into analytics.plugin (name, version, hash, table_name, consumer, columns)
    values ($1, $2, $3, $4, $5, $6::jsonb)
    on conflict do nothing
)
select n = 0 from others
