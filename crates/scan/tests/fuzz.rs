//! Whatever arrives does no harm: every parser on bytes that are nearly right and on any at all.
//!
//! A run is short here. `SCAN_FUZZ_SECONDS=600 cargo test -p scan --release --test fuzz` looks longer;
//! a failure tells its seed, and `SCAN_FUZZ_SEED=SEED` plays it again.
#![allow(clippy::unwrap_used)]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use scan::learn::{CODE, judge};
use scan::{AimId, Form, Framing, Gs1, Line, Outcome, Pipeline, RAW_EVENT_SIZE, Raw, RawEvent, ScannerConfig, Source};
use support::rig::{BOOT_KEYBOARD, Rig, boot_keyboard, keyboard};

/// Enough for some thousand inputs of each.
const SECONDS_DEFAULT: u64 = 1;

const POS: &[u8] = &[
    0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0x85, 0x02, 0x09, 0x12, 0xa1, 0x02, 0x75, 0x08, 0x95, 0x01, 0x05, 0x01, 0x09, 0x3b, 0x81, 0x02, 0x05, 0x8c, 0x95, 0x03,
    0x09, 0xfb, 0x09, 0xfc, 0x09, 0xfd, 0x81, 0x02, 0x95, 0x08, 0x09, 0xfe, 0x82, 0x02, 0x01, 0x75, 0x01, 0x95, 0x01, 0x09, 0xff, 0x81, 0x02, 0xc0, 0xc0,
];

#[test]
fn descriptors() {
    fuzz(&[BOOT_KEYBOARD, POS], |bytes, dice| {
        let Some(form) = Form::of(bytes, None) else { return };
        let mut rig = Rig::new(&keyboard());
        rig.pipeline.speaks(&form);
        let reports: Vec<Vec<u8>> = (0..8).map(|_| dice.bytes(70)).collect();
        play(rig, reports.iter().map(|report| raw_report(report)));
    });
}

#[test]
fn reports() {
    let forms = [boot_keyboard(), Form::of(POS, None).unwrap(), Form::of(&[], Some(scan::UsbId { vendor: 0x05e0, product: 0x0600 })).unwrap()];
    fuzz(&[b"\x02\x00\x04\x00\x00\x00\x00\x00", b"\x02\x03]C0ABC\0\0\0\0\0\x01", b"\x04ABC\r\0\0\0"], |bytes, dice| {
        let mut rig = Rig::new(&keyboard());
        rig.pipeline.speaks(&forms[dice.below(forms.len())]);
        play(rig, bytes.chunks(dice.below(16) + 1).map(raw_report));
    });
}

#[test]
fn packets() {
    let config =
        ScannerConfig { source: Source::Tty { path: "/dev/a".into(), baud: 9600, line: Line { framing: Framing::Ssi, ..Line::default() } }, ..keyboard() };
    let seeds: [&[u8]; 3] = [b"\x07\xf3\0\0\x01NR\xfe\x65", b"\x05\0\x04\0\0\xff\xf7", b"\x10s\x02\0\0\xf3\0\0\0\x05\x03\0\x02AB\xfe\x6f"];
    fuzz(&seeds, |bytes, dice| play(Rig::new(&config), bytes.chunks(dice.below(9) + 1).map(raw_bytes)));
}

#[test]
fn lines() {
    let config: ScannerConfig = toml::from_str(
        "name = 'a'\nsource = { tty = { path = '/dev/a' } }\naim = 'optional'\ncode_id = 'honeywell'\nprefix = 'B'\n[[rule]]\nkind = 'a'\nwhen = { gs1 = true }\n\
         set = { serial = '21' }\n[[rule]]\nkind = 'b'\nwhen = { regex = '(.)(.)' }\nset = { x = '$2$1' }",
    )
    .unwrap();
    let seeds: [&[u8]; 3] = [b"B]C1j010123123123123321ABC\x1d10X\r\n", b"Bj[)>\x1e06\x1dSSN-1\x1e\x04\r", b"B]E0d2112345678900\r"];
    fuzz(&seeds, |bytes, dice| play(Rig::new(&config), bytes.chunks(dice.below(9) + 1).map(raw_bytes)));
}

#[test]
fn events() {
    let seed: Vec<u8> = (0..12u16)
        .flat_map(|at| {
            RawEvent {
                t_us: 2_000_000 + u64::from(at / 2) * 1000,
                kind: u16::from(at % 2 == 0),
                code: if at % 2 == 0 { 30 } else { 0 },
                value: i32::from(at % 4 == 0),
            }
            .to_bytes()
        })
        .collect();
    fuzz(&[&seed], |bytes, _| {
        let events = bytes.chunks_exact(RAW_EVENT_SIZE).map(RawEvent::from_bytes);
        // A clock that runs for longer than a century is the machine's fault.
        play(Rig::new(&keyboard()), events.filter(|event| event.t_us < 1 << 52).map(Raw::Event));
    });
}

#[test]
fn texts() {
    fuzz(&[b"010123123123123321ABC\x1d10X", b"8008260228112233", b"]C1", b"4331000000-"], |bytes, _| {
        let text = String::from_utf8_lossy(bytes);
        if let Some((aim, rest)) = AimId::split(&text) {
            assert_eq!(format!("{aim}{rest}"), text);
        }
        if let Some(gs1) = Gs1::parse(&text) {
            let joined: usize = gs1.elements().iter().map(|element| element.identifier.len() + element.value.len()).sum();
            let separators = text.matches('\u{1d}').count();
            assert_eq!(joined + separators, text.len(), "nothing is left out: {text:?}");
        }
    });
}

#[test]
fn configurations() {
    let seed = "name = 'a'\nsource = { hidraw = { match_usb = '05e0:1200', form = 'pos' } }\nlayout = 'de'\nkey_map = { F8 = 'x' }\nsymbologies = ['qr']\n";
    fuzz(&[seed.as_bytes()], |bytes, _| {
        let Ok(config) = toml::from_str::<ScannerConfig>(&String::from_utf8_lossy(bytes)) else { return };
        if config.check().is_ok() {
            let written = scan::config::to_toml(std::slice::from_ref(&config)).unwrap();
            let table: toml::Table = toml::from_str(&written).unwrap();
            assert_eq!(table["scanner"][0].clone().try_into::<ScannerConfig>().unwrap(), config);
            Pipeline::new(&config);
        }
    });
}

#[test]
fn recordings() {
    fuzz(&[format!("]C0{CODE}\r\n").as_bytes()], |bytes, dice| {
        let raws: Vec<Raw> = bytes.chunks(dice.below(9) + 1).map(raw_bytes).collect();
        judge(&Source::tty("/dev/a", 9600), None, &raws);
        let raws: Vec<Raw> = bytes.chunks(8).map(raw_report).collect();
        judge(&keyboard().source, Some(&boot_keyboard()), &raws);
    });
}

/// One code after the other has an end, the thread would not spin, and no text is empty.
fn play(mut rig: Rig, raws: impl Iterator<Item = Raw>) {
    for raw in raws {
        rig.pass(700);
        let raw = at_time(raw, rig.now_us);
        rig.now_us = rig.now_us.max(raw.t_us());
        rig.pipeline.take(&raw, &mut rig.out);
        rig.pipeline.take_answers();
    }
    rig.pass(support::rig::REST_US);
    assert!(rig.pipeline.is_settled());
    assert!(rig.out.iter().all(|outcome| !matches!(outcome, Outcome::Scan(scan) if scan.text.is_empty())));
}

fn raw_bytes(bytes: &[u8]) -> Raw {
    Raw::Bytes { empty_us: 0, t_us: 0, bytes: bytes.to_vec() }
}

fn raw_report(bytes: &[u8]) -> Raw {
    Raw::Report { empty_us: 0, t_us: 0, bytes: bytes.to_vec() }
}

fn at_time(raw: Raw, now_us: u64) -> Raw {
    match raw {
        Raw::Bytes { bytes, .. } => Raw::Bytes { empty_us: now_us, t_us: now_us, bytes },
        Raw::Report { bytes, .. } => Raw::Report { empty_us: now_us, t_us: now_us, bytes },
        stamped => stamped,
    }
}

/// Runs `target` on changed seeds until the time is up.
fn fuzz(seeds: &[&[u8]], target: impl Fn(&[u8], &mut Dice)) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    if let Some(seed) = number("SCAN_FUZZ_SEED") {
        return round(seed, seeds, &target);
    }
    let until = Instant::now() + Duration::from_secs(number("SCAN_FUZZ_SECONDS").unwrap_or(SECONDS_DEFAULT));
    let first = u64::from(std::process::id()) << 32;
    let mut seed = first;
    while Instant::now() < until {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| round(seed, seeds, &target))) {
            println!("SCAN_FUZZ_SEED={seed}");
            resume_unwind(panic);
        }
        seed += 1;
    }
    println!("{} inputs from seed {first}", seed - first);
}

fn round(seed: u64, seeds: &[&[u8]], target: &impl Fn(&[u8], &mut Dice)) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut bytes = seeds[dice.below(seeds.len())].repeat(dice.below(3) + 1);
    for _ in 0..dice.below(8) {
        dice.change(&mut bytes);
    }
    target(&bytes, &mut dice);
}

/// Repeatable chance.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 11) as usize % limit.max(1)
    }

    fn bytes(&mut self, length_max: usize) -> Vec<u8> {
        let length = self.below(length_max);
        (0..length).map(|_| self.next() as u8).collect()
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len());
        match self.below(6) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
            1 if !bytes.is_empty() => bytes[at] = self.next() as u8,
            2 if !bytes.is_empty() => drop(bytes.remove(at)),
            3 => bytes.truncate(at),
            4 => bytes.splice(at..at, self.bytes(9)).for_each(drop),
            _ => {
                let part = bytes[at..].to_vec();
                bytes.extend(part.into_iter().take(40));
            }
        }
    }
}
