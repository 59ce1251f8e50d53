//! What tills told each other, as the auditor overheard it, and what has to come of it.

use super::kept::{self, HubOp, open_copy};
use crate::disk::Image;
use crate::shop::CASE;
use anyhow::{Result, ensure};
use engine::sql::{Sql, Value as Cell};
use ledger::id::TerminalId;
use ledger::op::Hash;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// An op's author, incarnation and number.
pub type Author = (TerminalId, u32, u64);

/// A unit of which a till was told that a peer sold it, and by which op.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub place: Author,
    pub unit: (String, String),
}

/// By machine.
#[derive(Default)]
pub struct Hearsay(BTreeMap<usize, Vec<Told>>);

impl Hearsay {
    /// A machine says that it has an op that it was told.
    pub fn hear(&mut self, machine: usize, place: Author, bytes: &[u8]) {
        let known = self.0.entry(machine).or_default();
        for unit in sold(bytes) {
            let told = Told { place: place.clone(), unit };
            if !known.contains(&told) {
                known.push(told);
            }
        }
    }

    pub fn told(&self, machine: usize) -> impl DoubleEndedIterator<Item = &Told> {
        self.0.get(&machine).into_iter().flatten()
    }

    /// A machine lost some of what it knew, and may be told again.
    pub fn forget(&mut self, machine: usize, lost: impl Fn(&Author) -> bool) {
        self.0.entry(machine).or_default().retain(|told| !lost(&told.place));
    }
}

/// How many cases there may be, as one till knows: each sale of some counts once, whether the hub
/// told it up to `pos`, a peer did, or it happened here. Only what is undecided may be left out.
pub fn cases(hub: &Image, pos: u64, till: &Image) -> Result<BTreeSet<i64>> {
    let undecided: Vec<i64> = undecided(hub, till)?.iter().map(|bytes| cases_sold(bytes)).collect();
    let settled: Vec<HubOp> = kept::hub(hub)?.into_iter().filter(|op| op.pos <= pos && !is_parked(op)).collect();
    let (rejected, booked): (Vec<HubOp>, Vec<HubOp>) = settled.into_iter().partition(|op| op.outcome.contains("\"rejected\""));
    let rejected: BTreeSet<Vec<u8>> = rejected.into_iter().map(|op| op.bytes).collect();
    let heard = kept::journal(till)?.into_values().chain(from_peers(till)?).filter(|bytes| !rejected.contains(bytes));
    let ops: BTreeSet<Vec<u8>> = booked.into_iter().map(|op| op.bytes).chain(heard).collect();
    let sold: i64 = ops.iter().map(|bytes| cases_sold(bytes)).sum();
    let with_or_without = |sums: BTreeSet<i64>, left_out: i64| sums.iter().flat_map(|sum| [*sum, sum + left_out]).collect();
    Ok(undecided.into_iter().fold(BTreeSet::from([-sold]), with_or_without))
}

/// What a till heard after it asked the hub last, of a copied disk under numbers of which the hub now has
/// other ops. The answer told it numbers only; its next question, which is not held back, names these ops.
fn undecided(hub: &Image, till: &Image) -> Result<Vec<Vec<u8>>> {
    let text = "SELECT device, incarnation, seq, bytes, hash FROM peer_op WHERE at_hub = 0 ORDER BY device, incarnation, seq";
    let rows = open_copy(till, "journal.db")?.rows(text, &[])?;
    let ops = if rows.is_empty() { Vec::new() } else { kept::hub(hub)? };
    let is_taken = |row: &Vec<Cell>| {
        let of_others = |op: &HubOp| (op.device.as_str(), i64::from(op.incarnation), op.seq) == (row[0].as_text(), row[1].as_int(), row[2].as_count());
        is_whole(&row[3..]) && ops.iter().any(of_others) && ops.iter().all(|op| op.bytes != row[3].as_bytes())
    };
    Ok(rows.into_iter().filter(is_taken).filter_map(|row| row.into_iter().nth(3)).map(Cell::into_bytes).collect())
}

/// What a till may still keep of its peers when all is quiet: what the hub has parked, and what follows on
/// an op that no disk has any more, which nobody can bring to the hub. Answers whether anything is kept.
pub fn check_left(till: &Image, ops: &[HubOp]) -> Result<bool> {
    let parked: BTreeSet<String> = ops.iter().filter(|op| is_parked(op)).map(|op| kept::hash(&op.bytes)).collect();
    let there: BTreeSet<String> = ops.iter().map(|op| kept::hash(&op.bytes)).collect();
    let left = from_peers(till)?;
    for bytes in &left {
        let op = read(bytes);
        let device = op["device"].as_str().unwrap_or_default().to_owned();
        let hash = kept::hash(bytes);
        let may_stay = parked.contains(&hash) || !there.contains(&hash) && !follows(bytes, &there);
        ensure!(may_stay, "it still keeps op {} of {device}, which the hub has or could take", op["seq"]);
    }
    Ok(!left.is_empty())
}

/// Which own ops a till has an outcome of.
pub fn answered(till: &Image) -> Result<Vec<kept::Place>> {
    let rows = open_copy(till, "journal.db")?.rows("SELECT incarnation, seq FROM op WHERE outcome IS NOT NULL", &[])?;
    Ok(rows.iter().map(|row| (row[0].as_int() as u32, row[1].as_count())).collect())
}

/// What a till keeps of its peers' ops, by the hashes of their bytes.
pub fn kept(till: &Image) -> Result<BTreeMap<String, Vec<u8>>> {
    Ok(from_peers(till)?.into_iter().map(|bytes| (kept::hash(&bytes), bytes)).collect())
}

/// The same by their places.
pub fn kept_at(till: &Image) -> Result<BTreeMap<Author, Vec<u8>>> {
    let rows = open_copy(till, "journal.db")?.rows("SELECT device, incarnation, seq, bytes FROM peer_op", &[])?;
    let author = |row: &[Cell]| (TerminalId::from(row[0].as_text()), row[1].as_int() as u32, row[2].as_count());
    Ok(rows.into_iter().map(|row| (author(&row), row[3].as_bytes().to_vec())).collect())
}

/// Whether the hub can take an op from whoever passes it on: it has the one before.
pub fn follows(bytes: &[u8], there: &BTreeSet<String>) -> bool {
    let op = read(bytes);
    op["seq"] == 1 || op["prev"].as_str().is_some_and(|prev| there.contains(prev))
}

/// What a till was told and keeps.
fn from_peers(till: &Image) -> Result<Vec<Vec<u8>>> {
    let rows = open_copy(till, "journal.db")?.rows("SELECT bytes, hash FROM peer_op ORDER BY device, incarnation, seq", &[])?;
    Ok(rows.into_iter().filter(|row| is_whole(row)).filter_map(|row| row.into_iter().next()).map(Cell::into_bytes).collect())
}

/// Bytes and their hash. An op in which a bit flipped is nobody's any more.
fn is_whole(row: &[Cell]) -> bool {
    Hash::of(row[0].as_bytes()).0 == row[1].as_bytes()
}

fn is_parked(op: &HubOp) -> bool {
    op.outcome.contains("\"parked\"")
}

/// The units of a sale.
pub fn sold(bytes: &[u8]) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    lines(&read(bytes)).iter().flat_map(|line| line["units"].as_array().into_iter().flatten()).map(|unit| (text(&unit["sku"]), text(&unit["serial"]))).collect()
}

/// How many cases went with a sale.
fn cases_sold(bytes: &[u8]) -> i64 {
    lines(&read(bytes)).iter().filter(|line| line["sku"] == CASE).map(|line| line["quantity"].as_i64().unwrap_or(0)).sum()
}

/// The lines of a sale; of anything else none.
fn lines(op: &Value) -> &[Value] {
    if op["kind"] == "sale@1" { op["payload"]["lines"].as_array().map_or(&[], Vec::as_slice) } else { &[] }
}

fn read(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_default()
}
