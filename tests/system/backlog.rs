//! Weeks without a hub: what waits takes several pushes, of which two are on their way at once.

use crate::support::{Shop, examples};
use counterfoil::identity::Identity;
use engine::terminal::TerminalStore;
use ledger::id::{OpId, OperatorId};
use ledger::op::{Body, Stamp};
use ledger::serial::Serial;
use ledger::sync::wire::PUSH_OPS_MAX;
use ledger::unit_edit::UnitEdit;
use ledger::verdict::Verdict;

/// The last push is not a full one.
const OPS: u64 = 3 * PUSH_OPS_MAX as u64 + 7;

#[test]
fn a_long_backlog_arrives_in_order_and_once() {
    let shop = Shop::open();
    write_notes(&shop);
    let hub = shop.hub();
    let mut till = shop.till();
    till.synced();
    till.end();
    // The shift that is open is an op, too.
    hub.has_exactly(OPS + 1, &[]);
    let devices = hub.devices();
    assert_eq!((devices[0].incarnation, devices[0].repairs), (1, 0), "nothing looked like a copied disk");
    let note = hub.note(&examples().other.serials[0]);
    assert_eq!(note, format!("note {OPS}"), "the last one was taken last");
}

/// A note on the same unit again and again.
fn write_notes(shop: &Shop) {
    let identity = Identity::read(&shop.till_folder()).unwrap().for_store();
    let (mut store, _) = TerminalStore::open(&shop.till_folder(), &identity).unwrap();
    let (sku, serial) = (examples().other.sku.as_str(), Serial::parse(&examples().other.serials[0]).unwrap());
    for number in 1..=OPS {
        let edit = UnitEdit { sku: sku.into(), serial: serial.clone(), condition: None, notes: Some(format!("note {number}")), reason: "counted".into() };
        let id = OpId(uuid::Uuid::from_u128(u128::from(number)));
        let submitted = store.submit(id, &OperatorId::from("mei"), None, Body::UnitEdit(edit), Stamp::default()).unwrap();
        assert_eq!(submitted.verdict, Verdict::Applied);
    }
}
