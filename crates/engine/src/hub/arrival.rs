//! One op that arrives: found again, put in its place, or kept beside the op whose place it claims.

use super::chain::{self, Chain};
use super::heads::Heads;
use super::incident::{self, IncidentKind};
use super::interpret::{self, Reading};
use super::reading::ReadOp;
use super::{Batch, hash_of, parking};
use crate::fault::Fault;
use crate::sql::{Sql, Value, first};
use ledger::id::{OpId, TerminalId};
use ledger::op::{Envelope, Hash};
use ledger::row::{Fork, Row};
use ledger::sync::wire::{Place, QUARANTINE_FIRST};
use ledger::verdict::Outcome;

/// Bytes at the place they claim.
pub(super) struct Arrival<'a> {
    pub device: &'a TerminalId,
    pub incarnation: u32,
    pub seq: u64,
    pub read: &'a ReadOp,
    pub now_ms: i64,
    offset_ms: i64,
    uninterpreted: bool,
    /// Its number in the log, if it is there already.
    number: Option<u64>,
}

/// What became of it.
pub(super) struct Taken {
    pub outcome: Outcome,
    /// Another op has its place.
    pub forked: bool,
}

/// Where an op is kept.
#[derive(Debug, Clone, Copy)]
struct Shelf {
    incarnation: u32,
    seq: u64,
}

impl<'a> Arrival<'a> {
    pub fn new(batch: &'a Batch, seq: u64, read: &'a ReadOp, now_ms: i64) -> Arrival<'a> {
        let offset_ms = batch.wall_ms.map_or(0, |wall_ms| now_ms.saturating_sub(wall_ms));
        let Batch { device, incarnation, uninterpreted, .. } = batch;
        Arrival { device, incarnation: *incarnation, seq, read, now_ms, offset_ms, uninterpreted: *uninterpreted, number: None }
    }

    /// Ops before this one in the log may not be overtaken.
    pub fn turn(&self) -> u64 {
        self.number.unwrap_or(i64::MAX.unsigned_abs())
    }

    /// An op that is here already and is looked at again.
    pub fn again(device: &'a TerminalId, claimed: Place, number: u64, read: &'a ReadOp, now_ms: i64) -> Arrival<'a> {
        let Place { incarnation, seq } = claimed;
        Arrival { device, incarnation, seq, read, now_ms, offset_ms: 0, uninterpreted: false, number: Some(number) }
    }

    /// Whether the bytes say that they stand where they were sent.
    pub fn is_in_place(&self) -> bool {
        let says = |envelope: &Envelope| (&envelope.device, envelope.incarnation, envelope.seq) == (self.device, self.incarnation, self.seq);
        self.read.envelope.as_ref().is_ok_and(says)
    }

    /// The hash that the op names as the one before.
    pub fn prev(&self) -> Option<Hash> {
        self.read.envelope.as_ref().ok().map(|envelope| envelope.prev)
    }
}

/// Takes one op whose number is not beyond the next of `chain`, or which follows one that is kept
/// aside.
pub(super) fn take(sql: &mut dyn Sql, arrival: &Arrival<'_>, chain: &mut Chain, heads: &mut Heads) -> Result<Taken, Fault> {
    if arrival.seq > chain.head_seq {
        return next(sql, arrival, chain, heads);
    }
    heads.books.write(sql)?;
    let text = "SELECT hash, outcome FROM op WHERE device = $1 AND incarnation = $2 AND seq = $3";
    let params = [arrival.device.as_str().into(), Value::Int(i64::from(arrival.incarnation)), arrival.seq.into()];
    match first(sql, text, &params)? {
        Some(row) if hash_of(&row[0]) == arrival.read.hash => Ok(Taken { outcome: interpret::stored_outcome(&row[1])?, forked: false }),
        Some(_) => fork(sql, arrival, heads),
        // Its number was given up as lost. It is welcome all the same.
        None => {
            let reading = interpret::read(sql, arrival, arrival.uninterpreted, heads)?;
            store(sql, arrival, &reading, true, Shelf { incarnation: arrival.incarnation, seq: arrival.seq }, heads)?;
            Ok(Taken { outcome: reading.outcome, forked: false })
        }
    }
}

/// The next op of the chain, unless it follows one that is kept aside.
fn next(sql: &mut dyn Sql, arrival: &Arrival<'_>, chain: &mut Chain, heads: &mut Heads) -> Result<Taken, Fault> {
    let broken = arrival.prev() != Some(chain.head_hash);
    if broken && follows_fork(sql, arrival)? {
        return fork(sql, arrival, heads);
    }
    let reading = interpret::read(sql, arrival, arrival.uninterpreted, heads)?;
    if broken {
        let detail = format!("Op {} of incarnation {} does not name the one before it.", arrival.seq, arrival.incarnation);
        incident::note(sql, arrival.now_ms, IncidentKind::BrokenChain, arrival.device, &detail)?;
    }
    store(sql, arrival, &reading, broken, Shelf { incarnation: arrival.incarnation, seq: arrival.seq }, heads)?;
    (chain.head_seq, chain.head_hash) = (arrival.seq, arrival.read.hash);
    Ok(Taken { outcome: reading.outcome, forked: false })
}

/// Whether the op before it was kept aside from this chain. Such a side chain may be longer than the
/// one that has the places.
pub(super) fn follows_fork(sql: &mut dyn Sql, arrival: &Arrival<'_>) -> Result<bool, Fault> {
    let Some(prev) = arrival.prev() else { return Ok(false) };
    let text = "SELECT 1 FROM fork WHERE device = $1 AND incarnation = $2 AND seq = $3 AND hash = $4";
    let seq = arrival.seq.saturating_sub(1);
    Ok(first(sql, text, &fork_key(arrival, seq, prev))?.is_some())
}

/// Keeps the op beside the one that has its place. It has happened, so it counts like any other.
fn fork(sql: &mut dyn Sql, arrival: &Arrival<'_>, heads: &mut Heads) -> Result<Taken, Fault> {
    heads.books.write(sql)?;
    let text = "SELECT op.outcome FROM fork JOIN op ON op.number = fork.number \
        WHERE fork.device = $1 AND fork.incarnation = $2 AND fork.seq = $3 AND fork.hash = $4";
    if let Some(row) = first(sql, text, &fork_key(arrival, arrival.seq, arrival.read.hash))? {
        return Ok(Taken { outcome: interpret::stored_outcome(&row[0])?, forked: true });
    }
    let detail =
        format!("Two ops claim number {} of incarnation {}: the disk was copied or restored. Both are kept and count.", arrival.seq, arrival.incarnation);
    incident::note(sql, arrival.now_ms, IncidentKind::Fork, arrival.device, &detail)?;
    let shelf = shelf_for(sql, arrival)?;
    let reading = interpret::read(sql, arrival, arrival.uninterpreted, heads)?;
    tell_fork(sql, arrival, matches!(reading.outcome, Outcome::Parked { .. }), heads)?;
    store(sql, arrival, &reading, true, shelf, heads)?;
    let chain = Chain { head_seq: shelf.seq, head_hash: arrival.read.hash, ..Chain::default() };
    chain::save(sql, arrival.device, shelf.incarnation, &chain)?;
    let text = "INSERT INTO fork (device, incarnation, seq, hash, number) VALUES ($1, $2, $3, $4, $5)";
    let [device, incarnation, seq, hash] = fork_key(arrival, arrival.seq, arrival.read.hash);
    sql.exec(text, &[device, incarnation, seq, hash, heads.log.number.into()])?;
    Ok(Taken { outcome: reading.outcome, forked: true })
}

/// Has the feed say that the op is here. What it says of numbers is about the other one.
pub(super) fn tell_fork(sql: &mut dyn Sql, arrival: &Arrival<'_>, parked: bool, heads: &mut Heads) -> Result<(), Fault> {
    let Arrival { incarnation, seq, .. } = *arrival;
    heads.write(sql, &Row::Fork(Fork { device: arrival.device.clone(), incarnation, seq, hash: arrival.read.hash, parked }))
}

/// Behind the op that it follows, or as the first of a new incarnation of the hub's own.
fn shelf_for(sql: &mut dyn Sql, arrival: &Arrival<'_>) -> Result<Shelf, Fault> {
    let device = || Value::from(arrival.device.as_str());
    let first_of_hub = Value::Int(i64::from(QUARANTINE_FIRST));
    if let Some(prev) = arrival.prev() {
        let text = "SELECT incarnation, head_seq FROM chain WHERE device = $1 AND incarnation >= $2 AND head_hash = $3";
        if let Some(row) = first(sql, text, &[device(), first_of_hub.clone(), prev.0.to_vec().into()])? {
            return Ok(Shelf { incarnation: as_incarnation(&row[0]), seq: row[1].as_count() + 1 });
        }
    }
    let text = "SELECT coalesce(max(incarnation), $2 - 1) FROM chain WHERE device = $1 AND incarnation >= $2";
    let last = first(sql, text, &[device(), first_of_hub])?.map_or(0, |row| row[0].as_int());
    Ok(Shelf { incarnation: as_incarnation(&Value::Int(last + 1)), seq: 1 })
}

fn store(sql: &mut dyn Sql, arrival: &Arrival<'_>, reading: &Reading<'_>, broken: bool, shelf: Shelf, heads: &mut Heads) -> Result<(), Fault> {
    heads.log(arrival.device, shelf.incarnation, shelf.seq, &arrival.read.hash);
    let columns = [
        heads.log.number.into(),
        arrival.device.as_str().into(),
        Value::Int(i64::from(shelf.incarnation)),
        shelf.seq.into(),
        Value::optional(reading.name.map(name_bytes)),
        reading.kind().into(),
        arrival.read.bytes.clone().into(),
        arrival.read.hash.0.to_vec().into(),
        interpret::outcome_json(&reading.outcome).into(),
        heads.pos.into(),
        broken.into(),
        heads.log.hash.0.to_vec().into(),
        Value::Int(0),
        Value::Int(arrival.offset_ms),
        arrival.now_ms.into(),
    ];
    heads.books.add(sql, reading.name, columns)?;
    note_units(reading, heads.log.number, heads);
    if matches!(reading.outcome, Outcome::Parked { .. }) {
        parking::block(sql, arrival, reading, heads.log.number)?;
        heads.any_parked = true;
    }
    Ok(())
}

/// Writes the op into the history of each unit that it names.
pub(super) fn note_units(reading: &Reading<'_>, number: u64, heads: &mut Heads) {
    for (sku, serial) in reading.op.iter().flat_map(|op| op.body.units()) {
        heads.books.add_unit(sku, serial, number);
    }
}

pub(super) fn name_bytes(id: OpId) -> Vec<u8> {
    id.0.as_bytes().to_vec()
}

fn fork_key(arrival: &Arrival<'_>, seq: u64, hash: Hash) -> [Value; 4] {
    [arrival.device.as_str().into(), Value::Int(i64::from(arrival.incarnation)), seq.into(), hash.0.to_vec().into()]
}

fn as_incarnation(value: &Value) -> u32 {
    u32::try_from(value.as_int()).unwrap_or(u32::MAX)
}
