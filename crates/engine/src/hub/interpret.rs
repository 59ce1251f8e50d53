//! What an op's bytes mean: read, folded into the rows, or parked. Nothing here fails because of what
//! the bytes hold.

use super::arrival::Arrival;
use super::heads::Heads;
use super::parking;
use crate::fault::Fault;
use crate::rows;
use crate::sql::{Sql, Value};
use ledger::apply::{Stance, apply};
use ledger::id::OpId;
use ledger::op::{Envelope, HUB_DEVICE, Op};
use ledger::refusal::Refusal;
use ledger::row::Key;
use ledger::slice::Slice;
use ledger::verdict::{Outcome, Verdict};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Kinds that this version reads; another one is somebody newer's.
const KINDS: [&str; 9] = ["stock_in@1", "sale@1", "shift_open@1", "shift_close@1", "unit_edit@1", "products@1", "settings@1", "operators@1", "resolve@1"];

/// What was made of the bytes.
pub(super) struct Reading<'a> {
    /// None if they cannot be read so far.
    pub envelope: Option<&'a Envelope>,
    /// The op's id, unless another op bears it already.
    pub name: Option<OpId>,
    pub op: Option<&'a Op>,
    pub outcome: Outcome,
}

impl<'a> Reading<'a> {
    pub fn kind(&self) -> &'a str {
        self.envelope.map_or("", |envelope| envelope.kind.as_str())
    }
}

/// Reads the op and, unless it has to wait, folds it into the rows.
pub(super) fn read<'a>(sql: &mut dyn Sql, arrival: &'a Arrival<'_>, uninterpreted: bool, heads: &mut Heads) -> Result<Reading<'a>, Fault> {
    let envelope = match &arrival.read.envelope {
        Ok(envelope) => envelope,
        Err(why) => return Ok(Reading { envelope: None, name: None, op: None, outcome: parked("unreadable", &why.to_string()) }),
    };
    let is_free = !heads.books.is_taken(sql, envelope.id)?;
    let name = is_free.then_some(envelope.id);
    let unread = |outcome| Ok(Reading { envelope: Some(envelope), name, op: None, outcome });
    if uninterpreted {
        return unread(parked("held", "The hub failed on this op again and again. It is kept as it came and waits for a person."));
    }
    if !arrival.is_in_place() {
        let reason = format!("The op says that it is {} {}-{}, which is not where it was sent.", envelope.device, envelope.incarnation, envelope.seq);
        return unread(parked("misplaced", &reason));
    }
    if !is_free {
        return unread(Outcome::of(&Verdict::Refused(Refusal::IdReused)));
    }
    match &arrival.read.op {
        Ok(op) => {
            let outcome = fold_or_park(sql, op, arrival, heads)?;
            Ok(Reading { envelope: Some(envelope), name, op: Some(op), outcome })
        }
        Err(why) => {
            let code = if KINDS.contains(&envelope.kind.as_str()) { "unreadable" } else { "unknown_kind" };
            unread(parked(code, &why.to_string()))
        }
    }
}

/// Folds the op in, unless one that it must not overtake is parked. A row that this version cannot
/// read, or a rule that breaks, parks the op; the disk failing is a fault.
fn fold_or_park(sql: &mut dyn Sql, op: &Op, arrival: &Arrival<'_>, heads: &mut Heads) -> Result<Outcome, Fault> {
    if heads.any_parked
        && let Some(number) = parking::in_front(sql, op, arrival.turn())?
    {
        return Ok(parked("behind", &format!("It touches what op {number} of the hub's log touches, which is parked. It is taken up after that one.")));
    }
    // Nothing is written before the rules have spoken, so there is nothing to take back.
    let folded = fold(sql, op, arrival.read.footprint.clone(), heads);
    let broke = match &folded {
        Ok(Some(_)) => None,
        Ok(None) => Some("The hub's own rules broke on this op. It is kept; call support."),
        Err(Fault::Row { table, key, .. }) => {
            tracing::error!(op = %op.id, table, key, "a stored row cannot be read; the op is parked");
            Some("The hub could not read a record that the op needs. The op is kept; call support.")
        }
        Err(_) => None,
    };
    if let Some(reason) = broke {
        return Ok(parked("hub_fault", reason));
    }
    let outcome = folded?;
    heads.desk.clear_if_full(sql)?;
    Ok(outcome.expect("a broken rule was parked above"))
}

/// None if the rules broke.
fn fold(sql: &mut dyn Sql, op: &Op, footprint: BTreeSet<Key>, heads: &mut Heads) -> Result<Option<Outcome>, Fault> {
    let mut slice = rows::slice_of(&mut heads.desk.over(sql), op, footprint)?;
    let Some(verdict) = judge(&mut slice, op) else { return Ok(None) };
    if !matches!(verdict, Verdict::Refused(_)) {
        for row in slice.written() {
            heads.write(sql, row)?;
        }
    }
    Ok(Some(Outcome::of(&verdict)))
}

/// A rule that panics on one op must not take all the others down with it: this terminal would send
/// the op again and again.
fn judge(slice: &mut Slice, op: &Op) -> Option<Verdict> {
    let stance = if op.device.as_str() == HUB_DEVICE { Stance::Author } else { Stance::Witness };
    let judged = catch_unwind(AssertUnwindSafe(|| apply(slice, op, stance)));
    judged.inspect_err(|_panic| tracing::error!(op = %op.id, "the rules broke on an op; it is parked")).ok()
}

pub(super) fn outcome_json(outcome: &Outcome) -> String {
    serde_json::to_string(outcome).expect("outcomes hold only text, which always encodes")
}

pub(super) fn stored_outcome(value: &Value) -> Result<Outcome, Fault> {
    serde_json::from_str(value.as_text()).map_err(|e| Fault::Row { table: "op", key: value.as_text().to_owned(), source: e.into() })
}

pub(super) fn parked(code: &str, reason: &str) -> Outcome {
    Outcome::Parked { code: code.into(), reason: reason.into() }
}
