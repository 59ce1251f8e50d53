//! Signing in: a tile and a PIN. The PIN is checked by the writer, which also counts the tries.

use super::{App, Effect, LayerState, PageState};
use crate::message::PadKey;
use crate::view::LoginState;
use crate::writer::{Command, PinPurpose, PinResult};
use ledger::id::OperatorId;
use ledger::role::Right;
use ledger::row::Operator;

/// Longest PIN, in digits.
const PIN_DIGITS_MAX: usize = 12;

#[derive(Debug, Clone, Default)]
pub(crate) struct PinEntry {
    pub chosen: Option<usize>,
    pub digits: String,
    pub state: LoginState,
    /// Until when the tile chosen must wait.
    pub wait_until_ms: Option<i64>,
}

impl App {
    /// The tiles shown: everybody at sign-in, those with the right for an approval.
    pub(super) fn tiles(&self) -> Vec<&Operator> {
        let right = match &self.layer {
            LayerState::Approval(editor) => Some(editor.right()),
            _ => None,
        };
        self.operators.iter().filter(|o| o.active && right.is_none_or(|r| o.role.has(r))).collect()
    }

    pub(super) fn pick_operator(&mut self, index: usize) -> Vec<Effect> {
        if index < self.tiles().len() && self.pin.state != LoginState::Checking {
            self.pin = PinEntry { chosen: Some(index), ..PinEntry::default() };
        }
        Vec::new()
    }

    pub(super) fn pin_key(&mut self, key: PadKey) -> Vec<Effect> {
        if self.pin.chosen.is_none() || self.pin.state == LoginState::Checking || self.pin.wait_until_ms.is_some() {
            return Vec::new();
        }
        match key {
            PadKey::Digit(digit) if self.pin.digits.len() < PIN_DIGITS_MAX => self.pin.digits.push(char::from(b'0' + digit.min(9))),
            PadKey::Back => {
                self.pin.digits.pop();
            }
            PadKey::Clear => self.pin.digits.clear(),
            PadKey::Enter if !self.pin.digits.is_empty() => return self.check_pin(),
            _ => {}
        }
        self.pin.state = LoginState::Ready;
        Vec::new()
    }

    fn check_pin(&mut self) -> Vec<Effect> {
        let chosen = self.pin.chosen.and_then(|index| self.tiles().get(index).map(|o| o.id.clone()));
        let Some(operator) = chosen else { return Vec::new() };
        let purpose = match self.layer {
            LayerState::Approval(_) => PinPurpose::Approve,
            _ => PinPurpose::SignIn,
        };
        self.pin.state = LoginState::Checking;
        let pin = std::mem::take(&mut self.pin.digits);
        vec![Effect::Write(Command::CheckPin { operator, pin, purpose, now_ms: self.now_ms })]
    }

    pub(super) fn pin_checked(&mut self, operator: &OperatorId, purpose: PinPurpose, result: PinResult) -> Vec<Effect> {
        self.pin.digits.clear();
        self.pin.state = match result {
            PinResult::Right => LoginState::Ready,
            PinResult::Wrong { tries_left } => LoginState::Wrong { tries_left },
            PinResult::Wait { seconds } => {
                self.pin.wait_until_ms = Some(self.now_ms + i64::from(seconds) * 1_000);
                LoginState::Wait { seconds }
            }
            PinResult::Locked => LoginState::Locked,
        };
        if result != PinResult::Right {
            return Vec::new();
        }
        match purpose {
            PinPurpose::Approve => self.approved(operator),
            PinPurpose::SignIn => self.signed_in(operator),
        }
    }

    fn signed_in(&mut self, operator: &OperatorId) -> Vec<Effect> {
        self.operator = self.operators.iter().find(|o| o.id == *operator).cloned();
        let may_sell = self.operator.as_ref().is_some_and(|o| o.role.has(Right::Sell));
        if !may_sell {
            self.operator = None;
            self.pin.state = LoginState::NotAllowed;
            return Vec::new();
        }
        self.pin = PinEntry::default();
        self.page = self.home();
        self.entry.clear();
        vec![Effect::Write(Command::LookAtOutbox)]
    }

    /// Signing out keeps the open sale: it belongs to the till, not to the person.
    pub(super) fn sign_out(&mut self) -> Vec<Effect> {
        self.operator = None;
        self.pin = PinEntry::default();
        self.layer = LayerState::None;
        self.page = PageState::Login;
        Vec::new()
    }

    /// Counts the wait down; called as time goes by.
    pub(super) fn pin_tick(&mut self) {
        let Some(until_ms) = self.pin.wait_until_ms else { return };
        let left_ms = until_ms - self.now_ms;
        if left_ms <= 0 {
            self.pin.wait_until_ms = None;
            self.pin.state = LoginState::Ready;
        } else {
            let seconds = u32::try_from((left_ms + 999) / 1_000).unwrap_or(u32::MAX);
            self.pin.state = LoginState::Wait { seconds };
        }
    }
}
