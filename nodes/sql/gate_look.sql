-- SPDX-License-Identifier: MIT
-- Source $1: ms until it may be asked again, and why.
select (greatest(0, extract(epoch from not_before - clock_timestamp())) * 1000)::bigint, coalesce(reason, '')
  from rookery.gate where name = $1 and not_before > '-infinity'
