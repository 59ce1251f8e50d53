//! A whole hub from one database into another: every table, the hub's identity with it.
//!
//! The old database is read as it is at one moment. The new one gets everything in one transaction
//! or nothing, is then read again from its beginning, and compared table by table.

use crate::fault::Fault;
use crate::hub::{SCHEMA, tables};
use crate::migrate::migrate;
use crate::sql::{Sql, first, transaction};
use crate::tables::{Table, TableSum};
use std::path::PathBuf;

/// The version of the schema, which both databases have.
const VERSION: i64 = SCHEMA.len() as i64;

/// One table that was copied and found to be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    pub table: &'static str,
    pub sum: TableSum,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub stage: Stage,
    pub table: &'static str,
    /// Of this table so far.
    pub rows: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Copying,
    Comparing,
}

/// Why a hub did not move. Unless it says otherwise, the new database is as empty as it was.
#[derive(Debug, thiserror::Error)]
pub enum TransferFault {
    #[error("{0}")]
    Store(#[from] Fault),
    #[error("A hub is at work on {path}. Stop it first: what it took from now on would stay behind.")]
    InUse { path: PathBuf },
    #[error("There is no hub in {path}. Name the database that the hub was running on.")]
    NoHub { path: PathBuf },
    #[error(
        "{path} was written by another version of the program (schema {found}, this one has {known}). Move it with the version that wrote it, or let this one serve it once."
    )]
    Version { path: PathBuf, found: i64, known: i64 },
    #[error("{path} is not empty: its table {table} has rows. Name a new database; nothing was changed.")]
    NotEmpty { path: PathBuf, table: &'static str },
    #[error(
        "After copying, the table {table} has {found} rows in {path} where {wanted} were read, or other ones. Do not use the new database; drop it and try again."
    )]
    Differs { path: PathBuf, table: &'static str, wanted: u64, found: u64 },
}

/// Copies everything and answers what was copied. `tell` hears of each page.
pub fn transfer(from: &mut dyn Sql, to: &mut dyn Sql, tell: &mut dyn FnMut(Progress)) -> Result<Vec<Copied>, TransferFault> {
    must_be_alone(from)?;
    must_be_alone(to)?;
    from.begin_read()?;
    let copied = transfer_from(from, to, tell);
    let _ = from.rollback();
    copied
}

fn transfer_from(from: &mut dyn Sql, to: &mut dyn Sql, tell: &mut dyn FnMut(Progress)) -> Result<Vec<Copied>, TransferFault> {
    must_be_a_hub(from)?;
    migrate(to, SCHEMA)?;
    must_be_empty(to)?;
    let copied = transaction(to, |to| tables().iter().map(|table| copy(table, from, to, tell)).collect::<Result<Vec<_>, _>>())?;
    to.begin_read()?;
    let compared = tables().iter().zip(&copied).try_for_each(|(table, copied)| compare(table, *copied, to, tell));
    let _ = to.rollback();
    compared?;
    Ok(copied)
}

fn must_be_alone(sql: &mut dyn Sql) -> Result<(), TransferFault> {
    if sql.lead()? { Ok(()) } else { Err(TransferFault::InUse { path: sql.path().to_owned() }) }
}

fn must_be_a_hub(from: &mut dyn Sql) -> Result<(), TransferFault> {
    let no_hub = |path: PathBuf| TransferFault::NoHub { path };
    let row = match first(from, "SELECT version FROM schema_version WHERE only_one = 1", &[]) {
        Err(Fault::Sql { path, .. }) => return Err(no_hub(path)),
        answered => answered?,
    };
    let found = row.ok_or_else(|| no_hub(from.path().to_owned()))?[0].as_int();
    if found != VERSION {
        return Err(TransferFault::Version { path: from.path().to_owned(), found, known: VERSION });
    }
    match first(from, "SELECT id FROM hub WHERE only_one = 1", &[]) {
        Ok(Some(_)) => Ok(()),
        Ok(None) | Err(Fault::Sql { .. }) => Err(no_hub(from.path().to_owned())),
        Err(fault) => Err(fault.into()),
    }
}

fn must_be_empty(to: &mut dyn Sql) -> Result<(), TransferFault> {
    for table in tables() {
        if !table.is_empty(to)? {
            return Err(TransferFault::NotEmpty { path: to.path().to_owned(), table: table.name });
        }
    }
    Ok(())
}

fn copy(table: &Table, from: &mut dyn Sql, to: &mut dyn Sql, tell: &mut dyn FnMut(Progress)) -> Result<Copied, Fault> {
    let mut sum = TableSum::default();
    table.each_page(from, |page| {
        table.insert(to, &page)?;
        sum.add(&page);
        tell(Progress { stage: Stage::Copying, table: table.name, rows: sum.rows });
        Ok(())
    })?;
    Ok(Copied { table: table.name, sum })
}

fn compare(table: &Table, copied: Copied, to: &mut dyn Sql, tell: &mut dyn FnMut(Progress)) -> Result<(), TransferFault> {
    let mut sum = TableSum::default();
    table.each_page(to, |page| {
        sum.add(&page);
        tell(Progress { stage: Stage::Comparing, table: table.name, rows: sum.rows });
        Ok(())
    })?;
    if sum == copied.sum {
        return Ok(());
    }
    Err(TransferFault::Differs { path: to.path().to_owned(), table: table.name, wanted: copied.sum.rows, found: sum.rows })
}
