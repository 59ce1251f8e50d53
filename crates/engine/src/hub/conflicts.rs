//! Conflicts with the evidence of both sides, and their resolution by the hub's own hand.

use super::units::{product_name, read_conflict};
use super::{Chance, HUB_INCARNATION, submit};
use crate::fault::{Fault, Source};
use crate::rows;
use crate::sql::{Record, Sql, Value, first};
use ledger::apply::{Stance, apply};
use ledger::id::{DocumentNumber, OpId, OperatorId, Sku, TerminalId, WarehouseId};
use ledger::op::{Base, Body, ClockQuality, HUB_DEVICE, Hash, Op, Stamp};
use ledger::refusal::Refusal;
use ledger::resolve::{Resolution, Resolve};
use ledger::row::{Conflict, DocumentRef, Key, Resolved, Row, Unit};
use ledger::serial::Serial;
use ledger::verdict::Verdict;
use serde::{Deserialize, Serialize};

/// Most conflicts that are looked through for one: more than a shop resolves in a year.
const CONFLICTS_MAX: u32 = 100_000;
/// Most ops over one unit that are looked at: one that moved more often is a test.
const STEPS_MAX: i64 = 1_000;

/// A double use with all that is known of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConflictFound {
    /// The short name by which it is resolved.
    pub name: String,
    pub sku: Sku,
    pub serial: Serial,
    pub product: String,
    pub open: bool,
    /// The hub's version of the unit now.
    pub ver: u64,
    /// The sale that has the unit; for a conflict that is resolved, that had it until then.
    pub first: Claim,
    pub second: Claim,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Resolved>,
}

/// One of the two sales that claim a unit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Claim {
    #[serde(flatten)]
    pub document: DocumentRef,
    /// Of the unit, when this sale arrived at the hub: what could have been known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub met: Option<u64>,
    /// The document that had made the unit what the author believed it to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub believed_by: Option<DocumentNumber>,
    /// Where the feed ended after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pos: Option<u64>,
    #[serde(flatten)]
    pub sale: Option<SaleFacts>,
}

/// What the op itself says; none if it cannot be read any more.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SaleFacts {
    pub operator: OperatorId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<OperatorId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warehouse: Option<WarehouseId>,
    /// How far the terminal's clock can be believed.
    pub clock: ClockQuality,
    /// By the hub's clock.
    pub received_ms: i64,
    /// When the terminal last knew everything, by its own clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_at_ms: Option<i64>,
    /// Whether the cashier was asked about the unit and said yes.
    pub confirmed: bool,
}

/// Which conflicts are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that nobody has resolved.
    Open,
    All,
}

/// Which sale of a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    First,
    Second,
}

/// What happened at the wrong sale in truth, as a person says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case", deny_unknown_fields)]
pub enum Truth {
    Reassign {
        serial: Serial,
    },
    MisScan {},
    /// Into the warehouse that sold it, unless another is named.
    Refund {
        #[serde(default)]
        warehouse: Option<WarehouseId>,
    },
}

/// A person's decision, taken at the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The op it becomes: the same one again is the same decision.
    pub op: OpId,
    /// The conflict's short name.
    pub conflict: String,
    pub wrong: Side,
    pub truth: Truth,
    pub reason: String,
}

/// What became of a decision.
#[derive(Debug, Clone, PartialEq)]
pub enum Decided {
    Resolved(Box<Conflict>),
    Refused(Refusal),
    /// No conflict bears the name.
    Unknown,
}

pub(super) fn list(sql: &mut dyn Sql, which: Which, rows_max: u32) -> Result<Vec<ConflictFound>, Fault> {
    let conflicts = match which {
        Which::Open => rows::open_conflicts(sql, rows_max)?.into_iter().filter_map(|row| if let Row::Conflict(row) = row { Some(row) } else { None }).collect(),
        Which::All => newest(sql, rows_max)?,
    };
    conflicts.into_iter().map(|conflict| with_evidence(sql, conflict)).collect()
}

/// Resolves a conflict, or changes nothing at all: what is refused leaves no op behind.
pub(super) fn resolve(sql: &mut dyn Sql, chance: &mut dyn Chance, now_ms: i64, decision: &Decision) -> Result<Decided, Fault> {
    let named = newest(sql, CONFLICTS_MAX)?.into_iter().find(|conflict| conflict.name() == decision.conflict);
    let Some(conflict) = named else { return Ok(Decided::Unknown) };
    if conflict.resolved.as_ref().is_some_and(|resolved| resolved.op == decision.op) {
        return Ok(Decided::Resolved(Box::new(conflict)));
    }
    let body = Body::Resolve(body(sql, &conflict, decision)?);
    if let Some(refusal) = refused(sql, now_ms, decision.op, body.clone())? {
        return Ok(Decided::Refused(refusal));
    }
    submit(sql, chance, now_ms, decision.op, body)?;
    let key = Key::Conflict(conflict.second.op, conflict.sku.clone(), conflict.serial.clone());
    Ok(match rows::load(sql, &key)?.map(|found| found.row) {
        Some(Row::Conflict(resolved)) => Decided::Resolved(Box::new(resolved)),
        _ => Decided::Unknown,
    })
}

/// Open or not.
fn newest(sql: &mut dyn Sql, rows_max: u32) -> Result<Vec<Conflict>, Fault> {
    let text = "SELECT key, data FROM record WHERE tbl = 'conflict' AND del = 0 ORDER BY pos DESC LIMIT $1";
    let found = sql.rows(text, &[Value::Int(i64::from(rows_max))])?;
    found.iter().map(|row| read_conflict(row[0].as_text(), row[1].as_text())).collect()
}

/// What the rules would say against it.
fn refused(sql: &mut dyn Sql, now_ms: i64, id: OpId, body: Body) -> Result<Option<Refusal>, Fault> {
    let op = Op {
        id,
        device: TerminalId::from(HUB_DEVICE),
        incarnation: HUB_INCARNATION,
        seq: 0,
        actor: OperatorId::from(HUB_DEVICE),
        approved_by: None,
        at: Stamp { wall_ms: now_ms, ..Stamp::default() },
        base: Base::default(),
        prev: Hash::default(),
        body,
    };
    let mut slice = rows::slice(sql, &op)?;
    Ok(match apply(&mut slice, &op, Stance::Author) {
        Verdict::Refused(refusal) => Some(refusal),
        _ => None,
    })
}

fn body(sql: &mut dyn Sql, conflict: &Conflict, decision: &Decision) -> Result<Resolve, Fault> {
    let unit = unit(sql, conflict)?.map(|(unit, _)| unit);
    let (first, second) = conflict.sides(unit.as_ref());
    let wrong = match decision.wrong {
        Side::First => first.op,
        Side::Second => second.op,
    };
    let resolution = match &decision.truth {
        Truth::Reassign { serial } => Resolution::Reassign { serial: serial.clone() },
        Truth::MisScan {} => Resolution::MisScan,
        Truth::Refund { warehouse } => Resolution::Refund { warehouse: refunded_into(sql, wrong, warehouse.clone(), unit.as_ref())? },
    };
    let (second, reason) = (conflict.second.op, decision.reason.clone());
    Ok(Resolve { second, sku: conflict.sku.clone(), serial: conflict.serial.clone(), wrong, resolution, reason })
}

/// The warehouse named, else that of the sale, else that of the unit.
fn refunded_into(sql: &mut dyn Sql, sale: OpId, named: Option<WarehouseId>, unit: Option<&Unit>) -> Result<WarehouseId, Fault> {
    let sold_from = match stored(sql, sale)?.map(|stored| stored.op.body) {
        Some(Body::Sale(sale)) => Some(sale.warehouse),
        _ => None,
    };
    Ok(named.or(sold_from).or(unit.map(|unit| unit.warehouse.clone())).unwrap_or_default())
}

fn unit(sql: &mut dyn Sql, conflict: &Conflict) -> Result<Option<(Unit, u64)>, Fault> {
    let found = rows::load(sql, &Key::Unit(conflict.sku.clone(), conflict.serial.clone()))?;
    Ok(found.and_then(|found| if let Row::Unit(unit) = found.row { Some((unit, found.ver.unwrap_or(0))) } else { None }))
}

fn with_evidence(sql: &mut dyn Sql, conflict: Conflict) -> Result<ConflictFound, Fault> {
    let (unit, ver) = unit(sql, &conflict)?.map_or((None, 0), |(unit, ver)| (Some(unit), ver));
    // Each version of the unit was made by one op; if that does not add up, nothing is said of it.
    let steps = Some(steps(sql, &conflict)?).filter(|steps| steps.len() as u64 == ver).unwrap_or_default();
    let (first, second) = conflict.sides(unit.as_ref());
    Ok(ConflictFound {
        name: conflict.name(),
        sku: conflict.sku.clone(),
        serial: conflict.serial.clone(),
        product: product_name(sql, &conflict.sku)?,
        open: conflict.resolved.is_none(),
        ver,
        first: claim(sql, &conflict, first, &steps)?,
        second: claim(sql, &conflict, second, &steps)?,
        resolved: conflict.resolved,
    })
}

fn claim(sql: &mut dyn Sql, conflict: &Conflict, document: &DocumentRef, steps: &[Step]) -> Result<Claim, Fault> {
    let stored = stored(sql, document.op)?;
    let made = |ver: u64| steps.get(usize::try_from(ver.checked_sub(1)?).ok()?)?.document.clone();
    Ok(Claim {
        document: document.clone(),
        met: steps.iter().position(|step| step.op == document.op).map(|at| at as u64),
        believed_by: document.believed.and_then(made),
        pos: stored.as_ref().map(|stored| stored.pos),
        sale: stored.map(|stored| sale_facts(&stored, conflict)),
    })
}

fn sale_facts(stored: &Stored, conflict: &Conflict) -> SaleFacts {
    let op = &stored.op;
    let sale = if let Body::Sale(sale) = &op.body { Some(sale) } else { None };
    let unit = sale.and_then(|sale| sale.units().find(|unit| (&unit.sku, &unit.serial) == (&conflict.sku, &conflict.serial)));
    SaleFacts {
        operator: op.actor.clone(),
        approved_by: op.approved_by.clone(),
        warehouse: sale.map(|sale| sale.warehouse.clone()),
        clock: op.at.clock,
        received_ms: stored.received_ms,
        known_at_ms: op.base.at_ms,
        confirmed: unit.is_some_and(|unit| unit.confirmed),
    }
}

/// An op as the hub has it.
struct Stored {
    op: Op,
    received_ms: i64,
    pos: u64,
}

fn stored(sql: &mut dyn Sql, id: OpId) -> Result<Option<Stored>, Fault> {
    let row = first(sql, "SELECT bytes, received_ms, pos FROM op WHERE op_id = $1", &[id.0.as_bytes().to_vec().into()])?;
    row.map(|row| Ok(Stored { op: read_op(&row)?, received_ms: row[1].as_int(), pos: row[2].as_count() })).transpose()
}

/// What made one version of a unit from the one before.
struct Step {
    op: OpId,
    document: Option<DocumentNumber>,
}

fn steps(sql: &mut dyn Sql, conflict: &Conflict) -> Result<Vec<Step>, Fault> {
    let text = "SELECT op.bytes FROM op_unit JOIN op ON op.number = op_unit.number WHERE sku = $1 AND serial = $2 \
        AND (op.outcome LIKE '{\"outcome\":\"applied\"%' OR op.outcome LIKE '{\"outcome\":\"conflict\"%') \
        ORDER BY CASE WHEN op.settled_pos > 0 THEN op.settled_pos ELSE op.pos END, op.number LIMIT $3";
    let found = sql.rows(text, &[conflict.sku.as_str().into(), conflict.serial.as_str().into(), Value::Int(STEPS_MAX)])?;
    found.iter().map(|row| read_op(row).map(|op| Step { op: op.id, document: op.body.document().cloned() })).collect()
}

fn read_op(row: &Record) -> Result<Op, Fault> {
    Op::read(row[0].as_bytes()).map_err(|e| Fault::Row { table: "op", key: String::new(), source: Source::from(e) })
}
