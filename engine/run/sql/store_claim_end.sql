-- SPDX-License-Identifier: MIT
-- Attempts that ended. $1 fence, $2 state (arrays).
update rookery.claim c
   set state = u.state, ended_at = clock_timestamp()
  from unnest($1::bigint[], $2::text[]) as u(fence, state)
 where c.fence = u.fence and c.state = 'running'
