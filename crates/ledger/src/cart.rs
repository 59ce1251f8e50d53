//! The sale being made: a draft, not an op. It is plain data that the terminal keeps durably at
//! every change, so that a crash in the middle of a sale loses nothing. It carries the id of the op
//! it will become: settling it twice is settling it once.

mod change;

pub use change::Change;

use crate::id::{DocumentNumber, OpId, OperatorId, Sku, WarehouseId};
use crate::money::Money;
use crate::payment::{Payment, change};
use crate::refusal::Refusal;
use crate::row::{Part, Product, SerialPolicy, Settings};
use crate::sale::{LINES_MAX, Sale, SaleLine, SoldUnit, check_price, check_quantity, line_total, serials_required};
use crate::serial::Serial;
use crate::unit_check::check_unit;
pub use crate::unit_check::{Candidate, Vantage};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    pub op: OpId,
    pub lines: Vec<CartLine>,
    #[serde(default)]
    pub payments: Vec<Payment>,
    /// Who confirmed a price or discount that the cashier may not give alone.
    #[serde(default)]
    pub approved_by: Option<OperatorId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartLine {
    pub sku: Sku,
    pub name: String,
    pub quantity: u32,
    pub price: Money,
    pub list_price: Money,
    pub discount: Money,
    /// What bears serials on this line: the product itself, or the parts of a combination.
    pub goods: Vec<Goods>,
    pub combination: bool,
    pub units: Vec<SoldUnit>,
}

/// One kind of goods on a line, with the rule for its serials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goods {
    pub sku: Sku,
    pub name: String,
    /// In one piece of the line.
    pub per_piece: u32,
    /// Under the shop's global switch.
    pub policy: SerialPolicy,
    pub required: bool,
}

/// Serials that a line still wants or may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    pub line: usize,
    pub sku: Sku,
    pub name: String,
    pub wanted: u32,
    pub have: u32,
    pub required: bool,
    /// Whether any rule asks for them. If not they are taken for reference, when somebody likes to.
    pub tracked: bool,
}

impl Need {
    pub fn missing(&self) -> u32 {
        self.wanted.saturating_sub(self.have)
    }
}

impl Cart {
    pub fn new(op: OpId) -> Self {
        Self { op, lines: Vec::new(), payments: Vec::new(), approved_by: None }
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Adds one piece of `product` and answers its line. `parts` are the products that a
    /// combination stands for. A line at the catalogue's own price takes the piece up.
    pub fn add(&mut self, product: &Product, parts: &[Product], settings: &Settings) -> Result<usize, Refusal> {
        check_product(product)?;
        if let Some(index) = self.lines.iter().position(|line| line.sku == product.sku && line.is_plain(product)) {
            let quantity = self.lines[index].quantity.saturating_add(1);
            self.set_quantity(index, quantity)?;
            return Ok(index);
        }
        if self.lines.len() >= LINES_MAX as usize {
            return Err(Refusal::TooManyLines { max: LINES_MAX });
        }
        self.total()?.plus(product.price).ok_or(Refusal::AmountOverflow)?;
        self.lines.push(CartLine::new(product, parts, settings)?);
        Ok(self.lines.len() - 1)
    }

    /// Sets how many pieces; serials beyond it are dropped, the last first.
    pub fn set_quantity(&mut self, line: usize, quantity: u32) -> Result<(), Refusal> {
        check_quantity(quantity)?;
        self.change_line(line, |line| {
            line.quantity = quantity;
            line.drop_surplus();
        })
    }

    /// Sets the price of one piece.
    pub fn set_price(&mut self, line: usize, price: Money) -> Result<(), Refusal> {
        check_price(price)?;
        self.change_line(line, |line| line.price = price)
    }

    /// Sets what is taken off the whole line.
    pub fn set_discount(&mut self, line: usize, discount: Money) -> Result<(), Refusal> {
        self.change_line(line, |line| line.discount = discount)
    }

    pub fn remove(&mut self, line: usize) {
        if line < self.lines.len() {
            self.lines.remove(line);
        }
    }

    /// Puts a unit on a line, if every rule known here allows it.
    pub fn take_unit(&mut self, line: usize, candidate: Candidate<'_>, vantage: Vantage<'_>) -> Result<(), Refusal> {
        let serial = candidate.serial;
        let Some(target) = self.lines.get(line) else { return Err(Refusal::EmptySale) };
        if candidate.product.is_combination() {
            return Err(Refusal::CombinationHasNoSerial { name: candidate.product.name.clone() });
        }
        let Some(goods) = target.goods.iter().find(|goods| goods.sku == candidate.product.sku) else {
            return Err(Refusal::WrongSku { serial: serial.as_str().into(), belongs_to: candidate.product.name.clone(), wanted: target.name.clone() });
        };
        if self.holds(&goods.sku, serial) {
            return Err(Refusal::DuplicateInSale { serial: serial.as_str().into() });
        }
        check_unit(candidate, goods.policy, vantage)?;
        let wanted = target.wanted(goods);
        if target.have(&goods.sku) >= wanted {
            return Err(Refusal::SerialsTooMany { name: goods.name.clone(), wanted });
        }
        let unit = SoldUnit { sku: goods.sku.clone(), serial: serial.clone(), believed: candidate.ver, confirmed: candidate.confirmed };
        self.lines[line].units.push(unit);
        Ok(())
    }

    /// States that the cashier said yes to what was asked about a unit.
    pub fn confirm_unit(&mut self, serial: &Serial) {
        let units = self.lines.iter_mut().flat_map(|line| &mut line.units);
        units.filter(|unit| unit.serial == *serial).for_each(|unit| unit.confirmed = true);
    }

    pub fn drop_unit(&mut self, line: usize, index: usize) {
        if let Some(target) = self.lines.get_mut(line).filter(|target| index < target.units.len()) {
            target.units.remove(index);
        }
    }

    /// Whether the unit is on any line.
    pub fn holds(&self, sku: &Sku, serial: &Serial) -> bool {
        self.lines.iter().flat_map(|line| &line.units).any(|unit| unit.sku == *sku && unit.serial == *serial)
    }

    /// The first line that still wants a serial of `sku`.
    pub fn line_wanting(&self, sku: &Sku) -> Option<usize> {
        self.needs().into_iter().find(|need| need.sku == *sku && need.missing() > 0).map(|need| need.line)
    }

    /// Every kind of goods that bears serials, complete or not, in line order.
    pub fn needs(&self) -> Vec<Need> {
        (0..self.lines.len()).flat_map(|line| self.places(line)).filter(|need| need.tracked).collect()
    }

    /// Where serials can be put on a line: the goods that are asked for first, then those that take
    /// them for reference.
    pub fn places(&self, line: usize) -> Vec<Need> {
        let Some(found) = self.lines.get(line) else { return Vec::new() };
        let mut places: Vec<Need> = found.goods.iter().map(|goods| found.need(line, goods)).collect();
        places.sort_by_key(|need| !need.tracked);
        places
    }

    /// Those of [`Cart::needs`] that are not complete.
    pub fn missing(&self) -> Vec<Need> {
        self.needs().into_iter().filter(|need| need.missing() > 0).collect()
    }

    pub fn total(&self) -> Result<Money, Refusal> {
        self.lines.iter().try_fold(Money::ZERO, |sum, line| sum.plus(line.total()?).ok_or(Refusal::AmountOverflow))
    }

    pub fn pieces(&self) -> u32 {
        self.lines.iter().fold(0, |sum, line| sum.saturating_add(line.quantity))
    }

    /// What is still to be paid.
    pub fn left_to_pay(&self) -> Result<Money, Refusal> {
        let paid = self.payments.iter().try_fold(Money::ZERO, |sum, p| sum.plus(p.amount)).ok_or(Refusal::AmountOverflow)?;
        Ok(Money((self.total()?.0 - paid.0).max(0)))
    }

    /// The cash to give back, if the payments settle the sale.
    pub fn change(&self) -> Result<Money, Refusal> {
        change(self.total()?, &self.payments)
    }

    /// The sale as it will stand in the op.
    pub fn to_sale(&self, number: DocumentNumber, warehouse: WarehouseId) -> Result<Sale, Refusal> {
        if self.is_empty() {
            return Err(Refusal::EmptySale);
        }
        Ok(Sale {
            number,
            warehouse,
            lines: self.lines.iter().map(CartLine::to_sale_line).collect(),
            payments: self.payments.clone(),
            total: self.total()?,
            change: self.change()?,
        })
    }

    /// Changes a line and keeps the change only if every amount still fits.
    fn change_line(&mut self, line: usize, change: impl FnOnce(&mut CartLine)) -> Result<(), Refusal> {
        let Some(before) = self.lines.get(line).cloned() else { return Ok(()) };
        change(&mut self.lines[line]);
        if let Err(refusal) = self.total() {
            self.lines[line] = before;
            return Err(refusal);
        }
        Ok(())
    }
}

/// Whether a product can be put into a sale.
fn check_product(product: &Product) -> Result<(), Refusal> {
    if !product.active {
        return Err(Refusal::ProductInactive { name: product.name.clone() });
    }
    check_price(product.price)
}

impl CartLine {
    fn new(product: &Product, parts: &[Product], settings: &Settings) -> Result<Self, Refusal> {
        let goods_of = |product: &Product, per_piece| Goods {
            sku: product.sku.clone(),
            name: product.name.clone(),
            per_piece,
            policy: settings.effective(product.policy),
            required: serials_required(settings, product.policy),
        };
        let part = |part: &Part| {
            let found = parts.iter().find(|p| p.sku == part.sku).ok_or_else(|| Refusal::UnknownSku { sku: part.sku.clone() })?;
            if found.is_combination() {
                return Err(Refusal::CombinationHasNoSerial { name: found.name.clone() });
            }
            Ok(goods_of(found, part.quantity))
        };
        let goods = match product.is_combination() {
            true => product.parts.iter().map(part).collect::<Result<_, Refusal>>()?,
            false => vec![goods_of(product, 1)],
        };
        Ok(Self {
            sku: product.sku.clone(),
            name: product.name.clone(),
            quantity: 1,
            price: product.price,
            list_price: product.price,
            discount: Money::ZERO,
            goods,
            combination: product.is_combination(),
            units: Vec::new(),
        })
    }

    fn is_plain(&self, product: &Product) -> bool {
        self.price == product.price && self.list_price == product.price && self.discount == Money::ZERO
    }

    pub fn total(&self) -> Result<Money, Refusal> {
        line_total(self.quantity, self.price, self.discount)
    }

    fn wanted(&self, goods: &Goods) -> u32 {
        goods.per_piece.saturating_mul(self.quantity)
    }

    fn have(&self, sku: &Sku) -> u32 {
        u32::try_from(self.units.iter().filter(|unit| unit.sku == *sku).count()).unwrap_or(u32::MAX)
    }

    fn need(&self, line: usize, goods: &Goods) -> Need {
        Need {
            line,
            sku: goods.sku.clone(),
            name: goods.name.clone(),
            wanted: self.wanted(goods),
            have: self.have(&goods.sku),
            required: goods.required,
            tracked: goods.policy != SerialPolicy::Off,
        }
    }

    /// What one piece of a combination stands for; nothing for any other product.
    fn parts(&self) -> Vec<Part> {
        let parts = self.goods.iter().filter(|_| self.combination);
        parts.map(|goods| Part { sku: goods.sku.clone(), quantity: goods.per_piece }).collect()
    }

    fn drop_surplus(&mut self) {
        for goods in self.goods.clone() {
            while self.have(&goods.sku) > self.wanted(&goods) {
                let last = self.units.iter().rposition(|unit| unit.sku == goods.sku);
                self.units.remove(last.expect("more units than wanted means at least one"));
            }
        }
    }

    fn to_sale_line(&self) -> SaleLine {
        SaleLine {
            sku: self.sku.clone(),
            name: self.name.clone(),
            quantity: self.quantity,
            price: self.price,
            list_price: self.list_price,
            discount: self.discount,
            parts: self.parts(),
            units: self.units.clone(),
        }
    }
}
