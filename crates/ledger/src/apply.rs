//! The one door: every op, on terminal and hub, passes here.

use crate::op::{Body, Op};
use crate::slice::Slice;
use crate::verdict::Verdict;

/// In which capacity an op is folded in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stance {
    /// It is about to happen on this device: every rule holds, against all that is known here.
    Author,
    /// It has happened elsewhere. What was carried out of the door is out; prices and rights were
    /// judged where it happened, by what was known there.
    Witness,
}

/// Decides on `op` and writes its effect into `slice`. The slice must hold the op's
/// [`crate::slice::footprint`]. After a refusal the slice is not to be saved.
pub fn apply(slice: &mut Slice, op: &Op, stance: Stance) -> Verdict {
    let result = match &op.body {
        Body::StockIn(body) => crate::stock_in::apply(slice, op, body, stance),
        Body::Sale(body) => crate::sale::apply(slice, op, body, stance),
        Body::ShiftOpen(body) => crate::shift::open(slice, op, body, stance),
        Body::ShiftClose(body) => crate::shift::close(slice, op, body, stance),
        Body::UnitEdit(body) => crate::unit_edit::apply(slice, op, body, stance),
        Body::Products(body) => crate::catalogue::products(slice, op, body),
        Body::Settings(body) => crate::catalogue::settings(slice, op, body),
        Body::Operators(body) => crate::catalogue::operators(slice, op, body),
        Body::Resolve(body) => crate::resolve::apply(slice, op, body, stance),
    };
    result.unwrap_or_else(Verdict::Refused)
}
