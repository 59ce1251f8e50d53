//! The keypad, which means the same under every layout but for its decimal point. Num Lock counts as on: scanners type
//! digits with it, never arrows.

use evdev::KeyCode;

/// The digit of a keypad key.
pub(super) fn digit_of(key: KeyCode) -> Option<u8> {
    let digit = match key {
        KeyCode::KEY_KP0 => 0,
        KeyCode::KEY_KP1 => 1,
        KeyCode::KEY_KP2 => 2,
        KeyCode::KEY_KP3 => 3,
        KeyCode::KEY_KP4 => 4,
        KeyCode::KEY_KP5 => 5,
        KeyCode::KEY_KP6 => 6,
        KeyCode::KEY_KP7 => 7,
        KeyCode::KEY_KP8 => 8,
        KeyCode::KEY_KP9 => 9,
        _ => return None,
    };
    Some(digit)
}

/// The character of a keypad key; `decimal` is what the country writes on the point.
pub(super) fn char_of(key: KeyCode, decimal: char) -> Option<char> {
    let sign = match key {
        KeyCode::KEY_KPDOT => decimal,
        KeyCode::KEY_KPMINUS => '-',
        KeyCode::KEY_KPPLUS => '+',
        KeyCode::KEY_KPASTERISK => '*',
        KeyCode::KEY_KPSLASH => '/',
        KeyCode::KEY_KPEQUAL => '=',
        KeyCode::KEY_KPLEFTPAREN => '(',
        KeyCode::KEY_KPRIGHTPAREN => ')',
        _ => return digit_of(key).map(|digit| char::from(b'0' + digit)),
    };
    Some(sign)
}

/// Whether the key means something else while Shift is held, which no scanner intends.
pub(super) fn shift_changes(key: KeyCode) -> bool {
    digit_of(key).is_some() || key == KeyCode::KEY_KPDOT
}
