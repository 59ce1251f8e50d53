//! What tills told each other, as the auditor overheard it, and what has to come of it.

use super::kept::{self, HubOp, open_copy};
use crate::disk::Image;
use crate::shop::CASE;
use anyhow::{Result, ensure};
use engine::sql::{Sql, Value as Cell};
use ledger::id::TerminalId;
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

/// How many cases there should be, as one till knows: each sale of some counts once, whether the hub
/// told it up to `pos`, a peer did, or it happened here. None while two sales bear one name, of a draft
/// that was settled on two copies of a disk: both are believed until the hub has rejected one.
pub fn cases(hub: &Image, pos: u64, till: &Image) -> Result<Option<i64>> {
    let settled: Vec<HubOp> = kept::hub(hub)?.into_iter().filter(|op| op.pos <= pos && !is_parked(op)).collect();
    let (rejected, booked): (Vec<HubOp>, Vec<HubOp>) = settled.into_iter().partition(|op| op.outcome.contains("\"rejected\""));
    let rejected: BTreeSet<Vec<u8>> = rejected.into_iter().map(|op| op.bytes).collect();
    let heard = kept::journal(till)?.into_values().chain(from_peers(till)?).filter(|bytes| !rejected.contains(bytes));
    let ops: BTreeSet<Vec<u8>> = booked.into_iter().map(|op| op.bytes).chain(heard).collect();
    let sales: Vec<(String, i64)> = ops.iter().filter_map(|bytes| cases_sold(bytes)).collect();
    let names: BTreeSet<&String> = sales.iter().map(|(name, _)| name).collect();
    Ok((names.len() == sales.len()).then(|| -sales.iter().map(|(_, quantity)| quantity).sum::<i64>()))
}

/// What a till may still keep of its peers when all is quiet: what the hub has parked, and what a copied
/// or restored disk told and lost before the hub heard of it. Answers whether anything is kept.
pub fn check_left(till: &Image, ops: &[HubOp], copied: &BTreeSet<&String>) -> Result<bool> {
    let parked: BTreeSet<String> = ops.iter().filter(|op| is_parked(op)).map(|op| kept::hash(&op.bytes)).collect();
    let there: BTreeSet<String> = ops.iter().map(|op| kept::hash(&op.bytes)).collect();
    let left = from_peers(till)?;
    for bytes in &left {
        let op = read(bytes);
        let device = op["device"].as_str().unwrap_or_default().to_owned();
        let hash = kept::hash(bytes);
        let may_stay = parked.contains(&hash) || copied.contains(&device) && !there.contains(&hash);
        ensure!(may_stay, "it still keeps op {} of {device}, of which the hub has told all", op["seq"]);
    }
    Ok(!left.is_empty())
}

/// Which own ops a till has an outcome of.
pub fn answered(till: &Image) -> Result<Vec<kept::Place>> {
    let rows = open_copy(till, "journal.db")?.rows("SELECT incarnation, seq FROM op WHERE outcome IS NOT NULL", &[])?;
    Ok(rows.iter().map(|row| (row[0].as_int() as u32, row[1].as_count())).collect())
}

fn from_peers(till: &Image) -> Result<Vec<Vec<u8>>> {
    let rows = open_copy(till, "journal.db")?.rows("SELECT bytes FROM peer_op ORDER BY device, incarnation, seq", &[])?;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next()).map(Cell::into_bytes).collect())
}

fn is_parked(op: &HubOp) -> bool {
    op.outcome.contains("\"parked\"")
}

/// The units of a sale.
fn sold(bytes: &[u8]) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    lines(&read(bytes)).iter().flat_map(|line| line["units"].as_array().into_iter().flatten()).map(|unit| (text(&unit["sku"]), text(&unit["serial"]))).collect()
}

/// The name of a sale and how many cases went with it.
fn cases_sold(bytes: &[u8]) -> Option<(String, i64)> {
    let op = read(bytes);
    let quantity = lines(&op).iter().filter(|line| line["sku"] == CASE).map(|line| line["quantity"].as_i64().unwrap_or(0)).sum();
    Some((op["id"].as_str()?.to_owned(), quantity))
}

/// The lines of a sale; of anything else none.
fn lines(op: &Value) -> &[Value] {
    if op["kind"] == "sale@1" { op["payload"]["lines"].as_array().map_or(&[], Vec::as_slice) } else { &[] }
}

fn read(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_default()
}
