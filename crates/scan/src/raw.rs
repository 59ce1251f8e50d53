//! What a device sent, exactly as the kernel handed it over: the pipeline's food, what a recording
//! holds, and what the test page shows.

use std::fmt;

use crate::keys::RawEvent;
use crate::outcome::DeviceName;

/// One piece of input. Times are monotonic microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raw {
    /// An event of a keyboard, stamped by the kernel.
    Event(RawEvent),
    /// Bytes of a serial line, read at `t_us`. `empty_us` is the last time the line was seen to hold
    /// nothing: the bytes arrived somewhere between the two.
    Bytes {
        /// When the line was last seen to hold nothing.
        empty_us: u64,
        /// When they were read.
        t_us: u64,
        /// What was read.
        bytes: Vec<u8>,
    },
    /// A report of a hidraw device, read in the same way.
    Report {
        /// When the device was last seen to hold nothing.
        empty_us: u64,
        /// When it was read.
        t_us: u64,
        /// With its number in front, where the device numbers its reports.
        bytes: Vec<u8>,
    },
    /// The device's queue was found full: what came after it is gone, without another sign.
    Overflow {
        /// When that was seen.
        t_us: u64,
    },
}

/// Sees what devices send, on the scan thread.
pub type Tap = Box<dyn Fn(&DeviceName, &Raw) + Send>;

impl Raw {
    /// When it came, in monotonic microseconds.
    pub fn t_us(&self) -> u64 {
        match self {
            Self::Event(event) => event.t_us,
            Self::Bytes { t_us, .. } | Self::Report { t_us, .. } | Self::Overflow { t_us } => *t_us,
        }
    }
}

/// As a technician reads it: a key's kernel name, or bytes in hexadecimal.
impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(event) => write!(f, "{event}"),
            Self::Bytes { bytes, .. } => write_hex(f, "bytes", bytes),
            Self::Report { bytes, .. } => write_hex(f, "report", bytes),
            Self::Overflow { .. } => f.write_str("queue full"),
        }
    }
}

fn write_hex(f: &mut fmt::Formatter<'_>, what: &str, bytes: &[u8]) -> fmt::Result {
    f.write_str(what)?;
    bytes.iter().try_for_each(|byte| write!(f, " {byte:02x}"))
}
