//! A serial scanner.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::time::Duration;

use serialport::{ErrorKind, SerialPortBuilder, TTYPort};

use super::port::{Hold, OpenFault, Opened, Port};
use super::sys;
use crate::config::{DataBits, Flow, Line, Parity, StopBits};
use crate::keys::ReadEnd;
use crate::raw::Raw;

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
    /// Opens the line, with DTR on unless switched off: without it some USB scanners stay mute.
    /// Lines without such a signal are left as they are.
    pub(super) fn open(node: &Path, baud: u32, line: Line, hold: Hold) -> Result<Opened, OpenFault> {
        let mut port = TTYPort::open(&builder(node, baud, line)?)?;
        if hold == Hold::Shared {
            port.set_exclusive(false)?;
        }
        let stream = File::from(sys::duplicate(&port)?);
        sys::set_nonblocking(&stream)?;
        if let Err(error) = sys::hurry_bytes(stream.as_fd()) {
            tracing::debug!(%error, "the line hands bytes over in its own time");
        }
        let empty_us = sys::monotonic_us();
        Ok(Opened { port: Box::new(Self { _port: port, stream, empty_us }), held: Vec::new(), since_us: empty_us, form: None })
    }
}

impl Port for TtyPort {
    fn fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    fn drain(&mut self, take: &mut dyn FnMut(Raw)) -> ReadEnd {
        let started_us = sys::monotonic_us();
        let mut buffer = [0; READ_SIZE];
        for _ in 0..READS_MAX {
            match self.stream.read(&mut buffer) {
                Ok(0) => return ReadEnd::Closed,
                Ok(count) => take(Raw::Bytes { empty_us: self.empty_us, t_us: sys::monotonic_us(), bytes: buffer[..count].to_vec() }),
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

    /// A line whose buffer is full belongs to a scanner that does not listen.
    fn send(&mut self, messages: Vec<Vec<u8>>) -> io::Result<()> {
        self.stream.write_all(&messages.concat())
    }
}

fn builder(node: &Path, baud: u32, line: Line) -> Result<SerialPortBuilder, OpenFault> {
    let name = node.to_str().ok_or_else(|| OpenFault::Failed { kind: io::ErrorKind::InvalidInput, detail: "the path is not UTF-8".to_owned() })?;
    let builder = serialport::new(name, baud).timeout(Duration::ZERO).dtr_on_open(line.dtr);
    Ok(builder.data_bits(line.data_bits.into()).parity(line.parity.into()).stop_bits(line.stop_bits.into()).flow_control(line.flow.into()))
}

impl From<DataBits> for serialport::DataBits {
    fn from(bits: DataBits) -> Self {
        match bits {
            DataBits::Seven => Self::Seven,
            DataBits::Eight => Self::Eight,
        }
    }
}

impl From<Parity> for serialport::Parity {
    fn from(parity: Parity) -> Self {
        match parity {
            Parity::None => Self::None,
            Parity::Odd => Self::Odd,
            Parity::Even => Self::Even,
        }
    }
}

impl From<StopBits> for serialport::StopBits {
    fn from(bits: StopBits) -> Self {
        match bits {
            StopBits::One => Self::One,
            StopBits::Two => Self::Two,
        }
    }
}

impl From<Flow> for serialport::FlowControl {
    fn from(flow: Flow) -> Self {
        match flow {
            Flow::None => Self::None,
            Flow::Hardware => Self::Hardware,
            Flow::Software => Self::Software,
        }
    }
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
