//! The POS sale: goods leave, money arrives. One op, all or nothing.

use crate::apply::Stance;
use crate::id::{DocumentNumber, Sku, WarehouseId};
use crate::money::{Money, PRICE_MAX};
use crate::op::Op;
pub use crate::payment::{Payment, PaymentMethod};
use crate::payment::{change, taken_by};
use crate::refusal::Refusal;
use crate::role::Right;
use crate::row::{Condition, Conflict, DocumentRef, Key, Part, Row, SerialPolicy, SerialScope, SerialsAtSale, Settings, Unit, UnitStatus};
use crate::serial::Serial;
use crate::slice::Slice;
use crate::unit_check::{Candidate, Vantage, check_unit};
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most lines of one sale: a slip of two metres.
pub const LINES_MAX: u32 = 200;
/// Most pieces on one line.
pub const QUANTITY_MAX: u32 = 9_999;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    pub number: DocumentNumber,
    pub warehouse: WarehouseId,
    pub lines: Vec<SaleLine>,
    pub payments: Vec<Payment>,
    pub total: Money,
    /// Cash given back.
    pub change: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleLine {
    pub sku: Sku,
    /// As it stood on the receipt.
    pub name: String,
    pub quantity: u32,
    /// Of one piece, as charged.
    pub price: Money,
    /// Of one piece, as the catalogue had it.
    pub list_price: Money,
    /// Off the whole line.
    #[serde(default)]
    pub discount: Money,
    /// Of a combination: what one piece of it stands for, as the catalogue had it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<SoldUnit>,
}

/// A unit that leaves, with what the terminal believed of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldUnit {
    pub sku: Sku,
    pub serial: Serial,
    /// The hub's version of the unit that the terminal knew; none if it knew none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub believed: Option<u64>,
    /// The cashier was asked about this unit and said yes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirmed: bool,
}

impl Sale {
    pub fn units(&self) -> impl Iterator<Item = &SoldUnit> {
        self.lines.iter().flat_map(|line| &line.units)
    }
}

impl SaleLine {
    /// What physically leaves: the SKU itself, or the parts of a combination.
    pub fn goods(&self) -> Vec<Part> {
        if self.parts.is_empty() {
            return vec![Part { sku: self.sku.clone(), quantity: self.quantity }];
        }
        self.parts.iter().map(|p| Part { sku: p.sku.clone(), quantity: p.quantity.saturating_mul(self.quantity) }).collect()
    }

    /// Price times quantity less discount, with every limit checked.
    pub fn total(&self) -> Result<Money, Refusal> {
        line_total(self.quantity, self.price, self.discount)
    }
}

/// The amount of one line; the refusals of quantity, price and discount in that order.
pub fn line_total(quantity: u32, price: Money, discount: Money) -> Result<Money, Refusal> {
    check_quantity(quantity)?;
    check_price(price)?;
    let gross = price.times(quantity).ok_or(Refusal::AmountOverflow)?;
    if discount < Money::ZERO || discount > gross {
        return Err(Refusal::DiscountTooLarge);
    }
    Ok(Money(gross.0 - discount.0))
}

pub fn check_quantity(quantity: u32) -> Result<(), Refusal> {
    match quantity {
        0 => Err(Refusal::QuantityZero),
        1..=QUANTITY_MAX => Ok(()),
        _ => Err(Refusal::QuantityTooLarge { max: QUANTITY_MAX }),
    }
}

pub fn check_price(price: Money) -> Result<(), Refusal> {
    if price < Money::ZERO || price > PRICE_MAX {
        return Err(Refusal::PriceTooLarge { max: PRICE_MAX });
    }
    Ok(())
}

/// Whether serials must be complete before payment, by the policy and the shop's setting.
pub fn serials_required(settings: &Settings, policy: SerialPolicy) -> bool {
    match settings.effective(policy) {
        SerialPolicy::Off => false,
        SerialPolicy::AtStockOut => settings.serials_at_sale == SerialsAtSale::Require,
        SerialPolicy::StockInOut => true,
    }
}

pub(crate) fn footprint(op: &Op, sale: &Sale, keys: &mut BTreeSet<Key>) {
    keys.insert(Key::Till(op.device.clone()));
    for line in &sale.lines {
        keys.insert(Key::Product(line.sku.clone()));
        for part in line.goods() {
            keys.insert(Key::Product(part.sku.clone()));
            keys.insert(Key::Stock(part.sku, sale.warehouse.clone()));
        }
        for unit in &line.units {
            keys.insert(Key::Product(unit.sku.clone()));
            keys.insert(Key::Unit(unit.sku.clone(), unit.serial.clone()));
            keys.insert(Key::Conflict(op.id, unit.sku.clone(), unit.serial.clone()));
        }
    }
}

pub(crate) fn apply(slice: &mut Slice, op: &Op, sale: &Sale, stance: Stance) -> Result<Verdict, Refusal> {
    if stance == Stance::Author {
        check(slice, op, sale)?;
    }
    let totals = Totals::of(sale)?;
    let mut conflicts = Vec::new();
    let mut seen = BTreeSet::new();
    for unit in sale.units().filter(|unit| seen.insert((&unit.sku, &unit.serial))) {
        conflicts.extend(take_out(slice, op, sale, unit));
    }
    for line in &sale.lines {
        for part in line.goods() {
            slice.move_stock(&part.sku, &sale.warehouse, -i64::from(part.quantity));
        }
    }
    book(slice, op, sale, &totals);
    Ok(if conflicts.is_empty() { Verdict::Applied } else { Verdict::Conflict(conflicts) })
}

/// Every rule that holds before a sale may happen.
fn check(slice: &Slice, op: &Op, sale: &Sale) -> Result<(), Refusal> {
    if !slice.permits(op, Right::Sell) {
        return Err(Refusal::NotPermitted { right: Right::Sell });
    }
    if slice.till(&op.device).open.is_none() {
        return Err(Refusal::NoShift);
    }
    if sale.lines.is_empty() {
        return Err(Refusal::EmptySale);
    }
    if sale.lines.len() > LINES_MAX as usize {
        return Err(Refusal::TooManyLines { max: LINES_MAX });
    }
    let settings = slice.settings();
    let vantage = Vantage { settings: &settings, warehouse: &sale.warehouse, age_ms: op.base.age_ms(op.at.wall_ms) };
    let mut seen = BTreeSet::new();
    for line in &sale.lines {
        check_line(slice, op, line)?;
        check_serials(slice, vantage, line, &mut seen)?;
    }
    let totals = Totals::of(sale)?;
    let change = change(totals.total, &sale.payments)?;
    if change != sale.change || totals.total != sale.total {
        return Err(Refusal::AmountOverflow);
    }
    Ok(())
}

fn check_line(slice: &Slice, op: &Op, line: &SaleLine) -> Result<(), Refusal> {
    let product = slice.product(&line.sku).ok_or_else(|| Refusal::UnknownSku { sku: line.sku.clone() })?;
    if !product.active {
        return Err(Refusal::ProductInactive { name: product.name.clone() });
    }
    line.total()?;
    if line.list_price != product.price || line.parts != product.parts {
        return Err(Refusal::PriceDiffers { name: product.name.clone() });
    }
    if line.price != line.list_price && !slice.permits(op, Right::ChangePrice) {
        return Err(Refusal::NotPermitted { right: Right::ChangePrice });
    }
    if line.discount != Money::ZERO && !slice.permits(op, Right::Discount) {
        return Err(Refusal::NotPermitted { right: Right::Discount });
    }
    Ok(())
}

fn check_serials(slice: &Slice, vantage: Vantage<'_>, line: &SaleLine, seen: &mut BTreeSet<(Sku, Serial)>) -> Result<(), Refusal> {
    let goods = line.goods();
    for unit in &line.units {
        let product = slice.product(&unit.sku).ok_or_else(|| Refusal::UnknownSku { sku: unit.sku.clone() })?;
        if product.is_combination() {
            return Err(Refusal::CombinationHasNoSerial { name: product.name.clone() });
        }
        if !goods.iter().any(|part| part.sku == unit.sku) {
            return Err(Refusal::WrongSku { serial: unit.serial.as_str().into(), belongs_to: product.name.clone(), wanted: line.name.clone() });
        }
        if !seen.insert((unit.sku.clone(), unit.serial.clone())) {
            return Err(Refusal::DuplicateInSale { serial: unit.serial.as_str().into() });
        }
        let policy = vantage.settings.effective(product.policy);
        let known = slice.unit(&unit.sku, &unit.serial);
        let candidate = Candidate { product, serial: &unit.serial, unit: known, ver: unit.believed, reserved: None, confirmed: unit.confirmed };
        check_unit(candidate, policy, vantage)?;
        if known.is_none() && policy != SerialPolicy::Off {
            check_namesake(slice, line, unit, seen)?;
        }
    }
    goods.iter().try_for_each(|part| check_count(slice, line, part))
}

/// A unit that is first seen leaving must not bear the serial of another SKU's unit, where the shop
/// keeps serials unique across SKUs.
fn check_namesake(slice: &Slice, line: &SaleLine, unit: &SoldUnit, seen: &BTreeSet<(Sku, Serial)>) -> Result<(), Refusal> {
    if slice.settings().serial_scope == SerialScope::Sku {
        return Ok(());
    }
    let serial = || unit.serial.as_str().to_owned();
    if let Some(other) = slice.other_namesake(&unit.sku, &unit.serial) {
        return Err(Refusal::WrongSku { serial: serial(), belongs_to: slice.name_of(other), wanted: line.name.clone() });
    }
    if seen.iter().any(|(sku, other)| *other == unit.serial && *sku != unit.sku) {
        return Err(Refusal::DuplicateInSale { serial: serial() });
    }
    Ok(())
}

fn check_count(slice: &Slice, line: &SaleLine, part: &Part) -> Result<(), Refusal> {
    let product = slice.product(&part.sku).ok_or_else(|| Refusal::UnknownSku { sku: part.sku.clone() })?;
    if product.is_combination() && !line.parts.is_empty() {
        return Err(Refusal::CombinationHasNoSerial { name: product.name.clone() });
    }
    let have = line.units.iter().filter(|unit| unit.sku == part.sku).count();
    let have = u32::try_from(have).unwrap_or(u32::MAX);
    if have > part.quantity {
        return Err(Refusal::SerialsTooMany { name: product.name.clone(), wanted: part.quantity });
    }
    if have < part.quantity && serials_required(&slice.settings(), product.policy) {
        return Err(Refusal::SerialsMissing { name: product.name.clone(), have, wanted: part.quantity });
    }
    Ok(())
}

/// Takes one unit out. A unit that another document took out before becomes disputed. One that is
/// not in the books is written as seen leaving, whatever the policy: an author has been refused by
/// now, and what a witness is told of has left the shop and been paid, so it must stay in the books.
fn take_out(slice: &mut Slice, op: &Op, sale: &Sale, sold: &SoldUnit) -> Option<Conflict> {
    let policy = slice.product(&sold.sku).map_or(SerialPolicy::AtStockOut, |p| slice.settings().effective(p.policy));
    let left = DocumentRef { terminal: Some(op.device.clone()), believed: sold.believed, base: op.base.known_pos(), ..op.document_ref(&sale.number) };
    let Some(mut unit) = slice.unit(&sold.sku, &sold.serial).cloned() else {
        slice.put(Row::Unit(unit_seen_leaving(op, &sold.sku, &sold.serial, &sale.warehouse, left)));
        return None;
    };
    let conflict = double_use(&unit, &left).filter(|_| policy != SerialPolicy::Off);
    match &conflict {
        // Folded in before: what became of it since stands.
        Some(_) if slice.conflict(op.id, &sold.sku, &sold.serial).is_some() => {}
        Some(conflict) => {
            unit.disputes = unit.disputes.saturating_add(1);
            slice.put(Row::Conflict(conflict.clone()));
        }
        None => {
            unit.status = UnitStatus::StockedOut;
            unit.warehouse = sale.warehouse.clone();
            unit.left = Some(left);
        }
    }
    slice.put(Row::Unit(unit));
    conflict
}

fn double_use(unit: &Unit, second: &DocumentRef) -> Option<Conflict> {
    let first = unit.left.as_ref().filter(|left| unit.status == UnitStatus::StockedOut && left.op != second.op)?;
    Some(Conflict { sku: unit.sku.clone(), serial: unit.serial.clone(), first: first.clone(), second: second.clone(), resolved: None })
}

/// A unit that comes into the books by leaving.
pub(crate) fn unit_seen_leaving(op: &Op, sku: &Sku, serial: &Serial, warehouse: &WarehouseId, left: DocumentRef) -> Unit {
    Unit {
        sku: sku.clone(),
        serial: serial.clone(),
        status: UnitStatus::StockedOut,
        condition: Condition::Good,
        warehouse: warehouse.clone(),
        notes: String::new(),
        created_at_ms: op.at.wall_ms,
        came: None,
        left: Some(left),
        disputes: 0,
    }
}

struct Totals {
    gross: Money,
    discounts: Money,
    total: Money,
    cash: Money,
    card: Money,
    wallet: Money,
}

impl Totals {
    fn of(sale: &Sale) -> Result<Totals, Refusal> {
        let add = |sum: Money, amount: Money| sum.plus(amount).ok_or(Refusal::AmountOverflow);
        let mut totals = Totals { gross: Money::ZERO, discounts: Money::ZERO, total: Money::ZERO, cash: Money::ZERO, card: Money::ZERO, wallet: Money::ZERO };
        for line in &sale.lines {
            totals.total = add(totals.total, line.total()?)?;
            totals.discounts = add(totals.discounts, line.discount)?;
        }
        totals.gross = add(totals.total, totals.discounts)?;
        totals.cash = taken_by(PaymentMethod::Cash, &sale.payments)?.minus(sale.change).ok_or(Refusal::AmountOverflow)?;
        totals.card = taken_by(PaymentMethod::Card, &sale.payments)?;
        totals.wallet = taken_by(PaymentMethod::Wallet, &sale.payments)?;
        Ok(totals)
    }
}

/// Books the sale on the till: its open shift and its receipt counter. Sums saturate; a shift of
/// more than a million million is reported as such, not wrapped.
fn book(slice: &mut Slice, op: &Op, sale: &Sale, totals: &Totals) {
    let mut till = slice.till(&op.device);
    till.receipts = till.receipts.saturating_add(1);
    if let Some(shift) = &mut till.open {
        let sums = &mut shift.totals;
        let add = |sum: &mut Money, amount: Money| sum.0 = sum.0.saturating_add(amount.0);
        sums.sales = sums.sales.saturating_add(1);
        sums.units = sums.units.saturating_add(u32::try_from(sale.units().count()).unwrap_or(u32::MAX));
        add(&mut sums.gross, totals.gross);
        add(&mut sums.discounts, totals.discounts);
        add(&mut sums.cash, totals.cash);
        add(&mut sums.card, totals.card);
        add(&mut sums.wallet, totals.wallet);
        sums.first_receipt.get_or_insert_with(|| sale.number.clone());
        sums.last_receipt = Some(sale.number.clone());
    }
    slice.put(Row::Till(till));
}
