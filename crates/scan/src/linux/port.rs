//! What the scan thread needs of an open device, whatever its kind.

use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;

use evdev::KeyCode;

use super::hidraw::HidrawPort;
use super::keyboard::KeyboardPort;
use super::sysfs::Folders;
use super::tty::TtyPort;
use crate::config::Source;
use crate::hid::Form;
use crate::keys::ReadEnd;
use crate::raw::Raw;

/// An open device.
pub(super) trait Port: Send {
    /// Readable when something waits.
    fn fd(&self) -> BorrowedFd<'_>;

    /// Hands over all that waits, without blocking.
    fn drain(&mut self, take: &mut dyn FnMut(Raw)) -> ReadEnd;

    /// The keys that are down, where the device can be asked.
    fn held(&self) -> Option<Vec<KeyCode>> {
        None
    }

    /// Sends messages to the scanner, without waiting for it.
    fn send(&mut self, _messages: Vec<Vec<u8>>) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// A device just opened, with the keys held on it.
pub(super) struct Opened {
    pub(super) port: Box<dyn Port>,
    pub(super) held: Vec<KeyCode>,
    /// From when on everything is heard. Monotonic microseconds, not later than the look at the held
    /// keys.
    pub(super) since_us: u64,
    /// What the reports of a hidraw device are.
    pub(super) form: Option<Form>,
}

/// Who else may hear the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// This program alone: it types nowhere else.
    Alone,
    /// Everybody, as while a scanner is looked for.
    Shared,
}

/// Why a device cannot be opened now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum OpenFault {
    /// It went away between being found and being opened.
    Gone,
    Busy,
    Denied,
    Failed {
        kind: io::ErrorKind,
        detail: String,
    },
}

/// Opens a node as what the configuration says it is.
pub(super) fn open(source: &Source, node: &Path, folders: &Folders, hold: Hold) -> Result<Opened, OpenFault> {
    match source {
        Source::Hid { .. } => KeyboardPort::open(node, hold),
        Source::Hidraw { .. } => HidrawPort::open(node, folders),
        Source::Tty { baud, line, .. } => TtyPort::open(node, *baud, *line, hold),
    }
}

impl From<io::Error> for OpenFault {
    fn from(error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(libc::ENOENT | libc::ENODEV | libc::ENXIO) => Self::Gone,
            Some(libc::EBUSY) => Self::Busy,
            Some(libc::EACCES | libc::EPERM) => Self::Denied,
            _ => Self::Failed { kind: error.kind(), detail: error.to_string() },
        }
    }
}
