-- SPDX-License-Identifier: MIT
-- The database of the private cluster.
create database rookery
