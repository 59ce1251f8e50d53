//! What comes out: the exact text, or a fault that says why there is none.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::keys::LayoutName;
use crate::label::{AimId, Envelope, Gs1, Sorted, Symbology};

/// Bytes of a spoiled scan kept for the diagnostics page; enough to recognise a code by, small
/// enough to keep hundreds of them.
pub const FAULT_RAW_MAX: usize = 256;

/// A scanner's configured name. Cheap to clone: every event carries one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct DeviceName(Arc<str>);

/// The text of one code, exactly as the scanner sent it, without its suffix.
///
/// Control characters inside a code are delivered (GS1 data contains them); whoever takes the text
/// decides whether it may have any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// Which scanner read it.
    pub device: DeviceName,
    /// Exactly what stands on the label, without what the scanner puts around it.
    pub text: String,
    /// Monotonic microseconds of the first key or byte.
    pub t_first_us: u64,
    /// Monotonic microseconds of the key or byte that ended the code.
    pub t_last_us: u64,
    /// 1 for the device's first scan since the start, then without holes.
    pub seq: u64,
    /// Which kind of code it was, if the scanner says so.
    pub aim: Option<AimId>,
    /// The same in plain words.
    pub symbology: Option<Symbology>,
    /// If the text is a message of ISO/IEC 15434.
    pub envelope: Option<Envelope>,
    /// If there is evidence that the text, or the message, is GS1's.
    pub gs1: Option<Gs1>,
    /// What the scanner's rules say of it.
    pub sorted: Option<Sorted>,
    /// A doubt: the text has other characters than serials have, and under these keyboard countries
    /// it would not. If it is not known either, the scanner is perhaps set to one of them.
    pub seems: Vec<LayoutName>,
}

/// A scan that is void. The operator must scan again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Whose scan it was.
    pub device: DeviceName,
    /// Why it is void.
    pub kind: FaultKind,
    /// What was read before the scan was spoiled, for diagnostics only: never a text to act on.
    /// At most [`FAULT_RAW_MAX`] bytes.
    pub raw: Vec<u8>,
    /// The keyboard countries under which the keys make sense, for the fault `country`.
    pub seems: Vec<LayoutName>,
    /// Monotonic microseconds at which the scan was spoiled.
    pub t_us: u64,
}

/// Why a scan is void, ordered from the kernel's side to the consumer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultKind {
    /// Events or bytes were lost, or came too late to say which scan they belong to.
    Lost,
    /// A key that stands for no character under the scanner's layout.
    Unmapped,
    /// The keys make sense under another keyboard country than the one that is set, and none under
    /// that: the scanner was set otherwise, or is another one.
    Country,
    /// Keys that contradict each other: a release without press, a press of a held key, an
    /// incomplete ALT code, Caps Lock left on.
    Damaged,
    /// More characters than `raw_max`.
    TooLong,
    /// No suffix came though one is required.
    NoSuffix,
    /// The device went away in the middle of a scan.
    Truncated,
    /// A byte outside ASCII, or NUL, on a serial line.
    BadByte,
    /// Before or after the text something is missing that stands around every code.
    Affix,
    /// The AIM identifier is missing that every code has.
    NoAim,
    /// A message of ISO/IEC 15434 is not whole.
    Envelope,
    /// Said to be of GS1, and against its rules.
    Gs1,
    /// A kind of code that the scanner is not to take.
    Symbology,
    /// Shorter or longer than the scanner is to take.
    Length,
    /// None of the scanner's rules fits.
    Unmatched,
    /// The consumer's queue was full (see [`Scan::undelivered`]).
    QueueFull,
}

/// The same text again within `same_ms`: not delivered as a scan, and not hidden either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeat {
    /// Which scanner read it again.
    pub device: DeviceName,
    /// What was read.
    pub text: String,
    /// Monotonic microseconds of the key or byte that ended the repeated code.
    pub t_us: u64,
    /// How often the text was repeated since it was delivered; 1 for the first time.
    pub count: u64,
}

/// One result of the pipeline. Every code that reached the machine ends in exactly one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A code was read.
    Scan(Scan),
    /// A code was spoiled.
    Fault(Fault),
    /// A code came again.
    Repeat(Repeat),
}

impl Scan {
    /// A text of which nothing else is known, as for tests and codes that were typed.
    pub fn plain(device: impl Into<DeviceName>, text: impl Into<String>, seq: u64) -> Self {
        Self {
            device: device.into(),
            text: text.into(),
            t_first_us: 0,
            t_last_us: 0,
            seq,
            aim: None,
            symbology: None,
            envelope: None,
            gs1: None,
            sorted: None,
            seems: Vec::new(),
        }
    }

    /// The fault to show when a bounded queue would not take the scan.
    pub fn undelivered(self) -> Fault {
        let mut raw = self.text.into_bytes();
        raw.truncate(FAULT_RAW_MAX);
        Fault { device: self.device, kind: FaultKind::QueueFull, raw, seems: Vec::new(), t_us: self.t_last_us }
    }
}

impl FaultKind {
    /// All of them, in their order.
    pub const ALL: [Self; 16] = [
        Self::Lost,
        Self::Unmapped,
        Self::Country,
        Self::Damaged,
        Self::TooLong,
        Self::NoSuffix,
        Self::Truncated,
        Self::BadByte,
        Self::Affix,
        Self::NoAim,
        Self::Envelope,
        Self::Gs1,
        Self::Symbology,
        Self::Length,
        Self::Unmatched,
        Self::QueueFull,
    ];

    /// A name that never changes, for logs and translations.
    pub fn code(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Unmapped => "unmapped",
            Self::Country => "country",
            Self::Damaged => "damaged",
            Self::TooLong => "too_long",
            Self::NoSuffix => "no_suffix",
            Self::Truncated => "truncated",
            Self::BadByte => "bad_byte",
            Self::Affix => "affix",
            Self::NoAim => "no_aim",
            Self::Envelope => "envelope",
            Self::Gs1 => "gs1",
            Self::Symbology => "symbology",
            Self::Length => "length",
            Self::Unmatched => "unmatched",
            Self::QueueFull => "queue_full",
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lost => "Part of the code was lost. Scan it again.",
            Self::Unmapped => "The scanner sent a key that is no character. Scan again; if it stays, set the scanner to the US keyboard.",
            Self::Country => "The scanner seems to type as another keyboard country than it did when it was set up. Set it up again.",
            Self::Damaged => "The scanner's keys contradict each other. Scan the code again.",
            Self::TooLong => "The code is longer than allowed. Scan the right code.",
            Self::NoSuffix => "The code did not end with Enter. Scan again; if it stays, set the scanner to send Enter after each code.",
            Self::Truncated => "The scanner was unplugged during the scan. Scan again when it is back.",
            Self::BadByte => "The scanner sent a byte that is no character. Scan again; if it stays, check the line's speed.",
            Self::Affix => "The code did not begin and end as this scanner's codes do. Scan it again.",
            Self::NoAim => "The scanner did not say which kind of code it read. Scan again; if it stays, set the scanner to send AIM identifiers.",
            Self::Envelope => "The code holds a damaged message of ISO 15434. Scan another label of the goods.",
            Self::Gs1 => "The code breaks the rules of GS1. Scan another label of the goods.",
            Self::Symbology => "This scanner does not take this kind of code. Scan the right code.",
            Self::Length => "The code is shorter or longer than this scanner's codes. Scan the right code.",
            Self::Unmatched => "The code matches none of this scanner's rules. Scan the right code.",
            Self::QueueFull => "Too many scans are waiting. Scan the code again.",
        })
    }
}

impl DeviceName {
    /// The name as it was configured.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for DeviceName {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<String> for DeviceName {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

impl From<DeviceName> for String {
    fn from(name: DeviceName) -> Self {
        name.as_str().to_owned()
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
