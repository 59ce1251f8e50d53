//! Scans: where a code goes. No field needs focus; the page and layer in front say what they take,
//! and a code that nobody takes is refused aloud, never typed somewhere or kept for later.

use super::caution::Then;
use super::{Among, App, Effect, LayerState, PageState};
use crate::notice::Notice;
use crate::view::{FlashKind, FlashWhat};
use crate::writer::{Command, ProductFacts, Resolved, UnitFacts};
use ledger::refusal::Refusal;
use ledger::serial::Serial;
use scan::{FaultKind, LayoutName, ScanEvent};

/// Most characters of a code that are shown to a person.
const SHOWN_CHARS_MAX: usize = 40;
/// Keyboard countries that are named; more say that most would do.
const COUNTRIES_SHOWN_MAX: usize = 3;

impl App {
    pub(super) fn scan_event(&mut self, event: ScanEvent) -> Vec<Effect> {
        match event {
            ScanEvent::Scan(scan) => {
                self.touched_ms = self.now_ms;
                self.wake();
                self.note_scan(&scan);
                self.doubt.clone_from(&scan.seems);
                let text = self.meant(&scan);
                self.scanned(&text)
            }
            ScanEvent::Fault(fault) => {
                self.touched_ms = self.now_ms;
                self.note_fault(&fault);
                self.fail(match fault.kind {
                    FaultKind::Country => Notice::OtherCountry { seems: countries(&fault.seems) },
                    kind => Notice::ScanFault(kind),
                })
            }
            ScanEvent::Repeat(repeat) => {
                self.note_repeat(repeat.device.to_string(), &repeat.text);
                if self.refusal.is_none() {
                    self.flash(FlashKind::Warn, FlashWhat::RepeatedScan, shown(&repeat.text));
                }
                Vec::new()
            }
            ScanEvent::State { device, state, reason } => {
                self.scanner_is(device.to_string(), state, reason);
                Vec::new()
            }
        }
    }

    fn scanned(&mut self, text: &str) -> Vec<Effect> {
        if let Some(standing) = self.refusal.clone() {
            // Not taken while a refusal stands: the goods in hand and the words on the screen
            // would no longer belong together.
            return self.fail(standing);
        }
        if self.page == PageState::Scanners {
            return self.tried_out(text);
        }
        if self.page == PageState::Enrol && !self.busy {
            return self.enrolment_scanned(text);
        }
        self.last_scan = shown(text);
        if text.chars().any(char::is_control) {
            return self.fail(Notice::ControlCharacters { shown: shown(text) });
        }
        if self.busy {
            return self.fail(Notice::ScanNotExpected { shown: shown(text) });
        }
        let resolve = || vec![Effect::Write(Command::Resolve { text: text.to_owned() })];
        match (&self.layer, self.page) {
            (LayerState::None | LayerState::Serials(_) | LayerState::Search { .. }, PageState::Sale) => resolve(),
            (LayerState::None, PageState::Receipt) => {
                let mut effects = self.next_sale();
                if self.page == PageState::Sale {
                    effects.extend(resolve());
                }
                effects
            }
            (LayerState::None, PageState::Receipts) => vec![Effect::Write(Command::FindReceipt { text: text.to_owned() })],
            _ => self.fail(Notice::ScanNotExpected { shown: shown(text) }),
        }
    }

    /// What a code means, decided by where the cashier is now.
    pub(super) fn resolved(&mut self, resolved: Resolved) -> Vec<Effect> {
        if let Some(standing) = self.refusal.clone() {
            return self.fail(standing);
        }
        let resolved = match self.of_label(resolved) {
            Ok(resolved) => resolved,
            Err(effects) => return effects,
        };
        match (&self.layer, self.page) {
            (LayerState::Serials(prompt), PageState::Sale) => self.serial_scanned(prompt.line, &resolved),
            (LayerState::None | LayerState::Search { .. }, PageState::Sale) => self.code_on_sale(resolved),
            _ => self.fail(Notice::ScanNotExpected { shown: shown(&resolved.text) }),
        }
    }

    /// What is wrong with a code that nobody knows, or that is no serial, may be the scanner.
    pub(super) fn doubted(&mut self, refusal: &Refusal) -> Option<Notice> {
        let seems = std::mem::take(&mut self.doubt);
        let may_be = matches!(refusal, Refusal::UnknownCode { .. } | Refusal::SerialForbiddenCharacter { .. }) && !seems.is_empty();
        may_be.then(|| Notice::OtherCountry { seems: countries(&seems) })
    }

    /// A code of several products, or a serial of several, is for the cashier to tell apart.
    fn code_on_sale(&mut self, resolved: Resolved) -> Vec<Effect> {
        let sold: Vec<ProductFacts> = resolved.products.iter().filter(|facts| facts.product.active).cloned().collect();
        let among = match (sold.as_slice(), resolved.units.as_slice()) {
            ([_, _, ..], _) => Among::Products(sold),
            ([facts], _) => return self.add_product(facts),
            // Not sold any more, which is what there is to say about it.
            ([], _) if !resolved.products.is_empty() => return self.add_product(&resolved.products[0]),
            ([], []) => return self.refuse(Refusal::UnknownCode { code: shown(&resolved.text) }),
            ([], [facts]) => return self.serial_first(&resolved.text, facts),
            ([], _) => Among::Units(resolved.units),
        };
        self.layer = LayerState::Chooser { text: resolved.text, among };
        Vec::new()
    }

    /// What the cashier says that it is.
    pub(super) fn choose(&mut self, index: usize) -> Vec<Effect> {
        let LayerState::Chooser { text, among } = self.layer.clone() else { return Vec::new() };
        self.layer = LayerState::None;
        match among {
            Among::Units(units) => units.get(index).map(|facts| self.serial_first(&text, facts)).unwrap_or_default(),
            Among::Products(products) => products.get(index).map(|facts| self.add_product(facts)).unwrap_or_default(),
        }
    }

    /// A serial scanned first finds its SKU: the line is added and the unit put on it, or neither.
    pub(super) fn serial_first(&mut self, text: &str, facts: &UnitFacts) -> Vec<Effect> {
        let serial = match Serial::parse(text) {
            Ok(serial) => serial,
            Err(refusal) => return self.refuse(refusal),
        };
        if self.cart.holds(&facts.unit.sku, &serial) {
            return self.refuse(Refusal::DuplicateInSale { serial: serial.as_str().into() });
        }
        if let Some(line) = self.cart.line_wanting(&facts.unit.sku) {
            return self.take_serial(line, &facts.product, &serial, Some(facts));
        }
        self.note_product(&ProductFacts { product: facts.product.clone(), parts: Vec::new() });
        let before = self.cart.clone();
        let (settings, warehouse) = (self.settings.clone(), self.warehouse());
        let candidate = self.candidate(&facts.product, &serial, Some(facts));
        let vantage = self.vantage(&settings, &warehouse);
        let added = self.cart.add(&facts.product, &[], &self.settings);
        match added.and_then(|line| self.cart.take_unit(line, candidate, vantage).map(|()| line)) {
            Ok(line) => {
                self.changed_from(before);
                self.selected = Some(line);
                self.layer = LayerState::None;
                self.flash(FlashKind::Ok, FlashWhat::SerialTaken, serial.as_str());
                self.keep_cart()
            }
            Err(refusal) => {
                self.cart = before;
                self.refuse_or_ask(refusal, Then::First(Box::new(facts.clone())))
            }
        }
    }
}

/// Keyboard countries for people: the first of them, for one is set as well as the other.
pub(super) fn countries(names: &[LayoutName]) -> String {
    let shown: Vec<&str> = names.iter().take(COUNTRIES_SHOWN_MAX).map(|name| name.code()).collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// A code for people: control characters by name, cut where it is too long to read.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars().take(SHOWN_CHARS_MAX) {
        match character {
            c if c.is_control() => shown.push_str(&format!("<{:02X}>", c as u32)),
            c => shown.push(c),
        }
    }
    if text.chars().count() > SHOWN_CHARS_MAX {
        shown.push('…');
    }
    shown
}
