-- SPDX-License-Identifier: MIT
-- Asks to stop run $1 and the rest of its family.
update rookery.run r set cancel = true
  from rookery.run asked
 where asked.id = $1 and r.family = asked.family and r.state in ('queued', 'running')
