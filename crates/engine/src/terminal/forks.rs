//! What the hub's rows tell of ops that it has although another op has their number: what a copied disk, or
//! one that was put back, told peers may be among them.
//!
//! Such a row may come before those that the op changed, in the middle of a catch-up. So only
//! those count that stand up to the position at which the rows were whole last.

use super::catalogue::Standing;
use crate::fault::Fault;
use crate::sql::{Sql, first};
use ledger::id::TerminalId;
use ledger::op::Hash;
use ledger::row::{KEY_SEPARATOR, Key};

/// What is told of one op.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The rows tell its effect.
    Settled,
    Parked,
}

/// What the rows say of an op; nothing if its number tells.
pub fn told(catalogue: &mut dyn Sql, standing: &Standing, (device, incarnation, seq): (&TerminalId, u32, u64), hash: Hash) -> Result<Option<Told>, Fault> {
    let key = Key::Fork(device.clone(), incarnation, seq, hash).text();
    let text = "SELECT data LIKE '%\"parked\":true%' FROM record WHERE tbl = 'fork' AND key = $1 AND del = 0 AND pos <= $2";
    let row = first(catalogue, text, &[key.into(), standing.whole_pos.into()])?;
    Ok(row.map(|row| if row[0].as_int() == 0 { Told::Settled } else { Told::Parked }))
}

/// Whether the rows tell the effect of an op that claims the place, and that is not the one that has it.
pub fn settled_at(catalogue: &mut dyn Sql, standing: &Standing, device: &TerminalId, incarnation: u32, seq: u64) -> Result<bool, Fault> {
    let place = format!("{device}{KEY_SEPARATOR}{incarnation}{KEY_SEPARATOR}{seq}");
    let (from, to) = (format!("{place}{KEY_SEPARATOR}"), format!("{place}{KEY_SEPARATOR}g"));
    let text = "SELECT 1 FROM record WHERE tbl = 'fork' AND key > $1 AND key < $2 AND del = 0 AND pos <= $3 AND data NOT LIKE '%\"parked\":true%' LIMIT 1";
    Ok(first(catalogue, text, &[from.into(), to.into(), standing.whole_pos.into()])?.is_some())
}

/// Whether the rows tell of any such op beyond a position.
pub fn any_after(catalogue: &mut dyn Sql, pos: u64) -> Result<bool, Fault> {
    Ok(first(catalogue, "SELECT 1 FROM record WHERE tbl = 'fork' AND pos > $1 LIMIT 1", &[pos.into()])?.is_some())
}
