//! A scanner set to the US keyboard. Its table is written down anew, as rows of a keyboard, so that
//! a slip in the product's table is not repeated here. Scanners of other countries type by the
//! product's tables, which are compared with the keyboard data elsewhere.

use scan::{KeyCode, LAYOUT_KEYS, LayoutName, RawEvent};

const EV_SYN: u16 = 0;
const EV_KEY: u16 = 1;
const EV_MSC: u16 = 4;
const SYN_REPORT: u16 = 0;
const SYN_DROPPED: u16 = 3;
/// What a keyboard that sends a report every millisecond needs for one of them.
pub const FRAME_US: u64 = 1000;

/// Rows of keys with consecutive codes: first code, plain, shifted.
const ROWS: [(u16, &str, &str); 5] = [
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", "ASDFGHJKL:\"~"),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (57, " ", ""),
];
const KEYPAD: [KeyCode; 10] = [
    KeyCode::KEY_KP0,
    KeyCode::KEY_KP1,
    KeyCode::KEY_KP2,
    KeyCode::KEY_KP3,
    KeyCode::KEY_KP4,
    KeyCode::KEY_KP5,
    KeyCode::KEY_KP6,
    KeyCode::KEY_KP7,
    KeyCode::KEY_KP8,
    KeyCode::KEY_KP9,
];

/// How a scanner may send one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Shift and the key in one report.
    Merged,
    /// Shift in reports of its own.
    Separate,
    RightShift,
    /// Digits and minus on the keypad.
    Keypad,
    /// ALT and three digits.
    Alt3,
    /// ALT and four digits.
    Alt4,
    /// Caps Lock instead of Shift for letters.
    Caps,
    /// Upper case as lower case and the other way round, as a scanner does by a setting.
    Inverted,
}

pub const STYLES: [Style; 7] = [Style::Merged, Style::Separate, Style::RightShift, Style::Keypad, Style::Alt3, Style::Alt4, Style::Caps];

/// Collects the events of a scanner.
#[derive(Debug, Clone)]
pub struct Typist {
    pub events: Vec<RawEvent>,
    pub now_us: u64,
    pub frame_us: u64,
    /// Send scan codes, as real USB keyboards do.
    pub scan_codes: bool,
    pub layout: LayoutName,
}

impl Typist {
    pub fn new(now_us: u64) -> Self {
        Self { events: Vec::new(), now_us, frame_us: FRAME_US, scan_codes: false, layout: LayoutName::Us }
    }

    pub fn text(&mut self, text: &str, style: Style) {
        text.chars().for_each(|typed| self.char(typed, style));
    }

    pub fn char(&mut self, typed: char, style: Style) {
        match style {
            Style::Keypad if typed.is_ascii_digit() => return self.tap(KEYPAD[typed as usize - '0' as usize]),
            Style::Keypad if typed == '-' => return self.tap(KeyCode::KEY_KPMINUS),
            Style::Alt3 => return self.alt_code(&format!("{:03}", typed as u32)),
            Style::Alt4 => return self.alt_code(&format!("{:04}", typed as u32)),
            _ => {}
        }
        let wanted = if style == Style::Inverted { other_case(typed) } else { typed };
        let (key, shift, altgr) = key_in(self.layout, wanted).unwrap_or_else(|| panic!("{wanted:?} is on no key of {}", self.layout));
        let held = |shift_key: KeyCode| [(shift, shift_key), (altgr, KeyCode::KEY_RIGHTALT)].into_iter().filter(|(on, _)| *on).map(|(_, key)| key);
        match style {
            Style::Caps if shift && !altgr && self.is_case_of(key, typed) => self.around_caps(key),
            Style::Separate => self.separate(&held(KeyCode::KEY_LEFTSHIFT).collect::<Vec<_>>(), key),
            Style::RightShift => self.with(&held(KeyCode::KEY_RIGHTSHIFT).collect::<Vec<_>>(), key),
            _ => self.with(&held(KeyCode::KEY_LEFTSHIFT).collect::<Vec<_>>(), key),
        }
    }

    pub fn tap(&mut self, key: KeyCode) {
        self.frame(&[(key, 1)]);
        self.frame(&[(key, 0)]);
    }

    pub fn with(&mut self, modifiers: &[KeyCode], key: KeyCode) {
        let all = || modifiers.iter().copied().chain([key]);
        self.frame(&all().map(|key| (key, 1)).collect::<Vec<_>>());
        self.frame(&all().map(|key| (key, 0)).collect::<Vec<_>>());
    }

    pub fn alt_code(&mut self, digits: &str) {
        self.frame(&[(KeyCode::KEY_LEFTALT, 1)]);
        digits.bytes().for_each(|digit| self.tap(KEYPAD[usize::from(digit - b'0')]));
        self.frame(&[(KeyCode::KEY_LEFTALT, 0)]);
    }

    pub fn frame(&mut self, changes: &[(KeyCode, i32)]) {
        for (key, value) in changes {
            if self.scan_codes {
                self.push(EV_MSC, 4, 0x70000 + i32::from(key.0));
            }
            self.push(EV_KEY, key.0, *value);
        }
        self.report();
    }

    pub fn report(&mut self) {
        self.push(EV_SYN, SYN_REPORT, 0);
        self.now_us += self.frame_us;
    }

    pub fn dropped(&mut self) {
        self.push(EV_SYN, SYN_DROPPED, 0);
    }

    pub fn key(&mut self, key: KeyCode, value: i32) {
        self.push(EV_KEY, key.0, value);
    }

    /// Whether the key types this letter in upper case with Caps Lock, and nothing else. A Japanese
    /// keyboard has another key there.
    fn is_case_of(&self, key: KeyCode, upper: char) -> bool {
        self.layout != LayoutName::Jp && upper.is_ascii_uppercase() && self.layout.layout().char_of(key, false, false) == Some(upper.to_ascii_lowercase())
    }

    fn separate(&mut self, modifiers: &[KeyCode], key: KeyCode) {
        modifiers.iter().for_each(|modifier| self.frame(&[(*modifier, 1)]));
        self.tap(key);
        modifiers.iter().for_each(|modifier| self.frame(&[(*modifier, 0)]));
    }

    fn around_caps(&mut self, key: KeyCode) {
        self.tap(KeyCode::KEY_CAPSLOCK);
        self.tap(key);
        self.tap(KeyCode::KEY_CAPSLOCK);
    }

    fn push(&mut self, kind: u16, code: u16, value: i32) {
        self.events.push(RawEvent { t_us: self.now_us, kind, code, value });
    }
}

pub fn dropped_at(t_us: u64) -> RawEvent {
    RawEvent { t_us, kind: EV_SYN, code: SYN_DROPPED, value: 0 }
}

/// The key of a character, and whether Shift is needed.
pub fn key_of(typed: char) -> (KeyCode, bool) {
    for (first, plain, shifted) in ROWS {
        if let Some(at) = plain.chars().position(|on_key| on_key == typed) {
            return (KeyCode(first + at as u16), false);
        }
        if let Some(at) = shifted.chars().position(|on_key| on_key == typed) {
            return (KeyCode(first + at as u16), true);
        }
    }
    panic!("{typed:?} is on no US key");
}

/// The key of a character in a country, and whether Shift and AltGr are needed.
pub fn key_in(layout: LayoutName, typed: char) -> Option<(KeyCode, bool, bool)> {
    if layout == LayoutName::Us {
        let (key, shift) = key_of(typed);
        return Some((key, shift, false));
    }
    let levels = [(false, false), (true, false), (false, true), (true, true)];
    let on_level = |(shift, altgr): (bool, bool)| {
        let key = LAYOUT_KEYS.iter().find(|key| layout.layout().char_of(**key, shift, altgr) == Some(typed));
        key.map(|key| (*key, shift, altgr))
    };
    levels.into_iter().find_map(on_level)
}

fn other_case(typed: char) -> char {
    if typed.is_ascii_lowercase() { typed.to_ascii_uppercase() } else { typed.to_ascii_lowercase() }
}

/// The keys held after these events.
pub fn held_after(events: &[RawEvent]) -> Vec<KeyCode> {
    let mut held = Vec::new();
    for event in events.iter().filter(|event| event.kind == EV_KEY) {
        held.retain(|key: &KeyCode| key.0 != event.code);
        if event.value == 1 {
            held.push(KeyCode(event.code));
        }
    }
    held
}

/// The usage of a key in the reports of a keyboard.
pub fn usage_of(key: KeyCode) -> u8 {
    const LETTERS: [KeyCode; 26] = [
        KeyCode::KEY_A,
        KeyCode::KEY_B,
        KeyCode::KEY_C,
        KeyCode::KEY_D,
        KeyCode::KEY_E,
        KeyCode::KEY_F,
        KeyCode::KEY_G,
        KeyCode::KEY_H,
        KeyCode::KEY_I,
        KeyCode::KEY_J,
        KeyCode::KEY_K,
        KeyCode::KEY_L,
        KeyCode::KEY_M,
        KeyCode::KEY_N,
        KeyCode::KEY_O,
        KeyCode::KEY_P,
        KeyCode::KEY_Q,
        KeyCode::KEY_R,
        KeyCode::KEY_S,
        KeyCode::KEY_T,
        KeyCode::KEY_U,
        KeyCode::KEY_V,
        KeyCode::KEY_W,
        KeyCode::KEY_X,
        KeyCode::KEY_Y,
        KeyCode::KEY_Z,
    ];
    if let Some(at) = LETTERS.iter().position(|letter| *letter == key) {
        return 4 + at as u8;
    }
    match key {
        KeyCode::KEY_ENTER => 0x28,
        KeyCode::KEY_MINUS => 0x2d,
        KeyCode::KEY_SLASH => 0x38,
        // The digits 1 to 9 and 0 follow each other in both numberings.
        _ => 0x1e + (key.0 - KeyCode::KEY_1.0) as u8,
    }
}
