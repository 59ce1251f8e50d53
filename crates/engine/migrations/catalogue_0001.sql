-- Where this catalogue stands in the hub's feed; committed together with the rows.
-- feed is empty while there is no cursor. own_seq: the last op of own_incarnation that the rows contain.
-- skipped_by: the program version that met rows it did not know, empty if none did.
CREATE TABLE standing (
    only_one BIGINT NOT NULL PRIMARY KEY,
    feed TEXT NOT NULL,
    pos BIGINT NOT NULL,
    own_incarnation BIGINT NOT NULL,
    own_seq BIGINT NOT NULL,
    units BIGINT NOT NULL,
    products BIGINT NOT NULL,
    skipped_by TEXT NOT NULL
);
