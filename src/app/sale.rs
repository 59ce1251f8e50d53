//! The sale page: the cart and what is done to it by hand.

use super::editor::Editor;
use super::serials::Prompt;
use super::{AfterHold, App, Effect, Input, LayerState, PageState, UNDO_MAX};
use crate::message::{Intent, PadKey};
use crate::view::{FlashKind, FlashWhat};
use crate::writer::{Command, FoundProduct, HeldCart, ProductFacts};
use ledger::cart::Cart;
use ledger::id::OpId;
use ledger::refusal::Refusal;

impl App {
    pub(super) fn sale_intent(&mut self, intent: Intent) -> Vec<Effect> {
        if self.page != PageState::Sale || self.operator.is_none() || self.busy {
            return Vec::new();
        }
        match intent {
            Intent::SelectLine(line) => {
                self.selected = (line < self.cart.lines.len()).then_some(line);
                Vec::new()
            }
            Intent::MoreOf(line) => self.more_of(line),
            Intent::LessOf(line) => self.less_of(line),
            Intent::RemoveLine(line) => self.remove_line(line),
            Intent::TakeChange(line) => self.take_change(line),
            Intent::KeepPrice(line) => self.keep_price(line),
            Intent::Undo => self.undo(),
            Intent::Hold => self.hold(AfterHold::Nothing),
            Intent::ShowHeld => vec![Effect::Write(Command::ListHeld)],
            Intent::Recall(index) => self.recall(index),
            Intent::ShowSearch => self.search(String::new()),
            Intent::SearchText(query) => self.search(query),
            Intent::PickResult(index) => self.pick_result(index),
            Intent::Pay => self.pay(),
            Intent::EditLine(line) => self.edit_line(line),
            Intent::EditField(field) => self.edit_field(field),
            Intent::ApplyEdit => self.apply_edit(),
            other => self.serial_intent(other),
        }
    }

    /// A key of the keypad goes to whatever asks for digits now.
    pub(super) fn key(&mut self, key: PadKey) -> Vec<Effect> {
        match (&self.layer, self.page) {
            (LayerState::Approval(_), _) | (LayerState::None, PageState::Login) => self.pin_key(key),
            (LayerState::Editor(_), _) => self.editor_key(key),
            (LayerState::None, PageState::Payment) if key == PadKey::Enter => self.add_payment(),
            (LayerState::None, PageState::OpenShift) if key == PadKey::Enter => self.open_shift(),
            (LayerState::None, PageState::CloseShift) if key == PadKey::Enter => self.close_shift(),
            (LayerState::None, PageState::Payment | PageState::OpenShift | PageState::CloseShift) => {
                self.entry.key(key, self.settings.decimals);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Adds a product and asks for its serials, if it bears any.
    pub(super) fn add_product(&mut self, facts: &ProductFacts) -> Vec<Effect> {
        self.note_product(facts);
        let before = self.cart.clone();
        match self.cart.add(&facts.product, &facts.parts, &self.settings) {
            Ok(line) => {
                self.changed_from(before);
                self.selected = Some(line);
                self.layer = LayerState::None;
                self.flash(FlashKind::Ok, FlashWhat::Added, &facts.product.name);
                self.prompt_if_wanted(line);
                self.keep_cart()
            }
            Err(refusal) => self.refuse(refusal),
        }
    }

    /// Opens the serial prompt of a line that bears serials and has not all of them.
    pub(super) fn prompt_if_wanted(&mut self, line: usize) {
        if self.cart.missing().iter().any(|need| need.line == line) {
            self.layer = LayerState::Serials(Prompt::asked(line));
        }
    }

    fn more_of(&mut self, line: usize) -> Vec<Effect> {
        let Some(quantity) = self.cart.lines.get(line).map(|l| l.quantity.saturating_add(1)) else { return Vec::new() };
        if let Some(right) = self.right_wanted(line, quantity) {
            return self.ask_approval(Editor::quantity(line, quantity, right));
        }
        let effects = self.change(|cart| cart.set_quantity(line, quantity));
        if self.refusal.is_none() {
            self.selected = Some(line);
            self.prompt_if_wanted(line);
        }
        effects
    }

    fn less_of(&mut self, line: usize) -> Vec<Effect> {
        match self.cart.lines.get(line).map(|l| l.quantity) {
            None => Vec::new(),
            Some(0 | 1) => self.remove_line(line),
            Some(quantity) => self.change(|cart| cart.set_quantity(line, quantity - 1)),
        }
    }

    fn remove_line(&mut self, line: usize) -> Vec<Effect> {
        let Some(name) = self.cart.lines.get(line).map(|l| l.name.clone()) else { return Vec::new() };
        let effects = self.change(|cart| {
            cart.remove(line);
            Ok(())
        });
        self.selected = None;
        self.layer = LayerState::None;
        self.flash(FlashKind::Warn, FlashWhat::Removed, name);
        effects
    }

    /// Changes the cart so that it can be undone and survives a power cut.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Cart) -> Result<(), Refusal>) -> Vec<Effect> {
        let before = self.cart.clone();
        match change(&mut self.cart) {
            Ok(()) => {
                self.changed_from(before);
                self.keep_cart()
            }
            Err(refusal) => self.refuse(refusal),
        }
    }

    pub(super) fn changed_from(&mut self, before: Cart) {
        self.asked_for_serials = false;
        self.undo.push(before);
        if self.undo.len() > UNDO_MAX {
            self.undo.remove(0);
        }
    }

    pub(super) fn keep_cart(&self) -> Vec<Effect> {
        vec![Effect::Write(Command::KeepCart(self.cart.clone()))]
    }

    fn undo(&mut self) -> Vec<Effect> {
        let Some(before) = self.undo.pop() else { return Vec::new() };
        self.cart = before;
        self.layer = LayerState::None;
        self.selected = None;
        self.asked_for_serials = false;
        self.flash(FlashKind::Warn, FlashWhat::Undone, "");
        let mut effects = self.keep_cart();
        effects.extend(self.look_up_cart());
        effects
    }

    /// Puts the sale aside. It leaves the screen only when the writer has it.
    pub(super) fn hold(&mut self, then: AfterHold) -> Vec<Effect> {
        if self.busy {
            return Vec::new();
        }
        if self.cart.is_empty() {
            return self.refuse(Refusal::EmptySale);
        }
        self.busy = true;
        self.after_hold = Some(then);
        vec![Effect::Write(Command::Hold { cart: self.cart.clone(), operator: self.actor(), at_ms: self.now_ms })]
    }

    /// Begins an empty sale and hands out the one before.
    pub(super) fn new_cart(&mut self) -> Cart {
        let fresh = Cart::new(self.fresh_op());
        self.undo.clear();
        self.selected = None;
        self.layer = LayerState::None;
        self.asked_for_serials = false;
        std::mem::replace(&mut self.cart, fresh)
    }

    pub(super) fn now_held(&mut self, count: u32) -> Vec<Effect> {
        self.held = count;
        self.busy = false;
        let Some(then) = self.after_hold.take() else { return Vec::new() };
        self.new_cart();
        self.flash(FlashKind::Ok, FlashWhat::Held, "");
        match then {
            AfterHold::Nothing => Vec::new(),
            AfterHold::Recall(op) => self.take_held(op),
            AfterHold::CloseShift => self.count_drawer(),
        }
    }

    fn take_held(&mut self, op: OpId) -> Vec<Effect> {
        self.busy = true;
        vec![Effect::Write(Command::TakeHeld { op })]
    }

    pub(super) fn show_held_list(&mut self, list: Vec<HeldCart>) -> Vec<Effect> {
        if self.page == PageState::Sale {
            self.layer = LayerState::Held(list);
        }
        Vec::new()
    }

    /// The sale on the screen is held in exchange, so that recalling never throws anything away.
    fn recall(&mut self, index: usize) -> Vec<Effect> {
        let LayerState::Held(list) = &self.layer else { return Vec::new() };
        let Some(op) = list.get(index).map(|held| held.cart.op) else { return Vec::new() };
        self.layer = LayerState::None;
        if self.cart.is_empty() { self.take_held(op) } else { self.hold(AfterHold::Recall(op)) }
    }

    pub(super) fn took_held(&mut self, cart: Option<Cart>, count: u32) -> Vec<Effect> {
        self.held = count;
        self.busy = false;
        let Some(cart) = cart else { return Vec::new() };
        self.cart = cart;
        self.undo.clear();
        self.selected = None;
        self.flash(FlashKind::Ok, FlashWhat::Recalled, "");
        let mut effects = self.keep_cart();
        effects.extend(self.look_up_cart());
        effects
    }

    fn search(&mut self, query: String) -> Vec<Effect> {
        let (found, more) = match &mut self.layer {
            LayerState::Search { found, more, .. } => (std::mem::take(found), *more),
            _ => (Vec::new(), false),
        };
        self.layer = LayerState::Search { query: query.clone(), found, more };
        vec![Effect::Write(Command::Search { query })]
    }

    pub(super) fn found(&mut self, query: String, rows: Vec<FoundProduct>, now_more: bool) -> Vec<Effect> {
        if let LayerState::Search { query: asked, found, more } = &mut self.layer
            && *asked == query
        {
            *found = rows;
            *more = now_more;
        }
        Vec::new()
    }

    fn pick_result(&mut self, index: usize) -> Vec<Effect> {
        let LayerState::Search { found, .. } = &self.layer else { return Vec::new() };
        let Some(facts) = found.get(index).map(|row| row.facts.clone()) else { return Vec::new() };
        self.layer = LayerState::None;
        self.add_product(&facts)
    }

    /// Goes to payment, by way of the serials that must or may still be entered.
    fn pay(&mut self) -> Vec<Effect> {
        if self.cart.is_empty() {
            return self.refuse(Refusal::EmptySale);
        }
        if let Err(refusal) = self.cart.total() {
            return self.refuse(refusal);
        }
        if let Some((line, change)) = self.first_change() {
            return self.refuse_change(line, change);
        }
        let missing = self.cart.missing();
        if let Some(need) = missing.iter().find(|need| need.required) {
            self.layer = LayerState::Serials(Prompt::asked(need.line));
            self.selected = Some(need.line);
            let refusal = Refusal::SerialsMissing { name: need.name.clone(), have: need.have, wanted: need.wanted };
            return self.refuse(refusal);
        }
        if !missing.is_empty() && !self.asked_for_serials {
            self.layer = LayerState::AskSerials;
            return Vec::new();
        }
        self.layer = LayerState::None;
        self.begin_payment()
    }
}

/// Taps reach the app as inputs.
impl From<Intent> for Input {
    fn from(intent: Intent) -> Self {
        Input::Intent(intent)
    }
}
