//! A terminal's catalogue as a file: what the feed would deliver, at the speed of a copy.
//!
//! The file is shared by all terminals, so it holds every till's row, of which each terminal uses
//! its own.

use crate::fault::Fault;
use crate::rows;
use crate::sql::{Sql, first};
use crate::sqlite::{Durability, Sqlite};
use ledger::sync::wire::Cursor;
use std::path::Path;

/// The rows that a catalogue has of the hub's database.
const COPY: [&str; 4] = [
    "INSERT INTO unit SELECT * FROM hub.unit",
    "INSERT INTO product SELECT * FROM hub.product",
    "INSERT INTO code SELECT * FROM hub.code",
    "INSERT INTO record SELECT * FROM hub.record",
];

/// Writes the catalogue into a new file at `path` and answers where in the feed it stands.
///
/// The writer is not waited for and does not wait: the copy reads from one moment.
pub(super) fn build(hub: &Path, path: &Path) -> Result<Cursor, Fault> {
    let mut file = Sqlite::open(path, Durability::Scratch)?;
    file.schema(rows::SCHEMA)?;
    file.exec("ATTACH $1 AS hub", &[hub.to_string_lossy().as_ref().into()])?;
    file.begin_read()?;
    let cursor = copy(&mut file)?;
    file.commit()?;
    file.exec("DETACH hub", &[])?;
    file.quick_check()?;
    Ok(cursor)
}

fn copy(file: &mut Sqlite) -> Result<Cursor, Fault> {
    let row = first(file, "SELECT feed, feed_pos FROM hub.hub WHERE only_one = 1", &[])?;
    let row = row.ok_or_else(|| Fault::corrupt(file.path(), "the hub's own record is missing"))?;
    let cursor = Cursor { feed: row[0].as_text().to_owned(), pos: row[1].as_count() };
    for text in COPY {
        file.exec(text, &[])?;
    }
    Ok(cursor)
}
