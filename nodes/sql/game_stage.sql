-- SPDX-License-Identifier: MIT
-- Where games wait to be merged; empty at the start of each transaction.
create temp table if not exists game_stage (like chess.game) on commit delete rows
