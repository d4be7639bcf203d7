-- SPDX-License-Identifier: MIT
-- The next wave of a crawl. $1 parent run, $2 partition keys in order (arrays). A parent has one
-- child, however often this is asked.
with given as (
    select run_id, key, ord
      from unnest($1::bigint[], $2::text[]) with ordinality as u(run_id, key, ord)
), made as (
    insert into rookery.run (family, parent, wave, state, selection, trigger, pipeline, refresh)
    select r.family, r.id, r.wave + 1, 'queued', r.selection, 'crawl', r.pipeline, r.refresh
      from rookery.run r
     where r.id in (select run_id from given)
    on conflict (parent) do nothing
    returning id, parent
), event as (
    insert into rookery.event (run_id, type, message)
    select id, 'run_queued', 'the next wave of run ' || parent from made
)
insert into rookery.run_partition (run_id, position, key)
select made.id, given.ord, given.key from made join given on given.run_id = made.parent
