//! The serial prompt: it opens by itself, takes scans and typing, closes at the last serial.

use super::caution::Then;
use super::{App, Effect, LayerState};
use crate::message::Intent;
use crate::view::{FlashKind, FlashWhat};
use crate::writer::{Command, Resolved, UnitFacts};
use ledger::cart::Need;
use ledger::id::Sku;
use ledger::refusal::Refusal;
use ledger::row::Product;
use ledger::serial::Serial;

/// The open prompt.
#[derive(Debug, Clone)]
pub(crate) struct Prompt {
    pub line: usize,
    pub entry: String,
    /// Opened by a person: it takes serials that nobody asks for too.
    by_hand: bool,
}

impl Prompt {
    /// One that opens by itself, for the serials that a rule asks for.
    pub fn asked(line: usize) -> Prompt {
        Prompt { line, entry: String::new(), by_hand: false }
    }
}

impl App {
    pub(super) fn serial_intent(&mut self, intent: Intent) -> Vec<Effect> {
        match intent {
            Intent::OpenSerials(line) => {
                if line < self.cart.lines.len() {
                    self.layer = LayerState::Serials(Prompt { by_hand: true, ..Prompt::asked(line) });
                    self.selected = Some(line);
                }
                Vec::new()
            }
            Intent::SerialText(text) => {
                if let LayerState::Serials(prompt) = &mut self.layer {
                    prompt.entry = text;
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
        let LayerState::Serials(prompt) = &self.layer else { return Vec::new() };
        let text = prompt.entry.clone();
        match Serial::parse(&text) {
            Ok(_) => vec![Effect::Write(Command::Resolve { text })],
            Err(refusal) => self.refuse(refusal),
        }
    }

    fn drop_serial(&mut self, index: usize) -> Vec<Effect> {
        let LayerState::Serials(Prompt { line, .. }) = self.layer else { return Vec::new() };
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
                self.layer = LayerState::Serials(Prompt::asked(line));
                Vec::new()
            }
            None => {
                self.asked_for_serials = true;
                self.begin_payment()
            }
        }
    }

    /// What the open prompt wants: the first of its line's goods that is not complete, else the last.
    pub(super) fn prompted_need(&self, line: usize) -> Option<Need> {
        let places = self.prompted_places(line);
        places.iter().find(|need| need.missing() > 0).or(places.last()).cloned()
    }

    /// The goods that the open prompt takes serials of.
    fn prompted_places(&self, line: usize) -> Vec<Need> {
        let by_hand = matches!(&self.layer, LayerState::Serials(prompt) if prompt.by_hand);
        let places = self.cart.places(line);
        let asked: Vec<Need> = places.iter().filter(|need| need.tracked).cloned().collect();
        // What is asked for comes before what may be added.
        let open = asked.iter().any(|need| need.missing() > 0);
        if by_hand && !open || asked.is_empty() { places } else { asked }
    }

    /// A code while the prompt is open.
    pub(super) fn serial_scanned(&mut self, line: usize, resolved: &Resolved) -> Vec<Effect> {
        let needs = self.prompted_places(line);
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
        let before = self.cart.clone();
        let (settings, warehouse) = (self.settings.clone(), self.warehouse());
        let candidate = self.candidate(product, serial, facts);
        let vantage = self.vantage(&settings, &warehouse);
        if let Err(refusal) = self.cart.take_unit(line, candidate, vantage) {
            let then = Then::Take { line, product: Box::new(product.clone()), facts: facts.cloned().map(Box::new) };
            return self.refuse_or_ask(refusal, then);
        }
        self.changed_from(before);
        let effects = self.keep_cart();
        self.selected = Some(line);
        self.flash(FlashKind::Ok, FlashWhat::SerialTaken, serial.as_str());
        self.prompt_for_more(line, &product.sku);
        effects
    }

    /// Serials for reference go on as long as there is room for one, once a person has begun.
    fn prompt_for_more(&mut self, line: usize, taken: &Sku) {
        let by_hand = matches!(&self.layer, LayerState::Serials(prompt) if prompt.by_hand && prompt.line == line);
        let more = |place: &Need| place.sku == *taken && !place.tracked && place.missing() > 0;
        self.layer = LayerState::None;
        if by_hand && self.cart.places(line).iter().any(more) {
            self.layer = LayerState::Serials(Prompt { by_hand, ..Prompt::asked(line) });
        } else {
            self.prompt_if_wanted(line);
        }
    }
}
