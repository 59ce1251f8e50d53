//! Opening a shift with a float, closing it with a count, the Z report.

use super::{AfterHold, App, Effect, LayerState, PageState, amount};
use crate::notice::Notice;
use crate::slip::Slip;
use crate::writer::Command;
use ledger::money::{Money, TOTAL_MAX};
use ledger::row::{ClosedShift, Till};

impl App {
    pub(super) fn open_shift(&mut self) -> Vec<Effect> {
        let Some(opening_float) = self.entered_amount(Money::ZERO) else { return self.bad_amount() };
        if self.page != PageState::OpenShift || self.busy {
            return Vec::new();
        }
        self.busy = true;
        let (op, actor) = (self.fresh_op(), self.actor());
        vec![Effect::Write(Command::OpenShift { op, actor, opening_float })]
    }

    pub(super) fn shift_opened(&mut self, till: Till) -> Vec<Effect> {
        self.busy = false;
        self.till = Some(till);
        self.entry.clear();
        self.page = self.home();
        vec![Effect::Hurry]
    }

    /// A sale that is still open is held, so that it is not lost between two shifts.
    pub(super) fn show_close_shift(&mut self) -> Vec<Effect> {
        if self.operator.is_none() || self.page != PageState::Sale {
            return Vec::new();
        }
        self.layer = LayerState::None;
        if self.cart.is_empty() { self.count_drawer() } else { self.hold(AfterHold::CloseShift) }
    }

    pub(super) fn count_drawer(&mut self) -> Vec<Effect> {
        self.entry.clear();
        self.page = PageState::CloseShift;
        Vec::new()
    }

    pub(super) fn close_shift(&mut self) -> Vec<Effect> {
        if self.entry.is_empty() {
            return self.bad_amount();
        }
        let Some(cash_counted) = self.entered_amount(Money::ZERO) else { return self.bad_amount() };
        if self.page != PageState::CloseShift || self.busy {
            return Vec::new();
        }
        self.busy = true;
        let (op, actor) = (self.fresh_op(), self.actor());
        vec![Effect::Write(Command::CloseShift { op, actor, cash_counted })]
    }

    pub(super) fn shift_closed(&mut self, till: Till, closed: ClosedShift) -> Vec<Effect> {
        self.busy = false;
        self.till = Some(till);
        self.closed = Some(closed);
        self.entry.clear();
        self.page = PageState::ZReport;
        let mut effects = vec![Effect::Hurry];
        if self.facts.has_printer {
            effects.extend(self.print_z_report());
        }
        effects
    }

    pub(super) fn print_z_report(&mut self) -> Vec<Effect> {
        let Some(closed) = &self.closed else { return Vec::new() };
        let operator = self.operator_name(&closed.shift.operator);
        vec![Effect::Print(Slip::z_report(closed, &operator, &self.facts.terminal, self.paper()))]
    }

    /// The amount on the keypad, `empty` if nothing was typed, none if it cannot be an amount.
    pub(super) fn entered_amount(&self, empty: Money) -> Option<Money> {
        if self.entry.is_empty() {
            return Some(empty);
        }
        self.entry.money(self.settings.decimals).filter(|amount| *amount <= TOTAL_MAX)
    }

    pub(super) fn bad_amount(&mut self) -> Vec<Effect> {
        self.fail(Notice::BadAmount { text: self.entry.text().to_owned() })
    }

    pub(super) fn money(&self, amount: Money) -> String {
        amount::show(&self.settings, amount)
    }

    /// Nothing instead of a zero, where a zero says nothing.
    pub(super) fn money_or_nothing(&self, amount: Money) -> String {
        if amount == Money::ZERO { String::new() } else { self.money(amount) }
    }

    pub(super) fn operator_name(&self, id: &ledger::id::OperatorId) -> String {
        self.operators.iter().find(|o| o.id == *id).map_or_else(|| id.to_string(), |o| o.name.clone())
    }
}
