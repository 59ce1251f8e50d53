//! What can be asked of a running scan thread, and the listening for an unknown scanner, on pseudo
//! terminals.
#![allow(clippy::unwrap_used)]

mod support;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use scan::learn::{CODE, Verdict};
use scan::{
    Access, Beep, Candidate, CandidateKind, DeviceState, FaultKind, Feedback, Framing, LearnEvent, Learner, Line, Raw, ScanEvent, ScannerConfig, Scanners,
    Source, Suffix,
};
use support::pty::PtyScanner;

/// Far longer than anything takes; reached only by a failing test.
const PATIENCE: Duration = Duration::from_secs(30);

/// Scanners named `a`, `b` and so on, each on a line of its own.
struct Bench {
    folder: tempfile::TempDir,
    events: Receiver<ScanEvent>,
    scanners: Scanners,
}

impl Bench {
    fn new(configs: impl FnOnce(&Path) -> Vec<ScannerConfig>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (sender, events) = channel();
        let scanners = Scanners::start(configs(folder.path()), move |event| {
            let _ = sender.send(event);
        });
        Self { folder, events, scanners: scanners.unwrap() }
    }

    fn plug(&self, name: &str) -> PtyScanner {
        let scanner = PtyScanner::plug(&self.folder.path().join(name));
        self.expect(&format!("{name} opening"));
        self.expect(&format!("{name} live"));
        scanner
    }

    fn expect(&self, expected: &str) {
        let event = self.events.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("waited for {expected}"));
        assert_eq!(short(&event), expected, "{event:?}");
    }
}

#[test]
fn reloading_leaves_open_what_stays_the_same() {
    let bench = Bench::new(|folder| vec![line("a", folder), line("b", folder)]);
    bench.expect("a absent");
    bench.expect("b absent");
    let (mut a, mut b) = (bench.plug("a"), bench.plug("b"));
    a.send(b"A1\rA");
    bench.expect("a scan A1");
    b.send(b"B1\rB");
    bench.expect("b scan B1");
    let folder = bench.folder.path();
    let changed = ScannerConfig { suffix: vec![Suffix::Tab], ..line("b", folder) };
    bench.scanners.reload(vec![line("a", folder), changed.clone(), line("c", folder)]).unwrap();
    bench.expect("b fault truncated");
    bench.expect("b opening");
    bench.expect("c absent");
    bench.expect("b live");
    a.send(b"2\r");
    bench.expect("a scan A2");
    b.send(b"B3\t");
    let event = bench.events.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(&event, ScanEvent::Scan(scan) if scan.text == "B3" && scan.seq == 2), "the numbers go on: {event:?}");
    bench.scanners.reload(vec![changed]).unwrap();
    bench.expect("a absent");
    bench.expect("c absent");
    let twice = vec![line("a", folder), line("a", folder)];
    assert!(bench.scanners.reload(twice).is_err());
    b.send(b"B4\t");
    bench.expect("b scan B4");
}

#[test]
fn a_scanner_beeps_for_what_became_of_a_code() {
    let beeping = |folder: &Path| vec![ScannerConfig { beep: Beep::Honeywell, ..line("a", folder) }];
    let bench = Bench::new(beeping);
    bench.expect("a absent");
    let mut scanner = bench.plug("a");
    bench.scanners.feedback(&"a".into(), Feedback::Accept);
    bench.scanners.feedback(&"nobody".into(), Feedback::Accept);
    bench.scanners.feedback(&"a".into(), Feedback::Refuse);
    assert_eq!(scanner.hear(12), [0x16, 0x07, 0x0d].repeat(4));
}

#[test]
fn everything_is_counted() {
    let bench = Bench::new(|folder| vec![ScannerConfig { raw_max: 5, same_ms: 60_000, ..line("a", folder) }]);
    bench.expect("a absent");
    let mut scanner = bench.plug("a");
    scanner.send(b"AB\rAB\r");
    bench.expect("a scan AB");
    bench.expect("a repeat AB");
    scanner.send(b"ABCDEF\r");
    bench.expect("a fault too_long");
    let counters = bench.scanners.counters();
    let [one] = &counters[..] else { panic!("{counters:?}") };
    assert_eq!((one.scans, one.repeats, one.opens), (1, 1, 1));
    assert_eq!(one.faults.iter().map(|(kind, count)| (*kind, *count)).collect::<Vec<_>>(), [(FaultKind::TooLong, 1)]);
    assert_eq!(one.state.as_ref().map(|(state, _)| *state), Some(DeviceState::Live));
    assert!(one.node.is_some());
}

#[test]
fn everything_that_is_sent_can_be_seen() {
    let bench = Bench::new(|folder| vec![line("a", folder)]);
    bench.expect("a absent");
    let mut scanner = bench.plug("a");
    let (sender, seen) = channel();
    bench.scanners.tap(Some(Box::new(move |device, raw| {
        let _ = sender.send(format!("{device} {raw}"));
    })));
    // The answer comes after the tap is in place: orders are obeyed one after the other.
    assert_eq!(bench.scanners.counters().len(), 1);
    scanner.send(b"A\r");
    assert_eq!(seen.recv_timeout(PATIENCE).unwrap(), "a bytes 41 0d");
    bench.scanners.tap(None);
    assert!(seen.recv_timeout(PATIENCE).is_err(), "nobody sees any more");
}

/// Packets come in pieces, damaged and twice; each is answered, and each code is one scan.
#[test]
fn a_scanner_that_speaks_in_packets_is_answered() {
    const ACKNOWLEDGED: [u8; 6] = [0x04, 0xd0, 0x04, 0x00, 0xff, 0x28];
    const NOT_ACKNOWLEDGED: [u8; 7] = [0x05, 0xd1, 0x04, 0x00, 0x01, 0xff, 0x25];
    let bench = Bench::new(|folder| {
        let source = Source::Tty { path: folder.join("a"), baud: 9600, line: Line { framing: Framing::Ssi, ..Line::default() } };
        vec![ScannerConfig { source, beep: Beep::Ssi, ..line("a", folder) }]
    });
    bench.expect("a absent");
    let mut scanner = bench.plug("a");
    let first = packet(0, b"SN-1");
    scanner.send(&first[..4]);
    scanner.send(&first[4..]);
    bench.expect("a scan SN-1");
    assert_eq!(scanner.hear(6), ACKNOWLEDGED);
    scanner.send(&packet(1, b"SN-1"));
    assert_eq!(scanner.hear(6), ACKNOWLEDGED);
    let mut damaged = packet(0, b"SN-2");
    damaged[6] ^= 1;
    scanner.send(&damaged);
    assert_eq!(scanner.hear(7), NOT_ACKNOWLEDGED);
    scanner.send(&packet(1, b"SN-2"));
    bench.expect("a scan SN-2");
    scanner.send(&[packet(2, b"LONG-"), packet(0, b"SN-3")].concat());
    bench.expect("a scan LONG-SN-3");
    scanner.send(&packet(0, b"NR"));
    scanner.send(&packet(0, b"SN-4"));
    bench.expect("a scan SN-4");
    assert_eq!(bench.scanners.counters()[0].no_reads, 1);
    assert_eq!(scanner.hear(5 * 6), ACKNOWLEDGED.repeat(5));
    bench.scanners.feedback(&"a".into(), Feedback::Refuse);
    assert_eq!(scanner.hear(7), [0x05, 0xe6, 0x04, 0x00, 0x02, 0xff, 0x0f]);
}

#[test]
fn an_unknown_scanner_is_found_by_one_scan() {
    let folder = tempfile::tempdir().unwrap();
    let (link, other) = (folder.path().join("scanner"), folder.path().join("other"));
    let (sender, events) = channel();
    let candidates = vec![candidate(&link), candidate(&other)];
    let mut scanner = PtyScanner::plug(&link);
    let learner = Learner::start_with(
        move || candidates.clone(),
        move |event| {
            let _ = sender.send(event);
        },
    )
    .unwrap();
    let next = || events.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(next(), LearnEvent::Listening(candidate) if candidate.node == link));
    scanner.send(format!("]C0{CODE}\r\n").as_bytes());
    let mut sent = Vec::new();
    let heard = loop {
        match next() {
            LearnEvent::Raw { node, raw: Raw::Bytes { bytes, .. } } if node == link => sent.extend(bytes),
            LearnEvent::Heard(heard) => break heard,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(sent, format!("]C0{CODE}\r\n").as_bytes());
    let [heard] = &heard[..] else { panic!("{heard:?}") };
    let Verdict::Found(found) = &heard.verdict else { panic!("{heard:?}") };
    assert_eq!(found.config.suffix, [Suffix::CrLf]);
    drop(scanner);
    assert!(matches!(next(), LearnEvent::Gone(candidate) if candidate.node == link));
    learner.stop();
    assert!(events.recv().is_err(), "the sender lives on the listening thread alone");
}

/// Another speed than the usual one shows as noise; the next speed is tried then.
#[test]
fn a_line_with_noise_is_heard_at_another_speed() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("scanner");
    let mut scanner = PtyScanner::plug(&link);
    let (sender, events) = channel();
    let candidates = vec![candidate(&link)];
    let _learner = Learner::start_with(
        move || candidates.clone(),
        move |event| {
            let _ = sender.send(event);
        },
    );
    let next_speed = || loop {
        if let LearnEvent::Listening(candidate) = events.recv_timeout(PATIENCE).unwrap() {
            let Source::Tty { baud, .. } = candidate.source else { panic!("a line stays one") };
            return baud;
        }
    };
    assert_eq!(next_speed(), 9600);
    scanner.send(&[0xf8, 0x80, 0xfe, 0x00]);
    assert_eq!(next_speed(), 115_200);
}

/// The lock that programs take on a line is held by another process.
#[test]
fn who_holds_a_busy_scanner_is_told() {
    let bench = Bench::new(|folder| vec![line("a", folder)]);
    bench.expect("a absent");
    let beside = bench.folder.path().join("beside");
    let _scanner = PtyScanner::plug(&beside);
    let holder = Command::new("flock").arg(&beside).arg("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut holder) = holder else { return println!("skipped: there is no flock to hold a line with") };
    // What cat says comes after the lock was taken.
    let (mut ears, mut mouth) = (holder.stdout.take().unwrap(), holder.stdin.take().unwrap());
    mouth.write_all(b".").unwrap();
    ears.read_exact(&mut [0]).unwrap();
    std::fs::rename(&beside, bench.folder.path().join("a")).unwrap();
    bench.expect("a opening");
    bench.expect("a busy");
    let event = bench.events.recv_timeout(PATIENCE).unwrap();
    let ScanEvent::State { state: DeviceState::Busy, reason, .. } = &event else { panic!("{event:?}") };
    assert!(reason.to_string().contains(&format!("flock (process {})", holder.id())), "{reason}");
    drop(mouth);
    holder.wait().unwrap();
    bench.expect("a opening");
    bench.expect("a live");
}

fn line(name: &str, folder: &Path) -> ScannerConfig {
    // A gap that a busy test machine does not reach by accident.
    ScannerConfig { same_ms: 0, quiet_ms: 50, gap_ms: Some(5000), ..ScannerConfig::new(name, Source::tty(folder.join(name), 9600)) }
}

fn candidate(node: &Path) -> Candidate {
    let node: PathBuf = node.to_owned();
    Candidate { name: "a line".to_owned(), usb: None, source: Source::tty(&node, 9600), node, kind: CandidateKind::Line, access: Access::Granted, form: None }
}

/// A packet with a read code, as the scanner sends it.
fn packet(status: u8, text: &[u8]) -> Vec<u8> {
    let mut packet = vec![text.len() as u8 + 5, 0xf3, 0, status, 3];
    packet.extend(text);
    let sum = packet.iter().fold(0u16, |sum, byte| sum.wrapping_sub(u16::from(*byte)));
    packet.extend(sum.to_be_bytes());
    packet
}

fn short(event: &ScanEvent) -> String {
    match event {
        ScanEvent::Scan(scan) => format!("{} scan {}", scan.device, scan.text),
        ScanEvent::Repeat(repeat) => format!("{} repeat {}", repeat.device, repeat.text),
        ScanEvent::Fault(fault) => format!("{} fault {}", fault.device, fault.kind.code()),
        ScanEvent::State { device, state, .. } => format!("{device} {}", state.code()),
    }
}
