-- SPDX-License-Identifier: MIT
-- See the function.
select rookery.ensure_event_partitions()
