//! Measures the time from the last byte of a code to its `Scan`, through a pseudo terminal: what
//! this crate adds to a scanner.
#![allow(unsafe_code)]

use std::error::Error;
use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use scan::{DeviceState, ScanEvent, ScannerConfig, Scanners, Source};

const ROUNDS: usize = 2000;
/// A pause between codes, so that the thread sleeps and must be woken, as in a shop.
const PAUSE: Duration = Duration::from_millis(2);
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> Result<(), Box<dyn Error>> {
    let (mut master, path) = open_pty()?;
    let (sender, events) = channel();
    let config = ScannerConfig::new("pty", Source::tty(path, 9600));
    let scanners = Scanners::start(vec![config], move |event| {
        let _ = sender.send((Instant::now(), event));
    })?;
    while !matches!(events.recv_timeout(PATIENCE)?.1, ScanEvent::State { state: DeviceState::Live, .. }) {}
    let mut taken = (0..ROUNDS).map(|round| one(&mut master, &events, round)).collect::<Result<Vec<_>, _>>()?;
    scanners.stop();
    taken.sort_unstable();
    println!("{ROUNDS} codes, last byte to Scan: p50 {:?}, p99 {:?}, worst {:?}", taken[ROUNDS / 2], taken[ROUNDS * 99 / 100], taken[ROUNDS - 1]);
    Ok(())
}

fn one(master: &mut File, events: &Receiver<(Instant, ScanEvent)>, round: usize) -> Result<Duration, Box<dyn Error>> {
    let text = format!("SN-2026-{round:06}");
    master.write_all(text.as_bytes())?;
    // sleeps because the pause before the terminator is part of what is measured
    std::thread::sleep(PAUSE);
    let sent = Instant::now();
    master.write_all(b"\r")?;
    match events.recv_timeout(PATIENCE)? {
        (seen, ScanEvent::Scan(scan)) if scan.text == text => Ok(seen - sent),
        (_, other) => Err(format!("{text} became {other:?}").into()),
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
