-- Where this catalogue stands in the hub's feed; committed together with the rows.
-- feed is empty while there is no cursor. contained: JSON, how far the rows contain each device's ops.
-- parked: JSON, those of them that the hub has parked. own: JSON, how far the rows contain own
-- chains without a gap. own_beyond: JSON, own ops behind a gap that they contain, too. whole_pos: where the feed stood when no rows were to come
-- any more. log_*: the head of the hub's log that was told with the rows. sum_*: what the rows add up to. heard_ms: when, by our clock, it was last known to be up to date.
-- suspect: 1 if the sum was not the hub's.
-- skipped_by: the program version that met rows it did not know, empty if none did.
CREATE TABLE standing (
    only_one BIGINT NOT NULL PRIMARY KEY,
    feed TEXT NOT NULL,
    pos BIGINT NOT NULL,
    log_number BIGINT NOT NULL,
    log_hash {bytes} NOT NULL,
    contained TEXT NOT NULL,
    parked TEXT NOT NULL,
    own TEXT NOT NULL,
    own_beyond TEXT NOT NULL,
    whole_pos BIGINT NOT NULL,
    sum_rows BIGINT NOT NULL,
    sum_hash BIGINT NOT NULL,
    heard_ms BIGINT NOT NULL,
    suspect BIGINT NOT NULL,
    units BIGINT NOT NULL,
    products BIGINT NOT NULL,
    skipped_by TEXT NOT NULL
);
