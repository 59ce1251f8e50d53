//! Logs of real scanners, where they are at hand.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;

use scan::{FaultKind, Form, FormName, KeyCode, Outcome, Raw, RawEvent};
use support::data;
use support::rig::{Rig, boot_keyboard, keyboard, texts_and_faults};
use support::us::Typist;

/// Keyboard usages of a boot report and their keys, as far as the recordings need them.
const USAGES: [(u8, KeyCode); 22] = [
    (0x1e, KeyCode::KEY_1),
    (0x1f, KeyCode::KEY_2),
    (0x20, KeyCode::KEY_3),
    (0x21, KeyCode::KEY_4),
    (0x22, KeyCode::KEY_5),
    (0x23, KeyCode::KEY_6),
    (0x24, KeyCode::KEY_7),
    (0x25, KeyCode::KEY_8),
    (0x26, KeyCode::KEY_9),
    (0x27, KeyCode::KEY_0),
    (0x28, KeyCode::KEY_ENTER),
    (0x59, KeyCode::KEY_KP1),
    (0x5a, KeyCode::KEY_KP2),
    (0x5b, KeyCode::KEY_KP3),
    (0x5c, KeyCode::KEY_KP4),
    (0x5d, KeyCode::KEY_KP5),
    (0x5e, KeyCode::KEY_KP6),
    (0x5f, KeyCode::KEY_KP7),
    (0x60, KeyCode::KEY_KP8),
    (0x61, KeyCode::KEY_KP9),
    (0x62, KeyCode::KEY_KP0),
    (0x04, KeyCode::KEY_A),
];

/// Every log of key events that is stored has a hole in it that its reader did not notice. None may
/// give a text.
#[test]
fn logs_with_holes_give_a_fault() {
    let Some(folder) = data::folder() else { return };
    let logs: Vec<_> = fs::read_dir(folder.join("recordings"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".evdev.txt"))
        .collect();
    assert!(!logs.is_empty(), "the recordings moved");
    for log in logs {
        let mut rig = Rig::new(&keyboard());
        rig.events(&key_log(&log));
        let out = rig.finish();
        let (texts, faults) = texts_and_faults(&out);
        assert_eq!(texts, Vec::<&str>::new(), "{}", log.display());
        assert_eq!(faults, 1, "{}: {out:?}", log.display());
    }
}

/// The hole itself must be found, not merely the missing end: with the log's own end replaced by
/// proper keys and Enter, the scan is still void.
#[test]
fn a_hole_is_found_though_the_scan_ends_properly() {
    let Some(folder) = data::folder() else { return };
    let log = folder.join("recordings/datalogic-gfs4400-altmode.evdev.txt");
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
    let Some(folder) = data::folder() else { return };
    let out = replay_reports(&folder.join("recordings/opticon-m10-boot-reports.hidraw.txt"));
    assert_eq!(texts_and_faults(&out), (vec!["150501"], 0));
}

/// The same reports, read raw, show the digit that the kernel drops.
#[test]
fn raw_reports_with_whole_alt_codes_are_read() {
    let Some(folder) = data::folder() else { return };
    let out = replay_raw(&reports_of(&folder.join("recordings/altmode-multi-usage-boot-reports.hidraw.txt")));
    assert_eq!(texts_and_faults(&out), (vec!["SIP-4-1"], 0), "{out:?}");
    let out = replay_raw(&reports_of(&folder.join("recordings/opticon-m10-boot-reports.hidraw.txt")));
    assert_eq!(texts_and_faults(&out), (vec!["150501"], 0), "{out:?}");
}

/// Usages in decimal, as they were logged: Num Lock in front, and Shift before the colon.
#[test]
fn a_log_of_usages_is_read() {
    let Some(folder) = data::folder() else { return };
    let text = fs::read_to_string(folder.join("recordings/julzhk-7-qr.hidraw-bytes.txt")).unwrap();
    let line = text.lines().find(|line| !line.starts_with('#')).unwrap();
    let usages: Vec<u8> = line.split_whitespace().map(|usage| usage.parse().unwrap()).filter(|usage| *usage != 2).collect();
    let reports: Vec<Vec<u8>> = usages.iter().flat_map(|usage| [vec![if *usage == 51 { 2 } else { 0 }, 0, *usage, 0, 0, 0, 0, 0], vec![0; 8]]).collect();
    let out = replay_raw(&reports);
    assert_eq!(texts_and_faults(&out), (vec!["https://revpay.uk/52109618"], 0), "{out:?}");
}

/// A scanner that needs 16 ms for a character, and once 47.
#[test]
fn the_rhythm_of_a_slow_scanner_breaks_no_code() {
    let Some(folder) = data::folder() else { return };
    let text = fs::read_to_string(folder.join("recordings/jquery-scannerdetection-2-datalogic-n263.timing.txt")).unwrap();
    let line = text.lines().find(|line| !line.starts_with('#')).unwrap();
    let times_us: Vec<u64> = line.split_whitespace().map(|ms| (ms.parse::<f64>().unwrap() * 1000.0) as u64).collect();
    let mut rig = Rig::new(&keyboard());
    for (t_us, key) in times_us.iter().zip(1..) {
        rig.pass(t_us - rig.now_us.min(*t_us));
        let mut typist = Typist::new(*t_us);
        typist.tap(KeyCode(key + 1));
        rig.events(&typist.events);
    }
    let mut typist = Typist::new(rig.now_us + 16_000);
    typist.tap(KeyCode::KEY_ENTER);
    rig.events(&typist.events);
    let out = rig.finish();
    assert_eq!(texts_and_faults(&out), (vec!["1234567890"], 0), "{out:?}");
}

/// A real keyboard scanner's descriptor, and a device descriptor, which is something else.
#[test]
fn descriptors_are_told_apart() {
    let Some(folder) = data::folder() else { return };
    let form = |name: &str| {
        let text = fs::read_to_string(folder.join("descriptors").join(name)).unwrap();
        let bytes: Vec<u8> = text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect();
        Form::of(&bytes, None).map(|form| form.name())
    };
    assert_eq!(form("datalogic-gryphon-gd4400.report-descriptor.hex"), Some(FormName::Keyboard));
    assert_eq!(form("symbol-ds6708-05e0-1200.device-descriptor.hex"), None);
}

/// All digits of a character in one report: the kernel drops the second of two equal digits, so the
/// code cannot be known and must not be guessed.
#[test]
fn reports_with_whole_alt_codes_give_a_fault() {
    let Some(folder) = data::folder() else { return };
    let out = replay_reports(&folder.join("recordings/altmode-multi-usage-boot-reports.hidraw.txt"));
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
    if bytes[0] & 0x04 != 0 {
        keys.push(KeyCode::KEY_LEFTALT);
    }
    for usage in bytes[2..].iter().filter(|usage| **usage != 0) {
        let (_, key) = USAGES.iter().find(|(known, _)| known == usage).unwrap();
        if !keys.contains(key) {
            keys.push(*key);
        }
    }
    keys
}
