-- SPDX-License-Identifier: MIT
-- A user's query reads only, and for a minute at most.
select set_config('transaction_read_only', 'on', true), set_config('statement_timeout', '60s', true)
