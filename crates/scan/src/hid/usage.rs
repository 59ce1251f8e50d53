//! Key usages of HID keyboards and the kernel's names for them.

use evdev::KeyCode;

/// Usage 4 and those after it, as the kernel maps them.
const FROM_4: [u16; 97] = [
    30, 48, 46, 32, 18, 33, 34, 35, 23, 36, 37, 38, 50, 49, 24, 25, 16, 19, 31, 20, 22, 47, 17, 45, 21, 44, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 28, 1, 14, 15, 57,
    12, 13, 26, 27, 43, 43, 39, 40, 41, 51, 52, 53, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 87, 88, 99, 70, 119, 110, 102, 104, 111, 107, 109, 106, 105,
    108, 103, 69, 98, 55, 74, 78, 96, 79, 80, 81, 75, 76, 77, 71, 72, 73, 82, 83, 86,
];
const KEYPAD_EQUAL: u8 = 0x67;
/// Beyond the run, what scanners of some countries type.
const OTHERS: [(u8, KeyCode); 8] = [
    (KEYPAD_EQUAL, KeyCode::KEY_KPEQUAL),
    (0x85, KeyCode::KEY_KPCOMMA),
    (0x87, KeyCode::KEY_RO),
    (0x88, KeyCode::KEY_KATAKANAHIRAGANA),
    (0x89, KeyCode::KEY_YEN),
    (0xb6, KeyCode::KEY_KPLEFTPAREN),
    (0xb7, KeyCode::KEY_KPRIGHTPAREN),
    (0x9e, KeyCode::KEY_ENTER),
];

/// The bits of the first byte of a keyboard's report.
pub(super) const MODIFIERS: [KeyCode; 8] = [
    KeyCode::KEY_LEFTCTRL,
    KeyCode::KEY_LEFTSHIFT,
    KeyCode::KEY_LEFTALT,
    KeyCode::KEY_LEFTMETA,
    KeyCode::KEY_RIGHTCTRL,
    KeyCode::KEY_RIGHTSHIFT,
    KeyCode::KEY_RIGHTALT,
    KeyCode::KEY_RIGHTMETA,
];

/// `KEY_UNKNOWN` for a usage without a key, which then stands for no character.
pub(super) fn key_of(usage: u8) -> KeyCode {
    let in_run = usage.checked_sub(4).and_then(|at| FROM_4.get(usize::from(at)));
    let other = || OTHERS.iter().find(|(known, _)| *known == usage).map(|(_, key)| *key);
    in_run.map(|code| KeyCode(*code)).or_else(other).unwrap_or(KeyCode::KEY_UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usages_have_the_kernels_keys() {
        let expected = [
            (0x04, KeyCode::KEY_A),
            (0x1d, KeyCode::KEY_Z),
            (0x1e, KeyCode::KEY_1),
            (0x27, KeyCode::KEY_0),
            (0x28, KeyCode::KEY_ENTER),
            (0x2c, KeyCode::KEY_SPACE),
            (0x2d, KeyCode::KEY_MINUS),
            (0x32, KeyCode::KEY_BACKSLASH),
            (0x38, KeyCode::KEY_SLASH),
            (0x39, KeyCode::KEY_CAPSLOCK),
            (0x53, KeyCode::KEY_NUMLOCK),
            (0x54, KeyCode::KEY_KPSLASH),
            (0x58, KeyCode::KEY_KPENTER),
            (0x59, KeyCode::KEY_KP1),
            (0x62, KeyCode::KEY_KP0),
            (0x63, KeyCode::KEY_KPDOT),
            (0x64, KeyCode::KEY_102ND),
            (0x67, KeyCode::KEY_KPEQUAL),
            (0x66, KeyCode::KEY_UNKNOWN),
            (0xff, KeyCode::KEY_UNKNOWN),
        ];
        for (usage, key) in expected {
            assert_eq!(key_of(usage), key, "{usage:#x}");
        }
    }
}
