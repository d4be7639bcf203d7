-- SPDX-License-Identifier: MIT
-- Consumer $1 handled the loads $2. Only those above the watermark: the rest is known to be done.
insert into rookery.done (consumer, load_id)
select c.id, l from rookery.consumer c, unnest($2::bigint[]) l where c.id = $1 and l > c.done_below
on conflict do nothing
