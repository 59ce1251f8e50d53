//! What the rows themselves show of an op. That its number counts as contained is no proof: a copied
//! disk may have given it to another op, and only the hub knows the bytes of both.

use ledger::id::Sku;
use ledger::op::{Body, Op};
use ledger::row::{DocumentRef, UnitStatus};
use ledger::serial::Serial;
use ledger::slice::Slice;

/// Whether the rows bear the op's mark.
pub fn tell(slice: &Slice, op: &Op) -> bool {
    op.body.units().iter().any(|(sku, serial)| mark(slice, op, sku, serial))
}

/// Whether the rows show that they do not tell a sale: it took a unit that they have in stock or do not
/// know, and nothing says that it ever did. Such a unit is believed sold until the hub is asked. Of
/// anything but a sale they show nothing.
pub fn lack(slice: &Slice, op: &Op) -> bool {
    let is_for_sale = |sku: &Sku, serial: &Serial| slice.unit(sku, serial).is_none_or(|unit| unit.status == UnitStatus::InStock);
    matches!(op.body, Body::Sale(_)) && op.body.units().iter().any(|(sku, serial)| is_for_sale(sku, serial) && !mark(slice, op, sku, serial))
}

fn mark(slice: &Slice, op: &Op, sku: &Sku, serial: &Serial) -> bool {
    let by_op = |document: &Option<DocumentRef>| document.as_ref().is_some_and(|document| document.op == op.id);
    let moved = slice.unit(sku, serial).is_some_and(|unit| by_op(&unit.came) || by_op(&unit.left));
    moved || matches!(op.body, Body::Sale(_)) && slice.conflict(op.id, sku, serial).is_some()
}
