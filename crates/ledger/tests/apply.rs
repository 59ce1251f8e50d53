//! The door itself, row by row: what no story can say because its shop never lets it come so far.

use ledger::apply::{Stance, apply};
use ledger::id::OpId;
use ledger::money::Money;
use ledger::op::{Base, Body, Hash, Op, Stamp};
use ledger::payment::{Payment, PaymentMethod};
use ledger::resolve::{Resolution, Resolve};
use ledger::row::{Key, Operator, Part, Product, Row, SerialPolicy, Settings, Till};
use ledger::sale::{Sale, SaleLine, SoldUnit};
use ledger::serial::Serial;
use ledger::slice::{Slice, Versioned, footprint};
use ledger::verdict::{Outcome, Verdict};
use ledger::{role::Role, shift::ShiftOpen};
use std::collections::BTreeMap;

/// A terminal folds its own op in again over rows that already hold it, when the hub's rows and its
/// own meet. An op is no double use of its own units, however often it is folded in.
#[test]
fn an_op_is_not_in_conflict_with_itself() {
    let mut rows = books();
    let first = sale(1, "T1");
    assert_eq!(fold(&mut rows, &first, Stance::Author), Verdict::Applied);
    let sold = rows.get(&unit_key()).cloned();
    assert_eq!(fold(&mut rows, &first, Stance::Witness), Verdict::Applied);
    assert_eq!(rows.get(&unit_key()).cloned(), sold);
}

/// Nor is a conflict written down anew, and the unit stays with the document that came first.
#[test]
fn a_conflict_folded_in_again_is_the_same() {
    let mut rows = books();
    fold(&mut rows, &sale(1, "T1"), Stance::Author);
    let second = sale(2, "T2");
    let Verdict::Conflict(conflicts) = fold(&mut rows, &second, Stance::Witness) else { panic!("the unit was gone") };
    assert_eq!((conflicts.len(), conflicts[0].second.believed), (1, Some(7)), "what the second terminal knew is evidence");
    assert_eq!(conflicts[0].first.op, OpId(uuid::Uuid::from_u128(1)));
    let disputed = rows.get(&unit_key()).cloned();
    assert!(matches!(fold(&mut rows, &second, Stance::Witness), Verdict::Conflict(again) if again == conflicts));
    assert_eq!(rows.get(&unit_key()).cloned(), disputed);
    assert_eq!(rows.keys().filter(|key| matches!(key, Key::Conflict(..))).count(), 1);
    let outcome = Outcome::of(&Verdict::Conflict(conflicts));
    assert_eq!((outcome.name(), outcome), ("conflict", Outcome::Conflict { units: vec!["PHONE A1".into()] }));
}

/// A resolution folded in again by its terminal changes nothing, nor does the sale it was about; the
/// same decision in another op comes too late.
#[test]
fn a_resolution_folded_in_again_is_the_same() {
    let mut rows = books();
    fold(&mut rows, &sale(1, "T1"), Stance::Author);
    fold(&mut rows, &sale(2, "T2"), Stance::Witness);
    let (resolved, same) = (resolve(3), resolve(4));
    assert_eq!(fold(&mut rows, &resolved, Stance::Witness), Verdict::Applied);
    let judged = |rows: &Rows| rows.iter().filter(|(key, _)| matches!(key, Key::Unit(..) | Key::Conflict(..))).map(|(_, row)| row.clone()).collect::<Vec<_>>();
    let after = judged(&rows);
    assert_eq!(fold(&mut rows, &resolved, Stance::Witness), Verdict::Applied);
    assert!(matches!(fold(&mut rows, &sale(2, "T2"), Stance::Witness), Verdict::Conflict(_)));
    assert_eq!(shown(&fold(&mut rows, &same, Stance::Witness)), "conflict_resolved");
    assert_eq!(judged(&rows), after);
    let Some(Row::Unit(unit)) = rows.get(&unit_key()) else { panic!("the unit is in the books") };
    assert_eq!((unit.disputes, unit.left.as_ref().map(|left| left.op)), (0, Some(OpId(uuid::Uuid::from_u128(1)))));
}

/// Knowledge that never was complete is older than any age; one from the future is fresh, since a
/// clock was set back.
#[test]
fn knowledge_of_unknown_age_is_old() {
    let table = [(None, "ask_stale"), (Some(940_000), "ask_stale"), (Some(940_001), "applied"), (Some(1_000_000), "applied"), (Some(i64::MAX), "applied")];
    for (at_ms, expected) in table {
        let mut rows = books();
        rows.insert(Key::Settings, Row::Settings(Settings { stale_after_ms: 60_000, ..Settings::default() }));
        let op = Op { at: Stamp { wall_ms: 1_000_000, ..Stamp::default() }, base: Base { at_ms, ..Base::default() }, ..sale(1, "T1") };
        assert_eq!(shown(&fold(&mut rows, &op, Stance::Author)), expected, "{at_ms:?}");
    }
}

/// What a combination stands for may change between the scan and the payment.
#[test]
fn a_combination_is_sold_as_the_catalogue_has_it() {
    let part = |quantity| vec![Part { sku: "PHONE".into(), quantity }];
    let mut rows = books();
    for (sold_as, catalogue, expected) in [(part(1), part(1), "applied"), (part(1), part(2), "price_differs"), (part(1), Vec::new(), "price_differs")] {
        let product = Product { sku: "SET".into(), parts: catalogue, policy: SerialPolicy::Off, ..phone() };
        rows.insert(Key::Product("SET".into()), Row::Product(product));
        let mut op = sale(1, "T1");
        let Body::Sale(sale) = &mut op.body else { panic!("a sale") };
        sale.lines[0].sku = "SET".into();
        sale.lines[0].parts = sold_as;
        assert_eq!(shown(&fold(&mut rows.clone(), &op, Stance::Author)), expected);
    }
}

/// The rows a rule reads are named beforehand. Reading another would be deciding on what was not
/// looked up, which no caller may survive.
#[test]
#[should_panic(expected = "outside the op's footprint")]
fn a_row_that_was_not_loaded_is_a_bug() {
    let op = Op { body: Body::ShiftOpen(ShiftOpen { number: "T1-1".into(), opening_float: Money::ZERO }), ..sale(1, "T1") };
    apply(&mut Slice::default(), &op, Stance::Author);
}

/// Numbers at the end of their range stay there: a report says too much rather than nonsense.
#[test]
fn counters_do_not_wrap() {
    let mut rows = books();
    let Some(Row::Till(till)) = rows.get_mut(&Key::Till("T1".into())) else { panic!("T1 has a till") };
    till.receipts = u32::MAX;
    let sums = &mut till.open.as_mut().expect("open").totals;
    (sums.sales, sums.units, sums.gross, sums.cash) = (u32::MAX, u32::MAX, Money(i64::MAX), Money(i64::MAX));
    let Some(Row::Stock(stock)) = rows.get_mut(&Key::Stock("PHONE".into(), "main".into())) else { panic!("there is stock") };
    stock.quantity = i64::MIN;
    assert_eq!(fold(&mut rows, &sale(1, "T1"), Stance::Author), Verdict::Applied);
    let Some(Row::Till(till)) = rows.get(&Key::Till("T1".into())) else { panic!("T1 has a till") };
    let sums = &till.open.as_ref().expect("open").totals;
    assert_eq!((till.receipts, sums.sales, sums.units, sums.gross, sums.cash), (u32::MAX, u32::MAX, u32::MAX, Money(i64::MAX), Money(i64::MAX)));
    assert!(matches!(rows.get(&Key::Stock("PHONE".into(), "main".into())), Some(Row::Stock(stock)) if stock.quantity == i64::MIN));
}

type Rows = BTreeMap<Key, Row>;

/// Loads, applies and saves, with no memory of ids.
fn fold(rows: &mut Rows, op: &Op, stance: Stance) -> Verdict {
    let mut slice = Slice::default();
    for key in footprint(op) {
        let found = rows.get(&key).map(|row| Versioned { row: row.clone(), ver: Some(7) });
        slice.load(key, found);
    }
    let verdict = apply(&mut slice, op, stance);
    if !matches!(verdict, Verdict::Refused(_)) {
        rows.extend(slice.written().map(|row| (row.key(), row.clone())));
    }
    verdict
}

fn shown(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Refused(refusal) => refusal.code(),
        Verdict::Applied => "applied",
        Verdict::Duplicate | Verdict::Conflict(_) => "another verdict",
    }
}

/// A phone in stock, a cashier, an open till.
fn books() -> Rows {
    let operator = Operator { id: "ana".into(), name: "Ana".into(), role: Role::Cashier, pin_hash: String::new(), active: true };
    let mut rows: Rows = [Row::Operator(operator), Row::Product(phone()), Row::Till(Till::new("T1".into()))].map(|row| (row.key(), row)).into();
    let list = ledger::stock_in::StockInLine { sku: "PHONE".into(), quantity: 1, condition: Default::default(), serials: vec![serial()] };
    let list = ledger::stock_in::StockIn { number: "T1-0".into(), warehouse: "main".into(), lines: vec![list] };
    assert_eq!(fold(&mut rows, &Op { body: Body::StockIn(list), ..sale(98, "T1") }, Stance::Author), Verdict::Applied);
    let open = ShiftOpen { number: "T1-1".into(), opening_float: Money::ZERO };
    assert_eq!(fold(&mut rows, &Op { body: Body::ShiftOpen(open), ..sale(99, "T1") }, Stance::Author), Verdict::Applied);
    rows
}

fn phone() -> Product {
    Product {
        sku: "PHONE".into(),
        name: "Phone".into(),
        codes: Vec::new(),
        price: Money(100),
        policy: SerialPolicy::StockInOut,
        parts: Vec::new(),
        category: String::new(),
        active: true,
    }
}

fn serial() -> Serial {
    Serial::parse("A1").expect("a good serial")
}

fn unit_key() -> Key {
    Key::Unit("PHONE".into(), serial())
}

/// The conflict of [`sale`] 1 and 2: the second misread its serial.
fn resolve(id: u128) -> Op {
    let second = OpId(uuid::Uuid::from_u128(2));
    let reason = "the first customer showed it".into();
    let body = Resolve { second, sku: "PHONE".into(), serial: serial(), wrong: second, resolution: Resolution::MisScan, reason };
    Op { body: Body::Resolve(body), ..sale(id, "T1") }
}

/// One phone, A1, for 1.00 in cash.
fn sale(id: u128, device: &str) -> Op {
    let line = SaleLine {
        sku: "PHONE".into(),
        name: "Phone".into(),
        quantity: 1,
        price: Money(100),
        list_price: Money(100),
        discount: Money::ZERO,
        parts: Vec::new(),
        units: vec![SoldUnit { sku: "PHONE".into(), serial: serial(), believed: Some(7), confirmed: false }],
    };
    let payments = vec![Payment { method: PaymentMethod::Cash, amount: Money(100), reference: String::new() }];
    let number = format!("{device}-{id}").as_str().into();
    let sale = Sale { number, warehouse: "main".into(), lines: vec![line], payments, total: Money(100), change: Money::ZERO };
    Op {
        id: OpId(uuid::Uuid::from_u128(id)),
        device: device.into(),
        incarnation: 1,
        seq: 1,
        actor: "ana".into(),
        approved_by: None,
        at: Stamp::default(),
        base: Base::default(),
        prev: Hash::default(),
        body: Body::Sale(sale),
    }
}
