//! Compares the two witnesses of what happened here and completes each from the other.

use super::disk::Disk;
use super::journal::{self, Stored};
use super::oplog::{self, OpLog, Scan};
use super::{Recovery, salvage};
use crate::fault::Fault;
use crate::sql::{Sql, first, transaction};
use ledger::op::Hash;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Ops read at a time.
const PAGE_OPS: u32 = 200;
/// Most ops appended to the log one by one, each with its sync; more are written with a new log.
const APPENDED_MAX: usize = 16;

pub struct Reconciled {
    pub log: OpLog,
    /// Ops that came back into the journal.
    pub ops: u64,
}

/// Opens the log and makes journal and log hold the same ops. After an orderly end only their heads
/// are compared.
pub fn reconcile(
    disk: &dyn Disk,
    journal: &mut dyn Sql,
    path: &Path,
    moved_to: Option<&Path>,
    thorough: bool,
    told: &mut Vec<Recovery>,
) -> Result<Reconciled, Fault> {
    if !thorough && let Some(end) = agreed_end(disk, journal, path)? {
        return Ok(Reconciled { log: OpLog::open(disk, path, end)?, ops: 0 });
    }
    let mut scan = oplog::scan(disk, path)?;
    let logged: BTreeSet<(u32, u64)> = scan.frames.iter().map(|frame| (frame.incarnation, frame.seq)).collect();
    let mut ops = import_logged(disk, journal, path, &mut scan)?;
    if let Some(moved_to) = moved_to {
        ops += salvage::ops(disk, journal, moved_to)?;
    } else if ops > 0 {
        told.push(Recovery::OpsRecovered { ops });
    }
    if ops > 0 {
        told.extend(gaps(journal)?);
    }
    let log = complete_log(disk, journal, path, &scan, &logged, told)?;
    Ok(Reconciled { log, ops })
}

/// Whether every op in the journal is what its hash says. SQLite does not notice a flipped bit in
/// the middle of a value.
pub fn check_ops(journal: &mut dyn Sql) -> Result<(), Fault> {
    let mut place = (0, 0);
    while let Some(page) = next_page(journal, &mut place)? {
        if let Some(bad) = page.iter().find(|stored| Hash::of(&stored.sealed.bytes) != stored.sealed.hash) {
            return Err(Fault::corrupt(journal.path(), format!("op {} does not have its hash", bad.seq)));
        }
    }
    Ok(())
}

/// Where the log ends, if its last frame is the journal's last op.
fn agreed_end(disk: &dyn Disk, journal: &mut dyn Sql, path: &Path) -> Result<Option<u64>, Fault> {
    let length = disk.length(path)?.unwrap_or(0);
    let Some(row) = first(journal, "SELECT log_at, hash FROM op ORDER BY incarnation DESC, seq DESC LIMIT 1", &[])? else {
        return Ok((length == 0).then_some(0));
    };
    let at = row[0].as_count();
    let Some(bytes) = oplog::read_at(disk, path, at)? else { return Ok(None) };
    let end = at + oplog::frame_bytes(&bytes);
    Ok((end == length && Hash::of(&bytes) == journal::hash(&row[1])).then_some(end))
}

/// Imports what the journal lacks. A frame that is not the journal's op of that number never counted.
fn import_logged(disk: &dyn Disk, journal: &mut dyn Sql, path: &Path, scan: &mut Scan) -> Result<u64, Fault> {
    let mut missing = Vec::new();
    for frame in &scan.frames {
        let text = "SELECT hash FROM op WHERE incarnation = $1 AND seq = $2";
        match first(journal, text, &[journal::number(frame.incarnation), frame.seq.into()])? {
            None => missing.push(frame.at),
            Some(row) => scan.damaged |= journal::hash(&row[0]) != frame.hash,
        }
    }
    if missing.is_empty() {
        return Ok(0);
    }
    transaction(journal, |sql| {
        let mut ops = 0;
        for at in missing {
            let bytes = oplog::read_at(disk, path, at)?.ok_or_else(|| Fault::corrupt(path, "it changed while it was read"))?;
            ops += u64::from(journal::import(sql, &bytes, at)?);
        }
        Ok(ops)
    })
}

/// Brings the log to what the journal holds: by appending, if nothing else is wrong with it.
fn complete_log(
    disk: &dyn Disk,
    journal: &mut dyn Sql,
    path: &Path,
    scan: &Scan,
    logged: &BTreeSet<(u32, u64)>,
    told: &mut Vec<Recovery>,
) -> Result<OpLog, Fault> {
    let absent = absent(journal, logged)?;
    let in_order = absent.first().is_none_or(|first| logged.last().is_none_or(|last| first > last));
    if scan.damaged || !in_order || absent.len() > APPENDED_MAX {
        let moved_to = rewrite(disk, journal, path)?;
        told.push(Recovery::LogRepaired { ops: absent.len() as u64, moved_to });
        return OpLog::open(disk, path, oplog::scan(disk, path)?.end);
    }
    let mut log = OpLog::open(disk, path, scan.end)?;
    log.sync()?;
    for (incarnation, seq) in &absent {
        let bytes = op_bytes(journal, *incarnation, *seq)?;
        let at = log.end();
        log.append(&bytes)?;
        let params = [journal::number(*incarnation), (*seq).into(), at.into()];
        transaction(journal, |sql| sql.exec("UPDATE op SET log_at = $3 WHERE incarnation = $1 AND seq = $2", &params).map(drop))?;
    }
    if !absent.is_empty() {
        told.push(Recovery::LogRepaired { ops: absent.len() as u64, moved_to: None });
    }
    Ok(log)
}

fn rewrite(disk: &dyn Disk, journal: &mut dyn Sql, path: &Path) -> Result<Option<PathBuf>, Fault> {
    let mut place = (0, 0);
    let mut page = Vec::new().into_iter();
    OpLog::rewrite(disk, path, &mut || {
        if page.len() == 0 {
            page = next_page(journal, &mut place)?.unwrap_or_default().into_iter();
        }
        Ok(page.next().map(|stored| stored.sealed.bytes))
    })
}

/// The journal's ops that are not in the log, in order.
fn absent(journal: &mut dyn Sql, logged: &BTreeSet<(u32, u64)>) -> Result<Vec<(u32, u64)>, Fault> {
    let all = journal.rows("SELECT incarnation, seq FROM op ORDER BY incarnation, seq", &[])?;
    let places = all.iter().map(|row| (journal::as_u32(&row[0]), row[1].as_count()));
    Ok(places.filter(|place| !logged.contains(place)).collect())
}

/// Numbers that no op has any more.
fn gaps(journal: &mut dyn Sql) -> Result<Vec<Recovery>, Fault> {
    let text = "SELECT incarnation, seq, before FROM \
        (SELECT incarnation, seq, lag(seq, 1, 0) OVER (PARTITION BY incarnation ORDER BY seq) AS before FROM op) AS chain \
        WHERE seq <> before + 1 ORDER BY incarnation, seq LIMIT 100";
    let found = journal.rows(text, &[])?;
    let lost = |row: &Vec<crate::sql::Value>| Recovery::OpsLost {
        incarnation: journal::as_u32(&row[0]),
        first_seq: row[2].as_count() + 1,
        last_seq: row[1].as_count() - 1,
    };
    Ok(found.iter().map(lost).collect())
}

fn op_bytes(journal: &mut dyn Sql, incarnation: u32, seq: u64) -> Result<Vec<u8>, Fault> {
    let text = "SELECT bytes FROM op WHERE incarnation = $1 AND seq = $2";
    let row = first(journal, text, &[journal::number(incarnation), seq.into()])?;
    row.map(|mut row| row.remove(0).into_bytes()).ok_or_else(|| Fault::corrupt(journal.path(), "an op vanished"))
}

fn next_page(journal: &mut dyn Sql, place: &mut (u32, u64)) -> Result<Option<Vec<Stored>>, Fault> {
    let page = journal::after(journal, place.0, place.1, PAGE_OPS)?;
    let Some(last) = page.last() else { return Ok(None) };
    *place = (last.incarnation, last.seq);
    Ok(Some(page))
}
