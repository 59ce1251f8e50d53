//! Random days in a shop: three tills, few units, many mistakes. Whatever happens, the promises hold.

use ledger::apply::Stance;
use ledger::id::{OpId, Sku};
use ledger::money::Money;
use ledger::op::{Base, Body, Hash, Op, Stamp};
use ledger::payment::{Payment, PaymentMethod};
use ledger::refusal::Refusal;
use ledger::resolve::{Resolution, Resolve};
use ledger::row::{Condition, Conflict, Key, Part, Row, SerialScope, UnitStatus};
use ledger::sale::{Sale, SaleLine, SoldUnit};
use ledger::serial::Serial;
use ledger::shift::{ShiftClose, ShiftOpen};
use ledger::slice::footprint;
use ledger::stock_in::{StockIn, StockInLine};
use ledger::story::{MemoryShop, Shop, run};
use ledger::unit_edit::UnitEdit;
use ledger::verdict::Verdict;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// A random day with tills that know each other, and some that do not.
    #[test]
    fn a_day_keeps_its_promises(events in vec(event(), 1..50), scope in prop_oneof![Just(SerialScope::Sku), Just(SerialScope::Merchant)]) {
        let mut day = Day::new(scope);
        for event in events {
            day.live(event)?;
        }
        day.check_stock()?;
        day.check_units()?;
        day.check_tills()?;
        prop_assert_eq!(&day.shop, &day.twin, "the same ops make the same shop");
    }

    /// Tills that hear nothing of each other sell the same few units over and over, and people
    /// resolve what comes of it in any order.
    #[test]
    fn every_dispute_can_be_settled_in_any_order(events in vec(dispute(), 1..50)) {
        let mut day = Day::new(SerialScope::Sku);
        for event in events {
            day.live(event)?;
            day.check_units()?;
        }
        day.check_stock()?;
        day.check_tills()?;
    }

    /// Where every till asks before it sells, books and shelf agree: as many in stock as registered
    /// and not gone, and no unit ever disputed.
    #[test]
    fn authors_alone_never_come_into_conflict(events in vec(event(), 1..50)) {
        let mut day = Day::new(SerialScope::Sku);
        for event in events {
            day.live(Event { stance: Stance::Author, ..event })?;
        }
        prop_assert_eq!(day.conflicts, 0);
        let on_shelf = day.shop.rows().filter(|row| matches!(row, Row::Unit(unit) if unit.sku.as_str() == "PHONE" && unit.status == UnitStatus::InStock));
        let on_shelf = i64::try_from(on_shelf.count()).expect("few units");
        prop_assert_eq!(on_shelf, day.stock("PHONE"));
    }
}

const SKUS: [&str; 4] = ["PHONE", "CABLE", "CASE", "SET"];
const SCENE: &str = r#"
    product PHONE 500.00 in-out
    product CABLE 5.00 out
    product CASE 10.00 off
    combination SET 505.00 PHONE*1 CABLE*2
    operator ana cashier
    operator sam supervisor
"#;

#[derive(Debug, Clone)]
struct Event {
    stance: Stance,
    till: usize,
    deed: Deed,
}

#[derive(Debug, Clone)]
enum Deed {
    Open,
    Close,
    /// SKU, serials, pieces beyond those.
    StockIn(usize, Vec<u8>, u32),
    Sell(Vec<Line>),
    Edit(usize, u8),
    /// One of the conflicts so far, which side of it was wrong, and what was true.
    Resolve(prop::sample::Index, Side, Truth),
    /// One of the ops before, once more.
    Again(prop::sample::Index),
}

/// Which of a conflict's sales is called wrong.
#[derive(Debug, Clone, Copy)]
enum Side {
    /// The one that has the unit now.
    Holder,
    /// The one that had it when the second came.
    First,
    Second,
}

#[derive(Debug, Clone, Copy)]
enum Truth {
    Another(u8),
    Unknown,
    TakenBack,
}

#[derive(Debug, Clone)]
struct Line {
    sku: usize,
    /// SKU and serial of each.
    units: Vec<(usize, u8)>,
    /// Pieces beyond those.
    more: u32,
}

fn event() -> impl Strategy<Value = Event> {
    let units = |most| vec(0..6u8, 0..most);
    let line = (0..SKUS.len(), vec((0..3usize, 0..6u8), 0..4), 0..2u32);
    // Mostly units of the line's own SKU, now and then another's.
    let line = line.prop_map(|(sku, units, more)| {
        let units = units.into_iter().map(|(own, serial)| (if own > 0 { sku } else { usize::from(serial) % 3 }, serial)).collect();
        Line { sku, units, more }
    });
    let deed = prop_oneof![
        2 => Just(Deed::Open),
        1 => Just(Deed::Close),
        5 => (0..3usize, units(4), 0..2u32).prop_map(|(sku, serials, more)| Deed::StockIn(sku, serials, more)),
        9 => vec(line, 1..4).prop_map(Deed::Sell),
        1 => (0..3usize, 0..6u8).prop_map(|(sku, serial)| Deed::Edit(sku, serial)),
        4 => resolution(),
        2 => any::<prop::sample::Index>().prop_map(Deed::Again),
    ];
    let stance = prop_oneof![3 => Just(Stance::Author), 1 => Just(Stance::Witness)];
    (stance, 0..3usize, deed).prop_map(|(stance, till, deed)| Event { stance, till, deed })
}

fn resolution() -> impl Strategy<Value = Deed> {
    let side = prop_oneof![Just(Side::Holder), Just(Side::First), Just(Side::Second)];
    let truth = prop_oneof![2 => (0..9u8).prop_map(Truth::Another), 1 => Just(Truth::Unknown), 1 => Just(Truth::TakenBack)];
    (any::<prop::sample::Index>(), side, truth).prop_map(|(conflict, side, truth)| Deed::Resolve(conflict, side, truth))
}

/// One unit leaves, or one conflict is resolved.
fn dispute() -> impl Strategy<Value = Event> {
    let sale = (0..2usize, 0..3u8).prop_map(|(sku, serial)| Deed::Sell(vec![Line { sku, units: vec![(sku, serial)], more: 0 }]));
    let deed = prop_oneof![
        3 => sale,
        2 => resolution(),
        1 => any::<prop::sample::Index>().prop_map(Deed::Again),
    ];
    (0..3usize, deed).prop_map(|(till, deed)| Event { stance: Stance::Witness, till, deed })
}

/// A shop, its twin that is told the same, and what a careful listener wrote down of both.
struct Day {
    shop: MemoryShop,
    twin: MemoryShop,
    ops: Vec<Op>,
    moved: BTreeMap<Sku, i64>,
    /// The sales that claim each unit, less those found wrong.
    claims: BTreeMap<(Sku, Serial), BTreeSet<OpId>>,
    conflicts: u32,
    receipts: BTreeMap<usize, u32>,
}

impl Day {
    fn new(scope: SerialScope) -> Day {
        let mut shop = MemoryShop::default();
        let word = if scope == SerialScope::Merchant { "merchant" } else { "sku" };
        run(&format!("{SCENE}\nsettings serial-scope {word}"), &mut shop).expect("the scene is a story");
        let twin = shop.clone();
        Day { shop, twin, ops: Vec::new(), moved: BTreeMap::new(), claims: BTreeMap::new(), conflicts: 0, receipts: BTreeMap::new() }
    }

    fn live(&mut self, event: Event) -> Result<(), TestCaseError> {
        let again = match &event.deed {
            Deed::Again(index) if !self.ops.is_empty() => Some(index.get(&self.ops).clone()),
            _ => None,
        };
        let op = again.clone().unwrap_or_else(|| self.op(&event));
        let before = self.shop.clone();
        let verdict = self.shop.run(op.clone(), event.stance);
        prop_assert_eq!(&verdict, &self.twin.run(op.clone(), event.stance));
        self.check_touched(&before, &op, &verdict)?;
        match &verdict {
            Verdict::Applied => self.write_down(&event, &op, 0)?,
            Verdict::Conflict(conflicts) => self.write_down(&event, &op, u32::try_from(conflicts.len()).expect("few"))?,
            Verdict::Duplicate => prop_assert!(again.is_some()),
            Verdict::Refused(refusal) => prop_assert_ne!(refusal, &Refusal::IdReused),
        }
        Ok(())
    }

    /// Nothing changes outside the footprint; a refusal or a repetition changes nothing at all.
    fn check_touched(&self, before: &MemoryShop, op: &Op, verdict: &Verdict) -> Result<(), TestCaseError> {
        if matches!(verdict, Verdict::Refused(_) | Verdict::Duplicate) {
            prop_assert_eq!(before, &self.shop);
            return Ok(());
        }
        let may = footprint(op);
        let rows = |shop: &MemoryShop| shop.rows().filter(|row| !may.contains(&row.key())).cloned().collect::<Vec<_>>();
        prop_assert_eq!(rows(before), rows(&self.shop));
        Ok(())
    }

    fn write_down(&mut self, event: &Event, op: &Op, conflicts: u32) -> Result<(), TestCaseError> {
        self.ops.push(op.clone());
        self.conflicts += conflicts;
        match &op.body {
            Body::StockIn(list) => list.lines.iter().for_each(|line| self.move_stock(&line.sku, i64::from(line.quantity))),
            Body::Sale(sale) => {
                let goods: Vec<Part> = sale.lines.iter().flat_map(SaleLine::goods).collect();
                goods.iter().for_each(|part| self.move_stock(&part.sku, -i64::from(part.quantity)));
                let units: BTreeSet<_> = sale.units().map(|unit| (unit.sku.clone(), unit.serial.clone())).collect();
                for unit in units {
                    self.claims.entry(unit).or_default().insert(op.id);
                }
                *self.receipts.entry(event.till).or_default() += 1;
            }
            Body::Resolve(resolve) => self.write_down_resolution(resolve)?,
            _ => {}
        }
        Ok(())
    }

    /// Each resolution strikes one claim off, never the last one.
    fn write_down_resolution(&mut self, resolve: &Resolve) -> Result<(), TestCaseError> {
        let claims = self.claims.entry((resolve.sku.clone(), resolve.serial.clone())).or_default();
        prop_assert!(claims.remove(&resolve.wrong), "a sale that was wrong before cannot be so again");
        prop_assert!(!claims.is_empty());
        match &resolve.resolution {
            Resolution::Reassign { serial } => {
                let claims = self.claims.entry((resolve.sku.clone(), serial.clone())).or_default();
                prop_assert!(claims.is_empty(), "a unit that is sold cannot be what was sold in truth");
                claims.insert(resolve.wrong);
            }
            Resolution::MisScan => {}
            Resolution::Refund { .. } => self.move_stock(&resolve.sku, 1),
        }
        Ok(())
    }

    fn move_stock(&mut self, sku: &Sku, by: i64) {
        *self.moved.entry(sku.clone()).or_default() += by;
    }

    fn stock(&self, sku: &str) -> i64 {
        match self.shop.row(&Key::Stock(sku.into(), "main".into())) {
            Some(Row::Stock(stock)) => stock.quantity,
            _ => 0,
        }
    }

    /// Stock is what came, less what went, and what was taken back, whatever the verdicts.
    fn check_stock(&self) -> Result<(), TestCaseError> {
        for sku in SKUS {
            prop_assert_eq!(self.stock(sku), self.moved.get(&Sku::from(sku)).copied().unwrap_or(0), "{}", sku);
        }
        Ok(())
    }

    /// A unit leaves once. Every further claim to it is one open conflict; one of the claims has it.
    fn check_units(&self) -> Result<(), TestCaseError> {
        let conflicts = self.conflict_rows();
        prop_assert_eq!(u32::try_from(conflicts.len()).expect("few"), self.conflicts);
        for (unit, claims) in &self.claims {
            let of_unit = |conflict: &&Conflict| (&conflict.sku, &conflict.serial) == (&unit.0, &unit.1);
            let open = conflicts.iter().filter(of_unit).filter(|conflict| conflict.resolved.is_none()).count();
            let Some(Row::Unit(row)) = self.shop.row(&Key::Unit(unit.0.clone(), unit.1.clone())) else {
                return Err(TestCaseError::fail(format!("{unit:?} left and is not in the books")));
            };
            prop_assert_eq!(row.status, UnitStatus::StockedOut);
            prop_assert_eq!(open, if unit.0.as_str() == "CASE" { 0 } else { claims.len() - 1 }, "{:?}", unit);
            prop_assert_eq!(usize::try_from(row.disputes).expect("few"), open);
            prop_assert!(row.left.is_some_and(|left| claims.contains(&left.op)), "one that was not found wrong has {:?}", unit);
        }
        Ok(())
    }

    fn conflict_rows(&self) -> Vec<Conflict> {
        self.shop.rows().filter_map(|row| if let Row::Conflict(row) = row { Some(row.clone()) } else { None }).collect()
    }

    /// Every sale is counted on its till.
    fn check_tills(&self) -> Result<(), TestCaseError> {
        for (till, receipts) in &self.receipts {
            let Some(Row::Till(row)) = self.shop.row(&Key::Till(till_name(*till).as_str().into())) else {
                return Err(TestCaseError::fail("a till that sold is in the books"));
            };
            prop_assert_eq!(row.receipts, *receipts);
        }
        Ok(())
    }

    fn op(&self, event: &Event) -> Op {
        let count = u64::try_from(self.ops.len()).expect("few");
        let id = uuid::Uuid::from_u128(0xdddd_0000 + u128::from(count));
        Op {
            id: OpId(id),
            device: till_name(event.till).as_str().into(),
            incarnation: 1,
            seq: count + 1,
            actor: "sam".into(),
            approved_by: None,
            at: Stamp { wall_ms: 1_700_000_000_000, ..Stamp::default() },
            base: Base::default(),
            prev: Hash::default(),
            body: self.body(&event.deed, count),
        }
    }

    fn body(&self, deed: &Deed, count: u64) -> Body {
        let number = format!("N-{count}").as_str().into();
        match deed {
            Deed::Open => Body::ShiftOpen(ShiftOpen { number, opening_float: Money(100) }),
            Deed::Close | Deed::Again(_) => Body::ShiftClose(ShiftClose { cash_counted: Money(100) }),
            Deed::Edit(sku, serial) => Body::UnitEdit(UnitEdit {
                sku: SKUS[*sku].into(),
                serial: serial_of(*serial),
                condition: Some(Condition::Good),
                notes: Some("seen".into()),
                reason: "looked".into(),
            }),
            Deed::Resolve(index, side, truth) => Body::Resolve(self.resolve(*index, *side, *truth)),
            Deed::StockIn(sku, serials, more) => {
                let serials: Vec<Serial> = serials.iter().copied().map(serial_of).collect();
                let quantity = u32::try_from(serials.len()).expect("few") + more;
                let line = StockInLine { sku: SKUS[*sku].into(), quantity, condition: Condition::Good, serials };
                Body::StockIn(StockIn { number, warehouse: "main".into(), lines: vec![line] })
            }
            Deed::Sell(lines) => {
                let lines: Vec<SaleLine> = lines.iter().map(|line| self.line(SKUS[line.sku], &line.units, line.more)).collect();
                let total = lines.iter().map(|line| line.price.0 * i64::from(line.quantity)).sum();
                let payments = vec![Payment { method: PaymentMethod::Cash, amount: Money(total), reference: String::new() }];
                Body::Sale(Sale { number, warehouse: "main".into(), lines, payments, total: Money(total), change: Money::ZERO })
            }
        }
    }

    /// Mostly of an open conflict, now and then of one that is resolved, or of none at all.
    fn resolve(&self, index: prop::sample::Index, side: Side, truth: Truth) -> Resolve {
        let mut conflicts = self.conflict_rows();
        if conflicts.iter().any(|conflict| conflict.resolved.is_none()) && index.index(4) > 0 {
            conflicts.retain(|conflict| conflict.resolved.is_none());
        }
        let resolution = match truth {
            Truth::Another(serial) => Resolution::Reassign { serial: serial_of(serial) },
            Truth::Unknown => Resolution::MisScan,
            Truth::TakenBack => Resolution::Refund { warehouse: "main".into() },
        };
        let (sku, serial, second, wrong) = match conflicts.get(index.index(conflicts.len().max(1))) {
            None => (Sku::from("PHONE"), serial_of(0), OpId::default(), OpId::default()),
            Some(conflict) => {
                let unit = self.shop.row(&Key::Unit(conflict.sku.clone(), conflict.serial.clone()));
                let unit = unit.and_then(|row| if let Row::Unit(row) = row { Some(row) } else { None });
                let wrong = match side {
                    Side::Holder => conflict.sides(unit.as_ref()).0.op,
                    Side::First => conflict.first.op,
                    Side::Second => conflict.second.op,
                };
                (conflict.sku.clone(), conflict.serial.clone(), conflict.second.op, wrong)
            }
        };
        Resolve { second, sku, serial, wrong, resolution, reason: "looked".into() }
    }

    fn line(&self, sku: &str, units: &[(usize, u8)], more: u32) -> SaleLine {
        let Some(Row::Product(product)) = self.shop.row(&Key::Product(sku.into())) else { panic!("{sku} is in the scene") };
        let unit_sku = |own: usize, serial: u8| if sku == "SET" { SKUS[usize::from(serial) % 2] } else { SKUS[own.min(2)] };
        let units: Vec<SoldUnit> = units
            .iter()
            .map(|(own, serial)| SoldUnit { sku: unit_sku(*own, *serial).into(), serial: serial_of(*serial), believed: None, confirmed: false })
            .collect();
        let quantity = if sku == "SET" { 1 } else { u32::try_from(units.len()).expect("few") + more };
        SaleLine {
            sku: sku.into(),
            name: product.name,
            quantity,
            price: product.price,
            list_price: product.price,
            discount: Money::ZERO,
            parts: product.parts,
            units,
        }
    }
}

fn till_name(till: usize) -> String {
    format!("T{till}")
}

fn serial_of(number: u8) -> Serial {
    Serial::parse(&format!("S{number}")).expect("a good serial")
}
