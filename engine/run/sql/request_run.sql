-- SPDX-License-Identifier: MIT
-- A queued run. $1 selection, $2 pipeline hash, $3 refresh, $4 partition keys.
with made as (
    insert into rookery.run (id, family, state, selection, trigger, pipeline, refresh)
    overriding system value
    select n, n, 'queued', $1, 'manual', $2, $3 from nextval('rookery.run_id_seq') n
    returning id
), keys as (
    insert into rookery.run_partition (run_id, position, key)
    select made.id, k.ord, k.key from made, unnest($4::text[]) with ordinality k(key, ord)
), event as (
    insert into rookery.event (run_id, type, message) select id, 'run_queued', 'requested: ' || $1 from made
)
select id, pg_notify('rookery_run', '')::text from made
