//! The manual stock-in list: units enter the books.

use crate::apply::Stance;
use crate::id::{DocumentNumber, Sku, WarehouseId};
use crate::op::Op;
use crate::refusal::Refusal;
use crate::role::Right;
use crate::row::{Condition, Key, Row, SerialPolicy, SerialScope, Unit, UnitStatus};
use crate::sale::check_quantity;
use crate::serial::Serial;
use crate::slice::Slice;
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most units of one stock-in list, and most lines.
pub const UNITS_MAX: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockIn {
    pub number: DocumentNumber,
    pub warehouse: WarehouseId,
    pub lines: Vec<StockInLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockInLine {
    pub sku: Sku,
    pub quantity: u32,
    #[serde(default)]
    pub condition: Condition,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub serials: Vec<Serial>,
}

impl StockIn {
    /// Every unit the list names.
    pub fn units(&self) -> impl Iterator<Item = (Sku, Serial)> {
        self.lines.iter().flat_map(|line| line.serials.iter().map(|serial| (line.sku.clone(), serial.clone())))
    }
}

pub(crate) fn footprint(body: &StockIn, keys: &mut BTreeSet<Key>) {
    for line in &body.lines {
        keys.insert(Key::Product(line.sku.clone()));
        keys.insert(Key::Stock(line.sku.clone(), body.warehouse.clone()));
        keys.extend(line.serials.iter().map(|serial| Key::Unit(line.sku.clone(), serial.clone())));
    }
}

pub(crate) fn apply(slice: &mut Slice, op: &Op, body: &StockIn, stance: Stance) -> Result<Verdict, Refusal> {
    if stance == Stance::Author && !slice.permits(op, Right::ReceiveStock) {
        return Err(Refusal::NotPermitted { right: Right::ReceiveStock });
    }
    if body.lines.is_empty() {
        return Err(Refusal::EmptySale);
    }
    if body.lines.len() > UNITS_MAX || body.units().count() > UNITS_MAX {
        return Err(Refusal::TooManyLines { max: UNITS_MAX as u32 });
    }
    body.lines.iter().try_for_each(|line| check_line(slice, line))?;
    for line in &body.lines {
        for serial in &line.serials {
            register(slice, op, body, line, serial)?;
        }
        slice.move_stock(&line.sku, &body.warehouse, i64::from(line.quantity));
    }
    Ok(Verdict::Applied)
}

fn check_line(slice: &Slice, line: &StockInLine) -> Result<(), Refusal> {
    let product = slice.product(&line.sku).ok_or_else(|| Refusal::UnknownSku { sku: line.sku.clone() })?;
    if product.is_combination() {
        return Err(Refusal::CombinationHasNoSerial { name: product.name.clone() });
    }
    check_quantity(line.quantity)?;
    let have = u32::try_from(line.serials.len()).unwrap_or(u32::MAX);
    if have > line.quantity {
        return Err(Refusal::SerialsTooMany { name: product.name.clone(), wanted: line.quantity });
    }
    let full = slice.settings().effective(product.policy) == SerialPolicy::StockInOut;
    if full && have < line.quantity {
        return Err(Refusal::SerialsMissing { name: product.name.clone(), have, wanted: line.quantity });
    }
    Ok(())
}

/// Writes one unit; a second one of the same serial in the same list meets the first here.
fn register(slice: &mut Slice, op: &Op, body: &StockIn, line: &StockInLine, serial: &Serial) -> Result<(), Refusal> {
    if let Some(unit) = slice.unit(&line.sku, serial) {
        return Err(match (unit.status, &unit.left) {
            (UnitStatus::StockedOut, Some(left)) => Refusal::AlreadySold { serial: serial.as_str().into(), document: left.number.clone(), at_ms: left.at_ms },
            _ => Refusal::AlreadyInStock { serial: serial.as_str().into(), name: slice.name_of(&line.sku) },
        });
    }
    if slice.settings().serial_scope == SerialScope::Merchant
        && let Some(other) = slice.other_namesake(&line.sku, serial).cloned()
    {
        return Err(Refusal::AlreadyInStock { serial: serial.as_str().into(), name: slice.name_of(&other) });
    }
    slice.add_namesake(&line.sku, serial);
    slice.put(Row::Unit(Unit {
        sku: line.sku.clone(),
        serial: serial.clone(),
        status: UnitStatus::InStock,
        condition: line.condition,
        warehouse: body.warehouse.clone(),
        notes: String::new(),
        created_at_ms: op.at.wall_ms,
        came: Some(op.document_ref(&body.number)),
        left: None,
        disputes: 0,
    }));
    Ok(())
}
