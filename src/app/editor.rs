//! The line editor: quantity, price and discount, with a supervisor's approval where needed.

use super::{App, Effect, LayerState, amount};
use crate::message::{LineField, PadKey};
use ledger::id::OperatorId;
use ledger::money::Money;
use ledger::role::Right;
use ledger::sale::QUANTITY_MAX;

#[derive(Debug, Clone)]
pub(crate) struct Editor {
    pub line: usize,
    pub field: LineField,
    pub entry: amount::Entry,
}

impl Editor {
    /// What it takes to change this field; quantity takes nothing.
    pub fn right(&self) -> Right {
        match self.field {
            LineField::Quantity => Right::Sell,
            LineField::Price => Right::ChangePrice,
            LineField::Discount => Right::Discount,
        }
    }
}

impl App {
    pub(super) fn edit_line(&mut self, line: usize) -> Vec<Effect> {
        if line < self.cart.lines.len() {
            self.selected = Some(line);
            self.layer = LayerState::Editor(Editor { line, field: LineField::Quantity, entry: amount::Entry::default() });
        }
        Vec::new()
    }

    pub(super) fn edit_field(&mut self, field: LineField) -> Vec<Effect> {
        if let LayerState::Editor(editor) = &mut self.layer {
            editor.field = field;
            editor.entry.clear();
        }
        Vec::new()
    }

    pub(super) fn editor_key(&mut self, key: PadKey) -> Vec<Effect> {
        if key == PadKey::Enter {
            return self.apply_edit();
        }
        let money_decimals = self.settings.decimals;
        if let LayerState::Editor(editor) = &mut self.layer {
            let decimals = if editor.field == LineField::Quantity { 0 } else { money_decimals };
            editor.entry.key(key, decimals);
        }
        Vec::new()
    }

    /// Applies what was typed, or asks for somebody who may.
    pub(super) fn apply_edit(&mut self) -> Vec<Effect> {
        let LayerState::Editor(editor) = self.layer.clone() else { return Vec::new() };
        if editor.entry.is_empty() {
            self.layer = LayerState::None;
            return Vec::new();
        }
        let may = self.operator.as_ref().is_some_and(|o| o.role.has(editor.right()));
        if !may {
            self.pin = super::login::PinEntry::default();
            self.layer = LayerState::Approval(editor);
            return Vec::new();
        }
        self.write_edit(&editor, None)
    }

    pub(super) fn approved(&mut self, by: &OperatorId) -> Vec<Effect> {
        let LayerState::Approval(editor) = self.layer.clone() else { return Vec::new() };
        self.pin = super::login::PinEntry::default();
        self.layer = LayerState::Editor(editor.clone());
        self.write_edit(&editor, Some(by.clone()))
    }

    fn write_edit(&mut self, editor: &Editor, approved_by: Option<OperatorId>) -> Vec<Effect> {
        let line = editor.line;
        let decimals = self.settings.decimals;
        let effects = match editor.field {
            LineField::Quantity => {
                let quantity = editor.entry.whole().unwrap_or(QUANTITY_MAX.saturating_add(1));
                self.change(|cart| cart.set_quantity(line, quantity))
            }
            LineField::Price | LineField::Discount => {
                let amount = editor.entry.money(decimals).unwrap_or(Money(i64::MAX));
                let is_price = editor.field == LineField::Price;
                self.change(|cart| {
                    if is_price { cart.set_price(line, amount) } else { cart.set_discount(line, amount) }?;
                    cart.approved_by = approved_by.or(cart.approved_by.take());
                    Ok(())
                })
            }
        };
        if self.refusal.is_none() {
            self.layer = LayerState::None;
            self.prompt_if_wanted(line);
        }
        effects
    }
}
