//! Small shared mappings between the app's values and the screen's.

use crate::view::{LoginState, LoginView, OperatorTile};
use screens::{RoleKind, SignIn, SignInKind};

/// A count as Slint's `int`. What does not fit is shown as the largest one.
pub fn count(n: impl TryInto<i32>) -> i32 {
    n.try_into().unwrap_or(i32::MAX)
}

/// A row number, -1 for none.
pub fn row(n: Option<usize>) -> i32 {
    n.map_or(-1, count)
}

/// Thousands in groups, as on receipts: `1,234,567`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub fn person(tile: &OperatorTile) -> screens::OperatorTile {
    screens::OperatorTile { name: (&tile.name).into(), role: role(&tile.role) }
}

pub fn people(login: &LoginView) -> Vec<screens::OperatorTile> {
    login.operators.iter().map(person).collect()
}

/// The name of whoever was picked.
pub fn chosen_name(login: &LoginView) -> &str {
    login.chosen.and_then(|chosen| login.operators.get(chosen)).map_or("", |tile| &tile.name)
}

pub fn sign_in(login: &LoginView) -> SignIn {
    let (state, number) = match login.state {
        LoginState::Ready => (SignInKind::Ready, 0),
        LoginState::Checking => (SignInKind::Checking, 0),
        LoginState::Wrong { tries_left } => (SignInKind::Wrong, count(tries_left)),
        LoginState::Wait { seconds } => (SignInKind::Wait, count(seconds)),
        LoginState::Locked => (SignInKind::Locked, 0),
        LoginState::NotAllowed => (SignInKind::NotAllowed, 0),
    };
    SignIn { chosen: row(login.chosen), pin_length: count(login.pin_length), state, number }
}

/// The app gives the role's frozen code; one from a newer hub has no word here.
fn role(code: &str) -> RoleKind {
    match code {
        "picker" => RoleKind::Picker,
        "cashier" => RoleKind::Cashier,
        "supervisor" => RoleKind::Supervisor,
        "admin" => RoleKind::Admin,
        _ => RoleKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(n), text);
        }
    }
}
