//! A person at a till: chooses what to do, does it through the store as the screens do, and after a
//! crash goes on with what the screen then shows.

use crate::dice::Dice;
use crate::shop::{CABLE, CASE, CASHIER, PHONE, SUPERVISOR, person, phone, serial, sku, warehouse};
use engine::fault::Fault;
use engine::terminal::{DocumentKind, Submitted, TerminalStore};
use ledger::cart::{Candidate, Cart, Vantage};
use ledger::id::OpId;
use ledger::money::Money;
use ledger::op::{Body, Stamp};
use ledger::payment::{Payment, PaymentMethod};
use ledger::row::{Condition, Product};
use ledger::serial::Serial;
use ledger::shift::{ShiftClose, ShiftOpen};
use ledger::stock_in::{StockIn, StockInLine};
use ledger::unit_edit::UnitEdit;
use uuid::Uuid;

/// Serials that more than one till may register: whoever is second is told by the hub.
const COMMON_SERIALS: u64 = 8;

/// What somebody wants to be booked.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent {
    /// A sale, kept as the draft on the screen until it is settled.
    Sale(Cart),
    Other {
        op: OpId,
        body: Body,
    },
}

impl Intent {
    pub fn op(&self) -> OpId {
        match self {
            Intent::Sale(cart) => cart.op,
            Intent::Other { op, .. } => *op,
        }
    }
}

pub struct Cashier {
    dice: Dice,
    /// Tells the serials of one till from another's.
    mark: String,
    /// Phones that were in the shop from the beginning.
    phones: usize,
    arrived: Vec<String>,
    count: u64,
}

impl Cashier {
    pub fn new(dice: Dice, mark: &str, phones: usize) -> Cashier {
        Cashier { dice, mark: mark.into(), phones, arrived: Vec::new(), count: 0 }
    }

    /// What happens next at this till; none if a rule said no before anything was confirmed.
    pub fn choose(&mut self, store: &mut TerminalStore) -> Result<Option<Intent>, Fault> {
        if store.till()?.open.is_none() {
            let number = store.next_number(DocumentKind::Shift)?;
            return Ok(Some(self.other(Body::ShiftOpen(ShiftOpen { number, opening_float: Money(10_000) }))));
        }
        match self.dice.below(20) {
            0 => Ok(Some(self.other(Body::ShiftClose(ShiftClose { cash_counted: Money(10_000) })))),
            1..=2 => self.stock_in(store).map(Some),
            3 => Ok(Some(self.edit())),
            4..=5 => self.sale(store, CASE, None),
            6..=7 => self.cable(store),
            _ => self.phone(store),
        }
    }

    /// Confirms it: the draft is kept first, as the screen does.
    pub fn confirm(store: &mut TerminalStore, intent: &Intent, stamp: Stamp) -> Result<Submitted, Fault> {
        match intent {
            Intent::Sale(cart) => {
                store.draft_save(cart)?;
                store.settle(cart, &person(CASHIER), stamp)
            }
            Intent::Other { op, body } => store.submit(*op, &person(SUPERVISOR), None, body.clone(), stamp),
        }
    }

    /// Whether a rule lets the unit into a sale.
    pub fn would_sell(store: &mut TerminalStore, product: &str, unit: &str) -> Result<bool, Fault> {
        let Some(product) = store.product(&sku(product))? else { return Ok(false) };
        let mut cart = Cart::new(OpId(Uuid::nil()));
        let Ok(line) = cart.add(&product, &[], &store.settings()?) else { return Ok(false) };
        take(store, &mut cart, line, &product, &serial(unit))
    }

    fn phone(&mut self, store: &mut TerminalStore) -> Result<Option<Intent>, Fault> {
        let number = self.dice.index(self.phones + self.arrived.len());
        let name = self.arrived.get(number.wrapping_sub(self.phones)).cloned().unwrap_or_else(|| phone(number));
        self.sale(store, PHONE, Some(serial(&name)))
    }

    fn cable(&mut self, store: &mut TerminalStore) -> Result<Option<Intent>, Fault> {
        let name = format!("C{}", self.dice.below(COMMON_SERIALS * 2));
        let noted = self.dice.percent(60).then(|| serial(&name));
        self.sale(store, CABLE, noted)
    }

    fn sale(&mut self, store: &mut TerminalStore, product: &str, serial: Option<Serial>) -> Result<Option<Intent>, Fault> {
        let Some(product) = store.product(&sku(product))? else { return Ok(None) };
        let mut cart = Cart::new(self.name());
        let Ok(line) = cart.add(&product, &[], &store.settings()?) else { return Ok(None) };
        if let Some(serial) = serial
            && !take(store, &mut cart, line, &product, &serial)?
        {
            return Ok(None);
        }
        let over = Money(self.dice.between(0, 2) * 1_000);
        let Ok(due) = cart.total() else { return Ok(None) };
        cart.payments = vec![Payment { method: PaymentMethod::Cash, amount: Money(due.0 + over.0), reference: String::new() }];
        Ok(Some(Intent::Sale(cart)))
    }

    fn stock_in(&mut self, store: &mut TerminalStore) -> Result<Intent, Fault> {
        self.count += 1;
        let common = self.dice.percent(30);
        let name = if common { format!("X{}", self.dice.below(COMMON_SERIALS)) } else { format!("{}-{}", self.mark, self.count) };
        let line = StockInLine { sku: sku(PHONE), quantity: 1, condition: Condition::Good, serials: vec![serial(&name)] };
        self.arrived.push(name);
        let number = store.next_number(DocumentKind::StockIn)?;
        Ok(self.other(Body::StockIn(StockIn { number, warehouse: warehouse(), lines: vec![line] })))
    }

    fn edit(&mut self) -> Intent {
        let name = phone(self.dice.index(self.phones));
        self.count += 1;
        let condition = self.dice.percent(30).then(|| if self.dice.percent(30) { Condition::Defective } else { Condition::Good });
        let notes = Some(format!("note {} {}", self.mark, self.count));
        self.other(Body::UnitEdit(UnitEdit { sku: sku(PHONE), serial: serial(&name), condition, notes, reason: "seen".into() }))
    }

    fn other(&mut self, body: Body) -> Intent {
        Intent::Other { op: self.name(), body }
    }

    fn name(&mut self) -> OpId {
        let mut random = [0; 16];
        self.dice.fill(&mut random);
        OpId(Uuid::from_bytes(random))
    }
}

/// Puts a unit on the line as a scan does; false if a rule says no.
fn take(store: &mut TerminalStore, cart: &mut Cart, line: usize, product: &Product, serial: &Serial) -> Result<bool, Fault> {
    let found = store.unit(&product.sku, serial)?;
    let (unit, ver) = found.map_or((None, None), |(unit, ver)| (Some(unit), ver));
    let (settings, warehouse) = (store.settings()?, warehouse());
    let vantage = Vantage { settings: &settings, warehouse: &warehouse, age_ms: None };
    let candidate = Candidate { product, serial, unit: unit.as_ref(), ver, reserved: None, confirmed: false };
    Ok(cart.take_unit(line, candidate, vantage).is_ok())
}
