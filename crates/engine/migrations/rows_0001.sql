-- The ledger's rows. The same tables serve the hub, a terminal's catalogue and its overlay.
-- ver: the hub's version of the row, NULL in an overlay while the hub has not seen it.
-- pos: where the row last changed in the hub's feed, 0 in an overlay.
CREATE TABLE unit (
    sku TEXT NOT NULL,
    serial TEXT NOT NULL,
    status BIGINT NOT NULL,            -- 0 in stock, 1 stocked out
    condition BIGINT NOT NULL,         -- 0 good, 1 defective
    warehouse TEXT NOT NULL,
    notes TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    came_op {bytes},
    came_number TEXT,
    came_at_ms BIGINT,
    left_op {bytes},
    left_number TEXT,
    left_at_ms BIGINT,
    left_terminal TEXT,
    left_believed BIGINT,
    left_base BIGINT,
    disputes BIGINT NOT NULL,          -- how many open conflicts there are over it
    ver BIGINT,
    pos BIGINT NOT NULL,
    PRIMARY KEY (sku, serial)
) {clustered};
CREATE INDEX unit_serial ON unit (serial);

CREATE TABLE product (
    sku TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    data TEXT NOT NULL,
    ver BIGINT,
    pos BIGINT NOT NULL
) {clustered};

-- Barcodes of products. The SKU itself is not repeated here.
CREATE TABLE code (
    code TEXT NOT NULL,
    sku TEXT NOT NULL,
    PRIMARY KEY (code, sku)
) {clustered};
CREATE INDEX code_sku ON code (sku);

-- Rows of every other kind as JSON, and what remains of a deleted row of any kind (del = 1, no data).
CREATE TABLE record (
    tbl TEXT NOT NULL,
    key TEXT NOT NULL,
    data TEXT NOT NULL,
    ver BIGINT,
    pos BIGINT NOT NULL,
    del BIGINT NOT NULL,
    PRIMARY KEY (tbl, key)
) {clustered};
CREATE INDEX record_removed ON record (pos) WHERE del = 1;
