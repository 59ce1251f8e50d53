//! The decision on a double use: a person says which of two sales did not take the unit out, and
//! what happened there in truth.
//!
//! Of all documents that claim a unit one has it ([`crate::row::Unit::left`]); each open conflict
//! is that one against another. A resolution strikes one of the two off, and the other has the unit
//! from then on. So there are always as many open conflicts as claims beyond the first, whatever
//! the order in which they are resolved, and no claim is struck off twice.
//!
//! No money moves here. What is paid back is a matter of the till.

use crate::apply::Stance;
use crate::id::{OpId, Sku, WarehouseId};
use crate::op::Op;
use crate::refusal::Refusal;
use crate::role::Right;
use crate::row::{Conflict, DocumentRef, Key, Resolved, Row, SerialPolicy, SerialScope, Unit, UnitStatus};
use crate::sale::unit_seen_leaving;
use crate::serial::Serial;
use crate::slice::Slice;
use crate::unit_check::already_sold;
use crate::unit_edit::NOTES_CHARS_MAX;
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolve {
    /// The conflict: the sale that came second, and the unit.
    pub second: OpId,
    pub sku: Sku,
    pub serial: Serial,
    /// The sale that did not take this unit out: one of the two.
    pub wrong: OpId,
    pub resolution: Resolution,
    /// Why, in the person's words.
    pub reason: String,
}

/// What happened at the wrong sale in truth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Resolution {
    /// Another unit of the same SKU left.
    Reassign { serial: Serial },
    /// A unit left whose serial nobody knows any more.
    MisScan,
    /// No unit left, or it came back: it is in stock in this warehouse. Which one it is shows when
    /// it is received or sold again.
    Refund { warehouse: WarehouseId },
}

impl Resolve {
    /// The unit in dispute, and the one that left instead.
    pub fn units(&self) -> impl Iterator<Item = (Sku, Serial)> {
        let instead = match &self.resolution {
            Resolution::Reassign { serial } => Some(serial),
            Resolution::MisScan | Resolution::Refund { .. } => None,
        };
        std::iter::once(&self.serial).chain(instead).map(|serial| (self.sku.clone(), serial.clone()))
    }
}

pub(crate) fn footprint(body: &Resolve, keys: &mut BTreeSet<Key>) {
    keys.insert(Key::Conflict(body.second, body.sku.clone(), body.serial.clone()));
    keys.insert(Key::Product(body.sku.clone()));
    keys.extend(body.units().map(|(sku, serial)| Key::Unit(sku, serial)));
    if let Resolution::Refund { warehouse } = &body.resolution {
        keys.insert(Key::Stock(body.sku.clone(), warehouse.clone()));
    }
}

/// Author and witness differ only in whose rights are asked for: a resolution moves no goods, so
/// one that comes too late is refused by the hub as well, and a person decides again.
pub(crate) fn apply(slice: &mut Slice, op: &Op, body: &Resolve, stance: Stance) -> Result<Verdict, Refusal> {
    if stance == Stance::Author && !slice.permits(op, Right::ResolveConflict) {
        return Err(Refusal::NotPermitted { right: Right::ResolveConflict });
    }
    check_reason(&body.reason)?;
    let unknown = || Refusal::UnknownConflict { serial: body.serial.as_str().into() };
    let mut conflict = slice.conflict(body.second, &body.sku, &body.serial).cloned().ok_or_else(unknown)?;
    let mut unit = slice.unit(&body.sku, &body.serial).cloned().ok_or_else(unknown)?;
    match &conflict.resolved {
        // A terminal folds its own op in again over rows that hold it already.
        Some(resolved) if resolved.op == op.id => return Ok(Verdict::Applied),
        Some(resolved) => return Err(too_late(body, resolved)),
        None => {}
    }
    let (wrong, right) = judged(&conflict, &unit, body)?;
    make_true(slice, op, body, &unit, &wrong)?;
    unit.left = Some(right.clone());
    unit.disputes = unit.disputes.saturating_sub(1);
    let by = op.approved_by.clone().unwrap_or_else(|| op.actor.clone());
    let (resolution, reason) = (body.resolution.clone(), body.reason.clone());
    conflict.resolved = Some(Resolved { op: op.id, at_ms: op.at.wall_ms, by, wrong, right, resolution, reason });
    slice.put(Row::Unit(unit));
    slice.put(Row::Conflict(conflict));
    Ok(Verdict::Applied)
}

fn check_reason(reason: &str) -> Result<(), Refusal> {
    if reason.trim().is_empty() {
        return Err(Refusal::ReasonMissing);
    }
    if reason.chars().count() > NOTES_CHARS_MAX as usize {
        return Err(Refusal::ReferenceTooLong { max: NOTES_CHARS_MAX });
    }
    Ok(())
}

fn too_late(body: &Resolve, resolved: &Resolved) -> Refusal {
    Refusal::ConflictResolved { serial: body.serial.as_str().into(), by: resolved.by.clone(), at_ms: resolved.at_ms }
}

/// The wrong document and the right one.
fn judged(conflict: &Conflict, unit: &Unit, body: &Resolve) -> Result<(DocumentRef, DocumentRef), Refusal> {
    match conflict.sides(Some(unit)) {
        (first, second) if body.wrong == second.op => Ok((second.clone(), first.clone())),
        (first, second) if body.wrong == first.op => Ok((first.clone(), second.clone())),
        _ => Err(Refusal::NotInConflict { serial: body.serial.as_str().into() }),
    }
}

/// Writes down what happened at the wrong sale in truth.
fn make_true(slice: &mut Slice, op: &Op, body: &Resolve, disputed: &Unit, wrong: &DocumentRef) -> Result<(), Refusal> {
    match &body.resolution {
        Resolution::Reassign { serial } => reassign(slice, op, body, disputed, (serial, wrong)),
        Resolution::MisScan => Ok(()),
        Resolution::Refund { warehouse } => {
            slice.move_stock(&body.sku, warehouse, 1);
            Ok(())
        }
    }
}

/// The wrong sale took `serial` out. The stock was moved when it was booked.
fn reassign(slice: &mut Slice, op: &Op, body: &Resolve, disputed: &Unit, (serial, wrong): (&Serial, &DocumentRef)) -> Result<(), Refusal> {
    if *serial == body.serial {
        return Err(Refusal::SerialUnchanged { serial: serial.as_str().into() });
    }
    // What the author knew was of the unit in dispute, not of this one.
    let left = DocumentRef { believed: None, ..wrong.clone() };
    let unit = match slice.unit(&body.sku, serial) {
        None => {
            check_unseen(slice, body, serial)?;
            unit_seen_leaving(op, &body.sku, serial, &disputed.warehouse, left)
        }
        Some(unit) if unit.status == UnitStatus::StockedOut => return Err(already_sold(unit)),
        Some(unit) => Unit { status: UnitStatus::StockedOut, left: Some(left), ..unit.clone() },
    };
    slice.put(Row::Unit(unit));
    Ok(())
}

fn check_unseen(slice: &Slice, body: &Resolve, serial: &Serial) -> Result<(), Refusal> {
    let settings = slice.settings();
    let policy = slice.product(&body.sku).map_or(SerialPolicy::AtStockOut, |product| settings.effective(product.policy));
    let (text, name) = (serial.as_str().to_owned(), slice.name_of(&body.sku));
    if policy == SerialPolicy::StockInOut {
        return Err(Refusal::UnknownSerial { serial: text, name });
    }
    match slice.other_namesake(&body.sku, serial).filter(|_| settings.serial_scope == SerialScope::Merchant) {
        Some(other) => Err(Refusal::WrongSku { serial: text, belongs_to: slice.name_of(other), wanted: name }),
        None => Ok(()),
    }
}
