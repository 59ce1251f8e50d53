//! The scan thread on real devices, as far as they can be had without hardware: pseudo terminals.

#![allow(clippy::unwrap_used)]

mod support;

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use scan::{ConfigFault, DeviceState, FaultKind, ScanEvent, ScannerConfig, Scanners, Source, StartFault, Suffix};
use support::pty::PtyScanner;

/// Far longer than anything takes; reached only by a failing test.
const PATIENCE: Duration = Duration::from_secs(30);
/// A gap that a busy test machine does not reach by accident.
const GAP_MS: u32 = 5000;

/// A running scan thread with one serial scanner that is not plugged in yet.
struct Bench {
    _folder: tempfile::TempDir,
    link: PathBuf,
    events: Receiver<ScanEvent>,
    scanners: Scanners,
}

impl Bench {
    fn new() -> Self {
        Self::with(|config| config)
    }

    fn with(change: impl FnOnce(ScannerConfig) -> ScannerConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("scanner");
        let config = ScannerConfig { gap_ms: Some(GAP_MS), same_ms: 0, quiet_ms: 50, suffix: vec![Suffix::Cr, Suffix::Lf], ..tty("till", link.clone()) };
        let (sender, events) = channel();
        let scanners = Scanners::start(vec![change(config)], move |event| {
            let _ = sender.send(event);
        })
        .unwrap();
        let bench = Self { _folder: folder, link, events, scanners };
        bench.expect("absent");
        bench
    }

    fn plug(&self) -> PtyScanner {
        let scanner = PtyScanner::plug(&self.link);
        self.expect("opening");
        self.expect("live");
        scanner
    }

    /// Waits for the next event and compares it in its short form.
    fn expect(&self, expected: &str) {
        let event = self.events.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("waited for {expected}"));
        assert_eq!(short(&event), expected, "{event:?}");
    }
}

#[test]
fn codes_arrive_however_their_bytes_are_cut() {
    let bench = Bench::new();
    let mut scanner = bench.plug();
    for byte in b"SN-2024(07)#A/B_0042\r" {
        scanner.send(&[*byte]);
    }
    bench.expect("scan SN-2024(07)#A/B_0042");
    scanner.send(b"AB\r");
    bench.expect("scan AB");
    scanner.send(b"\nCD\r\nEF\r\nG");
    bench.expect("scan CD");
    bench.expect("scan EF");
    scanner.send(b"H\r");
    bench.expect("scan GH");
    bench.scanners.stop();
    assert!(bench.events.recv().is_err(), "the sender lives on the scan thread alone");
}

#[test]
fn a_code_without_end_is_one_fault() {
    let bench = Bench::new();
    let mut scanner = bench.plug();
    scanner.send(&[b'7'; 2500]);
    scanner.send(&[b'7'; 2500]);
    scanner.send(b"\rAB\r");
    bench.expect("fault too_long");
    bench.expect("scan AB");
}

#[test]
fn the_gap_is_found_without_further_bytes() {
    let bench = Bench::with(|config| ScannerConfig { gap_ms: Some(20), suffix_required: false, ..config });
    let mut scanner = bench.plug();
    scanner.send(b"AB");
    bench.expect("scan AB");
    let bench = Bench::with(|config| ScannerConfig { gap_ms: Some(20), ..config });
    let mut scanner = bench.plug();
    scanner.send(b"AB");
    bench.expect("fault no_suffix");
}

#[test]
fn unplug_and_plug() {
    let bench = Bench::new();
    let mut scanner = bench.plug();
    scanner.send(b"AB\rHALF");
    bench.expect("scan AB");
    drop(scanner);
    bench.expect("fault truncated");
    bench.expect("lost");
    std::fs::remove_file(&bench.link).unwrap();
    bench.expect("absent");
    let mut scanner = bench.plug();
    scanner.send(b"CD\r");
    bench.expect("scan CD");
}

#[test]
fn the_number_of_scans_goes_on_after_an_unplug() {
    let bench = Bench::new();
    for expected in 1..=3 {
        let mut scanner = bench.plug();
        scanner.send(b"AB\r");
        let event = bench.events.recv_timeout(PATIENCE).unwrap();
        let ScanEvent::Scan(scan) = event else { panic!("{event:?}") };
        assert_eq!(scan.seq, expected);
        assert!(scan.t_first_us <= scan.t_last_us && scan.t_first_us > 0);
        drop(scanner);
        bench.expect("lost");
        std::fs::remove_file(&bench.link).unwrap();
        bench.expect("absent");
    }
}

#[test]
fn stopping_in_the_middle_of_a_code_is_a_fault() {
    let bench = Bench::new();
    let mut scanner = bench.plug();
    scanner.send(b"AB\rHALF");
    bench.expect("scan AB");
    bench.scanners.stop();
    let rest: Vec<String> = bench.events.iter().map(|event| short(&event)).collect();
    assert_eq!(rest, ["fault truncated"]);
}

#[test]
fn a_line_that_someone_else_holds_is_busy() {
    let bench = Bench::new();
    let _scanner = bench.plug();
    let (sender, events) = channel();
    let second = Scanners::start(vec![tty("second", bench.link.clone())], move |event| {
        let _ = sender.send(event);
    });
    let _second = second.unwrap();
    let states: Vec<String> = events.iter().take(2).map(|event| short(&event)).collect();
    assert_eq!(states, ["opening", "busy"]);
    bench.scanners.stop();
    let states: Vec<String> = events.iter().take(2).map(|event| short(&event)).collect();
    assert_eq!(states, ["opening", "live"], "the line is taken over when it is let go");
}

#[test]
fn what_is_no_scanner_is_reported_with_a_reason() {
    let bench = Bench::new();
    std::fs::write(&bench.link, "").unwrap();
    bench.expect("opening");
    let event = bench.events.recv_timeout(PATIENCE).unwrap();
    let ScanEvent::State { state: DeviceState::Opening, reason, .. } = event else { panic!("{event:?}") };
    assert_eq!(reason.code(), "open_failed");
}

/// What never opens is tried again and again, and costs nothing; the others are read meanwhile.
#[test]
fn a_device_that_never_opens_takes_no_time_from_the_others() {
    const WATCHED: Duration = Duration::from_millis(600);
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("scanner"));
    std::fs::write(&file, "").unwrap();
    let mut scanner = PtyScanner::plug(&link);
    let (sender, events) = channel();
    let (told, thread) = channel();
    let _scanners = Scanners::start(vec![tty("never", file), tty("always", link)], move |event| {
        let _ = told.send(std::fs::read_link("/proc/thread-self").unwrap());
        let _ = sender.send(event);
    });
    while !matches!(events.recv_timeout(PATIENCE).unwrap(), ScanEvent::State { state: DeviceState::Live, .. }) {}
    let used = std::path::Path::new("/proc").join(thread.recv().unwrap()).join("schedstat");
    let used_ns = || std::fs::read_to_string(&used).unwrap().split(' ').next().unwrap().parse::<u128>().unwrap();
    let before_ns = used_ns();
    // sleeps because what is measured is the time that passes without anything to do
    std::thread::sleep(WATCHED);
    let spent_ns = used_ns() - before_ns;
    assert!(spent_ns < WATCHED.as_nanos() / 10, "{spent_ns} ns of work in {WATCHED:?}");
    scanner.send(b"AB\r");
    assert_eq!(short(&events.recv_timeout(PATIENCE).unwrap()), "scan AB");
}

#[test]
fn wrong_configurations_are_refused() {
    let twice = vec![tty("a", "/dev/null".into()), tty("a", "/dev/zero".into())];
    let refused = Scanners::start(twice, |_| {}).map(drop);
    assert!(matches!(refused, Err(StartFault::Config(ConfigFault::NameTwice(_)))), "{refused:?}");
}

fn tty(name: &str, path: PathBuf) -> ScannerConfig {
    ScannerConfig::new(name, Source::tty(path, 9600))
}

fn short(event: &ScanEvent) -> String {
    match event {
        ScanEvent::Scan(scan) => format!("scan {}", scan.text),
        ScanEvent::Repeat(repeat) => format!("repeat {}", repeat.text),
        ScanEvent::Fault(fault) => format!("fault {}", FaultKind::code(fault.kind)),
        ScanEvent::State { state, .. } => state.code().to_owned(),
    }
}
