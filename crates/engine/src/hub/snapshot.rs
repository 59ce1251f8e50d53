//! A terminal's catalogue as a file: what the feed would deliver, at the speed of a copy.
//!
//! The file is shared by all terminals, so it holds every till's row, of which each terminal uses
//! its own. A hub in a file is copied by SQLite itself; from any other database the rows are read in
//! pages.

use super::heads::{self, Heads};
use super::{feed, parking};
use crate::fault::Fault;
use crate::rows;
use crate::sql::Sql;
use crate::sqlite::{Durability, Sqlite};
use crate::tables::{Table, tables};
use ledger::op::Base;
use ledger::sync::wire::{Contained, Cursor, LogHead, ScopeSum};
use std::path::Path;
use std::sync::OnceLock;

/// Where a snapshot stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotHead {
    pub cursor: Cursor,
    /// How far it contains the ops of each device.
    pub contained: Vec<Contained>,
    /// Those of them that are parked.
    pub parked: Vec<Contained>,
    pub log: LogHead,
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
pub(super) fn build(hub: &mut dyn Sql, path: &Path) -> Result<SnapshotHead, Fault> {
    fill(hub, Sqlite::open(path, Durability::Scratch)?)
}

/// The same into a new file that is open already, wherever it lies.
pub(super) fn fill(hub: &mut dyn Sql, mut file: Sqlite) -> Result<SnapshotHead, Fault> {
    file.schema(rows::SCHEMA)?;
    let head = match hub.file() {
        Some(hub) => copy_file(hub, &mut file)?,
        None => copy_pages(hub, &mut file)?,
    };
    file.quick_check()?;
    Ok(head)
}

fn copy_file(hub: &Path, file: &mut Sqlite) -> Result<SnapshotHead, Fault> {
    file.exec("ATTACH $1 AS hub", &[hub.to_string_lossy().as_ref().into()])?;
    file.begin_read()?;
    // The new file has none of the hub's own tables, so their names mean the hub's.
    let head = head(file)?;
    for text in COPY {
        file.exec(text, &[])?;
    }
    file.commit()?;
    file.exec("DETACH hub", &[])?;
    Ok(head)
}

fn copy_pages(hub: &mut dyn Sql, file: &mut Sqlite) -> Result<SnapshotHead, Fault> {
    file.begin()?;
    hub.begin_read()?;
    let copied = copy_tables(hub, file);
    let _ = hub.rollback();
    file.commit()?;
    copied
}

fn copy_tables(hub: &mut dyn Sql, file: &mut Sqlite) -> Result<SnapshotHead, Fault> {
    static TABLES: OnceLock<Vec<Table>> = OnceLock::new();
    let head = head(hub)?;
    for table in TABLES.get_or_init(|| tables(rows::SCHEMA)) {
        table.each_page(hub, |page| table.insert(file, &page))?;
    }
    Ok(head)
}

fn head(sql: &mut dyn Sql) -> Result<SnapshotHead, Fault> {
    let Base { feed, pos, .. } = feed::head(sql)?;
    let (contained, parked) = (feed::contained(sql, None)?, parking::parked(sql, None)?);
    let Heads { log, sum, .. } = heads::load(sql)?;
    Ok(SnapshotHead { cursor: Cursor { feed, pos }, contained, parked, log, sum })
}
