//! The serial prompt: it opens by itself, takes scans and typing, closes at the last serial.

use super::{App, Effect, LayerState};
use crate::message::Intent;
use crate::view::{FlashKind, FlashWhat};
use crate::writer::{Command, Resolved, UnitFacts};
use ledger::cart::{Candidate, Need};
use ledger::id::Sku;
use ledger::refusal::Refusal;
use ledger::row::Product;
use ledger::serial::Serial;

impl App {
    pub(super) fn serial_intent(&mut self, intent: Intent) -> Vec<Effect> {
        match intent {
            Intent::OpenSerials(line) => {
                if self.is_tracked(line) {
                    self.layer = LayerState::Serials { line, entry: String::new() };
                    self.selected = Some(line);
                }
                Vec::new()
            }
            Intent::SerialText(text) => {
                if let LayerState::Serials { entry, .. } = &mut self.layer {
                    *entry = text;
                }
                Vec::new()
            }
            Intent::SubmitSerial => self.submit_serial(),
            Intent::DropSerial(index) => self.drop_serial(index),
            Intent::SkipSerials => {
                self.layer = LayerState::None;
                Vec::new()
            }
            Intent::AnswerAskSerials(yes) => self.answer_ask_serials(yes),
            Intent::Choose(index) => self.choose(index),
            _ => Vec::new(),
        }
    }

    /// A typed serial goes the way of a scanned one.
    fn submit_serial(&mut self) -> Vec<Effect> {
        let LayerState::Serials { entry, .. } = &self.layer else { return Vec::new() };
        let text = entry.clone();
        match Serial::parse(&text) {
            Ok(_) => vec![Effect::Write(Command::Resolve { text })],
            Err(refusal) => self.refuse(refusal),
        }
    }

    fn drop_serial(&mut self, index: usize) -> Vec<Effect> {
        let LayerState::Serials { line, .. } = self.layer else { return Vec::new() };
        self.change(|cart| {
            cart.drop_unit(line, index);
            Ok(())
        })
    }

    fn answer_ask_serials(&mut self, yes: bool) -> Vec<Effect> {
        if !matches!(self.layer, LayerState::AskSerials) {
            return Vec::new();
        }
        self.layer = LayerState::None;
        let first = self.cart.missing().first().map(|need| need.line);
        match first.filter(|_| yes) {
            Some(line) => {
                self.layer = LayerState::Serials { line, entry: String::new() };
                Vec::new()
            }
            None => {
                self.asked_for_serials = true;
                self.begin_payment()
            }
        }
    }

    /// What the open prompt wants: the incomplete need of its line, else the last one.
    pub(super) fn prompted_need(&self, line: usize) -> Option<Need> {
        let needs: Vec<Need> = self.cart.needs().into_iter().filter(|need| need.line == line).collect();
        needs.iter().find(|need| need.missing() > 0).or(needs.last()).cloned()
    }

    /// A code while the prompt is open.
    pub(super) fn serial_scanned(&mut self, line: usize, resolved: &Resolved) -> Vec<Effect> {
        let needs: Vec<Need> = self.cart.needs().into_iter().filter(|need| need.line == line).collect();
        let Some(need) = self.prompted_need(line) else { return Vec::new() };
        let serial = match Serial::parse(&resolved.text) {
            Ok(serial) => serial,
            Err(refusal) => return self.refuse(self.product_instead(resolved, &need).unwrap_or(refusal)),
        };
        let wanted_unit = |facts: &&UnitFacts| needs.iter().any(|need| need.sku == facts.unit.sku);
        if let Some(facts) = resolved.units.iter().find(wanted_unit) {
            return self.take_serial(line, &facts.product, &serial, Some(facts));
        }
        if let Some(refusal) = self.product_instead(resolved, &need) {
            return self.refuse(refusal);
        }
        if let Some(facts) = resolved.units.first() {
            let belongs_to = facts.product.name.clone();
            return self.refuse(Refusal::WrongSku { serial: serial.as_str().into(), belongs_to, wanted: need.name });
        }
        let product = self.product_for(&need.sku, line);
        self.take_serial(line, &product, &serial, None)
    }

    fn product_instead(&self, resolved: &Resolved, need: &Need) -> Option<Refusal> {
        let scanned = resolved.products.first()?.product.name.clone();
        Some(Refusal::SerialExpected { scanned, wanted: need.name.clone() })
    }

    /// What the cart knows of the product: enough for the rule of a unit never seen.
    fn product_for(&self, sku: &Sku, line: usize) -> Product {
        let goods = self.cart.lines.get(line).and_then(|l| l.goods.iter().find(|g| g.sku == *sku));
        Product {
            sku: sku.clone(),
            name: goods.map(|g| g.name.clone()).unwrap_or_default(),
            codes: Vec::new(),
            price: ledger::money::Money::ZERO,
            policy: goods.map(|g| g.policy).unwrap_or_default(),
            parts: Vec::new(),
            category: String::new(),
            active: true,
        }
    }

    /// Puts a unit on a line and moves on to the next serial wanted there.
    pub(super) fn take_serial(&mut self, line: usize, product: &Product, serial: &Serial, facts: Option<&UnitFacts>) -> Vec<Effect> {
        let warehouse = self.warehouse();
        let candidate = Candidate { product, serial, unit: facts.map(|f| &f.unit), ver: facts.and_then(|f| f.ver) };
        let effects = self.change(|cart| cart.take_unit(line, candidate, &warehouse));
        if self.refusal.is_some() {
            return effects;
        }
        self.selected = Some(line);
        self.flash(FlashKind::Ok, FlashWhat::SerialTaken, serial.as_str());
        self.layer = LayerState::None;
        self.prompt_if_wanted(line);
        effects
    }

    /// One serial, several products: the cashier says which.
    fn choose(&mut self, index: usize) -> Vec<Effect> {
        let LayerState::Chooser { text, units } = &self.layer else { return Vec::new() };
        let Some(facts) = units.get(index).cloned() else { return Vec::new() };
        let text = text.clone();
        self.layer = LayerState::None;
        self.serial_first(&text, &facts)
    }
}
