//! Keys to which a shop gives a character of its own, such as F8 for the GS1 separator.

use std::collections::BTreeMap;

use evdev::KeyCode;
use serde::{Deserialize, Serialize};

use crate::config::ConfigFault;

/// Written as `{ F8 = "\u001d", "CTRL+RIGHTBRACE" = "\u001d" }`, with the kernel's names of keys.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyMap(BTreeMap<Chord, char>);

/// A key alone or with Ctrl.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Chord {
    /// A Ctrl key is held.
    pub ctrl: bool,
    /// The key that goes down.
    pub key: KeyCode,
}

impl KeyMap {
    /// Whether no key has a character of its own.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn char_of(&self, chord: Chord) -> Option<char> {
        self.0.get(&chord).copied()
    }
}

impl FromIterator<(Chord, char)> for KeyMap {
    fn from_iter<T: IntoIterator<Item = (Chord, char)>>(pairs: T) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl TryFrom<String> for Chord {
    type Error = ConfigFault;

    fn try_from(text: String) -> Result<Self, ConfigFault> {
        let (ctrl, name) = text.strip_prefix("CTRL+").map_or((false, text.as_str()), |name| (true, name));
        let key = format!("KEY_{name}").parse();
        key.map(|key| Self { ctrl, key }).map_err(|_unnamed| ConfigFault::Key(text))
    }
}

impl From<Chord> for String {
    fn from(chord: Chord) -> Self {
        let name = format!("{:?}", chord.key);
        let name = name.strip_prefix("KEY_").unwrap_or(&name);
        if chord.ctrl { format!("CTRL+{name}") } else { name.to_owned() }
    }
}
