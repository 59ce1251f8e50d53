//! What the hub changes under a sale that is being made: told on the line at once, and decided there
//! by a person before the sale goes on to payment.

use super::editor::Editor;
use super::{App, Effect, PageState};
use crate::notice::Notice;
use crate::view::{FlashKind, FlashWhat};
use crate::writer::{Command, ProductFacts};
use ledger::cart::Change;
use ledger::id::Sku;
use ledger::refusal::Refusal;
use std::collections::BTreeMap;

impl App {
    /// Asks what the catalogue says of everything in the cart.
    pub(super) fn look_up_cart(&self) -> Vec<Effect> {
        if self.cart.is_empty() {
            return Vec::new();
        }
        let skus = self.cart.lines.iter().map(|line| line.sku.clone()).collect();
        vec![Effect::Write(Command::LookUp { skus })]
    }

    pub(super) fn looked_up(&mut self, found: BTreeMap<Sku, Option<ProductFacts>>) -> Vec<Effect> {
        let before = self.changed_lines();
        self.catalogue = found;
        let effects = self.follow_policies();
        let news = self.changed_lines().into_iter().find(|line| !before.contains(line));
        if let Some((line, change)) = news.filter(|_| self.operator.is_some() && !self.busy) {
            self.tell_change(line, change);
        }
        effects
    }

    /// A product that was just looked at for the cart.
    pub(super) fn note_product(&mut self, facts: &ProductFacts) {
        self.catalogue.insert(facts.product.sku.clone(), Some(facts.clone()));
    }

    /// What keeps a line from being settled; none as long as nothing else was heard.
    pub(super) fn change_of(&self, line: usize) -> Option<Change> {
        let heard = self.catalogue.get(&self.cart.lines.get(line)?.sku)?;
        self.cart.change_of(line, heard.as_ref().map(|facts| &facts.product))
    }

    /// The first line that somebody must decide on.
    pub(super) fn first_change(&self) -> Option<(usize, Change)> {
        self.changed_lines().into_iter().next()
    }

    /// Leads to the line that must be decided on.
    pub(super) fn refuse_change(&mut self, line: usize, change: Change) -> Vec<Effect> {
        self.selected = Some(line);
        self.fail(self.change_notice(line, change))
    }

    fn change_notice(&self, line: usize, change: Change) -> Notice {
        let name = self.line_name(line);
        Notice::Refused(match change {
            Change::NotSold => Refusal::ProductInactive { name },
            Change::Parts | Change::Price { .. } => Refusal::PriceDiffers { name },
        })
    }

    fn line_name(&self, line: usize) -> String {
        self.cart.lines.get(line).map(|line| line.name.clone()).unwrap_or_default()
    }

    pub(super) fn take_change(&mut self, line: usize) -> Vec<Effect> {
        let Some(facts) = self.heard_of(line).filter(|_| self.change_of(line).is_some()) else { return Vec::new() };
        let settings = self.settings.clone();
        let effects = self.change(|cart| cart.renew(line, &facts.product, &facts.parts, &settings));
        if self.refusal.is_none() {
            self.selected = Some(line);
            self.prompt_if_wanted(line);
        }
        effects
    }

    /// The old price is a changed one by now, so it takes the right to change prices.
    pub(super) fn keep_price(&mut self, line: usize) -> Vec<Effect> {
        match self.change_of(line) {
            Some(Change::Price { .. }) => self.edit_with_right(Editor::kept_price(line)),
            _ => Vec::new(),
        }
    }

    /// What the catalogue has of a line's product.
    pub(super) fn heard_of(&self, line: usize) -> Option<ProductFacts> {
        self.catalogue.get(&self.cart.lines.get(line)?.sku)?.clone()
    }

    fn changed_lines(&self) -> Vec<(usize, Change)> {
        (0..self.cart.lines.len()).filter_map(|line| Some((line, self.change_of(line)?))).collect()
    }

    /// On the payment page the amount due may be another now, so it is left for the sale.
    fn tell_change(&mut self, line: usize, change: Change) {
        if self.page == PageState::Payment {
            self.leave_payment();
            self.selected = Some(line);
            self.tell(self.change_notice(line, change));
        } else if self.refusal.is_none() {
            self.flash(FlashKind::Warn, FlashWhat::ProductChanged, self.line_name(line));
        }
    }

    fn follow_policies(&mut self) -> Vec<Effect> {
        let mut followed = false;
        for line in 0..self.cart.lines.len() {
            if let Some(facts) = self.heard_of(line) {
                followed |= self.cart.follow_policies(line, &facts.product, &facts.parts, &self.settings);
            }
        }
        self.asked_for_serials &= !followed;
        if followed { self.keep_cart() } else { Vec::new() }
    }
}
