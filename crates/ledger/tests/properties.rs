//! What holds whatever comes: texts, amounts, encodings.

use ledger::catalogue::{OperatorsChange, ProductsChange, SettingsChange};
use ledger::id::OpId;
use ledger::money::{Money, PRICE_MAX, TOTAL_MAX};
use ledger::op::{Base, Body, ClockQuality, Envelope, Hash, Op, Stamp};
use ledger::payment::{Payment, PaymentMethod, change};
use ledger::refusal::Refusal;
use ledger::resolve::{Resolution, Resolve};
use ledger::row::{Condition, Part, Settings};
use ledger::sale::{QUANTITY_MAX, Sale, SaleLine, SoldUnit, line_total};
use ledger::serial::{SERIAL_CHARS_MAX, Serial};
use ledger::shift::{ShiftClose, ShiftOpen};
use ledger::stock_in::{StockIn, StockInLine};
use ledger::unit_edit::UnitEdit;
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// A text is a serial exactly if it keeps the rule, and then it is kept as it was.
    #[test]
    fn serials_are_kept_exactly(text in prop_oneof!["\\PC{0,70}", "[A-Za-z0-9_()#/-]{0,70}", any::<String>()]) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '(' | ')' | '#' | '/');
        let good = !text.is_empty() && text.chars().all(allowed) && text.chars().count() <= SERIAL_CHARS_MAX;
        let read = Serial::parse(&text);
        prop_assert_eq!(read.is_ok(), good);
        let json = serde_json::to_string(&text).expect("text");
        prop_assert_eq!(serde_json::from_str::<Serial>(&json).ok(), read.clone().ok(), "a stored serial keeps the same rule");
        match read {
            Ok(serial) => {
                prop_assert_eq!(serial.as_str(), &text);
                prop_assert_eq!(serde_json::to_string(&serial).expect("text"), json);
            }
            Err(Refusal::SerialForbiddenCharacter { character, position }) => prop_assert_eq!(text.chars().nth(position - 1), Some(character)),
            Err(refusal) => prop_assert!(matches!(refusal.code(), "serial_empty" | "serial_too_long")),
        }
    }

    /// Arithmetic is that of whole numbers, or a refusal; never a wrapped number.
    #[test]
    fn money_never_wraps(a: i64, b: i64, count: u32) {
        let exact = |wide: i128| (wide.unsigned_abs() <= TOTAL_MAX.0.unsigned_abs().into()).then(|| Money(i64::try_from(wide).expect("it fits")));
        let (wide_a, wide_b) = (i128::from(a), i128::from(b));
        prop_assert_eq!(Money(a).plus(Money(b)), exact(wide_a + wide_b));
        prop_assert_eq!(Money(a).minus(Money(b)), exact(wide_a - wide_b));
        prop_assert_eq!(Money(a).times(count), exact(wide_a * i128::from(count)));
        prop_assert_eq!(Money(a % 1_000).plus(Money(b % 1_000)), exact(wide_a % 1_000 + wide_b % 1_000));
    }

    #[test]
    fn a_line_costs_its_pieces_less_its_discount(quantity in 0..20_000u32, price in amount(PRICE_MAX.0), discount in amount(TOTAL_MAX.0)) {
        let gross = i128::from(quantity) * i128::from(price.0);
        let fits = (1..=QUANTITY_MAX).contains(&quantity) && (0..=PRICE_MAX.0).contains(&price.0) && gross <= i128::from(TOTAL_MAX.0);
        let good = fits && (0..=gross).contains(&i128::from(discount.0));
        let total = line_total(quantity, price, discount);
        prop_assert_eq!(total.clone().ok().map(|total| i128::from(total.0)), good.then(|| gross - i128::from(discount.0)), "{:?}", total);
    }

    /// What is paid is what is due and the change; only cash gives change.
    #[test]
    fn payments_settle_exactly(due in 0..5_000i64, parts in vec((0..3usize, -2..3_000i64), 0..5)) {
        let methods = [PaymentMethod::Cash, PaymentMethod::Card, PaymentMethod::Wallet];
        let payments: Vec<Payment> = parts.iter().map(|(method, cents)| Payment { method: methods[*method], amount: Money(*cents), reference: "R".into() }).collect();
        let paid: i64 = parts.iter().map(|(_, cents)| cents).sum();
        let cashless: i64 = parts.iter().filter(|(method, _)| *method != 0).map(|(_, cents)| cents).sum();
        let good = parts.iter().all(|(_, cents)| *cents >= 0) && cashless <= due && paid >= due;
        prop_assert_eq!(change(Money(due), &payments).ok(), good.then_some(Money(paid - due)));
    }

    /// An op is read as it was sealed, and sealed again to the same bytes and hash.
    #[test]
    fn ops_survive_sealing(op in any_op()) {
        let sealed = op.seal();
        prop_assert!(!sealed.bytes.contains(&b'\n'));
        prop_assert_eq!(sealed.hash, Hash::of(&sealed.bytes));
        prop_assert_eq!(Hash::from_hex(&sealed.hash.to_string()), Some(sealed.hash));
        let read = Op::read(&sealed.bytes).expect("what was just sealed");
        prop_assert_eq!(&read, &op);
        prop_assert_eq!(read.seal(), sealed.clone());
        let envelope = Envelope::read(&sealed.bytes).expect("an op has an envelope");
        prop_assert_eq!((envelope.id, envelope.device, envelope.seq, envelope.prev), (op.id, op.device.clone(), op.seq, op.prev));
        prop_assert_eq!(envelope.kind, op.body.kind());
    }

    /// Reading never panics, whatever the bytes; a changed byte never goes unseen.
    #[test]
    fn altered_ops_are_noticed(op in any_op(), at: prop::sample::Index, byte: u8) {
        let sealed = op.seal();
        let mut altered = sealed.bytes.clone();
        let at = at.index(altered.len());
        prop_assume!(altered[at] != byte);
        altered[at] = byte;
        prop_assert_ne!(Hash::of(&altered), sealed.hash);
        let _ = (Op::read(&altered), Envelope::read(&altered));
    }
}

fn amount(around: i64) -> impl Strategy<Value = Money> {
    prop_oneof![-3..2_000i64, around - 3..=around + 3, any::<i64>()].prop_map(Money)
}

fn serial() -> impl Strategy<Value = Serial> {
    "[A-Za-z0-9_()#/-]{1,64}".prop_map(|text| Serial::parse(&text).expect("made by the rule"))
}

/// An op of any kind with any texts in it; most make no sense, all must be kept.
fn any_op() -> impl Strategy<Value = Op> {
    let place = (any::<u128>(), any::<String>(), any::<u32>(), any::<u64>(), any::<[u8; 32]>());
    let who = (any::<String>(), proptest::option::of(any::<String>()), any::<i64>(), any::<u64>(), any::<String>());
    (place, who, any_body()).prop_map(|((id, device, incarnation, seq, prev), (actor, approved_by, wall_ms, hlc, feed), body)| Op {
        id: OpId(uuid::Uuid::from_u128(id)),
        device: device.as_str().into(),
        incarnation,
        seq,
        actor: actor.as_str().into(),
        approved_by: approved_by.as_deref().map(Into::into),
        at: Stamp { wall_ms, hlc, mono_ms: hlc / 2, boot: feed.clone(), clock: ClockQuality::System },
        base: Base { feed, pos: hlc, at_ms: Some(wall_ms) },
        prev: Hash(prev),
        body,
    })
}

fn any_body() -> impl Strategy<Value = Body> {
    let unit = || (any::<String>(), serial(), proptest::option::of(any::<u64>()), any::<bool>());
    let unit = unit().prop_map(|(sku, serial, believed, confirmed)| SoldUnit { sku: sku.as_str().into(), serial, believed, confirmed });
    let line = (any::<String>(), any::<u32>(), any::<[i64; 3]>(), vec(unit, 0..3), vec((any::<String>(), any::<u32>()), 0..3));
    let line = line.prop_map(|(text, quantity, [price, list, discount], units, parts)| SaleLine {
        sku: text.as_str().into(),
        name: text,
        quantity,
        price: Money(price),
        list_price: Money(list),
        discount: Money(discount),
        parts: parts.into_iter().map(|(sku, quantity)| Part { sku: sku.as_str().into(), quantity }).collect(),
        units,
    });
    let payment = (any::<i64>(), any::<String>()).prop_map(|(cents, reference)| Payment { method: PaymentMethod::Wallet, amount: Money(cents), reference });
    let sale = (any::<String>(), vec(line, 0..3), vec(payment, 0..3), any::<i64>());
    let sale = sale.prop_map(|(text, lines, payments, cents)| Sale {
        number: text.as_str().into(),
        warehouse: text.as_str().into(),
        lines,
        payments,
        total: Money(cents),
        change: Money(cents),
    });
    let list = (any::<String>(), any::<u32>(), vec(serial(), 0..5)).prop_map(|(text, quantity, serials)| StockIn {
        number: text.as_str().into(),
        warehouse: text.as_str().into(),
        lines: vec![StockInLine { sku: text.as_str().into(), quantity, condition: Condition::Defective, serials }],
    });
    let edit = (any::<String>(), serial(), proptest::option::of(any::<String>()));
    let edit = edit.prop_map(|(text, serial, notes)| UnitEdit { sku: text.as_str().into(), serial, condition: None, notes, reason: text });
    let resolve = (any::<String>(), serial(), serial(), any::<[u128; 2]>()).prop_map(|(text, disputed, instead, [second, wrong])| Resolve {
        second: OpId(uuid::Uuid::from_u128(second)),
        sku: text.as_str().into(),
        serial: disputed,
        wrong: OpId(uuid::Uuid::from_u128(wrong)),
        resolution: Resolution::Reassign { serial: instead },
        reason: text,
    });
    prop_oneof![
        resolve.prop_map(Body::Resolve),
        sale.prop_map(Body::Sale),
        list.prop_map(Body::StockIn),
        edit.prop_map(Body::UnitEdit),
        (any::<String>(), any::<i64>()).prop_map(|(number, cents)| Body::ShiftOpen(ShiftOpen { number: number.as_str().into(), opening_float: Money(cents) })),
        any::<i64>().prop_map(|cents| Body::ShiftClose(ShiftClose { cash_counted: Money(cents) })),
        Just(Body::Products(ProductsChange { products: Vec::new() })),
        Just(Body::Operators(OperatorsChange { operators: Vec::new() })),
        any::<String>().prop_map(|shop| Body::Settings(SettingsChange { settings: Settings { shop, ..Settings::default() } })),
    ]
}
