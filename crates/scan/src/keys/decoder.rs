//! Frames to characters.
//!
//! A key that stands for no character spoils the scan; it is never skipped. Keys that contradict
//! what is known to be held (a release without press, a press of a held key) prove that something
//! was lost even where the kernel did not say so.

use evdev::KeyCode;

use super::alt_code::AltCode;
use super::frame::KeyChange;
use super::key_map::{Chord, KeyMap};
use super::keypad;
use super::layout::{CapsReach, Layout};
use crate::config::{Caps, ScannerConfig};
use crate::framer::Piece;
use crate::outcome::FaultKind;

/// The characters of one frame.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    pub(crate) pieces: Vec<Piece>,
    /// A key that belongs to a scan went down, even if its character is still incomplete.
    pub(crate) pressed: bool,
}

/// The keyboard's state: which keys are held, Caps Lock, an unfinished ALT code.
pub(crate) struct KeyDecoder {
    layout: &'static Layout,
    key_map: KeyMap,
    takes_alt_codes: bool,
    takes_ctrl_codes: bool,
    caps: Caps,
    /// The scanner pressed Caps Lock, an odd number of times.
    caps_switched: bool,
    held: Vec<KeyCode>,
    alt_code: AltCode,
    sees_every_digit: bool,
}

impl KeyDecoder {
    pub(crate) fn new(config: &ScannerConfig) -> Self {
        Self {
            layout: config.layout.layout(),
            key_map: config.key_map.clone(),
            takes_alt_codes: config.alt_codes,
            takes_ctrl_codes: config.ctrl_codes,
            caps: config.caps,
            caps_switched: false,
            held: Vec::new(),
            alt_code: AltCode::default(),
            sees_every_digit: false,
        }
    }

    /// The changes come from raw reports, in which a digit that occurs twice is seen twice.
    pub(crate) fn sees_every_digit(&mut self, sees: bool) {
        self.sees_every_digit = sees;
    }

    /// Replaces what is believed to be held by what is known, and forgets everything half done.
    pub(crate) fn resync(&mut self, held: &[KeyCode]) {
        self.held = held.to_vec();
        self.alt_code = AltCode::default();
        self.begin_scan();
    }

    /// Caps Lock starts afresh with each scan. Carried over, one lost tap would turn the case of
    /// every later scan.
    pub(crate) fn begin_scan(&mut self) {
        self.caps_switched = false;
    }

    /// Whether the scan switched Caps Lock and did not switch it back: then a tap was lost, and
    /// nobody knows before or after which letters.
    pub(crate) fn caps_left_switched(&self) -> bool {
        self.caps_switched
    }

    pub(crate) fn held(&self) -> &[KeyCode] {
        &self.held
    }

    pub(crate) fn any_held(&self) -> bool {
        !self.held.is_empty()
    }

    /// Applies one frame. A keyboard report is one instant: the modifiers that hold after it hold
    /// for all its keys, and a contradiction in it spoils every character of it.
    pub(crate) fn decode(&mut self, changes: &[KeyChange]) -> Decoded {
        let mut decoded = Decoded::default();
        let had_alt = self.alt();
        let contradicted = changes.iter().filter(|change| !self.track(**change)).count() > 0;
        let digit_may_lack = !self.sees_every_digit && (had_alt || self.alt()) && shares_alt_digits(changes);
        if contradicted || modifier_taps_inside(changes) || digit_may_lack {
            decoded.pieces.push(Piece::Spoil(FaultKind::Damaged));
        }
        if had_alt && !self.alt() {
            decoded.pieces.extend(self.alt_code.finish().map(Piece::from));
        }
        for change in changes.iter().filter(|change| change.down && !is_modifier(change.key)) {
            self.press(change.key, &mut decoded);
        }
        decoded
    }

    /// Notes the change; `false` if it contradicts what is held.
    fn track(&mut self, change: KeyChange) -> bool {
        let at = self.held.iter().position(|key| *key == change.key);
        match (at, change.down) {
            (None, true) => self.held.push(change.key),
            (Some(at), false) => drop(self.held.swap_remove(at)),
            _ => return false,
        }
        true
    }

    fn press(&mut self, key: KeyCode, decoded: &mut Decoded) {
        if self.is_lock(key) {
            return;
        }
        decoded.pressed = true;
        let piece = match (suffix_of(key), self.alt()) {
            (Some(suffix), _) => Some(Piece::from(self.end(suffix))),
            (None, true) => self.alt_digit(key),
            (None, false) => Some(Piece::from(self.char_of(key).ok_or(FaultKind::Unmapped))),
        };
        decoded.pieces.extend(piece);
    }

    fn is_lock(&mut self, key: KeyCode) -> bool {
        if key == KeyCode::KEY_CAPSLOCK && self.caps != Caps::Ignore {
            self.caps_switched = !self.caps_switched;
        }
        matches!(key, KeyCode::KEY_CAPSLOCK | KeyCode::KEY_NUMLOCK | KeyCode::KEY_SCROLLLOCK)
    }

    fn alt_digit(&mut self, key: KeyCode) -> Option<Piece> {
        match keypad::digit_of(key) {
            Some(digit) if self.takes_alt_codes && !self.shift() && !self.ctrl() && !self.altgr() && !self.meta() => {
                self.alt_code.push(digit);
                None
            }
            _ => Some(Piece::Spoil(FaultKind::Unmapped)),
        }
    }

    /// Scanners let go of every modifier before they end a code; a held one has lost its release,
    /// and stood over characters it was not meant for.
    fn end(&self, suffix: char) -> Result<char, FaultKind> {
        let modified = self.shift() || self.ctrl() || self.alt() || self.altgr() || self.meta();
        if modified { Err(FaultKind::Damaged) } else { Ok(suffix) }
    }

    fn char_of(&self, key: KeyCode) -> Option<char> {
        self.mapped(key).or_else(|| self.char_of_country(key))
    }

    /// What the shop has written down for this key goes before every table.
    fn mapped(&self, key: KeyCode) -> Option<char> {
        let other_held = self.meta() || self.shift() || self.altgr();
        if other_held { None } else { self.key_map.char_of(Chord { ctrl: self.ctrl(), key }) }
    }

    fn char_of_country(&self, key: KeyCode) -> Option<char> {
        if self.meta() || (self.ctrl() && self.altgr()) {
            return None;
        }
        if self.ctrl() {
            if !self.takes_ctrl_codes {
                return None;
            }
            return control_of(self.layout.char_of(key, self.shift(), false)?);
        }
        if self.altgr() {
            return self.altgr_char_of(key);
        }
        if self.shift() && keypad::shift_changes(key) {
            return None;
        }
        keypad::char_of(key, self.layout.decimal()).or_else(|| self.layout_char_of(key))
    }

    fn layout_char_of(&self, key: KeyCode) -> Option<char> {
        match (self.caps == Caps::Invert, self.caps_switched) {
            (false, false) | (true, true) => self.layout.char_of(key, self.shift(), false),
            (false, true) => self.layout.caps_char_of(key, self.shift(), CapsReach::System),
            (true, false) => self.layout.caps_char_of(key, self.shift(), CapsReach::Letters),
        }
    }

    /// Whether Caps Lock reaches letters on AltGr differs between systems.
    fn altgr_char_of(&self, key: KeyCode) -> Option<char> {
        let caps_on = self.caps_switched != (self.caps == Caps::Invert);
        self.layout.char_of(key, self.shift(), true).filter(|typed| !caps_on || !typed.is_alphabetic())
    }

    fn alt(&self) -> bool {
        self.holds(KeyCode::KEY_LEFTALT)
    }

    fn shift(&self) -> bool {
        self.holds(KeyCode::KEY_LEFTSHIFT) || self.holds(KeyCode::KEY_RIGHTSHIFT)
    }

    fn ctrl(&self) -> bool {
        self.holds(KeyCode::KEY_LEFTCTRL) || self.holds(KeyCode::KEY_RIGHTCTRL)
    }

    fn altgr(&self) -> bool {
        self.holds(KeyCode::KEY_RIGHTALT)
    }

    fn meta(&self) -> bool {
        self.holds(KeyCode::KEY_LEFTMETA) || self.holds(KeyCode::KEY_RIGHTMETA)
    }

    fn holds(&self, key: KeyCode) -> bool {
        self.held.contains(&key)
    }
}

impl From<Result<char, FaultKind>> for Piece {
    fn from(read: Result<char, FaultKind>) -> Self {
        read.map_or_else(Piece::Spoil, Piece::Char)
    }
}

fn is_modifier(key: KeyCode) -> bool {
    matches!(
        key,
        KeyCode::KEY_LEFTSHIFT
            | KeyCode::KEY_RIGHTSHIFT
            | KeyCode::KEY_LEFTCTRL
            | KeyCode::KEY_RIGHTCTRL
            | KeyCode::KEY_LEFTALT
            | KeyCode::KEY_RIGHTALT
            | KeyCode::KEY_LEFTMETA
            | KeyCode::KEY_RIGHTMETA
    )
}

/// A modifier that changes twice in one frame leaves open which keys it was meant for.
fn modifier_taps_inside(changes: &[KeyChange]) -> bool {
    let mut modifiers = changes.iter().map(|change| change.key).filter(|key| is_modifier(*key));
    modifiers.any(|key| changes.iter().filter(|change| change.key == key).count() > 1)
}

/// Some scanners put all digits of an ALT code into one report. The kernel then drops a digit that
/// occurs twice (`0113` arrives as `013`), so such a code may be another than the one meant.
fn shares_alt_digits(changes: &[KeyChange]) -> bool {
    changes.iter().filter(|change| change.down && keypad::digit_of(change.key).is_some()).count() > 1
}

fn suffix_of(key: KeyCode) -> Option<char> {
    match key {
        KeyCode::KEY_ENTER | KeyCode::KEY_KPENTER => Some('\r'),
        KeyCode::KEY_TAB => Some('\t'),
        _ => None,
    }
}

/// The control character of Ctrl and a character key; NUL is none.
fn control_of(typed: char) -> Option<char> {
    match typed {
        'a'..='z' | 'A'..='Z' | '[' | '\\' | ']' | '^' | '_' => Some(char::from(typed as u8 & 0x1f)),
        _ => None,
    }
}
