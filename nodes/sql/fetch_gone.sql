-- SPDX-License-Identifier: MIT
-- Source $1 says that there is no player $2.
insert into chess.fetch_state (source, player, gone_at, checked_at) values ($1, $2, clock_timestamp(), clock_timestamp())
on conflict (source, player) do update set gone_at = excluded.gone_at, checked_at = excluded.checked_at
