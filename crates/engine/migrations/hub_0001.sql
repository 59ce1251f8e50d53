-- The hub's books beside the ledger's rows.

-- The feed reads rows in the order in which they changed last.
CREATE INDEX unit_pos ON unit (pos);
CREATE INDEX product_pos ON product (pos);
CREATE INDEX record_pos ON record (pos);

-- Every op ever received, as the bytes its author sealed. Never changed, never deleted.
CREATE TABLE op (
    number BIGINT NOT NULL PRIMARY KEY,    -- 1, 2, 3 ... in order of arrival
    device TEXT NOT NULL,
    incarnation BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    op_id {bytes},                         -- NULL if it cannot be read, or names another op
    kind TEXT NOT NULL,                    -- empty if it cannot be read
    bytes {bytes} NOT NULL,
    hash {bytes} NOT NULL,
    outcome TEXT NOT NULL,                 -- JSON, final
    pos BIGINT NOT NULL,                   -- end of the feed after it
    broken BIGINT NOT NULL,                -- 1 if it does not name the op before it
    log_hash {bytes} NOT NULL,             -- covers this op and all before it
    settled_pos BIGINT NOT NULL,           -- end of the feed when the outcome became final after parking, else 0
    offset_ms BIGINT NOT NULL,             -- hub's clock minus the author's when it arrived
    received_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX op_place ON op (device, incarnation, seq);
CREATE UNIQUE INDEX op_name ON op (op_id);
CREATE INDEX op_pos ON op (pos);
CREATE INDEX op_settled ON op (device, settled_pos) WHERE settled_pos > 0;
CREATE INDEX op_parked ON op (number) WHERE outcome LIKE '{"outcome":"parked"%';

-- Which ops named a unit: its history.
CREATE TABLE op_unit (
    sku TEXT NOT NULL,
    serial TEXT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (sku, serial, number)
) {clustered};

-- The last op of each author's incarnation. nonce: what its next push has to say, NULL if anything
-- will do; nonce_before: what it says if our last answer was lost.
CREATE TABLE chain (
    device TEXT NOT NULL,
    incarnation BIGINT NOT NULL,
    head_seq BIGINT NOT NULL,
    head_hash {bytes} NOT NULL,
    nonce TEXT,
    nonce_before TEXT,
    safe_seq BIGINT NOT NULL,
    PRIMARY KEY (device, incarnation)
) {clustered};

-- Other bytes than ours under a place that is taken: a clone or a restored disk at work. Such an op
-- is kept in the log under an incarnation of the hub's own.
CREATE TABLE fork (
    device TEXT NOT NULL,
    incarnation BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash {bytes} NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (device, incarnation, seq, hash)
) {clustered};
CREATE INDEX fork_number ON fork (number);

-- What a parked op may be about: ops behind it that touch the same wait too. unit: SKU and serial
-- separated as in keys; document: its number; shift: the terminal.
CREATE TABLE blocked (
    what TEXT NOT NULL,
    name TEXT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (what, name, number)
) {clustered};

-- What a person should know about. The same thing again is counted.
CREATE TABLE incident (
    kind TEXT NOT NULL,
    device TEXT NOT NULL,
    detail TEXT NOT NULL,
    first_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    times BIGINT NOT NULL,
    PRIMARY KEY (kind, device, detail)
) {clustered};

CREATE TABLE device (
    terminal TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    machine TEXT NOT NULL,
    warehouse TEXT NOT NULL,
    device_key {bytes} NOT NULL UNIQUE,
    incarnation BIGINT NOT NULL,
    enrolled_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL,
    revoked BIGINT NOT NULL,
    program TEXT NOT NULL,                 -- version, as it said last
    offset_ms BIGINT NOT NULL,             -- hub's clock minus the terminal's, at the last exchange
    repairs BIGINT NOT NULL                -- how often its catalogue was found to differ
) {clustered};

-- One-time codes, hashed: a copy of this file enrols nobody.
CREATE TABLE enrol_code (
    hash {bytes} NOT NULL PRIMARY KEY,
    terminal TEXT NOT NULL,                -- the one that gets a new key; '' for one that is to come
    name TEXT NOT NULL,
    warehouse TEXT NOT NULL,
    expires_ms BIGINT NOT NULL,
    used_ms BIGINT
) {clustered};

-- Who this hub is and how far its feed and its op numbers go.
CREATE TABLE hub (
    only_one BIGINT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    secret {bytes} NOT NULL,
    feed TEXT NOT NULL,
    feed_pos BIGINT NOT NULL,
    feed_pos_min BIGINT NOT NULL,          -- cursors before this may have missed deletions
    op_number BIGINT NOT NULL,
    log_hash {bytes} NOT NULL,
    safe_number BIGINT NOT NULL,           -- ops up to here are in a verified backup
    sum_rows BIGINT NOT NULL,
    sum_hash BIGINT NOT NULL
);
