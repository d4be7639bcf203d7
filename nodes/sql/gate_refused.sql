-- SPDX-License-Identifier: MIT
-- The source said 429. $1 source, $2 fence, $3 least wait in ms, $4 longest wait in ms. Returns the wait.
update rookery.gate
   set refusals = refusals + 1, reason = 'answered 429',
       not_before = clock_timestamp() + make_interval(secs => least($4::bigint, $3::bigint * (2 ^ least(refusals, 10))::bigint) / 1000.0)
 where name = $1 and fence = $2
returning (extract(epoch from not_before - clock_timestamp()) * 1000)::bigint
