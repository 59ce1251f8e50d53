//! One scan of the known text, and what is found out by it.
#![allow(clippy::unwrap_used)]

mod support;

use scan::learn::{CODE, Found, Verdict, judge};
use scan::{AimMode, Caps, KeyCode, LayoutName, Outcome, Pipeline, Raw, ScannerConfig, Source, Suffix};
use support::rig::{Rig, boot_keyboard, keyboard, texts_and_faults};
use support::us::{Style, Typist, key_in};

const SERIALS: [&str; 3] = ["SN-2024(07)#A/B_0042XyZ", "qwertzuiopasdfghjklyxcvbnm", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"];

/// Whatever country a scanner is set to, it is read rightly after one scan.
#[test]
fn every_country_is_found() {
    for layout in countries() {
        let found = found(&typed(layout, Style::Merged, &format!("{CODE}\r")));
        assert!(found.layouts.contains(&layout), "{layout}: {:?}", found.layouts);
        assert_eq!((found.config.layout, found.config.caps), (found.layouts[0], Caps::Track), "{layout}");
        assert_reads(&found.config, layout, Style::Merged);
    }
}

#[test]
fn inverted_letters_are_found() {
    for layout in [LayoutName::Us, LayoutName::De, LayoutName::Fr, LayoutName::Cz] {
        let found = found(&typed(layout, Style::Inverted, &format!("{CODE}\r")));
        assert_eq!(found.config.caps, Caps::Invert, "{layout}");
        assert_reads(&found.config, layout, Style::Inverted);
    }
}

#[test]
fn alt_codes_are_found_and_mean_the_same_everywhere() {
    for style in [Style::Alt3, Style::Alt4] {
        let found = found(&typed(LayoutName::Us, style, &format!("{CODE}\r")));
        assert!(found.habits.alt_codes);
        assert_eq!(found.layouts, LayoutName::ALL);
        assert_reads(&found.config, LayoutName::Us, style);
    }
}

#[test]
fn caps_lock_that_means_nothing_is_found() {
    let mut typist = Typist::new(1_000_000);
    typist.tap(KeyCode::KEY_CAPSLOCK);
    typist.text(CODE, Style::Merged);
    typist.tap(KeyCode::KEY_ENTER);
    let found = found(&typist.events.into_iter().map(Raw::Event).collect::<Vec<_>>());
    assert_eq!(found.config.caps, Caps::Ignore);
}

/// What stands around the text, by a keyboard and by a serial line.
#[test]
fn what_stands_around_the_text_is_found() {
    check("", "\r", |config| config.suffix == [Suffix::Cr] && config.suffix_required);
    check("", "\t", |config| config.suffix == [Suffix::Tab]);
    check("", "", |config| config.suffix.is_empty() && !config.suffix_required && config.gap_ms.is_some());
    check("]C0", "\r", |config| config.aim == AimMode::Required && config.prefix.is_empty());
    check("B]C0", "C\r", |config| config.aim == AimMode::Required && config.prefix == "B" && config.postfix == "C");
    check("j", "\r", |config| config.prefix == "j" && config.aim == AimMode::Off);
}

#[test]
fn serial_lines_are_found() {
    let line = Source::tty("/dev/scanner", 9600);
    let found = |bytes: &[u8]| match judge(&line, None, &chunks(bytes)) {
        Verdict::Found(found) => *found,
        other => panic!("{other:?}"),
    };
    let plain = found(format!("{CODE}\r\n").as_bytes());
    assert_eq!((plain.config.suffix, plain.layouts.len(), plain.config.source), (vec![Suffix::CrLf], 0, line.clone()));
    let framed = found(format!("\u{2}{CODE}\u{3}").as_bytes());
    assert_eq!((framed.config.suffix, framed.config.prefix.as_str()), (vec![Suffix::Etx], "\u{2}"));
    let packets = found(&ssi(CODE));
    let Source::Tty { line, .. } = packets.config.source else { panic!("a line stays one") };
    assert_eq!(line.framing, scan::Framing::Ssi);
}

/// A report with all digits of an ALT code, which only raw reports show whole.
#[test]
fn raw_keyboards_are_found_where_the_kernels_keys_are_not_enough() {
    let form = boot_keyboard();
    let source = Source::Hidraw { match_name: None, match_usb: None, path: Some("/dev/hidraw0".into()), form: None };
    let reports: Vec<Raw> = CODE.bytes().chain([13]).flat_map(alt_reports).enumerate().map(|(at, report)| at_time(at, report)).collect();
    let Verdict::Found(found) = judge(&source, Some(&form), &reports) else { panic!("not found") };
    assert!(found.habits.alt_codes);
    assert_eq!(found.layouts, LayoutName::ALL);
    assert_eq!(found.config.source, source);
}

#[test]
fn what_is_wrong_is_named() {
    let verdict = |raws: &[Raw]| match judge(&keyboard().source, None, raws) {
        Verdict::Differs(differs) => differs.wrong.iter().map(|one| format!("{}{} ", one.wanted.unwrap_or('·'), one.read.unwrap_or('·'))).collect::<String>(),
        other => format!("{other:?}"),
    };
    assert_eq!(verdict(&typed(LayoutName::Us, Style::Merged, &format!("{}\r", CODE.replace('_', "")))), "_· ");
    assert_eq!(verdict(&typed(LayoutName::Us, Style::Merged, &format!("{}\r", CODE.to_uppercase()))), "aA zZ qQ wW yY mM ");
    assert_eq!(verdict(&typed(LayoutName::Us, Style::Merged, "hello there\r")), "NotThis");
    let mut lost = typed(LayoutName::Us, Style::Merged, &format!("{CODE}\r"));
    lost.remove(41);
    assert_eq!(verdict(&lost), "Spoiled(Lost)");
}

/// If two scanners send the shown text alike, they send every serial alike.
#[test]
fn the_text_tells_all_countries_apart_that_differ() {
    let letters = ('!'..='~').filter(|read| read.is_ascii_alphanumeric() || "_-()#/".contains(*read));
    let letters: Vec<char> = letters.collect();
    let read_as = |typing: LayoutName, reading: LayoutName, typed: char| {
        let (key, shift, altgr) = key_in(typing, typed)?;
        reading.layout().char_of(key, shift, altgr)
    };
    for typing in countries() {
        for reading in LayoutName::ALL {
            if CODE.chars().all(|typed| read_as(typing, reading, typed) == Some(typed)) {
                assert!(letters.iter().all(|typed| read_as(typing, reading, *typed) == Some(*typed)), "{typing} read as {reading}");
            }
        }
    }
}

fn check(before: &str, after: &str, expected: impl Fn(&ScannerConfig) -> bool) {
    let sent = format!("{before}{CODE}{after}");
    let by_keys = found(&typed(LayoutName::Us, Style::Merged, &sent)).config;
    assert!(expected(&by_keys), "{by_keys:?}");
    let Verdict::Found(by_line) = judge(&Source::tty("/dev/scanner", 9600), None, &chunks(sent.as_bytes())) else { panic!("{sent:?}") };
    assert!(expected(&by_line.config), "{:?}", by_line.config);
    for config in [by_keys, by_line.config] {
        config.check().unwrap();
        let text = scan::config::to_toml(std::slice::from_ref(&config)).unwrap();
        let read: toml::Table = toml::from_str(&text).unwrap();
        assert_eq!(read["scanner"][0].clone().try_into::<ScannerConfig>().unwrap(), config);
    }
}

fn found(raws: &[Raw]) -> Found {
    match judge(&keyboard().source, None, raws) {
        Verdict::Found(found) => *found,
        other => panic!("{other:?}"),
    }
}

fn assert_reads(config: &ScannerConfig, layout: LayoutName, style: Style) {
    let mut rig = Rig::new(config);
    for serial in SERIALS {
        let start_us = rig.now_us + 1_000_000;
        rig.pass(1_000_000);
        rig.events(&events(layout, style, &format!("{serial}\r"), start_us));
    }
    let out = rig.finish();
    assert_eq!(texts_and_faults(&out), (SERIALS.to_vec(), 0), "{layout}");
}

/// Those whose keyboards have every character of the text.
fn countries() -> impl Iterator<Item = LayoutName> {
    LayoutName::ALL.into_iter().filter(|layout| CODE.chars().all(|typed| key_in(*layout, typed).is_some()))
}

fn typed(layout: LayoutName, style: Style, text: &str) -> Vec<Raw> {
    events(layout, style, text, 1_000_000).into_iter().map(Raw::Event).collect()
}

fn events(layout: LayoutName, style: Style, text: &str, start_us: u64) -> Vec<scan::RawEvent> {
    let mut typist = Typist { layout, ..Typist::new(start_us) };
    for read in text.chars() {
        match read {
            '\r' => typist.tap(KeyCode::KEY_ENTER),
            '\t' => typist.tap(KeyCode::KEY_TAB),
            _ => typist.char(read, style),
        }
    }
    typist.events
}

fn chunks(bytes: &[u8]) -> Vec<Raw> {
    let chunk = |(at, bytes): (usize, &[u8])| Raw::Bytes { empty_us: 1_000_000 + at as u64 * 1000, t_us: 1_000_500 + at as u64 * 1000, bytes: bytes.to_vec() };
    bytes.chunks(7).enumerate().map(chunk).collect()
}

fn ssi(text: &str) -> Vec<u8> {
    let mut packet = vec![text.len() as u8 + 5, 0xf3, 0, 0, 3];
    packet.extend(text.bytes());
    let sum = packet.iter().fold(0u16, |sum, byte| sum.wrapping_sub(u16::from(*byte)));
    packet.extend(sum.to_be_bytes());
    packet
}

fn alt_reports(byte: u8) -> [[u8; 8]; 2] {
    let digit = |value: u8| if value == 0 { 0x62 } else { 0x58 + value };
    let down = if byte == 13 { [0, 0, 0x28, 0, 0, 0, 0, 0] } else { [4, 0, digit(byte / 100), digit(byte / 10 % 10), digit(byte % 10), 0, 0, 0] };
    [down, [0; 8]]
}

fn at_time(at: usize, report: [u8; 8]) -> Raw {
    let t_us = 1_000_000 + at as u64 * 1000;
    Raw::Report { empty_us: t_us, t_us, bytes: report.to_vec() }
}

/// A recording is judged by the very pipeline that reads the scanner later.
#[test]
fn the_found_settings_read_the_recording_itself() {
    let raws = typed(LayoutName::De, Style::Separate, &format!("{CODE}\r"));
    let mut pipeline = Pipeline::new(&found(&raws).config);
    let mut out = Vec::new();
    raws.iter().for_each(|raw| pipeline.take(raw, &mut out));
    assert!(matches!(&out[..], [Outcome::Scan(scan)] if scan.text == CODE), "{out:?}");
}
