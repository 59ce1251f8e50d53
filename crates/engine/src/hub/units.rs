//! Questions about units: where they are, what happened to them, which are in dispute.

use crate::fault::Fault;
use crate::rows::units_by_serial;
use crate::sql::{Record, Sql, Value, first};
use ledger::id::{Sku, TerminalId};
use ledger::op::Op;
use ledger::row::{Conflict, Row, Table, Unit};
use ledger::serial::Serial;
use ledger::verdict::Outcome;
use serde::Serialize;

/// Most entries of one unit's history that are shown, the newest: a unit that moved more often
/// than this is a test.
const HISTORY_MAX: i64 = 1_000;

/// A unit with its story.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnitFound {
    #[serde(flatten)]
    pub unit: Unit,
    pub product: String,
    pub ver: u64,
    /// Oldest first.
    pub history: Vec<HistoryEntry>,
}

/// One op that named the unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryEntry {
    pub op: String,
    pub kind: String,
    pub device: TerminalId,
    pub actor: String,
    /// The number on the document, if the op made one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// By the terminal's clock.
    pub at_ms: i64,
    /// By the hub's clock.
    pub received_ms: i64,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How much the hub holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub ops: u64,
    pub units: u64,
    pub products: u64,
    pub conflicts: u64,
    pub devices: u64,
    /// Ops stored under a place that was taken by another.
    pub forks: u64,
}

pub(super) fn found(sql: &mut dyn Sql, serial: &Serial) -> Result<Vec<UnitFound>, Fault> {
    let mut answer = Vec::new();
    for (unit, ver) in units_by_serial(sql, serial)? {
        let product = product_name(sql, &unit.sku)?;
        let history = history(sql, &unit.sku, serial)?;
        answer.push(UnitFound { unit, product, ver: ver.unwrap_or(0), history });
    }
    Ok(answer)
}

pub(super) fn counts(sql: &mut dyn Sql) -> Result<Counts, Fault> {
    Ok(Counts {
        ops: count(sql, "SELECT op_number FROM hub WHERE only_one = 1")?,
        units: count(sql, "SELECT COUNT(*) FROM unit")?,
        products: count(sql, "SELECT COUNT(*) FROM product")?,
        conflicts: count(sql, "SELECT COUNT(*) FROM record WHERE tbl = 'conflict' AND del = 0")?,
        devices: count(sql, "SELECT COUNT(*) FROM device")?,
        forks: count(sql, "SELECT COUNT(*) FROM fork")?,
    })
}

fn count(sql: &mut dyn Sql, text: &'static str) -> Result<u64, Fault> {
    Ok(first(sql, text, &[])?.map_or(0, |row| row[0].as_count()))
}

fn history(sql: &mut dyn Sql, sku: &Sku, serial: &Serial) -> Result<Vec<HistoryEntry>, Fault> {
    let text = "SELECT op.bytes, op.received_ms, op.outcome FROM op_unit JOIN op ON op.number = op_unit.number \
        WHERE sku = $1 AND serial = $2 ORDER BY op_unit.number DESC LIMIT $3";
    let found = sql.rows(text, &[sku.as_str().into(), serial.as_str().into(), Value::Int(HISTORY_MAX)])?;
    found.iter().rev().map(entry).collect()
}

fn entry(record: &Record) -> Result<HistoryEntry, Fault> {
    let unreadable = |source: crate::fault::Source| Fault::Row { table: "op", key: String::new(), source };
    let op = Op::read(record[0].as_bytes()).map_err(|e| unreadable(e.into()))?;
    Ok(HistoryEntry {
        op: op.id.to_string(),
        kind: op.body.kind().to_owned(),
        device: op.device,
        actor: op.actor.to_string(),
        document: op.body.document().map(ToString::to_string),
        at_ms: op.at.wall_ms,
        received_ms: record[1].as_int(),
        outcome: serde_json::from_str(record[2].as_text()).map_err(|e| unreadable(e.into()))?,
    })
}

pub(super) fn product_name(sql: &mut dyn Sql, sku: &Sku) -> Result<String, Fault> {
    let found = first(sql, "SELECT name FROM product WHERE sku = $1", &[sku.as_str().into()])?;
    Ok(found.map_or_else(|| sku.to_string(), |row| row[0].as_text().to_owned()))
}

pub(super) fn read_conflict(key: &str, data: &str) -> Result<Conflict, Fault> {
    let unreadable = |source: crate::fault::Source| Fault::Row { table: Table::Conflict.name(), key: key.to_owned(), source };
    match Row::from_json(Table::Conflict, data).map_err(|e| unreadable(e.into()))? {
        Row::Conflict(conflict) => Ok(conflict),
        _ => Err(unreadable("it is a row of another kind".into())),
    }
}
