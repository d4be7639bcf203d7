-- SPDX-License-Identifier: MIT
-- Last statement of a data transaction: fails (RK001) when fence $1 was superseded.
select rookery.check_fence($1)
