-- SPDX-License-Identifier: MIT
-- $1 epoch.
update rookery.leader set expires_at = '-infinity' where epoch = $1
