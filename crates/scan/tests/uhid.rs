//! The scan thread on HID devices of the real kernel, made through `/dev/uhid`. Where that may not be
//! opened, each test says so and passes.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use scan::learn::{CODE, Verdict};
use scan::{Beep, CandidateKind, Feedback, FormName, LearnEvent, Learner, ScanEvent, ScannerConfig, Scanners, Source};
use support::rig::BOOT_KEYBOARD;
use support::uhid::{HidDevice, Told};
use support::us::{key_of, usage_of};

/// Far longer than anything takes; reached only by a failing test.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a fast scanner takes for a report.
const REPORT: Duration = Duration::from_millis(1);
/// The scan thread stops after it delivered this text, until the test lets it go on.
const HOLD: &str = "HOLD";
const HONEYWELL: (u16, u16) = (0x0c2e, 0x0901);
const DATALOGIC: (u16, u16) = (0x05f9, 0x2204);
const SYMBOL: (u16, u16) = (0x05e0, 0x0600);

/// Texts in report 2 as Honeywell's scanners send them, beeps in report 0xFD.
const POS: &[u8] = &[
    0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0x85, 0x02, 0x09, 0x12, 0xa1, 0x02, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x01, 0x05, 0x01, 0x09, 0x3b, 0x81,
    0x02, 0x05, 0x8c, 0x95, 0x03, 0x09, 0xfb, 0x09, 0xfc, 0x09, 0xfd, 0x81, 0x02, 0x95, 0x38, 0x09, 0xfe, 0x82, 0x02, 0x01, 0x06, 0x66, 0xff, 0x95, 0x02, 0x09,
    0x04, 0x81, 0x02, 0x05, 0x8c, 0x75, 0x01, 0x95, 0x01, 0x09, 0xff, 0x81, 0x02, 0x75, 0x07, 0x95, 0x01, 0x81, 0x03, 0xc0, 0x85, 0xfd, 0x75, 0x08, 0x95, 0x3f,
    0x06, 0x66, 0xff, 0x09, 0x05, 0x91, 0x02, 0x85, 0xfe, 0x95, 0x01, 0x09, 0x06, 0xb1, 0x02, 0xc0,
];
/// Reports of 64 bytes in either direction.
const LINE: &[u8] = &[
    0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x09, 0x02, 0x81, 0x02, 0x95, 0x40, 0x09, 0x03, 0x91, 0x02,
    0xc0,
];

/// A learner hears every device there is, so that those of other tests must not be there.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A running scan thread that waits for one scanner.
struct Bench {
    events: Receiver<ScanEvent>,
    go_on: Sender<()>,
    scanners: Scanners,
}

impl Bench {
    fn start(config: ScannerConfig) -> Self {
        let (sender, events) = channel();
        let (go_on, may_go_on) = channel();
        let scanners = Scanners::start(vec![ScannerConfig { same_ms: 0, ..config }], move |event| {
            let hold = matches!(&event, ScanEvent::Scan(scan) if scan.text == HOLD);
            let _ = sender.send(event);
            if hold {
                let _ = may_go_on.recv();
            }
        });
        let bench = Self { events, go_on, scanners: scanners.unwrap() };
        bench.expect("absent");
        bench
    }

    fn plugged(&self) {
        self.expect("opening");
        self.expect("live");
    }

    #[track_caller]
    fn expect(&self, expected: &str) {
        let event = self.events.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("waited for {expected}"));
        assert_eq!(short(&event), expected, "{event:?}");
    }
}

#[test]
fn a_scanner_for_points_of_sale_is_read_and_beeps() {
    let _alone = ONE_AT_A_TIME.lock();
    let name = "scan test: pos";
    let Some(probe) = HidDevice::plug(name, HONEYWELL, POS) else { return };
    drop(probe);
    let bench = Bench::start(ScannerConfig { beep: Beep::HidPos, ..raw(name, Some(FormName::Pos)) });
    let mut device = HidDevice::plug(name, HONEYWELL, POS).unwrap();
    assert_eq!(device.hear(), Told { feature: true, report: vec![0xfe, 0x01] });
    bench.plugged();
    device.report(&pos(b"SN-1", false));
    bench.expect("scan SN-1");
    device.report(&pos(&[b'7'; 56], true));
    device.report(&pos(b"8", false));
    bench.expect(&format!("scan {}8", "7".repeat(56)));
    bench.scanners.feedback(&name.into(), Feedback::Accept);
    let told = device.hear();
    assert!(!told.feature && told.report.starts_with(&[0xfd, 3, 0x16, 7, 0x0d]) && told.report.len() == 64, "{told:?}");
    device.report(&pos(b"HALF", true));
    drop(device);
    bench.expect("fault truncated");
    bench.expect("lost");
    bench.expect("absent");
    let mut device = HidDevice::plug(name, HONEYWELL, POS).unwrap();
    assert!(device.hear().feature);
    bench.plugged();
    device.report(&pos(b"SN-2", false));
    bench.expect("scan SN-2");
}

#[test]
fn a_line_in_reports_is_read() {
    let _alone = ONE_AT_A_TIME.lock();
    let name = "scan test: line";
    let Some(probe) = HidDevice::plug(name, SYMBOL, LINE) else { return };
    drop(probe);
    let bench = Bench::start(raw(name, None));
    let mut device = HidDevice::plug(name, SYMBOL, LINE).unwrap();
    bench.plugged();
    let mut send = |text: &[u8]| {
        let mut report = vec![text.len() as u8];
        report.extend(text);
        report.resize(64, 0);
        device.report(&report);
    };
    send(b"SN-1\rSN");
    bench.expect("scan SN-1");
    send(b"-2\r");
    bench.expect("scan SN-2");
}

/// Digits that occur twice in one report are lost to the kernel's keys, and seen in the report, also
/// while the keys are somebody else's.
#[test]
fn a_whole_alt_code_in_one_report_is_read_raw_and_refused_as_keys() {
    let _alone = ONE_AT_A_TIME.lock();
    let name = "scan test: alt";
    let Some(probe) = HidDevice::plug(name, DATALOGIC, BOOT_KEYBOARD) else { return };
    drop(probe);
    let keys = Bench::start(ScannerConfig::new(name, Source::Hid { match_name: Some(name.to_owned()), match_usb: None, path: None }));
    let reports = Bench::start(raw(name, None));
    let mut device = HidDevice::plug(name, DATALOGIC, BOOT_KEYBOARD).unwrap();
    keys.plugged();
    reports.plugged();
    for byte in *b"SIP-4-1" {
        press(&mut device, alt(byte));
    }
    press(&mut device, [0, 0, 0x28, 0, 0, 0, 0, 0]);
    reports.expect("scan SIP-4-1");
    keys.expect("fault damaged");
    type_text(&mut device, "SN-2(a)");
    reports.expect("scan SN-2(a)");
    keys.expect("scan SN-2(a)");
}

/// The kernel keeps 63 reports and drops what comes after without a sign.
#[test]
fn a_full_queue_of_reports_is_a_fault_and_the_next_code_is_read() {
    let _alone = ONE_AT_A_TIME.lock();
    let name = "scan test: overflow";
    let Some(probe) = HidDevice::plug(name, DATALOGIC, BOOT_KEYBOARD) else { return };
    drop(probe);
    let bench = Bench::start(raw(name, None));
    let mut device = HidDevice::plug(name, DATALOGIC, BOOT_KEYBOARD).unwrap();
    bench.plugged();
    for count in [32, 33, 60] {
        type_text(&mut device, HOLD);
        bench.expect("scan HOLD");
        type_text(&mut device, &"A(_9".repeat(20)[..count]);
        bench.go_on.send(()).unwrap();
        bench.expect("fault lost");
        // sleeps because a scanner is quiet between two codes
        std::thread::sleep(Duration::from_millis(300));
        type_text(&mut device, "next");
        bench.expect("scan next");
    }
}

/// Heard as keys, as reports and as whatever else there is: the best way is told first.
#[test]
fn an_unknown_scanner_is_found_by_the_best_way() {
    let _alone = ONE_AT_A_TIME.lock();
    let name = "scan test: unknown";
    let Some(mut device) = HidDevice::plug(name, DATALOGIC, BOOT_KEYBOARD) else { return };
    let (sender, events) = channel();
    let learner = Learner::start(move |event| {
        let _ = sender.send(event);
    });
    let _learner = learner.unwrap();
    let mut ways = 0;
    while ways < 2 {
        if matches!(events.recv_timeout(PATIENCE).unwrap(), LearnEvent::Listening(candidate) if candidate.name == name) {
            ways += 1;
        }
    }
    let heard = || loop {
        if let LearnEvent::Heard(heard) = events.recv_timeout(PATIENCE).unwrap() {
            return heard.into_iter().next().unwrap();
        }
    };
    type_text(&mut device, CODE);
    let best = heard();
    assert_eq!(best.candidate.kind, CandidateKind::Keyboard);
    assert!(matches!(&best.verdict, Verdict::Found(found) if !found.habits.alt_codes), "{best:?}");
    CODE.bytes().for_each(|byte| press(&mut device, alt(byte)));
    press(&mut device, [0, 0, 0x28, 0, 0, 0, 0, 0]);
    let best = heard();
    assert_eq!(best.candidate.kind, CandidateKind::Reports(FormName::Keyboard));
    assert!(matches!(&best.verdict, Verdict::Found(found) if found.habits.alt_codes), "{best:?}");
    assert!(fs::exists(&best.candidate.node).unwrap());
}

fn raw(name: &str, form: Option<FormName>) -> ScannerConfig {
    ScannerConfig::new(name, Source::Hidraw { match_name: Some(name.to_owned()), match_usb: None, path: None, form })
}

fn pos(text: &[u8], more: bool) -> Vec<u8> {
    let mut report = vec![2, text.len() as u8];
    report.extend(b"]C0");
    report.extend(text);
    report.resize(63, 0);
    report.push(u8::from(more));
    report
}

fn alt(byte: u8) -> [u8; 8] {
    let digit = |value: u8| if value == 0 { 0x62 } else { 0x58 + value };
    [4, 0, digit(byte / 100), digit(byte / 10 % 10), digit(byte % 10), 0, 0, 0]
}

fn type_text(device: &mut HidDevice, text: &str) {
    for typed in text.chars() {
        let (key, shift) = key_of(typed);
        press(device, [if shift { 2 } else { 0 }, 0, usage_of(key), 0, 0, 0, 0, 0]);
    }
    press(device, [0, 0, 0x28, 0, 0, 0, 0, 0]);
}

/// A report and its release, in the rhythm of a fast scanner.
fn press(device: &mut HidDevice, report: [u8; 8]) {
    for report in [report, [0; 8]] {
        // sleeps because the report interval is what a scanner is made of
        std::thread::sleep(REPORT);
        device.report(&report);
    }
}

fn short(event: &ScanEvent) -> String {
    match event {
        ScanEvent::Scan(scan) => format!("scan {}", scan.text),
        ScanEvent::Repeat(repeat) => format!("repeat {}", repeat.text),
        ScanEvent::Fault(fault) => format!("fault {}", fault.kind.code()),
        ScanEvent::State { state, .. } => state.code().to_owned(),
    }
}
