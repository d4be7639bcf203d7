-- SPDX-License-Identifier: MIT
-- Is there a table analytics.$1?
select to_regclass('analytics.' || quote_ident($1)) is not null
