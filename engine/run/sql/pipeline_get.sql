-- SPDX-License-Identifier: MIT
-- Path and text of pipeline $1.
select path, body from rookery.pipeline where hash = $1
