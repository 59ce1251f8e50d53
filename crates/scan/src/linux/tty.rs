//! A serial scanner.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::time::Duration;

use serialport::{ErrorKind, SerialPortBuilder, TTYPort};

use super::port::{OpenFault, Opened, Port};
use super::sys;
use crate::keys::ReadEnd;
use crate::outcome::Outcome;
use crate::pipeline::Pipeline;

/// Bytes fetched by one read: what the kernel's line buffer holds.
const READ_SIZE: usize = 4096;
/// Reads in a row before the other scanners get their turn: a line that never stops is a fault of
/// that line alone.
const READS_MAX: usize = 16;

pub(super) struct TtyPort {
    /// Keeps the line exclusive.
    _port: TTYPort,
    /// The same open file, read directly: the port's own reader polls before each read, and drops
    /// bytes that arrive together with the hang-up.
    stream: File,
    /// When the line was last seen to hold nothing.
    empty_us: u64,
}

impl TtyPort {
    /// Opens the line for this program alone, with DTR on, without which some USB scanners stay
    /// mute. Lines without such a signal are left as they are.
    pub(super) fn open(node: &Path, baud: u32) -> Result<Opened, OpenFault> {
        let port = TTYPort::open(&builder(node, baud)?)?;
        let stream = File::from(sys::duplicate(&port)?);
        sys::set_nonblocking(&stream)?;
        let empty_us = sys::monotonic_us();
        Ok(Opened { port: Box::new(Self { _port: port, stream, empty_us }), held: Vec::new() })
    }
}

impl Port for TtyPort {
    fn fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    fn drain(&mut self, pipeline: &mut Pipeline, out: &mut Vec<Outcome>) -> ReadEnd {
        let started_us = sys::monotonic_us();
        let mut buffer = [0; READ_SIZE];
        for _ in 0..READS_MAX {
            match self.stream.read(&mut buffer) {
                Ok(0) => return ReadEnd::Closed,
                Ok(count) => pipeline.bytes(&buffer[..count], self.empty_us, sys::monotonic_us(), out),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.empty_us = started_us;
                    return ReadEnd::Empty;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return ReadEnd::Closed,
            }
        }
        ReadEnd::Empty
    }
}

fn builder(node: &Path, baud: u32) -> Result<SerialPortBuilder, OpenFault> {
    let name = node.to_str().ok_or_else(|| OpenFault::Failed { kind: io::ErrorKind::InvalidInput, detail: "the path is not UTF-8".to_owned() })?;
    Ok(serialport::new(name, baud).timeout(Duration::ZERO).dtr_on_open(true))
}

impl From<serialport::Error> for OpenFault {
    fn from(error: serialport::Error) -> Self {
        match error.kind {
            // The crate's word for a line that someone else has locked.
            ErrorKind::NoDevice => Self::Busy,
            ErrorKind::Io(io::ErrorKind::NotFound) => Self::Gone,
            ErrorKind::Io(io::ErrorKind::PermissionDenied) => Self::Denied,
            ErrorKind::Io(kind) => Self::Failed { kind, detail: error.description },
            _ => Self::Failed { kind: io::ErrorKind::Other, detail: error.description },
        }
    }
}
