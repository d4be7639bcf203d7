-- SPDX-License-Identifier: MIT
-- Runs to take up, oldest first: id, family, wave, state, selection, pipeline hash, refresh, cancel.
select id, family, wave, state, selection, pipeline, refresh, cancel
  from rookery.run where state in ('queued', 'running') order by id
