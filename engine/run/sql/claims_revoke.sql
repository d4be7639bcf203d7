-- SPDX-License-Identifier: MIT
-- A new leader ends every attempt of the ones before it; one that commits at this moment is waited for.
update rookery.claim set state = 'revoked', ended_at = clock_timestamp() where state = 'running'
