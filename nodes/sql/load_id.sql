-- SPDX-License-Identifier: MIT
-- The id of a load to be. The transaction must have written something before.
select nextval('chess.load_id')
