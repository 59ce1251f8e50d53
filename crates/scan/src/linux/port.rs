//! What the scan thread needs of an open device, whatever its kind.

use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;

use evdev::KeyCode;

use super::keyboard::KeyboardPort;
use super::tty::TtyPort;
use crate::config::Source;
use crate::keys::ReadEnd;
use crate::outcome::Outcome;
use crate::pipeline::Pipeline;

/// An open device. More kinds (HID POS, hidraw keyboards) come as more implementations.
///
/// A scanner that takes commands, such as a beep for an accepted code, would get them through one
/// more method here, called on the scan thread.
pub(super) trait Port: Send {
    /// Readable when something waits.
    fn fd(&self) -> BorrowedFd<'_>;

    /// Reads all that waits into the pipeline, without blocking.
    fn drain(&mut self, pipeline: &mut Pipeline, out: &mut Vec<Outcome>) -> ReadEnd;
}

/// A device just opened, with the keys held on it.
pub(super) struct Opened {
    pub(super) port: Box<dyn Port>,
    pub(super) held: Vec<KeyCode>,
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
pub(super) fn open(source: &Source, node: &Path) -> Result<Opened, OpenFault> {
    match source {
        Source::Hid { .. } => KeyboardPort::open(node),
        Source::Tty { baud, .. } => TtyPort::open(node, *baud),
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
