//! What lies in a terminal's folder, looked at before the terminal becomes somebody else: enrolling
//! must neither hand one hub's sales to another nor strand them.

use super::disk::{Disk, RealDisk, parent};
use super::files::{CATALOGUE, JOURNAL, Lock, OPS_LOG, put_aside};
use super::{journal, oplog, owner};
use crate::fault::Fault;
use crate::sql::{Sql, first};
use crate::sqlite::Durability;
use std::path::Path;

/// Whose the folder is, and what would be at stake.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holdings {
    /// Empty if only `ops.log` is left.
    pub terminal: String,
    pub hub: String,
    pub ops: u64,
    /// Those without the hub's outcome.
    pub unsent: u64,
    /// Sales in progress.
    pub drafts: u64,
}

impl Holdings {
    /// Looks into a folder; none if no terminal has worked there yet. Nothing is repaired or moved.
    pub fn of(dir: &Path) -> Result<Option<Holdings>, Fault> {
        let disk = RealDisk;
        let there = |name: &str| Ok::<_, Fault>(disk.length(&dir.join(name))?.is_some_and(|bytes| bytes > 0));
        let (has_journal, has_log) = (there(JOURNAL)?, there(OPS_LOG)?);
        if !has_journal && !has_log {
            return Ok(None);
        }
        let mut lock = Lock::take(&disk, dir)?;
        let logged = oplog::scan(&disk, &dir.join(OPS_LOG))?.frames.len() as u64;
        let found = if has_journal { read(&mut *disk.database(&dir.join(JOURNAL), Durability::Full)?)? } else { Holdings::default() };
        if !lock.unclean {
            lock.leave();
        }
        // What only the log has would come back at the next opening, and be sent.
        let lost = logged.saturating_sub(found.ops);
        Ok(Some(Holdings { ops: found.ops + lost, unsent: found.unsent + lost, ..found }))
    }

    pub fn is_empty(&self) -> bool {
        self.ops == 0 && self.drafts == 0
    }
}

/// Gives a folder without ops to whoever comes next: its files get names by which nobody opens them.
pub fn leave_empty(dir: &Path) -> Result<(), Fault> {
    let disk = RealDisk;
    let _held = Lock::take(&disk, dir)?;
    for name in [JOURNAL, OPS_LOG, CATALOGUE] {
        let path = dir.join(name);
        if disk.length(&path)?.is_some() {
            put_aside(&disk, &path, "unused")?;
        }
    }
    disk.sync_dir(parent(&dir.join(JOURNAL)))
}

fn read(sql: &mut dyn Sql) -> Result<Holdings, Fault> {
    journal::update(sql)?;
    let owner::Owner { terminal, hub } = owner::owner(sql)?;
    let mut holdings = Holdings { terminal, hub, drafts: count(sql, "SELECT count(*) FROM draft")?, ..Holdings::default() };
    for incarnation in journal::incarnations(sql)? {
        holdings.unsent += journal::unacked(sql, incarnation)?;
    }
    holdings.ops = count(sql, "SELECT count(*) FROM op")?;
    Ok(holdings)
}

fn count(sql: &mut dyn Sql, text: &'static str) -> Result<u64, Fault> {
    Ok(first(sql, text, &[])?.map_or(0, |row| row[0].as_count()))
}
