-- SPDX-License-Identifier: MIT
-- See the function.
select rookery.compact_done()
