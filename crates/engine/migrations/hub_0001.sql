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
    received_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX op_place ON op (device, incarnation, seq);
CREATE UNIQUE INDEX op_name ON op (op_id);
CREATE INDEX op_pos ON op (pos);

-- Which ops named a unit: its history.
CREATE TABLE op_unit (
    sku TEXT NOT NULL,
    serial TEXT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (sku, serial, number)
) {clustered};

-- The last op of each author's incarnation.
CREATE TABLE chain (
    device TEXT NOT NULL,
    incarnation BIGINT NOT NULL,
    head_seq BIGINT NOT NULL,
    head_hash {bytes} NOT NULL,
    PRIMARY KEY (device, incarnation)
) {clustered};

-- Other bytes than ours under a place that is taken: a clone or a restored disk at work.
CREATE TABLE fork (
    device TEXT NOT NULL,
    incarnation BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash {bytes} NOT NULL,
    bytes {bytes} NOT NULL,
    received_ms BIGINT NOT NULL,
    PRIMARY KEY (device, incarnation, seq, hash)
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
    revoked BIGINT NOT NULL
) {clustered};

-- One-time codes, hashed: a copy of this file enrols nobody.
CREATE TABLE enrol_code (
    hash {bytes} NOT NULL PRIMARY KEY,
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
    op_number BIGINT NOT NULL
);
