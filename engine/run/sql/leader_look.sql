-- SPDX-License-Identifier: MIT
-- The lease: epoch, pid, pid's start, host, address, unexpired?
select epoch, pid, pid_start, host, address, expires_at > clock_timestamp() from rookery.leader
