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
    /// The price stays what it was; only that it was is to be allowed.
    pub keeps: bool,
    /// A right beyond the field's own, where a price that was lowered for some is to hold for more.
    right: Option<Right>,
}

impl Editor {
    fn new(line: usize, field: LineField) -> Editor {
        Editor { line, field, entry: amount::Entry::default(), keeps: false, right: None }
    }

    /// The price that a line has, although the catalogue's is another by now.
    pub fn kept_price(line: usize) -> Editor {
        Editor { keeps: true, ..Editor::new(line, LineField::Price) }
    }

    /// A quantity that only somebody with `right` may set.
    pub fn quantity(line: usize, quantity: u32, right: Right) -> Editor {
        let mut entry = amount::Entry::default();
        quantity.to_string().bytes().for_each(|digit| entry.key(PadKey::Digit(digit - b'0'), 0));
        Editor { entry, right: Some(right), ..Editor::new(line, LineField::Quantity) }
    }

    /// What it takes to change this field by its kind; a quantity as such takes no more than selling.
    pub fn right(&self) -> Right {
        self.right.unwrap_or(match self.field {
            LineField::Quantity => Right::Sell,
            LineField::Price => Right::ChangePrice,
            LineField::Discount => Right::Discount,
        })
    }
}

impl App {
    pub(super) fn edit_line(&mut self, line: usize) -> Vec<Effect> {
        if line < self.cart.lines.len() {
            self.selected = Some(line);
            self.layer = LayerState::Editor(Editor::new(line, LineField::Quantity));
        }
        Vec::new()
    }

    pub(super) fn edit_field(&mut self, field: LineField) -> Vec<Effect> {
        if let LayerState::Editor(editor) = &mut self.layer {
            *editor = Editor::new(editor.line, field);
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

    /// Applies what was typed.
    pub(super) fn apply_edit(&mut self) -> Vec<Effect> {
        let LayerState::Editor(mut editor) = self.layer.clone() else { return Vec::new() };
        if editor.entry.is_empty() {
            self.layer = LayerState::None;
            return Vec::new();
        }
        if editor.field == LineField::Quantity {
            editor.right = self.right_wanted(editor.line, editor.entry.whole().unwrap_or(u32::MAX));
        }
        self.edit_with_right(editor)
    }

    /// Makes an edit, or asks for somebody who may.
    pub(super) fn edit_with_right(&mut self, editor: Editor) -> Vec<Effect> {
        if !self.may(editor.right()) {
            return self.ask_approval(editor);
        }
        // A supervisor at the till vouches for the edit, whoever settles the sale.
        let by = Some(self.actor()).filter(|_| editor.right() != Right::Sell);
        self.write_edit(&editor, by)
    }

    /// Asks for somebody who may make this edit.
    pub(super) fn ask_approval(&mut self, editor: Editor) -> Vec<Effect> {
        self.pin = super::login::PinEntry::default();
        self.layer = LayerState::Approval(editor);
        Vec::new()
    }

    /// The right it takes to raise a line to `quantity`: none, unless its price was lowered, since
    /// that was allowed for the pieces there were.
    pub(super) fn right_wanted(&self, line: usize, quantity: u32) -> Option<Right> {
        let line = self.cart.lines.get(line)?;
        let lowered = line.price != line.list_price || line.discount != Money::ZERO;
        (quantity > line.quantity && lowered && !self.may(Right::ChangePrice)).then_some(Right::ChangePrice)
    }

    fn may(&self, right: Right) -> bool {
        self.operator.as_ref().is_some_and(|o| o.role.has(right))
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
        let amount = editor.entry.money(decimals).unwrap_or(Money(i64::MAX));
        let price = self.price_of(line).filter(|_| editor.keeps).unwrap_or(amount);
        let heard = self.heard_of(line);
        let effects = self.change(|cart| {
            match editor.field {
                LineField::Quantity => cart.set_quantity(line, editor.entry.whole().unwrap_or(QUANTITY_MAX.saturating_add(1)))?,
                LineField::Discount => cart.set_discount(line, amount)?,
                LineField::Price => {
                    cart.set_price(line, price)?;
                    // Whoever sets a price does so beside the catalogue's of now.
                    heard.iter().for_each(|facts| cart.relist(line, &facts.product));
                }
            }
            cart.approved_by = approved_by.or(cart.approved_by.take());
            Ok(())
        });
        if self.refusal.is_none() {
            self.layer = LayerState::None;
            self.prompt_if_wanted(line);
        }
        effects
    }

    fn price_of(&self, line: usize) -> Option<Money> {
        self.cart.lines.get(line).map(|line| line.price)
    }
}
