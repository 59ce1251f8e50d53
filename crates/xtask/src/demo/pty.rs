//! What has to be asked of the system in C: a terminal pair, which is a serial scanner to whoever
//! opens the other end, and the signal that asks a program to end.
#![allow(unsafe_code)]

use anyhow::{Context, Result};
use std::ffi::{CStr, OsStr};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Longest name of a tty device. Linux names them /dev/pts/N.
const NAME_BYTES_MAX: usize = 64;
/// Between two scans of the same code: sooner, the terminal takes them for one label read twice.
const APART: Duration = Duration::from_millis(400);

/// A serial scanner made of a pair of pseudo-terminals: what is written here is read at `path`.
pub struct PtyScanner {
    ours: File,
    /// Held open: without it the pair hangs up whenever the reader closes it.
    _theirs: OwnedFd,
    path: PathBuf,
    /// The last code, and when it may come again.
    last: Option<(String, Instant)>,
}

impl PtyScanner {
    pub fn open() -> Result<Self> {
        let (ours, theirs) = open_pair().context("No pseudo-terminal could be opened")?;
        make_raw(&theirs).context("The pseudo-terminal could not be set to pass bytes as they are")?;
        let path = name_of(&theirs).context("The pseudo-terminal has no name")?;
        Ok(Self { ours: ours.into(), _theirs: theirs, path, last: None })
    }

    /// The device that the terminal is told to read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// One scan, ended as scanners do. The same code again waits as long as a hand would.
    pub fn scan(&mut self, text: &str) -> Result<()> {
        if let Some((_, apart)) = self.last.take().filter(|(last, _)| last == text) {
            // sleeps because the till has no event for a window that is over
            std::thread::sleep(apart.saturating_duration_since(Instant::now()));
        }
        self.last = Some((text.to_owned(), Instant::now() + APART));
        self.ours.write_all(format!("{text}\r").as_bytes()).with_context(|| format!("{text} could not be scanned"))
    }
}

/// Asks a process to end.
pub fn terminate(process: u32) {
    // SAFETY: kill takes two numbers; the caller has not yet waited for this child, so its number is its own.
    unsafe { libc::kill(process.cast_signed(), libc::SIGTERM) };
}

fn open_pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let (mut ours, mut theirs) = (-1, -1);
    // SAFETY: both pointers lead to integers that live through the call; null asks for defaults.
    let answer = unsafe { libc::openpty(&mut ours, &mut theirs, std::ptr::null_mut(), std::ptr::null(), std::ptr::null()) };
    checked(answer)?;
    // SAFETY: openpty succeeded, so both are open and nobody else's.
    Ok(unsafe { (OwnedFd::from_raw_fd(ours), OwnedFd::from_raw_fd(theirs)) })
}

/// No echo, no line editing, no translation of carriage returns.
fn make_raw(tty: &OwnedFd) -> io::Result<()> {
    // SAFETY: termios is plain numbers, for which zero is a value; tcgetattr fills it before use.
    let mut settings: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: the descriptor is open and the pointer leads to a termios that lives through the call.
    checked(unsafe { libc::tcgetattr(tty.as_raw_fd(), &mut settings) })?;
    // SAFETY: as above.
    unsafe { libc::cfmakeraw(&mut settings) };
    // SAFETY: as above.
    checked(unsafe { libc::tcsetattr(tty.as_raw_fd(), libc::TCSANOW, &settings) })
}

fn name_of(tty: &OwnedFd) -> io::Result<PathBuf> {
    let mut name = [0_u8; NAME_BYTES_MAX];
    // SAFETY: the buffer lives through the call and its true length is given.
    let fault = unsafe { libc::ttyname_r(tty.as_raw_fd(), name.as_mut_ptr().cast(), name.len()) };
    if fault != 0 {
        return Err(io::Error::from_raw_os_error(fault));
    }
    let name = CStr::from_bytes_until_nul(&name).map_err(io::Error::other)?;
    Ok(PathBuf::from(OsStr::from_bytes(name.to_bytes())))
}

fn checked(answer: libc::c_int) -> io::Result<()> {
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_scan_arrives_byte_for_byte() {
        let mut scanner = PtyScanner::open().unwrap();
        let mut reader = File::open(scanner.path()).unwrap();
        scanner.scan("A-1(02)#/").unwrap();
        let mut bytes = [0; 10];
        reader.read_exact(&mut bytes).unwrap();
        assert_eq!(&bytes, b"A-1(02)#/\r");
    }

    #[test]
    fn only_the_same_code_again_waits() {
        let mut scanner = PtyScanner::open().unwrap();
        let _reader = File::open(scanner.path()).unwrap();
        let begun = Instant::now();
        for code in ["A", "B", "B"] {
            scanner.scan(code).unwrap();
        }
        let (last, apart) = scanner.last.clone().unwrap();
        assert_eq!(last, "B");
        assert!(apart >= begun + 2 * APART, "the second B came too soon");
    }
}
