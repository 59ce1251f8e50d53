//! A reasoned correction of one unit: its condition or its notes. The status is changed only by
//! the documents that move units.

use crate::apply::Stance;
use crate::id::Sku;
use crate::op::Op;
use crate::refusal::Refusal;
use crate::role::Right;
use crate::row::{Condition, Key, Row};
use crate::serial::Serial;
use crate::slice::Slice;
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Longest note on a unit, and longest reason, in characters: they travel with the unit's row.
pub const NOTES_CHARS_MAX: u32 = 1_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitEdit {
    pub sku: Sku,
    pub serial: Serial,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Why, in the person's words.
    pub reason: String,
}

pub(crate) fn footprint(body: &UnitEdit, keys: &mut BTreeSet<Key>) {
    keys.insert(Key::Product(body.sku.clone()));
    keys.insert(Key::Unit(body.sku.clone(), body.serial.clone()));
}

pub(crate) fn apply(slice: &mut Slice, op: &Op, body: &UnitEdit, stance: Stance) -> Result<Verdict, Refusal> {
    if stance == Stance::Author && !slice.permits(op, Right::EditUnit) {
        return Err(Refusal::NotPermitted { right: Right::EditUnit });
    }
    let unknown = || Refusal::UnknownSerial { serial: body.serial.as_str().into(), name: slice.name_of(&body.sku) };
    let mut unit = slice.unit(&body.sku, &body.serial).cloned().ok_or_else(unknown)?;
    let too_long = |text: &String| text.chars().count() > NOTES_CHARS_MAX as usize;
    if body.notes.as_ref().is_some_and(too_long) || too_long(&body.reason) {
        return Err(Refusal::ReferenceTooLong { max: NOTES_CHARS_MAX });
    }
    unit.condition = body.condition.unwrap_or(unit.condition);
    unit.notes = body.notes.clone().unwrap_or(unit.notes);
    slice.put(Row::Unit(unit));
    Ok(Verdict::Applied)
}
