//! What this crate adds to a scanner. One line a measurement: `figure`, name, value, unit.
//! `cargo run --release -p scan --example bench_scan`
//!
//! Codes go through the real thread by a pseudo terminal, and the time runs from the write of a
//! code's last byte to its `Scan` at the receiver. A hog keeps every processor busy in the second
//! half.
#![allow(unsafe_code)]

#[allow(dead_code, clippy::unwrap_used)]
#[path = "../tests/support/us.rs"]
mod us;

use std::error::Error;
use std::ffi::CStr;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use scan::{DeviceState, Outcome, Pipeline, ScanEvent, ScannerConfig, Scanners, Source};
use us::{Style, Typist};

type Done<T> = Result<T, Box<dyn Error>>;

const ROUNDS: usize = 4000;
/// Codes without a suffix, each of which waits for its gap.
const GAP_ROUNDS: usize = 100;
/// What a scan that learned its scanner's rhythm sets for one without suffix.
const GAP_MS: u32 = 30;
/// This program itself may be held up between a code's first and last byte.
const LONG_GAP_MS: u32 = 5000;
/// A pause between codes, so that the thread sleeps and must be woken, as in a shop.
const PAUSE: Duration = Duration::from_millis(2);
const PATIENCE: Duration = Duration::from_secs(10);
const DECODED: usize = 20_000;
/// As long as serials are.
const CODE: &str = "SN-2026(07)#A/B_0042";

fn main() -> Done<()> {
    decode();
    wait_for_suffix("idle")?;
    let hog = Hog::start();
    wait_for_suffix("hog")?;
    drop(hog);
    wait_for_gap()
}

/// Key events to texts, without the system.
fn decode() {
    let mut typist = Typist::new(1_000_000);
    for _ in 0..DECODED {
        typist.text(CODE, Style::Separate);
        typist.tap(scan::KeyCode::KEY_ENTER);
    }
    let config = ScannerConfig { same_ms: 0, ..ScannerConfig::new("keys", Source::keyboard("/dev/null")) };
    let mut pipeline = Pipeline::new(&config);
    let mut out = Vec::with_capacity(DECODED);
    let started = Instant::now();
    for event in &typist.events {
        pipeline.key_event(*event, &mut out);
    }
    let taken = started.elapsed().as_secs_f64();
    assert!(out.iter().all(|outcome| matches!(outcome, Outcome::Scan(scan) if scan.text == CODE)) && out.len() == DECODED, "every code is read");
    println!("figure scan_decode_codes_per_s {:.0} codes/s", DECODED as f64 / taken);
    println!("figure scan_decode_chars_per_s {:.0} chars/s", (DECODED * CODE.len()) as f64 / taken);
}

fn wait_for_suffix(load: &str) -> Done<()> {
    let mut line = Line::open(|config| ScannerConfig { gap_ms: Some(LONG_GAP_MS), ..config })?;
    let mut taken = (0..ROUNDS).map(|round| line.code(round, b"\r")).collect::<Done<Vec<_>>>()?;
    taken.sort_unstable();
    for (name, at) in [("p50", ROUNDS / 2), ("p99", ROUNDS * 99 / 100), ("p999", ROUNDS * 999 / 1000)] {
        println!("figure scan_{load}_{name} {:.1} us", micros(taken[at]));
    }
    Ok(())
}

fn wait_for_gap() -> Done<()> {
    let mut line = Line::open(|config| ScannerConfig { suffix: Vec::new(), suffix_required: false, gap_ms: Some(GAP_MS), ..config })?;
    let mut taken = (0..GAP_ROUNDS).map(|round| line.code(round, b"#")).collect::<Done<Vec<_>>>()?;
    taken.sort_unstable();
    println!("figure scan_no_suffix_p50 {:.1} us", micros(taken[GAP_ROUNDS / 2]));
    Ok(())
}

fn micros(taken: Duration) -> f64 {
    taken.as_secs_f64() * 1e6
}

/// A scanner made of a pseudo terminal, and what comes of it.
struct Line {
    master: File,
    events: Receiver<(Instant, ScanEvent)>,
    _scanners: Scanners,
}

impl Line {
    fn open(change: impl FnOnce(ScannerConfig) -> ScannerConfig) -> Done<Self> {
        let (master, path) = open_pty()?;
        let (sender, events) = channel();
        let config = ScannerConfig { same_ms: 0, ..ScannerConfig::new("pty", Source::tty(path, 9600)) };
        let scanners = Scanners::start(vec![change(config)], move |event| {
            let _ = sender.send((Instant::now(), event));
        })?;
        while !matches!(events.recv_timeout(PATIENCE)?.1, ScanEvent::State { state: DeviceState::Live, .. }) {}
        Ok(Self { master, events, _scanners: scanners })
    }

    fn code(&mut self, round: usize, last: &[u8]) -> Done<Duration> {
        let text = format!("SN-2026-{round:06}");
        self.master.write_all(text.as_bytes())?;
        // sleeps because the pause before the last byte is part of what is measured
        thread::sleep(PAUSE);
        let sent = Instant::now();
        self.master.write_all(last)?;
        match self.events.recv_timeout(PATIENCE)? {
            (seen, ScanEvent::Scan(scan)) if scan.text.starts_with(&text) => Ok(seen - sent),
            (_, other) => Err(format!("{text} became {other:?}").into()),
        }
    }
}

/// Two threads for each processor that want all of it.
struct Hog {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Hog {
    fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let count = 2 * thread::available_parallelism().map_or(1, usize::from);
        let run = |stop: Arc<AtomicBool>| {
            move || {
                let mut sum = 0u64;
                while !stop.load(Ordering::Relaxed) {
                    sum = black_box(sum.wrapping_add(1));
                }
            }
        };
        let threads = (0..count).map(|_| thread::spawn(run(Arc::clone(&stop)))).collect();
        Self { stop, threads }
    }
}

impl Drop for Hog {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            thread.join().expect("a hog has nothing to fail at");
        }
    }
}

fn open_pty() -> io::Result<(File, String)> {
    // SAFETY: the call takes no pointers.
    let fd = checked(unsafe { libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC) })?;
    // SAFETY: the descriptor is new and nobody else's.
    let master = unsafe { File::from_raw_fd(fd) };
    // SAFETY: the calls take no pointers, and the descriptor is open.
    checked(unsafe { libc::grantpt(fd) | libc::unlockpt(fd) })?;
    let mut name = [0; 64];
    // SAFETY: the buffer is as long as said and lives through the call.
    checked(-unsafe { libc::ptsname_r(master.as_raw_fd(), name.as_mut_ptr(), name.len()) })?;
    // SAFETY: after success the buffer holds a string with its end mark.
    let path = unsafe { CStr::from_ptr(name.as_ptr()) };
    Ok((master, path.to_string_lossy().into_owned()))
}

fn checked(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
