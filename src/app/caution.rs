//! Questions about a unit that the cashier may answer with yes: it is known to be elsewhere, it
//! lies in another cart, or nothing was heard of it for long. What was asked for is done again after a yes, and only then.

use super::{App, Effect, LayerState};
use crate::view::{FlashKind, FlashWhat};
use crate::writer::UnitFacts;
use ledger::cart::{Candidate, Vantage};
use ledger::refusal::Refusal;
use ledger::row::{Product, Settings};
use ledger::serial::Serial;

/// What is asked, and what a yes leads to.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub refusal: Refusal,
    then: Then,
}

/// What was being done when the question came up.
#[derive(Debug, Clone)]
pub(super) enum Then {
    /// A unit was to go on this line.
    Take { line: usize, product: Box<Product>, facts: Option<Box<UnitFacts>> },
    /// A serial was scanned with no line for it.
    First(Box<UnitFacts>),
    /// The sale was to be settled: knowledge grows old between scan and payment.
    Settle,
}

impl App {
    /// What the rules are to know of this till when they judge a unit.
    pub(super) fn vantage<'a>(&self, settings: &'a Settings, warehouse: &'a ledger::id::WarehouseId) -> Vantage<'a> {
        let age_ms = self.status.outbox.known_at_ms.map(|at_ms| u64::try_from(self.now_ms.saturating_sub(at_ms)).unwrap_or(0));
        Vantage { settings, warehouse, age_ms }
    }

    pub(super) fn candidate<'a>(&self, product: &'a Product, serial: &'a Serial, facts: Option<&'a UnitFacts>) -> Candidate<'a> {
        let confirmed = self.confirmed.as_ref() == Some(serial);
        let reserved = facts.and_then(|facts| facts.reserved.as_ref());
        Candidate { product, serial, unit: facts.map(|facts| &facts.unit), ver: facts.and_then(|facts| facts.ver), reserved, confirmed }
    }

    /// Refuses, or asks where the cashier may say yes.
    pub(super) fn refuse_or_ask(&mut self, refusal: Refusal, then: Then) -> Vec<Effect> {
        if refusal.question().is_none() {
            return self.refuse(refusal);
        }
        let serial = refusal.question().unwrap_or_default().to_owned();
        self.layer = LayerState::Caution(Question { refusal, then });
        self.flash(FlashKind::Warn, FlashWhat::Question, serial);
        Vec::new()
    }

    /// The store has a question about a sale that was to be settled.
    pub(super) fn ask_at_settling(&mut self, refusal: Refusal) -> Vec<Effect> {
        self.busy = false;
        self.refuse_or_ask(refusal, Then::Settle)
    }

    pub(super) fn answer_caution(&mut self, yes: bool) -> Vec<Effect> {
        let LayerState::Caution(Question { refusal, then }) = self.layer.clone() else { return Vec::new() };
        self.layer = LayerState::None;
        let serial = refusal.question().and_then(|text| Serial::parse(text).ok());
        let Some(serial) = serial.filter(|_| yes) else { return self.leave_caution(&then) };
        self.confirmed = Some(serial.clone());
        let effects = match then {
            Then::Take { line, product, facts } => self.take_serial(line, &product, &serial, facts.as_deref()),
            Then::First(facts) => self.serial_first(serial.as_str(), &facts),
            Then::Settle => {
                self.cart.confirm_unit(&serial);
                let mut effects = self.keep_cart();
                effects.extend(self.settle());
                effects
            }
        };
        self.confirmed = None;
        effects
    }

    /// After a no the serial is asked for once more; a sale that is being paid stays where it is.
    fn leave_caution(&mut self, then: &Then) -> Vec<Effect> {
        if let Then::Take { line, .. } = then {
            self.prompt_if_wanted(*line);
        }
        Vec::new()
    }
}
