-- Own ops as they were sealed, for ever. log_at: where the op's frame begins in ops.log.
-- outcome: the hub's answer as JSON, NULL before; applied: whether that answer was "applied";
-- seen_by: who has seen an answer that is not, NULL while nobody has.
CREATE TABLE op (
    incarnation BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    op_id {bytes} NOT NULL UNIQUE,
    hash {bytes} NOT NULL,
    kind TEXT NOT NULL,
    document TEXT,
    wall_ms BIGINT NOT NULL,
    log_at BIGINT NOT NULL,
    applied BIGINT,
    outcome TEXT,
    seen_by TEXT,
    bytes {bytes} NOT NULL,
    PRIMARY KEY (incarnation, seq)
);
CREATE INDEX op_document ON op (document);
CREATE INDEX op_unanswered ON op (incarnation, seq) WHERE outcome IS NULL;
CREATE INDEX op_not_applied ON op (incarnation, seq) WHERE applied = 0;

-- Which own ops name a unit.
CREATE TABLE op_unit (
    serial TEXT NOT NULL,
    sku TEXT NOT NULL,
    incarnation BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (serial, sku, incarnation, seq)
) {clustered};

-- How far the hub has acknowledged each incarnation's chain, and how far a backup of it goes.
-- nonce: to be said with the next push. forked_after: beyond this the hub may have other ops under the
-- same numbers, NULL if that was never seen.
CREATE TABLE stream (
    incarnation BIGINT NOT NULL PRIMARY KEY,
    acked_seq BIGINT NOT NULL,
    safe_seq BIGINT NOT NULL,
    nonce TEXT NOT NULL,
    forked_after BIGINT
);

-- Sales being made: at most one with held = 0, the one on the screen.
CREATE TABLE draft (
    op {bytes} NOT NULL PRIMARY KEY,
    held BIGINT NOT NULL,
    label TEXT NOT NULL,
    operator TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    cart TEXT NOT NULL
);

CREATE TABLE throttle (
    operator TEXT NOT NULL PRIMARY KEY,
    tries BIGINT NOT NULL,
    until_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL
);

-- Whose journal this is, and the hub whose outcomes it waits for. incarnation: taken since enrolment, 0 if none was; till_stale: 1 if the till
-- must be booked anew from the hub's; seen_*: the last head of the hub's log that was told, in the
-- days of which feed; repairs: how often the catalogue was found to differ.
CREATE TABLE owner (
    only_one BIGINT NOT NULL PRIMARY KEY,
    terminal TEXT NOT NULL,
    hub TEXT NOT NULL,
    incarnation BIGINT NOT NULL,
    till_stale BIGINT NOT NULL,
    seen_feed TEXT NOT NULL,
    seen_number BIGINT NOT NULL,
    seen_hash {bytes} NOT NULL,
    seen_signature TEXT NOT NULL,
    greeted_feed TEXT NOT NULL,            -- the head that came with the last greeting
    greeted_number BIGINT NOT NULL,
    greeted_hash {bytes} NOT NULL,
    repairs BIGINT NOT NULL
);

-- The other terminals of the warehouse, as the hub named them last. key: base64.
CREATE TABLE peer (
    terminal TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    key TEXT NOT NULL
);

-- Ops of other terminals that came from themselves and not yet from the hub. Dropped once the
-- hub says that it has these bytes. hlc: 0 for an op of a kind that this version does not know.
-- at_hub: what the hub said of these bytes last. 0 nothing, 1 that they are not there, 2 that they are, and
-- in no rows.
CREATE TABLE peer_op (
    device TEXT NOT NULL,
    incarnation BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hlc BIGINT NOT NULL,
    hash {bytes} NOT NULL,
    at_hub BIGINT NOT NULL,
    bytes {bytes} NOT NULL,
    PRIMARY KEY (device, incarnation, seq)
) {clustered};
CREATE INDEX peer_op_at_hub ON peer_op (at_hub, device, incarnation, seq);
