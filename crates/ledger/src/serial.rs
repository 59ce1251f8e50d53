//! The text of a serial number: 1 to 64 of `A-Z a-z 0-9 _ - ( ) # /`, kept exactly as read.
//! Nothing is trimmed and no case is changed: `a1` and `A1` are two units.

use crate::refusal::Refusal;
use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;
use std::fmt;

/// Longest serial, in characters.
pub const SERIAL_CHARS_MAX: usize = 64;

/// A serial number that keeps the text rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Serial(SmolStr);

impl Serial {
    /// Reads a scanned or typed text; the refusal names the first thing wrong with it.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.is_empty() {
            return Err(Refusal::SerialEmpty);
        }
        if let Some((index, character)) = text.chars().enumerate().find(|(_, c)| !allowed(*c)) {
            return Err(Refusal::SerialForbiddenCharacter { character, position: index + 1 });
        }
        let length = text.chars().count();
        if length > SERIAL_CHARS_MAX {
            return Err(Refusal::SerialTooLong { length });
        }
        Ok(Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn allowed(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' | '(' | ')' | '#' | '/')
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Serial {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SmolStr::deserialize(deserializer)?;
        Serial::parse(&text).map_err(serde::de::Error::custom)
    }
}
