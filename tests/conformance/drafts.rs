//! Sales being made outlive the process.

use crate::support::*;
use engine::terminal::{Recovery, TerminalStore, Throttle};
use ledger::verdict::Verdict;

#[test]
fn the_sale_on_the_screen_survives_a_kill() {
    let mut counter = Counter::open_for_business(3);
    let mut cart = cart(&mut counter.store, 100, "A0");
    counter.store.draft_save(&cart).unwrap();
    cart.set_quantity(0, 2).unwrap();
    counter.store.draft_save(&cart).unwrap();
    let (mut store, told) = TerminalStore::open(&counter.killed(), &identity()).unwrap();
    assert_eq!((told, store.draft_load().unwrap()), (vec![], Some(cart)));
    store.draft_clear().unwrap();
    assert_eq!(store.draft_load().unwrap(), None);
}

#[test]
fn settling_drops_the_draft_and_a_refusal_keeps_it() {
    let mut counter = Counter::open_for_business(3);
    let mut unpaid = cart(&mut counter.store, 100, "A0");
    let payments = std::mem::take(&mut unpaid.payments);
    counter.store.draft_save(&unpaid).unwrap();
    let refused = counter.store.settle(&unpaid, &ana(), stamp(1)).unwrap();
    assert!(matches!(refused.verdict, Verdict::Refused(_)));
    assert_eq!((refused.seq, counter.store.draft_load().unwrap().as_ref()), (None, Some(&unpaid)));
    unpaid.payments = payments;
    assert_eq!(counter.store.settle(&unpaid, &ana(), stamp(1)).unwrap().verdict, Verdict::Applied);
    assert_eq!(counter.store.draft_load().unwrap(), None);
}

#[test]
fn a_draft_that_was_settled_is_dropped_and_told() {
    let mut counter = Counter::open_for_business(3);
    let cart = cart(&mut counter.store, 100, "A0");
    counter.store.settle(&cart, &ana(), stamp(1)).unwrap();
    // As if the screen had kept it once more after the commit.
    counter.store.draft_save(&cart).unwrap();
    let (mut counter, told) = counter.restart();
    assert_eq!(told, [Recovery::SaleWasSaved { document: "T01-000001".into() }]);
    assert_eq!(counter.store.draft_load().unwrap(), None);
}

#[test]
fn sales_are_put_aside_and_taken_back() {
    let mut counter = Counter::open_for_business(3);
    let carts: Vec<_> = (0..3).map(|number| cart(&mut counter.store, 100 + number, &format!("A{number}"))).collect();
    for (cart, at_ms) in carts.iter().zip(1..) {
        counter.store.draft_save(cart).unwrap();
        counter.store.hold(cart, &format!("customer {at_ms}"), &ana(), at_ms).unwrap();
        assert_eq!(counter.store.draft_load().unwrap(), None);
    }
    let (mut counter, _) = counter.restart();
    let held = counter.store.held().unwrap();
    assert_eq!(
        held.iter().map(|held| (held.label.as_str(), held.cart.op)).collect::<Vec<_>>(),
        [("customer 1", carts[0].op), ("customer 2", carts[1].op), ("customer 3", carts[2].op)]
    );
    assert_eq!(counter.store.held_take(carts[1].op).unwrap().as_ref(), Some(&carts[1]));
    assert_eq!(counter.store.held_take(carts[1].op).unwrap(), None, "it is on the screen now");
    assert_eq!(counter.store.held_take(carts[0].op).unwrap().as_ref(), Some(&carts[0]), "the one on the screen changes places");
    assert_eq!(counter.store.draft_load().unwrap().as_ref(), Some(&carts[0]));
    assert_eq!(counter.store.held().unwrap().len(), 2);
    counter.store.settle(&carts[1], &ana(), stamp(1)).unwrap();
    assert_eq!(counter.store.held().unwrap().len(), 1, "settling drops a held sale too");
}

#[test]
fn wrong_pins_are_remembered() {
    let mut counter = Counter::new(0);
    assert_eq!(counter.store.throttle_load(&ana()).unwrap(), Throttle::default());
    let throttle = Throttle { tries: 3, until_ms: 9_000, last_ms: 8_000 };
    counter.store.throttle_save(&ana(), Throttle { tries: 2, ..throttle }).unwrap();
    counter.store.throttle_save(&ana(), throttle).unwrap();
    let (mut counter, _) = counter.restart();
    assert_eq!(counter.store.throttle_load(&ana()).unwrap(), throttle);
}
