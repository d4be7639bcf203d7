-- SPDX-License-Identifier: MIT
-- $1 epoch: fails (RK002) once another engine leads.
select rookery.check_epoch($1::bigint)
