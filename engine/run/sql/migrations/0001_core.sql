-- SPDX-License-Identifier: MIT
-- The three schemas of Rookery: `rookery` (runs and their bookkeeping), `chess` (games and where
-- they came from), `analytics` (results, one table a plugin version).

create schema rookery;
create schema chess;
create schema analytics;
comment on schema rookery is 'runs, steps, events and everything the engine itself needs';
comment on schema chess is 'games as fetched and as ingested, players, the opponent graph';
comment on schema analytics is 'results of analytic plugins: a table a version, a view a plugin';

-- ---------------------------------------------------------------------------------- leadership

create table rookery.leader (
    only_row boolean primary key default true check (only_row),
    epoch bigint not null,
    engine_id text not null,
    host text not null,
    pid int not null,
    pid_start bigint not null,
    address text not null,
    since timestamptz not null,
    expires_at timestamptz not null
);
comment on table rookery.leader is 'the one engine that leads: a lease with an epoch that only grows; every write of run state names the epoch';
comment on column rookery.leader.epoch is 'grows by one at each change of leader';
comment on column rookery.leader.address is 'where its web pages are served, empty when nowhere';
comment on column rookery.leader.pid_start is 'start time of the process in clock ticks since boot: tells a dead leader on this host from a reused pid';
insert into rookery.leader values (true, 0, '', '', 0, 0, '', now(), '-infinity');

create function rookery.check_epoch(p_epoch bigint) returns void language plpgsql as $$
begin
    perform 1 from rookery.leader where epoch = p_epoch for share;
    if not found then
        raise exception 'another engine leads now' using errcode = 'RK002';
    end if;
end $$;
comment on function rookery.check_epoch is 'first statement of each transaction of the engine: fails with RK002 once another engine leads';

-- ---------------------------------------------------------------------------------- runs

create table rookery.pipeline (
    hash text primary key,
    path text not null,
    body text not null,
    first_seen timestamptz not null default now()
);
comment on table rookery.pipeline is 'each pipeline.yaml that a run was made from, verbatim (it holds no secrets), by the SHA-256 of its bytes';

create table rookery.run (
    id bigint generated always as identity primary key,
    family bigint not null,
    parent bigint unique references rookery.run (id),
    wave int not null default 0,
    state text not null check (state in ('queued', 'running', 'success', 'failed', 'cancelled')),
    selection text not null,
    trigger text not null check (trigger in ('manual', 'crawl')),
    pipeline text not null references rookery.pipeline (hash),
    refresh boolean not null default false,
    cancel boolean not null default false,
    requested_at timestamptz not null default clock_timestamp(),
    started_at timestamptz,
    ended_at timestamptz,
    error_kind text,
    error text,
    stop_reason text
);
comment on table rookery.run is 'one request with its partitions pinned; child runs of a crawl share the family';
comment on column rookery.run.family is 'id of the first run of the family';
comment on column rookery.run.parent is 'the run whose crawl made this one; unique, so that a wave is never made twice';
comment on column rookery.run.refresh is 'fetch even what was fetched within `revisit`';
comment on column rookery.run.cancel is 'a person asked to stop; the engine acts on it';
comment on column rookery.run.stop_reason is 'why the crawl made no further wave after this run';
create index run_family on rookery.run (family);
create index run_live on rookery.run (state) where state in ('queued', 'running');

create table rookery.run_partition (
    run_id bigint not null references rookery.run (id),
    position int not null,
    key text not null,
    primary key (run_id, key)
);
comment on table rookery.run_partition is 'the partitions (players) a run was pinned to, in order';

create table rookery.step (
    run_id bigint not null references rookery.run (id),
    step int not null,
    asset text not null,
    partition text not null default '',
    kind text not null,
    state text not null check (state in ('waiting', 'running', 'retrying', 'success', 'unchanged', 'failed', 'skipped', 'cancelled')),
    reason text not null,
    attempts int not null default 0,
    not_before timestamptz,
    started_at timestamptz,
    ended_at timestamptz,
    rows bigint not null default 0,
    error_kind text,
    error text,
    primary key (run_id, step)
);
comment on table rookery.step is 'asset x partition in a run';
comment on column rookery.step.reason is 'why the step is in the plan, or why it was skipped';
comment on column rookery.step.attempts is 'attempts that failed or are running; waiting for a rate limit spends none';

create table rookery.claim (
    fence bigint primary key,
    run_id bigint not null,
    step int not null,
    phase text not null check (phase in ('scan', 'work', 'close')),
    items int not null,
    attempt int not null,
    worker text not null,
    state text not null check (state in ('running', 'done', 'failed', 'revoked')),
    claimed_at timestamptz not null default clock_timestamp(),
    lease_expires_at timestamptz not null,
    ended_at timestamptz
);
comment on table rookery.claim is 'one attempt at a shard: the lease its worker holds. The worker''s data transaction locks and checks its row as its last statement';
comment on column rookery.claim.fence is 'only grows: (epoch << 32) + count';
create index claim_running on rookery.claim (run_id, step) where state = 'running';

create function rookery.check_fence(p_fence bigint) returns void language plpgsql as $$
begin
    perform 1 from rookery.claim where fence = p_fence and state = 'running' for update;
    if not found then
        raise exception 'another attempt owns this step (fence %)', p_fence using errcode = 'RK001';
    end if;
end $$;
comment on function rookery.check_fence is 'last statement of every data transaction: fails with RK001 when the attempt was superseded';

create sequence rookery.event_id;
create table rookery.event (
    id bigint not null default nextval('rookery.event_id'),
    at timestamptz not null default clock_timestamp(),
    run_id bigint,
    step int,
    fence bigint,
    type text not null,
    level text not null default 'info' check (level in ('debug', 'info', 'warn', 'error')),
    message text not null default '',
    data jsonb
) partition by range (at);
comment on table rookery.event is 'typed log of everything that happened to runs and steps; month partitions, so that retention is dropping one';
create index event_run on rookery.event (run_id, id);
create index event_recent on rookery.event (id);

create function rookery.ensure_event_partitions() returns void language plpgsql as $$
declare
    month date;
    part text;
begin
    for i in 0..1 loop
        month := (date_trunc('month', now() at time zone 'UTC') + make_interval(months => i))::date;
        part := 'event_' || to_char(month, 'YYYYMM');
        if to_regclass('rookery.' || part) is null then
            execute format('create table rookery.%I partition of rookery.event for values from (%L) to (%L)',
                part, month::timestamp at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
        end if;
    end loop;
end $$;
comment on function rookery.ensure_event_partitions is 'makes the event partitions of this month and the next';
select rookery.ensure_event_partitions();

create table rookery.materialization (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    asset text not null,
    partition text not null default '',
    run_id bigint not null,
    step int not null,
    fence bigint not null,
    rows bigint not null default 0,
    bytes bigint not null default 0,
    data jsonb
);
comment on table rookery.materialization is 'the record that an asset (partition) was written: by whom, how much. In the same transaction as the data; never purged';
create index materialization_asset on rookery.materialization (asset, partition, id);
create index materialization_fence on rookery.materialization (fence);

create table rookery.probe_row (
    run_id bigint not null,
    step int not null,
    n int not null,
    primary key (run_id, step, n)
);
comment on table rookery.probe_row is 'rows of probe nodes, which write them only to be measured';

-- ---------------------------------------------------------------------------------- the gate

create table rookery.gate (
    name text primary key,
    fence bigint not null default 0,
    holder text,
    expires_at timestamptz not null default '-infinity',
    not_before timestamptz not null default '-infinity',
    refusals int not null default 0,
    reason text
);
comment on table rookery.gate is 'one lease a source: who may talk to it now. Never two requests at once, from all engines that share this database';
comment on column rookery.gate.fence is 'grows at each acquisition';
comment on column rookery.gate.not_before is 'told to wait (429): nobody asks before this moment, also after a restart';
comment on column rookery.gate.holder is 'host, lock file and worker: whoever holds that lock file on that host knows that an earlier holder is dead';
comment on column rookery.gate.refusals is 'answers 429 in a row; each doubles the wait';
insert into rookery.gate (name) values ('lichess');

-- ---------------------------------------------------------------------------------- consumers of loads

create table rookery.consumer (
    id int generated always as identity primary key,
    name text not null,
    version text not null,
    done_below bigint not null default 0,
    created_at timestamptz not null default now(),
    unique (name, version)
);
comment on table rookery.consumer is 'a reader of loads: the crawl, and each version of each plugin';
comment on column rookery.consumer.done_below is 'every load up to this id is done; single rows exist only above it';

create table rookery.done (
    consumer int not null references rookery.consumer (id) on delete cascade,
    load_id bigint not null,
    primary key (consumer, load_id)
);
comment on table rookery.done is 'loads that a consumer has handled, written in its data transaction';

-- ---------------------------------------------------------------------------------- games as fetched

create table chess.raw_batch (
    id bigint generated by default as identity primary key,
    at timestamptz not null default clock_timestamp(),
    source text not null,
    player text not null,
    run_id bigint,
    games int not null,
    bytes int not null,
    oldest_ms bigint,
    newest_ms bigint,
    data bytea not null
);
alter table chess.raw_batch alter column data set storage external;
comment on table chess.raw_batch is 'what a source answered, verbatim (but for the secret part of fullId), as zstd-compressed NDJSON lines: stored before it is interpreted, so that it can be ingested again without asking again';
comment on column chess.raw_batch.bytes is 'size before compression';
comment on column chess.raw_batch.oldest_ms is 'least createdAt in the batch, ms since 1970 UTC';

create table chess.raw_pending (
    raw_batch_id bigint primary key references chess.raw_batch (id) on delete cascade,
    games int not null
);
comment on table chess.raw_pending is 'raw batches not yet ingested: inserted with the batch, deleted in the transaction of the load';

create table chess.fetch_state (
    source text not null,
    player text not null,
    first_done boolean not null default false,
    oldest_ms bigint,
    newest_ms bigint,
    games bigint not null default 0,
    checked_at timestamptz,
    gone_at timestamptz,
    primary key (source, player)
);
comment on table chess.fetch_state is 'the interval of a player''s games that is covered, and how far a fetch in progress came';
comment on column chess.fetch_state.first_done is 'the first fetch ended cleanly: [oldest_ms, newest_ms] is covered without holes';
comment on column chess.fetch_state.checked_at is 'when the source was last asked to a clean end';
comment on column chess.fetch_state.gone_at is 'when the source said that there is no such player';

-- ---------------------------------------------------------------------------------- games

create sequence chess.load_id;
create table chess.load (
    id bigint primary key default nextval('chess.load_id'),
    at timestamptz not null default clock_timestamp(),
    run_id bigint,
    fence bigint,
    games int not null,
    inserted int not null,
    changed int not null,
    duplicates int not null,
    quarantined int not null
);
comment on table chess.load is 'one committed batch of games: the unit of incrementality';

create table chess.load_batch (
    raw_batch_id bigint primary key,
    load_id bigint not null
);
comment on table chess.load_batch is 'which load ingested a raw batch last';

create table chess.load_horizon (
    only_row boolean primary key default true check (only_row),
    candidate_id bigint not null default 0,
    candidate_xid xid8 not null default '0',
    safe_id bigint not null default 0
);
comment on table chess.load_horizon is 'up to safe_id no load can appear any more: transactions that could have taken such an id are over';
insert into chess.load_horizon default values;

create function rookery.compact_done() returns void language plpgsql as $$
declare
    oldest xid8 := pg_snapshot_xmin(pg_current_snapshot());
begin
    -- A load's transaction has its xid before it takes an id, so once every transaction that ran
    -- when the candidate was noted has ended, no load up to the candidate can still appear.
    update chess.load_horizon set
        safe_id = case when oldest >= candidate_xid then candidate_id else safe_id end,
        candidate_id = case when oldest >= candidate_xid then (select coalesce(max(id), 0) from chess.load) else candidate_id end,
        candidate_xid = case when oldest >= candidate_xid then pg_snapshot_xmax(pg_current_snapshot()) else candidate_xid end;
    update rookery.consumer c set done_below = greatest(c.done_below, coalesce(
        (select min(l.id) - 1 from chess.load l, chess.load_horizon h
          where l.id > c.done_below and l.id <= h.safe_id
            and not exists (select 1 from rookery.done d where d.consumer = c.id and d.load_id = l.id)),
        (select h.safe_id from chess.load_horizon h)));
    delete from rookery.done d using rookery.consumer c where d.consumer = c.id and d.load_id <= c.done_below;
end $$;
comment on function rookery.compact_done is 'moves each consumer''s done rows into its watermark, never past a load that could still appear';

create table chess.term (
    kind text not null check (kind in ('variant', 'speed', 'status', 'source')),
    code smallint not null,
    name text not null,
    primary key (kind, code),
    unique (kind, name)
);
comment on table chess.term is 'the small enums of games; unknown words get new codes from 100 on';
insert into chess.term (kind, code, name) values
    ('variant', 1, 'standard'), ('variant', 2, 'chess960'), ('variant', 3, 'crazyhouse'), ('variant', 4, 'antichess'),
    ('variant', 5, 'atomic'), ('variant', 6, 'horde'), ('variant', 7, 'kingOfTheHill'), ('variant', 8, 'racingKings'),
    ('variant', 9, 'threeCheck'), ('variant', 10, 'fromPosition'),
    ('speed', 1, 'ultraBullet'), ('speed', 2, 'bullet'), ('speed', 3, 'blitz'), ('speed', 4, 'rapid'),
    ('speed', 5, 'classical'), ('speed', 6, 'correspondence'),
    ('status', 10, 'created'), ('status', 20, 'started'), ('status', 25, 'aborted'), ('status', 30, 'mate'),
    ('status', 31, 'resign'), ('status', 32, 'stalemate'), ('status', 33, 'timeout'), ('status', 34, 'draw'),
    ('status', 35, 'outoftime'), ('status', 36, 'cheat'), ('status', 37, 'noStart'), ('status', 38, 'unknownFinish'),
    ('status', 39, 'insufficientMaterialClaim'), ('status', 60, 'variantEnd'),
    ('source', 1, 'lobby'), ('source', 2, 'friend'), ('source', 3, 'ai'), ('source', 4, 'api'), ('source', 5, 'tournament'),
    ('source', 6, 'position'), ('source', 7, 'import'), ('source', 8, 'importlive'), ('source', 9, 'simul'),
    ('source', 10, 'relay'), ('source', 11, 'pool'), ('source', 12, 'arena'), ('source', 13, 'swiss');

create table chess.opening (
    id int generated always as identity primary key,
    eco text not null,
    name text not null,
    unique (eco, name)
);
comment on table chess.opening is 'opening names as the source gave them';

create table chess.player (
    id int generated always as identity primary key,
    key text not null unique check (key = lower(key)),
    name text not null,
    title text,
    first_seen timestamptz not null default now()
);
comment on table chess.player is 'everybody seen in a game; key is the lower-case name, the identity at Lichess';

create table chess.game (
    id bigint primary key,
    load_id bigint not null,
    content_hash bigint not null,
    created_at timestamptz not null,
    last_move_at timestamptz,
    white int,
    black int,
    white_rating smallint,
    black_rating smallint,
    white_diff smallint,
    black_diff smallint,
    white_ai smallint,
    black_ai smallint,
    white_flags smallint not null default 0,
    black_flags smallint not null default 0,
    rated boolean not null,
    variant smallint not null,
    speed smallint not null,
    status smallint not null,
    winner smallint,
    source smallint,
    flags smallint not null default 0,
    clock_initial int,
    clock_increment smallint,
    days_per_turn smallint,
    opening int,
    opening_ply smallint,
    plies smallint,
    initial_fen text,
    moves text,
    clocks int[],
    evals smallint[],
    names text[]
);
comment on table chess.game is 'one row a game. For people: the view chess.games';
comment on column chess.game.id is 'source tag << 48 (0: Lichess) + the 8 characters read as a base-62 number, alphabet 0-9A-Za-z';
comment on column chess.game.load_id is 'the load that wrote this content; a game moves to a new load only when its content hash changed';
comment on column chess.game.content_hash is 'SipHash-2-4 of the stored content in a fixed order';
comment on column chess.game.white is 'chess.player.id; null for the computer, anonymous and imported players';
comment on column chess.game.white_ai is 'level 1-8 when the computer played';
comment on column chess.game.white_flags is '1 provisional rating, 2 berserk';
comment on column chess.game.winner is '1 white, 2 black, null nobody; never derived from the status';
comment on column chess.game.flags is '1 clocks do not fit the plies, 2 evals do not fit the plies, 4 winner contradicts the status, 8 moves not verified (start position missing or bad)';
comment on column chess.game.plies is 'number of SAN tokens in moves; null where the source gave no moves';
comment on column chess.game.moves is 'SAN, space-separated, as the source gave them';
comment on column chess.game.clocks is 'centiseconds left after each ply; may hold one more: the side to move at the end';
comment on column chess.game.evals is 'after each ply, from White''s side: centipawns clamped to +-20000; mate in n for White = 32000 - n, for Black = n - 32000; null where the source has a hole';
comment on column chess.game.names is '{white, black} of an imported game, whose players have only names';
create index game_load on chess.game (load_id);
create index game_white on chess.game (white, created_at) where white is not null;
create index game_black on chess.game (black, created_at) where black is not null;

create table chess.quarantine (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    source text not null,
    raw_batch_id bigint,
    run_id bigint,
    byte_offset bigint not null,
    length int not null,
    reason text not null,
    detail text not null default '',
    bytes bytea not null,
    sha256 text not null,
    unique (raw_batch_id, byte_offset)
);
comment on table chess.quarantine is 'every record that could not be used, with its bytes (the first 64 KiB) and the reason';
comment on column chess.quarantine.byte_offset is 'where the record starts in the uncompressed raw batch';

-- ---------------------------------------------------------------------------------- the opponent graph

create table chess.edge (
    player int not null,
    opponent int not null,
    games int not null,
    wins int not null,
    draws int not null,
    losses int not null,
    last_at timestamptz not null,
    primary key (player, opponent)
);
comment on table chess.edge is 'how often two players met, from the first one''s side; recomputed for the affected pairs from chess.game';

create table chess.frontier (
    player int primary key references chess.player (id),
    depth int not null,
    state text not null check (state in ('new', 'chosen', 'gone')),
    chosen_by bigint,
    chosen_at timestamptz,
    discovered_by int,
    root int not null
);
comment on table chess.frontier is 'players the crawl knows: seeds at depth 0, opponents further out; `chosen` ones were made partitions of a run';
comment on column chess.frontier.chosen_by is 'the run whose crawl chose the player (its child run fetches it)';
comment on column chess.frontier.root is 'the seed whose crawl found the player first; a crawl''s budget counts by it';
create index frontier_root on chess.frontier (root);
create index frontier_chosen_by on chess.frontier (chosen_by);

-- ---------------------------------------------------------------------------------- plugin versions

create table analytics.plugin (
    id int generated always as identity primary key,
    name text not null,
    version text not null,
    hash text not null,
    table_name text not null,
    consumer int not null references rookery.consumer (id),
    columns jsonb not null,
    complete boolean not null default false,
    created_at timestamptz not null default now(),
    unique (name, version, hash)
);
comment on table analytics.plugin is 'each version of each plugin, with its table; the view analytics.<name> shows the newest complete one';
comment on column analytics.plugin.hash is 'SHA-256 of the plugin''s binary';
