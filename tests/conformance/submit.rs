//! Op ids, the chain and its clocks, document numbers.

use crate::support::*;
use engine::terminal::DocumentKind;
use ledger::money::Money;
use ledger::op::Body;
use ledger::refusal::Refusal;
use ledger::row::SerialPolicy;
use ledger::shift::{ShiftClose, ShiftOpen};
use ledger::stock_in::{StockIn, StockInLine};
use ledger::verdict::Verdict;

#[test]
fn the_same_op_twice_is_one_op() {
    let mut counter = Counter::open_for_business(3);
    let cart = cart(&mut counter.store, 100, "A0");
    let first = counter.store.settle(&cart, &ana(), stamp(5)).unwrap();
    assert_eq!((&first.verdict, first.seq), (&Verdict::Applied, Some(2)));
    let (mut counter, _) = counter.restart();
    let again = counter.store.settle(&cart, &ana(), stamp(99)).unwrap();
    assert_eq!((again.verdict, again.seq, again.document), (Verdict::Duplicate, first.seq, first.document));
    assert_eq!(chain(&mut counter.store).len(), 2);
}

#[test]
fn another_body_under_the_same_id_is_refused() {
    let mut counter = Counter::open_for_business(3);
    sell(&mut counter.store, 100, "A0").unwrap();
    let other = sell(&mut counter.store, 100, "A1").unwrap();
    assert_eq!((other.verdict, other.seq), (Verdict::Refused(Refusal::IdReused), None));
    let other = counter.store.submit(op_id(100), &ana(), None, Body::ShiftClose(ShiftClose { cash_counted: Money(0) }), stamp(1)).unwrap();
    assert_eq!(other.verdict, Verdict::Refused(Refusal::IdReused));
    assert_eq!(chain(&mut counter.store).len(), 2);
}

#[test]
fn a_refused_op_leaves_no_trace_and_its_id_stays_free() {
    let mut counter = Counter::open_for_business(3);
    let refused = sell(&mut counter.store, 100, "NEVER-SEEN").unwrap();
    assert!(matches!(refused.verdict, Verdict::Refused(Refusal::UnknownSerial { .. })));
    assert_eq!(sell(&mut counter.store, 100, "A0").unwrap().seq, Some(2));
}

#[test]
fn ops_are_chained_and_their_clock_never_goes_back() {
    let mut counter = Counter::new(4);
    for (number, wall_ms) in [(1, 5_000), (2, 3_000), (3, -7), (4, i64::from(u32::MAX)), (5, 0)] {
        let open = Body::ShiftOpen(ShiftOpen { number: counter.store.next_number(DocumentKind::Shift).unwrap(), opening_float: Money(0) });
        counter.store.submit(op_id(number * 2), &ana(), None, open, stamp(wall_ms)).unwrap();
        let (reopened, _) = counter.restart();
        counter = reopened;
        let close = Body::ShiftClose(ShiftClose { cash_counted: Money(0) });
        assert_eq!(counter.store.submit(op_id(number * 2 + 1), &ana(), None, close, stamp(wall_ms)).unwrap().verdict, Verdict::Applied);
    }
    let ops = chain(&mut counter.store);
    assert_eq!(ops.len(), 10);
    assert!(ops.windows(2).all(|pair| pair[0].at.hlc < pair[1].at.hlc));
    assert_eq!(ops[0].at.hlc, 5_000 << 16);
    assert_eq!(ops[6].at.hlc, u64::from(u32::MAX) << 16);
    assert_eq!(ops[0].base.feed, FEED);
}

#[test]
fn documents_are_numbered_without_a_gap_and_over_restarts() {
    let mut counter = Counter::open_for_business(3);
    sell_many(&mut counter.store, 2);
    let (mut counter, _) = counter.restart();
    let mut next = |kind| counter.store.next_number(kind).unwrap().to_string();
    assert_eq!((next(DocumentKind::Sale), next(DocumentKind::Shift)), ("T01-000003".into(), "T01-S000002".into()));
    assert_eq!(next(DocumentKind::StockIn), "T01-IN000001");
    let number = counter.store.next_number(DocumentKind::StockIn).unwrap();
    let lines = vec![StockInLine { sku: "CASE".into(), quantity: 5, condition: Default::default(), serials: vec![] }];
    let body = Body::StockIn(StockIn { number, warehouse: "main".into(), lines });
    counter.store.submit(op_id(50), &ana(), None, body, stamp(1)).unwrap();
    assert_eq!(counter.store.next_number(DocumentKind::StockIn).unwrap().to_string(), "T01-IN000002");
}

#[test]
fn a_new_incarnation_begins_its_own_chain_and_numbers() {
    let mut counter = Counter::open_for_business(3);
    sell_many(&mut counter.store, 1);
    let Counter { dir, store } = counter;
    drop(store);
    let mut second = identity();
    second.incarnation = 2;
    let (mut store, told) = engine::terminal::TerminalStore::open(dir.path(), &second).unwrap();
    assert_eq!(told, []);
    let sold = sell(&mut store, 300, "A1").unwrap();
    assert_eq!((sold.seq, sold.document.unwrap().to_string()), (Some(1), "T01.2-000002".into()));
    let status = store.outbox_status().unwrap();
    assert_eq!((status.incarnation, status.pending, status.head_seq), (2, 3, 1));
    let push = store.next_push(10, 1_000_000, 0).unwrap().unwrap();
    assert_eq!((push.head.incarnation, push.head.first_seq, push.ops.len()), (1, 1, 2), "what the old one still owes goes first");
    store.acknowledge(1, &acked(2)).unwrap();
    let push = store.next_push(10, 1_000_000, 0).unwrap().unwrap();
    assert_eq!((push.head.incarnation, push.head.first_seq, push.ops.len()), (2, 1, 1));
}

#[test]
fn a_stock_in_of_ten_thousand_units_is_one_op() {
    let mut counter = Counter::new(0);
    let serials = (0..10_000).map(|number| serial(&format!("N{number:05}"))).collect();
    let lines = vec![StockInLine { sku: "PHONE".into(), quantity: 9_999, condition: Default::default(), serials }];
    let mut body = StockIn { number: "T01-IN000001".into(), warehouse: "main".into(), lines };
    let too_many = counter.store.submit(op_id(1), &ana(), None, Body::StockIn(body.clone()), stamp(1)).unwrap();
    assert!(matches!(too_many.verdict, Verdict::Refused(_)), "more serials than pieces");
    let last = body.lines[0].serials.pop().unwrap();
    body.lines.push(StockInLine { sku: "CABLE".into(), quantity: 1, condition: Default::default(), serials: vec![last] });
    let taken = counter.store.submit(op_id(1), &ana(), None, Body::StockIn(body), stamp(1)).unwrap();
    assert_eq!(taken.verdict, Verdict::Applied);
    assert_eq!(counter.store.counts().unwrap().units, 10_000);
    let (mut counter, told) = counter.restart();
    assert_eq!(told, []);
    assert_eq!(counter.store.counts().unwrap().units, 10_000);
    assert_eq!(counter.store.on_hand(&"PHONE".into(), &"main".into()).unwrap(), 9_999);
    let policy = counter.store.product(&"PHONE".into()).unwrap().unwrap().policy;
    assert_eq!(policy, SerialPolicy::StockInOut);
}
