//! A terminal's catalogue as a file: what the feed would deliver, at the speed of a copy.
//!
//! The file is shared by all terminals, so it holds every till's row, of which each terminal uses
//! its own.

use super::{feed, heads};
use crate::fault::Fault;
use crate::rows;
use crate::sql::Sql;
use crate::sqlite::{Durability, Sqlite};
use ledger::op::Base;
use ledger::sync::wire::{Contained, Cursor, ScopeSum};
use std::path::Path;

/// Where a snapshot stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotHead {
    pub cursor: Cursor,
    /// How far it contains the ops of each device.
    pub contained: Vec<Contained>,
    pub sum: ScopeSum,
}

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
pub(super) fn build(hub: &Path, path: &Path) -> Result<SnapshotHead, Fault> {
    let mut file = Sqlite::open(path, Durability::Scratch)?;
    file.schema(rows::SCHEMA)?;
    file.exec("ATTACH $1 AS hub", &[hub.to_string_lossy().as_ref().into()])?;
    file.begin_read()?;
    let head = copy(&mut file)?;
    file.commit()?;
    file.exec("DETACH hub", &[])?;
    file.quick_check()?;
    Ok(head)
}

fn copy(file: &mut Sqlite) -> Result<SnapshotHead, Fault> {
    // The new file has none of the hub's own tables, so their names mean the hub's.
    let Base { feed, pos } = feed::head(file)?;
    let head = SnapshotHead { cursor: Cursor { feed, pos }, contained: feed::contained(file, None)?, sum: heads::load(file)?.sum };
    for text in COPY {
        file.exec(text, &[])?;
    }
    Ok(head)
}
