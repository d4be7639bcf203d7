-- SPDX-License-Identifier: MIT
-- The engine's wake-up.
listen rookery_run
