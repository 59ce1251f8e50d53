//! What the application hears from its scanners.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::linux::Holder;
use crate::outcome::{DeviceName, Fault, Outcome, Repeat, Scan};

/// Everything the scan thread reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScanEvent {
    /// A code was read.
    Scan(Scan),
    /// A code was spoiled.
    Fault(Fault),
    /// A code came again.
    Repeat(Repeat),
    /// A scanner came, went, or cannot be had. Sent on change only.
    State {
        /// The scanner.
        device: DeviceName,
        /// Where it stands now.
        state: DeviceState,
        /// And why.
        reason: Reason,
    },
}

/// Where a configured scanner stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeviceState {
    /// Not plugged in.
    Absent,
    /// Found, and being opened; retried until it works.
    Opening,
    /// Another program holds it; retried every second.
    Busy,
    /// Open and listened to: a code scanned from now on is read.
    Live,
    /// Went away while it was live.
    Lost,
    /// The program may not open it; retried every two seconds.
    Denied,
}

/// Why a scanner is in its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// No device is what the configuration says.
    NotFound,
    /// The device is there and is being opened.
    Found,
    /// It is open and quiet.
    Ready,
    /// Another program holds it.
    HeldByOther,
    /// One of these, where that may be known.
    HeldBy(Vec<Holder>),
    /// The system does not let this program open it.
    PermissionMissing {
        /// The node that it would open.
        path: PathBuf,
        /// Whose members may open it; `None` where no group may.
        group: Option<String>,
    },
    /// The device went away.
    Unplugged,
    /// The configuration does not name it any more.
    Removed,
    /// The system failed to open it.
    OpenFailed {
        /// What kind of failure.
        kind: io::ErrorKind,
        /// In the system's words.
        detail: String,
    },
}

impl DeviceState {
    /// A name that never changes, for logs and translations.
    pub fn code(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Opening => "opening",
            Self::Busy => "busy",
            Self::Live => "live",
            Self::Lost => "lost",
            Self::Denied => "denied",
        }
    }
}

impl Reason {
    /// A name that never changes, for logs and translations.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Found => "found",
            Self::Ready => "ready",
            Self::HeldByOther | Self::HeldBy(_) => "held_by_other",
            Self::PermissionMissing { .. } => "permission_missing",
            Self::Unplugged => "unplugged",
            Self::Removed => "removed",
            Self::OpenFailed { .. } => "open_failed",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("The scanner is not plugged in."),
            Self::Found => f.write_str("The scanner was found and is being opened."),
            Self::Ready => f.write_str("The scanner is ready."),
            Self::HeldByOther => f.write_str("Another program uses the scanner. Close that program."),
            Self::HeldBy(holders) => {
                let names: Vec<String> = holders.iter().map(|holder| format!("{} (process {})", holder.program, holder.pid)).collect();
                write!(f, "Another program uses the scanner: {}. Close that program.", names.join(", "))
            }
            Self::PermissionMissing { path, group: Some(group) } => {
                write!(f, "This program may not open {}. Put its user into the group {group} and start it again.", path.display())
            }
            Self::PermissionMissing { path, group: None } => {
                write!(f, "This program may not open {}, and no group may. Install the udev rules for scanners.", path.display())
            }
            Self::Removed => f.write_str("The scanner is not in the configuration any more."),
            Self::Unplugged => f.write_str("The scanner was unplugged or switched off. Plug it in again."),
            Self::OpenFailed { detail, .. } => write!(f, "The scanner cannot be opened: {detail}."),
        }
    }
}

impl From<Outcome> for ScanEvent {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Scan(scan) => Self::Scan(scan),
            Outcome::Fault(fault) => Self::Fault(fault),
            Outcome::Repeat(repeat) => Self::Repeat(repeat),
        }
    }
}
