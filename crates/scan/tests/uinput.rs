//! The scan thread on keyboards of the real kernel, made through `/dev/uinput`. Where that may not
//! be opened, each test says so and passes.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use evdev::raw_stream::RawDevice;
use evdev::uinput::VirtualDevice;
use evdev::{AttributeSet, InputEvent, KeyCode};
use scan::{ScanEvent, ScannerConfig, Scanners, Source};
use support::us::{Style, Typist};

/// Far longer than anything takes; reached only by a failing test.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a fast scanner takes for a report.
const REPORT: Duration = Duration::from_millis(1);
/// Far longer than a report, because an emulated kernel stands still now and then.
const GAP: Duration = Duration::from_millis(1000);
/// So long a reader is held up.
const STALL: Duration = Duration::from_millis(1500);
/// The scan thread stops after it delivered this text, until the test lets it go on.
const HOLD: &str = "HOLD";

/// A keyboard of the kernel.
struct Keyboard(VirtualDevice);

/// A running scan thread that waits for one keyboard.
struct Bench {
    name: &'static str,
    events: Receiver<ScanEvent>,
    go_on: Sender<()>,
    _scanners: Scanners,
}

#[test]
fn a_keyboard_is_read_and_missed_and_read_again() {
    let Some(bench) = Bench::start("scan test: plug") else { return };
    for text in ["SN-2024(07)#A/B_0042XyZ9876543210", "second"] {
        let mut keyboard = bench.plug();
        keyboard.code(text);
        bench.expect(&format!("scan {text}"));
        keyboard.text("HALF");
        drop(keyboard);
        bench.expect("fault truncated");
        bench.expect("lost");
        bench.expect("absent");
    }
}

/// The kernel's queue overflows while the thread is held up. What is left of the code looks like a
/// code.
#[test]
fn an_overflow_is_a_fault_and_the_next_code_is_read() {
    let Some(bench) = Bench::start("scan test: overflow") else { return };
    let mut keyboard = bench.plug();
    for count in [17, 22, 33, 60] {
        keyboard.code(HOLD);
        bench.expect("scan HOLD");
        keyboard.code(&"A(_9".repeat(20)[..count]);
        bench.go_on.send(()).unwrap();
        bench.expect("fault lost");
        keyboard.code("next");
        bench.expect("scan next");
    }
}

/// The kernel's times count, not the thread's.
#[test]
fn a_reader_that_was_held_up_splits_nothing() {
    let Some(bench) = Bench::start("scan test: stall") else { return };
    let mut keyboard = bench.plug();
    keyboard.code(HOLD);
    bench.expect("scan HOLD");
    keyboard.text("ab");
    keyboard.text("cd");
    // sleeps because the reader is held up in real time, by the length of its stall
    std::thread::sleep(STALL);
    bench.go_on.send(()).unwrap();
    bench.expect("fault no_suffix");
    keyboard.code(HOLD);
    bench.expect("scan HOLD");
    keyboard.code("abcd");
    // sleeps because the reader is held up in real time, by the length of its stall
    std::thread::sleep(STALL);
    bench.go_on.send(()).unwrap();
    bench.expect("scan abcd");
}

#[test]
fn a_keyboard_held_by_another_program_is_busy_until_it_is_let_go() {
    let Some(mut keyboard) = Keyboard::new("scan test: held") else { return };
    let mut holder = RawDevice::open(keyboard.node()).unwrap();
    holder.grab().unwrap();
    let bench = Bench::start("scan test: held").unwrap();
    bench.expect("busy");
    holder.ungrab().unwrap();
    bench.expect("opening");
    bench.expect("live");
    keyboard.code("AB");
    bench.expect("scan AB");
}

#[test]
fn a_key_held_at_the_start_is_waited_for() {
    let name = "scan test: pressed";
    let Some(mut keyboard) = Keyboard::new(name) else { return };
    keyboard.frame(&[(KeyCode::KEY_LEFTSHIFT, 1)]);
    let bench = Bench::start(name).unwrap();
    keyboard.frame(&[(KeyCode::KEY_LEFTSHIFT, 0)]);
    bench.expect("live");
    keyboard.code("ab");
    bench.expect("scan ab");
}

impl Bench {
    /// `None` where keyboards cannot be made. The first state is taken off the queue.
    fn start(name: &'static str) -> Option<Self> {
        drop(Keyboard::new("scan test: probe")?);
        let (sender, events) = channel();
        let (go_on, may_go_on) = channel();
        let source = Source::Hid { match_name: Some(name.to_owned()), match_usb: None, path: None };
        let config = ScannerConfig { same_ms: 0, gap_ms: Some(GAP.as_millis() as u32), ..ScannerConfig::new(name, source) };
        let scanners = Scanners::start(vec![config], move |event| {
            let hold = matches!(&event, ScanEvent::Scan(scan) if scan.text == HOLD);
            let _ = sender.send(event);
            if hold {
                let _ = may_go_on.recv();
            }
        });
        let bench = Self { name, events, go_on, _scanners: scanners.unwrap() };
        bench.events.recv_timeout(PATIENCE).unwrap();
        Some(bench)
    }

    fn plug(&self) -> Keyboard {
        let keyboard = Keyboard::new(self.name).unwrap();
        self.expect("opening");
        self.expect("live");
        keyboard
    }

    fn expect(&self, expected: &str) {
        let event = self.events.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("waited for {expected}"));
        assert_eq!(short(&event), expected, "{event:?}");
    }
}

impl Keyboard {
    fn new(name: &str) -> Option<Self> {
        let keys: AttributeSet<KeyCode> = (1..=125).map(KeyCode).collect();
        let made = VirtualDevice::builder().and_then(|builder| builder.name(name).with_keys(&keys)?.build());
        made.inspect_err(|error| println!("skipped: no keyboards through /dev/uinput: {error}")).ok().map(Self)
    }

    fn node(&mut self) -> std::path::PathBuf {
        let nodes = self.0.enumerate_dev_nodes_blocking().unwrap();
        let node = nodes.map(Result::unwrap).next().unwrap();
        assert!(fs::exists(&node).unwrap());
        node
    }

    fn code(&mut self, text: &str) {
        self.text(text);
        self.frame(&[(KeyCode::KEY_ENTER, 1)]);
        self.frame(&[(KeyCode::KEY_ENTER, 0)]);
    }

    fn text(&mut self, text: &str) {
        let mut typist = Typist::new(0);
        typist.text(text, Style::Merged);
        for frame in typist.events.split(|event| event.kind == 0).filter(|frame| !frame.is_empty()) {
            let changes: Vec<_> = frame.iter().map(|event| (KeyCode(event.code), event.value)).collect();
            self.frame(&changes);
        }
    }

    /// One report, in the rhythm of a fast scanner.
    fn frame(&mut self, changes: &[(KeyCode, i32)]) {
        // sleeps because the report interval is what a scanner is made of
        std::thread::sleep(REPORT);
        let events: Vec<_> = changes.iter().map(|(key, value)| InputEvent::new(1, key.0, *value)).collect();
        self.0.emit(&events).unwrap();
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
