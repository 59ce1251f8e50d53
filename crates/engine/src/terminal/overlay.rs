//! The overlay: what own ops did that the hub's feed has not returned yet, and what peers told of
//! theirs.
//!
//! It lives in the journal, in the same tables as the catalogue's rows, and hides those it has. It
//! is derived: replaying the ops that the catalogue does not contain, over the catalogue, gives it
//! again. All terminals replay them in the same order. Only this terminal's till is kept apart:
//! nobody but this terminal changes it, so the own one is always the true one; and the tills of
//! others are nobody's business here.

use super::catalogue::Standing;
use super::journal::{self, Stored};
use super::peer_ops::{self, Heard, Kept, rank};
use super::{Doubtful, TerminalIdentity, at_hub, marks};
use crate::fault::Fault;
use crate::rows::{self, RowSource, VersionedUnit};
use crate::sql::{Sql, first, transaction};
use ledger::apply::{Stance, apply};
use ledger::id::Sku;
use ledger::op::Op;
use ledger::row::{Conflict, Key, Row};
use ledger::serial::Serial;
use ledger::slice::{Slice, Versioned};
use ledger::sync::wire::Place;
use ledger::verdict::Verdict;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Ops read at a time.
const PAGE_OPS: u32 = 200;

/// The rows as they stand for this terminal: the overlay's, else the catalogue's.
pub struct Effective<'a> {
    pub overlay: &'a mut dyn Sql,
    pub catalogue: &'a mut dyn Sql,
    /// The hub's version of each row that was read.
    pub vers: BTreeMap<Key, Option<u64>>,
}

impl Effective<'_> {
    pub fn load(&mut self, key: &Key) -> Result<Option<Versioned>, Fault> {
        match rows::load(self.overlay, key)? {
            Some(found) => Ok(Some(found)),
            None => rows::load(self.catalogue, key),
        }
    }

    /// Every unit bearing the serial, in SKU order.
    pub fn units_by_serial(&mut self, serial: &Serial) -> Result<Vec<VersionedUnit>, Fault> {
        let told = rows::units_by_serial(self.catalogue, serial)?;
        let own = rows::units_by_serial(self.overlay, serial)?;
        let by_sku: BTreeMap<Sku, VersionedUnit> = told.into_iter().chain(own).map(|unit| (unit.0.sku.clone(), unit)).collect();
        Ok(by_sku.into_values().collect())
    }
}

impl RowSource for Effective<'_> {
    fn row(&mut self, key: &Key) -> Result<Option<Arc<Versioned>>, Fault> {
        let found = self.load(key)?;
        self.vers.insert(key.clone(), found.as_ref().and_then(|found| found.ver));
        Ok(found.map(Arc::new))
    }

    fn skus_bearing(&mut self, serial: &Serial) -> Result<Vec<Sku>, Fault> {
        Ok(self.units_by_serial(serial)?.into_iter().map(|(unit, _)| unit.sku).collect())
    }
}

/// What a replay found.
pub struct Replayed {
    pub doubtful: Vec<Doubtful>,
    /// Peers' ops that are still wanted.
    pub kept: Kept,
}

/// Computes the overlay anew, saves it if there is anything to save, and answers the doubtful ops.
pub fn replay(overlay: &mut dyn Sql, catalogue: &mut dyn Sql, standing: &Standing, identity: &TerminalIdentity) -> Result<Replayed, Fault> {
    if !peer_ops::is_empty(overlay)? {
        transaction(overlay, |sql| at_hub::forget_forks(sql, catalogue, standing))?;
    }
    let (told, kept) = peer_ops::all(overlay, standing)?;
    let mut told = told.into_iter().peekable();
    let mut replay = Replay { catalogue, memory: BTreeMap::new(), bearers: BTreeMap::new() };
    let (mut doubtful, mut conflicts) = (Vec::new(), Vec::new());
    for_each_missing(overlay, standing, identity, &mut |op| {
        while let Some(earlier) = told.next_if(|told| rank(&told.op) < rank(op)) {
            conflicts.extend(replay.witness(&earlier)?);
        }
        doubtful.extend(replay.fold(op)?);
        Ok(())
    })?;
    for later in told {
        conflicts.extend(replay.witness(&later)?);
    }
    let rows: Vec<Arc<Versioned>> = replay.memory.into_iter().filter(|(key, _)| !matches!(key, Key::Till(_))).map(|(_, row)| row).collect();
    if !rows.is_empty() || !is_empty(overlay)? {
        transaction(overlay, |sql| replace(sql, &rows))?;
    }
    add_overtaken(overlay, &conflicts, &mut doubtful)?;
    Ok(Replayed { doubtful, kept })
}

/// Own ops that were the first to take a unit which a peer took out too: the other one may be the
/// one that stays.
pub fn add_overtaken(journal: &mut dyn Sql, conflicts: &[Conflict], doubtful: &mut Vec<Doubtful>) -> Result<(), Fault> {
    for conflict in conflicts {
        let own = journal::by_id(journal, conflict.first.op)?.as_ref().and_then(readable);
        let Some(own) = own.filter(|own| doubtful.iter().all(|doubt| doubt.op != own.id)) else { continue };
        let verdict = Verdict::Conflict(vec![conflict.clone()]);
        doubtful.push(Doubtful { seq: own.seq, op: own.id, document: own.body.document().cloned(), verdict });
    }
    Ok(())
}

/// Calls `take` with every own op that the catalogue does not contain, in order; without a cursor that
/// is every op. What the hub has parked counts as contained there, but its rows know nothing of it.
pub fn for_each_missing(
    journal: &mut dyn Sql,
    standing: &Standing,
    identity: &TerminalIdentity,
    take: &mut dyn FnMut(&Op) -> Result<(), Fault>,
) -> Result<(), Fault> {
    for incarnation in journal::incarnations(journal)? {
        let mut seq = standing.contains_own(incarnation);
        parked(journal, standing, identity, (incarnation, seq))?.iter().filter_map(readable).try_for_each(|op| take(&op))?;
        loop {
            let page = journal::after(journal, incarnation, seq, PAGE_OPS)?;
            let Some(last) = page.iter().rev().find(|stored| stored.incarnation == incarnation) else { break };
            seq = last.seq;
            let is_missing = |stored: &&Stored| stored.incarnation == incarnation && !standing.own_beyond.contains(&Place { incarnation, seq: stored.seq });
            page.iter().filter(is_missing).filter_map(readable).try_for_each(|op| take(&op))?;
        }
    }
    Ok(())
}

/// Own ops of a chain, up to a number, that the hub has parked.
fn parked(journal: &mut dyn Sql, standing: &Standing, identity: &TerminalIdentity, (incarnation, upto): (u32, u64)) -> Result<Vec<Stored>, Fault> {
    let own = standing.parked.iter().filter(|place| place.device == identity.terminal && place.incarnation == incarnation && place.seq <= upto);
    // A copy of this disk may have another op parked under the same number.
    let seqs: BTreeSet<u64> = own.map(|place| place.seq).collect();
    let found = seqs.into_iter().map(|seq| journal::at(journal, incarnation, seq)).collect::<Result<Vec<_>, Fault>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// Saves rows that own ops wrote.
pub fn save<'a>(sql: &mut dyn Sql, rows: impl IntoIterator<Item = &'a Versioned>) -> Result<(), Fault> {
    rows.into_iter().try_for_each(|found| rows::save(sql, &found.row, found.ver, 0))
}

/// An op of a kind that this version does not know has no effect that it could show.
fn readable(stored: &Stored) -> Option<Op> {
    Op::read(&stored.sealed.bytes).ok()
}

fn replace(sql: &mut dyn Sql, rows: &[Arc<Versioned>]) -> Result<(), Fault> {
    for text in ["DELETE FROM unit", "DELETE FROM product", "DELETE FROM code", "DELETE FROM record WHERE tbl <> 'till'"] {
        sql.exec(text, &[])?;
    }
    save(sql, rows.iter().map(AsRef::as_ref))
}

/// Whether no row is hidden; the own till does not count.
pub fn is_empty(sql: &mut dyn Sql) -> Result<bool, Fault> {
    for text in ["SELECT 1 FROM unit LIMIT 1", "SELECT 1 FROM product LIMIT 1", "SELECT 1 FROM record WHERE tbl <> 'till' LIMIT 1"] {
        if first(sql, text, &[])?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Ops folded over the catalogue, in memory.
struct Replay<'a> {
    catalogue: &'a mut dyn Sql,
    memory: BTreeMap<Key, Arc<Versioned>>,
    /// Which SKUs have a unit bearing a serial, of the units in memory.
    bearers: BTreeMap<Serial, BTreeSet<Sku>>,
}

impl Replay<'_> {
    fn fold(&mut self, op: &Op) -> Result<Option<Doubtful>, Fault> {
        let mut slice = rows::slice(self, op)?;
        // While a catch-up is under way the catalogue may contain an op that it does not count yet.
        let contained = marks::tell(&slice, op);
        let verdict = apply(&mut slice, op, Stance::Witness);
        if !matches!(verdict, Verdict::Refused(_)) {
            slice.written().for_each(|row| self.keep(row, &slice));
        }
        let sound = matches!(verdict, Verdict::Applied | Verdict::Duplicate) || contained;
        Ok((!sound).then(|| Doubtful { seq: op.seq, op: op.id, document: op.body.document().cloned(), verdict }))
    }

    /// Folds a peer's op in, and answers the double uses that it makes.
    fn witness(&mut self, Heard { op, may_be_told }: &Heard) -> Result<Vec<Conflict>, Fault> {
        let mut slice = rows::slice(self, op)?;
        if *may_be_told && !marks::lack(&slice, op) {
            return Ok(Vec::new());
        }
        let verdict = apply(&mut slice, op, Stance::Witness);
        if !matches!(verdict, Verdict::Refused(_)) {
            slice.written().for_each(|row| self.keep(row, &slice));
        }
        Ok(if let Verdict::Conflict(conflicts) = verdict { conflicts } else { Vec::new() })
    }

    fn keep(&mut self, row: &Row, slice: &Slice) {
        let ver = match row {
            Row::Unit(unit) => {
                self.bearers.entry(unit.serial.clone()).or_default().insert(unit.sku.clone());
                slice.unit_ver(&unit.sku, &unit.serial)
            }
            _ => None,
        };
        self.memory.insert(row.key(), Arc::new(Versioned { row: row.clone(), ver }));
    }
}

impl RowSource for Replay<'_> {
    fn row(&mut self, key: &Key) -> Result<Option<Arc<Versioned>>, Fault> {
        match self.memory.get(key) {
            Some(found) => Ok(Some(Arc::clone(found))),
            None => Ok(rows::load(self.catalogue, key)?.map(Arc::new)),
        }
    }

    fn skus_bearing(&mut self, serial: &Serial) -> Result<Vec<Sku>, Fault> {
        let told = rows::units_by_serial(self.catalogue, serial)?.into_iter().map(|(unit, _)| unit.sku);
        Ok(told.chain(self.bearers.get(serial).into_iter().flatten().cloned()).collect())
    }
}
