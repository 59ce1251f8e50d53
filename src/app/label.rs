//! Labels that name a product and the unit on it in one code, as GS1 writes them (General
//! Specifications, application identifiers 01 and 21).
//!
//! The unit is looked for by its serial, and counts only if it is one of the product that the label
//! names. What is not known as a unit is looked for by the product then.

use super::scanned::shown;
use super::{App, Effect, LayerState};
use crate::writer::{Command, ProductFacts, Resolved};
use ledger::gtin::is_same;
use ledger::refusal::Refusal;
use ledger::row::{Product, SerialPolicy};
use scan::Scan;

/// What stands on the label that is being looked up.
#[derive(Debug, Clone)]
pub(super) struct Label {
    /// As a barcode of the product: without the zero that makes 13 digits 14.
    code: String,
    serial: String,
}

impl App {
    /// What a scan is looked up by: the serial or the number that the code holds by GS1's rules, else the
    /// text as it is.
    pub(super) fn meant(&mut self, scan: &Scan) -> String {
        let gs1 = scan.gs1.as_ref();
        let code = gs1.and_then(|gs1| gs1.gtin()).map(|gtin| gtin.strip_prefix('0').unwrap_or(gtin).to_owned());
        let serial = gs1.and_then(|gs1| gs1.serial()).map(str::to_owned);
        self.label = code.clone().zip(serial.clone()).map(|(code, serial)| Label { code, serial });
        serial.or(code).unwrap_or_else(|| scan.text.clone())
    }

    /// What a look-up found, as far as it is of the label's product; or what is done instead.
    pub(super) fn of_label(&mut self, mut resolved: Resolved) -> Result<Resolved, Vec<Effect>> {
        let asked = |label: &Label| resolved.text == label.code || resolved.text == label.serial;
        let Some(label) = self.label.take().filter(asked) else { return Ok(resolved) };
        if resolved.text == label.code {
            return Err(self.unknown_unit(&label, &resolved));
        }
        resolved.products.clear();
        resolved.units.retain(|facts| bears(&facts.product, &label.code));
        if !resolved.units.is_empty() {
            return Ok(resolved);
        }
        let text = label.code.clone();
        self.label = Some(label);
        Err(vec![Effect::Write(Command::Resolve { text })])
    }

    /// The label's unit was never seen; `found` is its product.
    fn unknown_unit(&mut self, label: &Label, found: &Resolved) -> Vec<Effect> {
        let Some(facts) = found.products.first().cloned() else {
            return self.refuse(Refusal::UnknownCode { code: shown(&label.code) });
        };
        let alone = Resolved { text: label.serial.clone(), products: Vec::new(), units: Vec::new() };
        if let LayerState::Serials(prompt) = &self.layer {
            let line = prompt.line;
            return match self.prompted_need(line) {
                Some(need) if need.sku != facts.product.sku => {
                    self.refuse(Refusal::WrongSku { serial: shown(&label.serial), belongs_to: facts.product.name, wanted: need.name })
                }
                _ => self.serial_scanned(line, &alone),
            };
        }
        self.first_of_product(label, &facts, &alone)
    }

    fn first_of_product(&mut self, label: &Label, facts: &ProductFacts, alone: &Resolved) -> Vec<Effect> {
        if self.settings.effective(facts.product.policy) == SerialPolicy::StockInOut {
            return self.refuse(Refusal::UnknownSerial { serial: shown(&label.serial), name: facts.product.name.clone() });
        }
        let mut effects = self.add_product(facts);
        if let LayerState::Serials(prompt) = &self.layer {
            let line = prompt.line;
            effects.extend(self.serial_scanned(line, alone));
        }
        effects
    }
}

/// Whether the code is one of the product's, however it is written. A product whose codes nobody
/// entered may bear any.
fn bears(product: &Product, code: &str) -> bool {
    product.codes.is_empty() || product.codes.iter().any(|own| is_same(own, code)) || is_same(product.sku.as_str(), code)
}
