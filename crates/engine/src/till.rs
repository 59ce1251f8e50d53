//! What ops do to a till. It depends on nothing else: whatever other rows an op has may be unknown.

use crate::fault::Fault;
use crate::rows;
use crate::sql::Sql;
use ledger::apply::{Stance, apply};
use ledger::op::Op;
use ledger::row::{Key, Row, Till};
use ledger::slice::{Slice, Versioned, footprint};

/// The till as it stands after `op`.
pub fn book(till: Till, op: &Op) -> Till {
    let key = Key::Till(till.terminal.clone());
    let mut slice = Slice::default();
    for other in footprint(op) {
        slice.load(other, None::<Versioned>);
    }
    slice.load(key, Some(Versioned { row: Row::Till(till.clone()), ver: None }));
    apply(&mut slice, op, Stance::Witness);
    let booked = slice.written().find_map(|row| if let Row::Till(till) = row { Some(till.clone()) } else { None });
    booked.unwrap_or(till)
}

/// The till that a database holds.
pub fn load(sql: &mut dyn Sql, key: &Key) -> Result<Option<Till>, Fault> {
    Ok(rows::load(sql, key)?.and_then(as_till))
}

pub fn as_till(found: Versioned) -> Option<Till> {
    match found.row {
        Row::Till(till) => Some(till),
        _ => None,
    }
}
