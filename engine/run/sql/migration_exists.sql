-- SPDX-License-Identifier: MIT
-- Is there a table of migrations?
select to_regclass($$public.rookery_migration$$) is not null
