//! ALT codes: the character number typed on the keypad while the left Alt key is held.
//!
//! Scanners use them to be independent of the host's keyboard country, mostly with three digits
//! (`065` is `A`), some with four.

use crate::outcome::FaultKind;

/// Digits typed since Alt went down.
#[derive(Debug, Default)]
pub(super) struct AltCode {
    value: u32,
    digits: usize,
}

impl AltCode {
    pub(super) fn push(&mut self, digit: u8) {
        self.value = self.value.saturating_mul(10).saturating_add(digit.into());
        self.digits += 1;
    }

    /// Ends the code at the release of Alt. Alt alone stands for nothing.
    ///
    /// Fewer than three digits mean that one is missing. Above 127 a leading zero asks for the code
    /// page of the window system, which is 1252; without it the number depends on a code page that
    /// the scanner alone knows.
    pub(super) fn finish(&mut self) -> Option<Result<char, FaultKind>> {
        let AltCode { value, digits } = std::mem::take(self);
        match (digits, value) {
            (0, _) => None,
            (3..=4, 1..=127) => Some(Ok(char::from(value as u8))),
            (4, 128..=255) => Some(windows_1252(value as u8).ok_or(FaultKind::Unmapped)),
            (3, 128..=255) => Some(Err(FaultKind::Unmapped)),
            _ => Some(Err(FaultKind::Damaged)),
        }
    }
}

/// Code page 1252 from 0x80 to 0x9F; above that it is Latin-1. Five places are empty.
const FROM_80: &str = "€□‚ƒ„…†‡ˆ‰Š‹Œ□Ž□□‘’“”•–—˜™š›œ□žŸ";

fn windows_1252(byte: u8) -> Option<char> {
    match byte {
        0x80..=0x9f => FROM_80.chars().nth(usize::from(byte - 0x80)).filter(|read| *read != '□'),
        _ => Some(char::from(byte)),
    }
}
