//! The tables of keyboard countries beside the keyboard data they were made from, by two ways: the
//! stored data, and the system's library where it is installed.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;

use scan::{KeyCode, LAYOUT_KEYS, LayoutName, ScannerConfig};
use support::data;
use support::rig::{Rig, keyboard, texts_and_faults};
use support::us::Typist;
use support::xkb::{Held, Xkb};

const RIGHT_ALT: u16 = 100;
const LEVELS: [(&str, bool, bool); 4] = [("base", false, false), ("shift", true, false), ("altgr", false, true), ("shift_altgr", true, true)];

#[test]
fn every_character_agrees_with_the_stored_data() {
    for name in LayoutName::ALL {
        let Some(file) = data::file(&format!("keymaps/{name}.json")) else { continue };
        let file = fs::read_to_string(file).unwrap();
        let data: serde_json::Value = serde_json::from_str(&file).unwrap();
        let has_altgr = data["keys"][RIGHT_ALT.to_string()]["base"][0] == "ISO_Level3_Shift";
        let stored = |key: KeyCode, level: &str| data["keys"][key.0.to_string()][level][1].as_str().and_then(only_char);
        for key in LAYOUT_KEYS {
            for (level, shift, altgr) in LEVELS {
                let plain = if shift { stored(key, "shift") } else { stored(key, "base") };
                let expected = stored(key, level).filter(|read| !altgr || has_altgr && Some(*read) != plain);
                agree(name, key, shift, altgr, expected);
            }
        }
    }
}

/// Where another version of the data is installed, rare signs may differ from it; what serials are
/// made of never does.
#[test]
fn the_characters_of_serials_agree_with_the_installed_library() {
    let Some(xkb) = Xkb::load() else { return println!("skipped: libxkbcommon is not installed") };
    for name in LayoutName::ALL {
        let (layout, variant) = name.xkb();
        let Some(keyboard) = xkb.keyboard(layout, variant) else { return println!("skipped: xkb-data is not installed") };
        for key in LAYOUT_KEYS {
            for (_, shift, altgr) in LEVELS {
                let held = Held { shift, altgr, ..Held::default() };
                let typed = keyboard.char_of(key.0, held).filter(|read| is_of_serials(*read));
                let typed =
                    typed.filter(|_| !altgr || keyboard.has_altgr() && keyboard.char_of(key.0, Held { altgr: false, ..held }) != keyboard.char_of(key.0, held));
                let read = name.layout().char_of(key, shift, altgr).filter(|read| is_of_serials(*read));
                assert_eq!(read, typed, "{name} {key:?} shift {shift} altgr {altgr}");
            }
        }
    }
}

/// What is read while Caps Lock is on is what the keyboard data says, or a fault where other systems do
/// otherwise. Every letter of serials is read.
#[test]
fn caps_lock_agrees_with_the_stored_data_or_is_a_fault() {
    for name in LayoutName::ALL {
        let Some(file) = data::file(&format!("keymaps/{name}.json")) else { continue };
        let file = fs::read_to_string(file).unwrap();
        let data: serde_json::Value = serde_json::from_str(&file).unwrap();
        for (key, shift) in LAYOUT_KEYS.into_iter().flat_map(|key| [(key, false), (key, true)]) {
            let level = if shift { "caps_shift" } else { "caps" };
            let expected = data["keys"][key.0.to_string()][level][1].as_str().and_then(only_char);
            let read = read_with_caps(name, key, shift);
            assert!(read.is_none() || read == expected, "{name} {key:?} shift {shift}: {read:?}, not {expected:?}");
            let is_letter = name.layout().char_of(key, false, false).is_some_and(|read| read.is_ascii_lowercase());
            assert!(read.is_some() || !is_letter || matches!(name, LayoutName::Tr | LayoutName::Jp), "{name} {key:?} shift {shift}");
        }
    }
}

/// Every serial can be typed on every keyboard but the two whose letters are others.
#[test]
fn the_characters_of_serials_are_on_every_keyboard() {
    for name in LayoutName::ALL {
        let on_keyboard =
            |wanted: char| LEVELS.iter().any(|(_, shift, altgr)| LAYOUT_KEYS.iter().any(|key| name.layout().char_of(*key, *shift, *altgr) == Some(wanted)));
        let missing: String = (' '..='~').filter(|read| is_of_serials(*read) && !on_keyboard(*read)).collect();
        let expected = match name {
            LayoutName::Gr => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            LayoutName::Ru => "#ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            _ => "",
        };
        assert_eq!(missing, expected, "{name}");
    }
}

fn agree(name: LayoutName, key: KeyCode, shift: bool, altgr: bool, expected: Option<char>) {
    let read = name.layout().char_of(key, shift, altgr);
    let foreign = key == KeyCode::KEY_102ND && matches!(name, LayoutName::Us | LayoutName::UsDvorak | LayoutName::Kr | LayoutName::Jp);
    assert_eq!(read, expected.filter(|_| !foreign), "{name} {key:?} shift {shift} altgr {altgr}");
}

fn read_with_caps(layout: LayoutName, key: KeyCode, shift: bool) -> Option<char> {
    let mut typist = Typist::new(2_000_000);
    typist.tap(KeyCode::KEY_CAPSLOCK);
    typist.with(if shift { &[KeyCode::KEY_LEFTSHIFT] } else { &[] }, key);
    typist.tap(KeyCode::KEY_CAPSLOCK);
    typist.tap(KeyCode::KEY_ENTER);
    let mut rig = Rig::new(&ScannerConfig { layout, ..keyboard() });
    rig.events(&typist.events);
    texts_and_faults(&rig.finish()).0.first().and_then(|text| only_char(text))
}

fn only_char(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|read| chars.next().is_none() && !read.is_control())
}

fn is_of_serials(read: char) -> bool {
    read.is_ascii_alphanumeric() || "_-()#/".contains(read)
}
