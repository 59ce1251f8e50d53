//! Payment: parts by cash, card and wallet until nothing is left, then one settle.

use super::{App, Effect, LayerState, PageState, amount};
use crate::message::PaymentMethod;
use crate::writer::{Command, Settled};
use ledger::money::Money;
use ledger::payment::Payment;
use ledger::refusal::Refusal;

#[derive(Debug, Clone, Default)]
pub(crate) struct PaymentState {
    pub method: PaymentMethod,
    pub reference: String,
}

impl App {
    pub(super) fn begin_payment(&mut self) -> Vec<Effect> {
        self.payment = PaymentState::default();
        self.entry.clear();
        self.page = PageState::Payment;
        self.flash = None;
        Vec::new()
    }

    /// Back to the sale. What was taken stays taken: a card that was charged is not forgotten. It
    /// stands on the payment page again, and is dropped there by hand if the money was given back.
    pub(super) fn leave_payment(&mut self) -> Vec<Effect> {
        if self.busy {
            return Vec::new();
        }
        self.page = PageState::Sale;
        self.entry.clear();
        Vec::new()
    }

    pub(super) fn pick_method(&mut self, method: PaymentMethod) -> Vec<Effect> {
        self.payment = PaymentState { method, reference: String::new() };
        Vec::new()
    }

    pub(super) fn reference_text(&mut self, text: String) -> Vec<Effect> {
        self.payment.reference = text;
        Vec::new()
    }

    pub(super) fn quick_amount(&mut self, index: usize) -> Vec<Effect> {
        let left = self.cart.left_to_pay().unwrap_or_default();
        match amount::quick_amounts(left, self.settings.decimals).get(index) {
            Some(amount) if self.page == PageState::Payment && left > Money::ZERO => self.take_payment(*amount),
            _ => Vec::new(),
        }
    }

    /// Takes the amount typed, or all that is left.
    pub(super) fn add_payment(&mut self) -> Vec<Effect> {
        if self.page != PageState::Payment || self.busy {
            return Vec::new();
        }
        let left = self.cart.left_to_pay().unwrap_or_default();
        if left == Money::ZERO && !self.cart.payments.is_empty() {
            return self.settle();
        }
        match self.entered_amount(left) {
            Some(amount) => self.take_payment(amount),
            None => self.bad_amount(),
        }
    }

    fn take_payment(&mut self, amount: Money) -> Vec<Effect> {
        let left = self.cart.left_to_pay().unwrap_or_default();
        let payment = Payment { method: self.payment.method, amount, reference: self.payment.reference.trim().to_owned() };
        if payment.method != PaymentMethod::Cash && amount > left {
            return self.refuse(Refusal::PaymentTooMuch { over: Money(amount.0 - left.0) });
        }
        let mut trial = self.cart.payments.clone();
        trial.push(payment);
        match ledger::payment::change(self.cart.total().unwrap_or_default(), &trial) {
            Ok(_) | Err(Refusal::PaymentShort { .. }) => {}
            Err(refusal) => return self.refuse(refusal),
        }
        self.cart.payments = trial;
        self.payment = PaymentState::default();
        self.entry.clear();
        self.keep_cart()
    }

    pub(super) fn drop_payment(&mut self, index: usize) -> Vec<Effect> {
        if self.page != PageState::Payment || self.busy || index >= self.cart.payments.len() {
            return Vec::new();
        }
        self.cart.payments.remove(index);
        self.keep_cart()
    }

    /// Settles once: a second tap finds the page busy, and the op id makes a third one harmless.
    pub(super) fn settle(&mut self) -> Vec<Effect> {
        if self.page != PageState::Payment || self.busy {
            return Vec::new();
        }
        if let Err(refusal) = self.cart.change() {
            return self.refuse(refusal);
        }
        self.busy = true;
        vec![Effect::Write(Command::Settle { cart: self.cart.clone(), actor: self.actor() })]
    }

    /// The answer to a settle. One for another sale than the one on the screen came late and says
    /// nothing new.
    pub(super) fn settled(&mut self, settled: Settled) -> Vec<Effect> {
        if settled.op.id != self.cart.op {
            return Vec::new();
        }
        self.busy = false;
        self.new_cart();
        self.layer = LayerState::None;
        self.entry.clear();
        self.till = Some(settled.till.clone());
        self.page = PageState::Receipt;
        self.flash = None;
        self.show_receipt(settled, false);
        let mut effects = vec![Effect::Hurry, Effect::Write(Command::LookAtOutbox)];
        if self.facts.has_printer {
            effects.extend(self.print_receipt());
        }
        effects
    }
}
