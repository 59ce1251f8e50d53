//! Which character a key stands for, by the keyboard country the scanner is set to.
//!
//! Tables are static and belong to the scanner: the system's layout says how people type here, not
//! how a scanner was set up. Under a wrong table a code turns into other valid-looking text (`(`
//! into `)`, `/` into `-`), so a table gives a character only where it is certain: a dead key is
//! none.

mod tables;

use std::fmt;
use std::sync::OnceLock;

use evdev::KeyCode;
use serde::{Deserialize, Serialize};

use tables::TABLES;

/// Stands in a table for a key without a character.
pub const NO_CHAR: char = '□';

/// The keys that differ between countries, in the order of the tables: four rows, the space bar,
/// and the keys that only some keyboards have.
pub const LAYOUT_KEYS: [KeyCode; 51] = layout_keys();

/// A keyboard country: the text keys outside the keypad.
#[derive(Debug)]
pub struct Layout {
    name: &'static str,
    /// Plain, with Shift, with AltGr, with both.
    levels: [&'static str; 4],
    /// The keypad's decimal point.
    decimal: char,
    /// The levels once more, for looking up.
    chars: OnceLock<Chars>,
}

type Chars = [[char; LAYOUT_KEYS.len()]; 4];

/// Where each key stands in the tables, by its code.
const PLACES: [u8; 128] = places();
const NO_PLACE: u8 = u8::MAX;

/// The countries there are, named as Debian's keyboard data names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayoutName {
    /// The USA, and most of what is sold elsewhere.
    #[default]
    Us,
    /// The USA with dead keys.
    UsIntl,
    /// The USA, Dvorak.
    UsDvorak,
    /// The United Kingdom.
    Gb,
    /// Germany.
    De,
    /// Austria.
    At,
    /// Switzerland, German.
    Ch,
    /// Switzerland, French.
    ChFr,
    /// France.
    Fr,
    /// France, with the variant that Linux systems prefer.
    FrOss,
    /// Belgium.
    Be,
    /// Canada, French.
    Ca,
    /// The Netherlands.
    Nl,
    /// Spain.
    Es,
    /// Latin America.
    Latam,
    /// Portugal.
    Pt,
    /// Brazil.
    Br,
    /// Italy.
    It,
    /// Denmark.
    Dk,
    /// Sweden.
    Se,
    /// Norway.
    No,
    /// Finland.
    Fi,
    /// Poland.
    Pl,
    /// The Czech Republic.
    Cz,
    /// Slovakia.
    Sk,
    /// Hungary.
    Hu,
    /// Romania.
    Ro,
    /// Turkey.
    Tr,
    /// Greece.
    Gr,
    /// Russia.
    Ru,
    /// Japan.
    Jp,
    /// Korea.
    Kr,
}

impl Layout {
    const fn new(name: &'static str, levels: [&'static str; 4], decimal: char) -> Self {
        Self { name, levels, decimal, chars: OnceLock::new() }
    }

    /// The character of a key, or `None` where the layout has none or a dead key.
    /// `altgr` asks for the third and fourth level.
    pub fn char_of(&self, key: KeyCode, shift: bool, altgr: bool) -> Option<char> {
        let at = *PLACES.get(usize::from(key.0)).filter(|at| **at != NO_PLACE)?;
        let level = usize::from(shift) + 2 * usize::from(altgr);
        Some(self.chars()[level][usize::from(at)]).filter(|read| *read != NO_CHAR)
    }

    /// The character while Caps Lock is on, where that is certain.
    ///
    /// Letters whose two cases share a key change places everywhere but on a Japanese keyboard, where
    /// the key is another one. What else Caps Lock does is another thing on each system: on some it
    /// turns digits into signs.
    pub(super) fn caps_char_of(&self, key: KeyCode, shift: bool, caps: CapsReach) -> Option<char> {
        let (plain, shifted) = (self.char_of(key, false, false), self.char_of(key, true, false));
        let typed = if shift { shifted } else { plain }?;
        match (plain, shifted) {
            (Some(_), Some(_)) if caps == CapsReach::System && self.name == "jp" => None,
            (Some(lower), Some(upper)) if is_case_pair(lower, upper) => Some(if shift { lower } else { upper }),
            _ if typed.is_alphabetic() => None,
            _ if plain == shifted || caps == CapsReach::Letters || self.caps_is_for_letters() => Some(typed),
            _ => None,
        }
    }

    /// The keypad's decimal point; a comma in many countries.
    pub(super) fn decimal(&self) -> char {
        self.decimal
    }

    fn chars(&self) -> &Chars {
        self.chars.get_or_init(|| {
            self.levels.map(|level| {
                let mut chars = level.chars();
                std::array::from_fn(|_| chars.next().unwrap_or(NO_CHAR))
            })
        })
    }

    fn caps_is_for_letters(&self) -> bool {
        matches!(self.name, "us" | "us_intl" | "us_dvorak" | "gb" | "kr" | "pl")
    }
}

/// What the scanner means by Caps Lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CapsReach {
    /// It turns the case of letters and touches nothing else, as scanners do by a setting.
    Letters,
    /// It pressed the key, and counts on what the host's system does then.
    System,
}

impl LayoutName {
    /// All of them, in the order of their tables.
    pub const ALL: [Self; 32] = [
        Self::Us,
        Self::UsIntl,
        Self::UsDvorak,
        Self::Gb,
        Self::De,
        Self::At,
        Self::Ch,
        Self::ChFr,
        Self::Fr,
        Self::FrOss,
        Self::Be,
        Self::Ca,
        Self::Nl,
        Self::Es,
        Self::Latam,
        Self::Pt,
        Self::Br,
        Self::It,
        Self::Dk,
        Self::Se,
        Self::No,
        Self::Fi,
        Self::Pl,
        Self::Cz,
        Self::Sk,
        Self::Hu,
        Self::Ro,
        Self::Tr,
        Self::Gr,
        Self::Ru,
        Self::Jp,
        Self::Kr,
    ];

    /// Its characters.
    pub fn layout(self) -> &'static Layout {
        &TABLES[self as usize]
    }

    /// The name in the configuration; it never changes.
    pub fn code(self) -> &'static str {
        CODES[self as usize]
    }

    /// What Debian's keyboard data calls it: layout and variant.
    pub fn xkb(self) -> (&'static str, &'static str) {
        self.code().split_once('_').unwrap_or((self.code(), ""))
    }
}

impl fmt::Display for LayoutName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

const CODES: [&str; 32] = [
    "us",
    "us_intl",
    "us_dvorak",
    "gb",
    "de",
    "at",
    "ch",
    "ch_fr",
    "fr",
    "fr_oss",
    "be",
    "ca",
    "nl",
    "es",
    "latam",
    "pt",
    "br",
    "it",
    "dk",
    "se",
    "no",
    "fi",
    "pl",
    "cz",
    "sk",
    "hu",
    "ro",
    "tr",
    "gr",
    "ru",
    "jp",
    "kr",
];

fn is_case_pair(lower: char, upper: char) -> bool {
    lower != upper && lower.to_uppercase().eq([upper]) && upper.to_lowercase().eq([lower])
}

const fn layout_keys() -> [KeyCode; 51] {
    let runs: [(u16, u16); 8] = [(2, 13), (16, 27), (30, 41), (43, 53), (57, 57), (86, 86), (89, 89), (124, 124)];
    let mut keys = [KeyCode(0); 51];
    let (mut at, mut run) = (0, 0);
    while run < runs.len() {
        let mut key = runs[run].0;
        while key <= runs[run].1 {
            keys[at] = KeyCode(key);
            (at, key) = (at + 1, key + 1);
        }
        run += 1;
    }
    assert!(at == keys.len(), "the runs fill the list");
    keys
}

const fn places() -> [u8; 128] {
    let mut places = [NO_PLACE; 128];
    let mut at = 0;
    while at < LAYOUT_KEYS.len() {
        places[LAYOUT_KEYS[at].0 as usize] = at as u8;
        at += 1;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_the_table_of_its_name() {
        for (at, name) in LayoutName::ALL.into_iter().enumerate() {
            assert_eq!(name as usize, at);
            assert_eq!(name.layout().name, name.code());
            assert_eq!(serde_json::to_value(name).ok(), Some(name.code().into()));
            for level in name.layout().levels {
                assert_eq!(level.chars().count(), LAYOUT_KEYS.len(), "{name}");
            }
        }
    }
}
