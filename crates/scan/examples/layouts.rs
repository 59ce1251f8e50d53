//! Makes the tables of keyboard countries from the system's keyboard data (Debian: `xkb-data` and
//! `libxkbcommon0`): `cargo run -p scan --example layouts > crates/scan/src/keys/layout/tables.rs`.
//!
//! What is made is part of the crate, so that a scanner reads the same on every machine; it is made
//! anew only when a country is added.

#[path = "../tests/support/xkb.rs"]
mod xkb;

use scan::{KeyCode, LAYOUT_KEYS, LayoutName, NO_CHAR};
use xkb::{Held, Keyboard, Xkb};

const KEYPAD_DOT: u16 = 83;

fn main() -> Result<(), String> {
    let xkb = Xkb::load().ok_or("libxkbcommon.so.0 is not installed: apt install libxkbcommon0 xkb-data")?;
    println!("//! Made by `examples/layouts.rs` from Debian's `xkb-data`, whose licence is MIT/X11. Not to be edited.");
    println!("//!\n//! Each line holds the characters of the keys in `LAYOUT_KEYS`, `{NO_CHAR}` where there is none.\n");
    println!("use super::Layout;\n\n/// In the order of `LayoutName::ALL`.");
    println!("pub(super) static TABLES: [Layout; {}] = [", LayoutName::ALL.len());
    for name in LayoutName::ALL {
        print!("{}", table(&xkb, name)?);
    }
    println!("];");
    Ok(())
}

fn table(xkb: &Xkb, name: LayoutName) -> Result<String, String> {
    let (layout, variant) = name.xkb();
    let keyboard = xkb.keyboard(layout, variant).ok_or_else(|| format!("no keyboard data for {layout}({variant})"))?;
    let decimal = keyboard.char_of(KEYPAD_DOT, Held { num: true, ..Held::default() }).unwrap_or(NO_CHAR);
    let levels = [(false, false), (true, false), (false, true), (true, true)].map(|(shift, altgr)| level(&keyboard, name, shift, altgr));
    let lines: String = levels.iter().map(|level| format!("            {level:?},\n")).collect();
    Ok(format!("    Layout::new(\n        {:?},\n        [\n{lines}        ],\n        {decimal:?},\n    ),\n", name.code()))
}

/// AltGr that changes nothing is no reason for a scanner to press it, so it stands for nothing.
fn level(keyboard: &Keyboard<'_>, name: LayoutName, shift: bool, altgr: bool) -> String {
    let typed = |key: KeyCode, altgr: bool| keyboard.char_of(key.0, Held { shift, altgr, ..Held::default() });
    let char_of = |key: KeyCode| {
        let plain = typed(key, false);
        let with_altgr = || typed(key, true).filter(|read| keyboard.has_altgr() && Some(*read) != plain);
        if is_foreign(name, key) {
            None
        } else if altgr {
            with_altgr()
        } else {
            plain
        }
    };
    LAYOUT_KEYS.iter().map(|key| char_of(*key).unwrap_or(NO_CHAR)).collect()
}

/// The key left of Z is on no keyboard of these countries, and systems differ on what it is there.
fn is_foreign(name: LayoutName, key: KeyCode) -> bool {
    key == KeyCode::KEY_102ND && matches!(name, LayoutName::Us | LayoutName::UsDvorak | LayoutName::Kr | LayoutName::Jp)
}
