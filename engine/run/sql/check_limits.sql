-- SPDX-License-Identifier: MIT
-- A check reads only, and not for long.
select set_config($$transaction_read_only$$, $$on$$, true), set_config($$statement_timeout$$, $$5s$$, true)
