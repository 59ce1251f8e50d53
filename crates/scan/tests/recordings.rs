//! Logs of real scanners, where they are at hand.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;

use scan::{FaultKind, Form, FormName, KeyCode, Outcome, Raw, RawEvent};
use support::data;
use support::rig::{Rig, boot_keyboard, keyboard, texts_and_faults};
use support::us::Typist;

/// Runs of keyboard usages, each with its first number, as the usage tables name their keys.
const USAGES: [(u8, &[KeyCode]); 3] = {
    use KeyCode as K;
    [
        (
            0x04,
            &[
                K::KEY_A,
                K::KEY_B,
                K::KEY_C,
                K::KEY_D,
                K::KEY_E,
                K::KEY_F,
                K::KEY_G,
                K::KEY_H,
                K::KEY_I,
                K::KEY_J,
                K::KEY_K,
                K::KEY_L,
                K::KEY_M,
                K::KEY_N,
                K::KEY_O,
                K::KEY_P,
                K::KEY_Q,
                K::KEY_R,
                K::KEY_S,
                K::KEY_T,
                K::KEY_U,
                K::KEY_V,
                K::KEY_W,
                K::KEY_X,
                K::KEY_Y,
                K::KEY_Z,
                K::KEY_1,
                K::KEY_2,
                K::KEY_3,
                K::KEY_4,
                K::KEY_5,
                K::KEY_6,
                K::KEY_7,
                K::KEY_8,
                K::KEY_9,
                K::KEY_0,
                K::KEY_ENTER,
                K::KEY_ESC,
                K::KEY_BACKSPACE,
                K::KEY_TAB,
                K::KEY_SPACE,
                K::KEY_MINUS,
                K::KEY_EQUAL,
                K::KEY_LEFTBRACE,
                K::KEY_RIGHTBRACE,
                K::KEY_BACKSLASH,
            ],
        ),
        (0x33, &[K::KEY_SEMICOLON, K::KEY_APOSTROPHE, K::KEY_GRAVE, K::KEY_COMMA, K::KEY_DOT, K::KEY_SLASH, K::KEY_CAPSLOCK]),
        (
            0x53,
            &[
                K::KEY_NUMLOCK,
                K::KEY_KPSLASH,
                K::KEY_KPASTERISK,
                K::KEY_KPMINUS,
                K::KEY_KPPLUS,
                K::KEY_KPENTER,
                K::KEY_KP1,
                K::KEY_KP2,
                K::KEY_KP3,
                K::KEY_KP4,
                K::KEY_KP5,
                K::KEY_KP6,
                K::KEY_KP7,
                K::KEY_KP8,
                K::KEY_KP9,
                K::KEY_KP0,
                K::KEY_KPDOT,
                K::KEY_102ND,
            ],
        ),
    ]
};
/// By the bits of a report's first byte.
const MODIFIERS: [KeyCode; 8] = [
    KeyCode::KEY_LEFTCTRL,
    KeyCode::KEY_LEFTSHIFT,
    KeyCode::KEY_LEFTALT,
    KeyCode::KEY_LEFTMETA,
    KeyCode::KEY_RIGHTCTRL,
    KeyCode::KEY_RIGHTSHIFT,
    KeyCode::KEY_RIGHTALT,
    KeyCode::KEY_RIGHTMETA,
];

/// Logs of key events, of which those that were published have a hole that their readers did not notice:
/// none of these may give a text. A log without a hole gives one for each Enter.
#[test]
fn logs_with_holes_give_a_fault() {
    for log in data::files("recordings", ".evdev.txt") {
        let events = key_log(&log);
        let codes = if is_whole(&events) { enters(&events) } else { 0 };
        let mut rig = Rig::new(&keyboard());
        rig.events(&events);
        let out = rig.finish();
        let (texts, faults) = texts_and_faults(&out);
        assert_eq!((texts.len(), faults > 0), (codes, codes == 0), "{}: {out:?}", log.display());
    }
}

/// Each key that goes down comes up before it goes down again, Enter is the last, and no pause is longer
/// than a scanner's.
fn is_whole(events: &[RawEvent]) -> bool {
    let mut held = Vec::new();
    let keys: Vec<&RawEvent> = events.iter().filter(|event| event.kind == 1).collect();
    for event in &keys {
        let at = held.iter().position(|code| *code == event.code);
        match (event.value, at) {
            (1, None) => held.push(event.code),
            (0, Some(at)) => drop(held.remove(at)),
            (2, Some(_)) => {}
            _ => return false,
        }
    }
    let pauses = keys.windows(2).filter(|pair| KeyCode(pair[0].code) != KeyCode::KEY_ENTER).map(|pair| pair[1].t_us - pair[0].t_us);
    let ends = keys.last().is_some_and(|event| KeyCode(event.code) == KeyCode::KEY_ENTER);
    held.is_empty() && ends && pauses.max().unwrap_or(0) < 100_000
}

fn enters(events: &[RawEvent]) -> usize {
    events.iter().filter(|event| event.kind == 1 && event.value == 1 && KeyCode(event.code) == KeyCode::KEY_ENTER).count()
}

/// What the kernel's keys say of a report, its raw reports say too, and often more: whatever the log, the
/// two ways never give two texts.
#[test]
fn both_ways_of_reading_reports_agree() {
    for log in data::files("recordings", ".hidraw.txt") {
        let (by_keys, raw) = (replay_reports(&log), replay_raw(&reports_of(&log)));
        let (by_keys, raw) = (texts_and_faults(&by_keys), texts_and_faults(&raw));
        assert!(by_keys.0 == raw.0 || by_keys.0.is_empty() && by_keys.1 > 0, "{}: {by_keys:?} and {raw:?}", log.display());
        assert!(raw.0.len() + raw.1 > 0, "{}: nothing came of it", log.display());
    }
}

/// The hole itself must be found, not merely the missing end: with the log's own end replaced by
/// proper keys and Enter, the scan is still void.
#[test]
fn a_hole_is_found_though_the_scan_ends_properly() {
    let Some(log) = data::file("recordings/datalogic-gfs4400-altmode.evdev.txt") else { return };
    let mut events = key_log(&log);
    let mut typist = Typist::new(events.last().unwrap().t_us + 1000);
    for key in [KeyCode::KEY_KP5, KeyCode::KEY_LEFTALT] {
        typist.frame(&[(key, 0)]);
    }
    typist.tap(KeyCode::KEY_ENTER);
    events.extend(typist.events);
    let mut rig = Rig::new(&keyboard());
    rig.events(&events);
    let out = rig.finish();
    let Outcome::Fault(fault) = &out[0] else { panic!("{out:?}") };
    assert_eq!((out.len(), fault.kind, fault.raw.as_slice()), (1, FaultKind::Damaged, b"48".as_slice()));
}

#[test]
fn boot_reports_of_a_plain_scanner_are_read() {
    let Some(log) = data::file("recordings/opticon-m10-boot-reports.hidraw.txt") else { return };
    let out = replay_reports(&log);
    assert_eq!(texts_and_faults(&out), (vec!["150501"], 0));
}

/// The same reports, read raw, show the digit that the kernel drops.
#[test]
fn raw_reports_with_whole_alt_codes_are_read() {
    for (log, text) in [("altmode-multi-usage-boot-reports", "SIP-4-1"), ("opticon-m10-boot-reports", "150501")] {
        let Some(log) = data::file(&format!("recordings/{log}.hidraw.txt")) else { continue };
        let out = replay_raw(&reports_of(&log));
        assert_eq!(texts_and_faults(&out), (vec![text], 0), "{out:?}");
    }
}

/// Usages in decimal, as they were logged: Num Lock in front, and Shift before the colon.
#[test]
fn a_log_of_usages_is_read() {
    let Some(log) = data::file("recordings/julzhk-7-qr.hidraw-bytes.txt") else { return };
    let text = fs::read_to_string(log).unwrap();
    let line = text.lines().find(|line| !line.starts_with('#')).unwrap();
    let usages: Vec<u8> = line.split_whitespace().map(|usage| usage.parse().unwrap()).filter(|usage| *usage != 2).collect();
    let reports: Vec<Vec<u8>> = usages.iter().flat_map(|usage| [vec![if *usage == 51 { 2 } else { 0 }, 0, *usage, 0, 0, 0, 0, 0], vec![0; 8]]).collect();
    let out = replay_raw(&reports);
    assert_eq!(texts_and_faults(&out), (vec!["https://revpay.uk/52109618"], 0), "{out:?}");
}

/// Scanners that are slow, such as one that needs 16 ms for a character, and once 47.
#[test]
fn the_rhythm_of_a_slow_scanner_breaks_no_code() {
    for log in data::files("recordings", ".timing.txt") {
        let text = fs::read_to_string(&log).unwrap();
        let line = text.lines().find(|line| !line.starts_with('#')).unwrap();
        let times_us: Vec<u64> = line.split_whitespace().map(|ms| (ms.parse::<f64>().unwrap() * 1000.0) as u64).collect();
        let mut rig = Rig::new(&keyboard());
        for (t_us, key) in times_us.iter().zip((1..=10).cycle()) {
            rig.pass(t_us - rig.now_us.min(*t_us));
            let mut typist = Typist::new(*t_us);
            typist.tap(KeyCode(key + 1));
            rig.events(&typist.events);
        }
        let mut typist = Typist::new(rig.now_us + 16_000);
        typist.tap(KeyCode::KEY_ENTER);
        rig.events(&typist.events);
        let typed: String = "1234567890".chars().cycle().take(times_us.len()).collect();
        let out = rig.finish();
        assert_eq!(texts_and_faults(&out), (vec![&*typed], 0), "{}: {out:?}", log.display());
    }
}

/// Descriptors of keyboard scanners' reports, and descriptors of devices, which are something else.
#[test]
fn descriptors_are_told_apart() {
    let form = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        let bytes: Vec<u8> = text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect();
        Form::of(&bytes, None).map(|form| form.name())
    };
    for path in data::files("descriptors", ".report-descriptor.hex") {
        assert!(form(&path).is_some(), "{}", path.display());
    }
    for path in data::files("descriptors", ".device-descriptor.hex") {
        assert_eq!(form(&path), None, "{}", path.display());
    }
    let Some(keyboard) = data::file("descriptors/datalogic-gryphon-gd4400.report-descriptor.hex") else { return };
    assert_eq!(form(&keyboard), Some(FormName::Keyboard));
}

/// All digits of a character in one report: the kernel drops the second of two equal digits, so the
/// code cannot be known and must not be guessed.
#[test]
fn reports_with_whole_alt_codes_give_a_fault() {
    let Some(log) = data::file("recordings/altmode-multi-usage-boot-reports.hidraw.txt") else { return };
    let out = replay_reports(&log);
    assert_eq!(texts_and_faults(&out), (vec![], 1), "{out:?}");
}

/// Lines of `seconds code name value`, each key change a frame of its own.
fn key_log(path: &Path) -> Vec<RawEvent> {
    let text = fs::read_to_string(path).unwrap();
    let mut events = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (seconds, micros) = fields[0].split_once('.').unwrap();
        let t_us = seconds.parse::<u64>().unwrap() * 1_000_000 + micros.parse::<u64>().unwrap();
        let value = fields[3].parse().unwrap();
        events.push(RawEvent { t_us, kind: 1, code: fields[1].parse().unwrap(), value });
        events.push(RawEvent { t_us, kind: 0, code: 0, value: 0 });
    }
    events
}

/// Plays boot reports as the kernel turns them into key events: modifiers first, then the array in
/// its order, a usage that occurs twice only once.
fn replay_reports(path: &Path) -> Vec<Outcome> {
    let text = fs::read_to_string(path).unwrap();
    let mut typist = Typist::new(2_000_000);
    let mut held: Vec<KeyCode> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let next = keys_of(line);
        let ups = held.iter().filter(|key| !next.contains(key)).map(|key| (*key, 0));
        let downs = next.iter().filter(|key| !held.contains(key)).map(|key| (*key, 1));
        typist.frame(&ups.chain(downs).collect::<Vec<_>>());
        held = next;
    }
    let mut rig = Rig::new(&keyboard());
    rig.events(&typist.events);
    rig.finish()
}

fn reports_of(path: &Path) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()).map(bytes_of).collect()
}

/// Plays reports as hidraw hands them over.
fn replay_raw(reports: &[Vec<u8>]) -> Vec<Outcome> {
    let mut rig = Rig::new(&keyboard());
    rig.pipeline.speaks(&boot_keyboard());
    for report in reports {
        rig.pass(1000);
        let raw = Raw::Report { empty_us: rig.now_us, t_us: rig.now_us, bytes: report.clone() };
        rig.pipeline.take(&raw, &mut rig.out);
    }
    rig.finish()
}

fn bytes_of(report: &str) -> Vec<u8> {
    report.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

fn keys_of(report: &str) -> Vec<KeyCode> {
    let bytes = bytes_of(report);
    let mut keys = Vec::new();
    for (bit, key) in MODIFIERS.iter().enumerate() {
        if bytes[0] & (1 << bit) != 0 {
            keys.push(*key);
        }
    }
    for usage in bytes[2..].iter().filter(|usage| **usage != 0) {
        let (_, key) =
            USAGES.iter().flat_map(|(first, keys)| (*first..).zip(*keys)).find(|(known, _)| known == usage).unwrap_or_else(|| panic!("usage {usage:02x}"));
        if !keys.contains(key) {
            keys.push(*key);
        }
    }
    keys
}
