-- SPDX-License-Identifier: MIT
-- Which migrations ran. In public: it is there before the schemas that the first one makes.
create table if not exists public.rookery_migration (
    version int primary key,
    name text not null,
    sha256 text not null,
    applied_at timestamptz not null default now(),
    ms bigint not null
)
