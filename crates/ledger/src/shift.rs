//! Shifts: an operator takes a till with a float and hands it over with a count.

use crate::apply::Stance;
use crate::id::DocumentNumber;
use crate::money::{Money, TOTAL_MAX};
use crate::op::Op;
use crate::refusal::Refusal;
use crate::role::Right;
use crate::row::{ClosedShift, Row, Shift, ShiftTotals};
use crate::slice::Slice;
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftOpen {
    pub number: DocumentNumber,
    /// Cash in the drawer to start with.
    pub opening_float: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftClose {
    /// Cash counted in the drawer.
    pub cash_counted: Money,
}

pub(crate) fn open(slice: &mut Slice, op: &Op, body: &ShiftOpen, stance: Stance) -> Result<Verdict, Refusal> {
    let mut till = slice.till(&op.device);
    if stance == Stance::Author {
        permit(slice, op)?;
        check_amount(body.opening_float)?;
        if till.open.is_some() {
            return Err(Refusal::ShiftAlreadyOpen);
        }
    }
    till.shifts = till.shifts.saturating_add(1);
    till.open = Some(Shift {
        op: op.id,
        number: body.number.clone(),
        operator: op.actor.clone(),
        opened_at_ms: op.at.wall_ms,
        opening_float: body.opening_float,
        totals: ShiftTotals::default(),
    });
    slice.put(Row::Till(till));
    Ok(Verdict::Applied)
}

pub(crate) fn close(slice: &mut Slice, op: &Op, body: &ShiftClose, stance: Stance) -> Result<Verdict, Refusal> {
    let mut till = slice.till(&op.device);
    if stance == Stance::Author {
        permit(slice, op)?;
        check_amount(body.cash_counted)?;
    }
    let shift = till.open.take().ok_or(Refusal::NoShift)?;
    till.closed = Some(ClosedShift { shift, closed_at_ms: op.at.wall_ms, cash_counted: body.cash_counted });
    slice.put(Row::Till(till));
    Ok(Verdict::Applied)
}

fn permit(slice: &Slice, op: &Op) -> Result<(), Refusal> {
    slice.permits(op, Right::Sell).then_some(()).ok_or(Refusal::NotPermitted { right: Right::Sell })
}

fn check_amount(amount: Money) -> Result<(), Refusal> {
    if amount < Money::ZERO || amount > TOTAL_MAX {
        return Err(Refusal::AmountOverflow);
    }
    Ok(())
}
