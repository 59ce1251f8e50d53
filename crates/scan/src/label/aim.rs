//! AIM identifiers: three characters before a text that tell which kind of code it was read from.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The letters that ISO/IEC 15424 gives to kinds of codes.
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUXZcdehopsz";

/// `]C1` and the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AimId {
    /// The kind of code.
    pub letter: char,
    /// A digit or letter that says more about it.
    pub modifier: char,
}

/// Whether a scanner was set to send AIM identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AimMode {
    /// It does not: `]C1` at the beginning of a text is part of the text.
    #[default]
    Off,
    /// Perhaps: what looks like one is taken for one. A label that begins like one loses its
    /// beginning, so prefer `Required` where every code has it.
    Optional,
    /// It does: a code without one is a fault.
    Required,
}

impl AimId {
    /// Takes an identifier off the beginning of a text.
    pub fn split(text: &str) -> Option<(Self, &str)> {
        let mut chars = text.strip_prefix(']')?.chars();
        let (letter, modifier) = (chars.next()?, chars.next()?);
        let known = LETTERS.contains(letter) && modifier.is_ascii_alphanumeric();
        known.then_some((Self { letter, modifier }, chars.as_str()))
    }

    /// The three bytes of a report; zeros or spaces where the scanner has none.
    pub(crate) fn of_report(bytes: [u8; 3]) -> Option<Self> {
        let text = bytes.map(char::from).iter().collect::<String>();
        Self::split(&text).map(|(id, _)| id)
    }
}

impl fmt::Display for AimId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "]{}{}", self.letter, self.modifier)
    }
}
