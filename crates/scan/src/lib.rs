//! Barcode scanners on Linux: exact text or a fault, never another text.
//!
//! A wrong serial number is worse than none, and the usual ways to read a scanner give wrong ones
//! without a sign: lost key events leave `76543` of a code of 33 characters, a wrong keyboard
//! country turns `(` into `)`. This crate reads scanners directly, and whatever was lost,
//! contradicts itself or stands for no character voids the whole code. Nothing is skipped or
//! guessed.
//!
//! # The model
//!
//! ```text
//! keys:    events -> Frame --.
//! hidraw:  reports ----------+-> characters -> framer -> label -> Scan | Fault | Repeat
//! lines:   bytes or packets -'
//! ```
//!
//! [`Pipeline`] is all of that for one scanner. It does no I/O and has no clock: it is told what the
//! kernel handed over ([`Raw`]) and the time, and asks to be told when time has passed
//! ([`Pipeline::deadline_us`], [`Pipeline::tick`]). Every code that reaches the machine ends in
//! exactly one [`Outcome`].
//!
//! ```
//! use scan::{Outcome, Pipeline, ScannerConfig, Source};
//!
//! let mut pipeline = Pipeline::new(&ScannerConfig::new("till", Source::tty("/dev/ttyACM0", 9600)));
//! let mut out = Vec::new();
//! pipeline.bytes(b"SN-2026-000042\r", 1_000, 1_000, &mut out);
//! assert!(matches!(&out[..], [Outcome::Scan(scan)] if scan.text == "SN-2026-000042"));
//! ```
//!
//! [`Scanners`] puts pipelines on real devices: one thread that waits for all of them, finds them
//! when they are plugged in, and reports everything as [`ScanEvent`]s. [`Learner`] listens to
//! everything that could be a scanner, and [`learn::judge`] says which of them is one and how it is
//! set up.
//!
//! # What can be promised
//!
//! The kernel says when it dropped events of a keyboard, and every event that vanishes alone
//! contradicts its neighbours. A key whose press *and* release are lost before the kernel sees
//! them (on a bad Bluetooth link, or equal keys in one report) leaves no trace; only a check
//! digit, a fixed length or a prefix in the code itself can show that. Raw reports of a keyboard show
//! less: there a press that is lost alone leaves none.
//!
//! A code ends at its suffix. Where `suffix_required` is switched off, it ends at a pause, and a
//! scanner that pauses inside a code then gives two texts.
//!
//! A scanner that was set to another keyboard country without the configuration shows by codes that
//! make no sense any more ([`FaultKind::Country`]), and by plain codes not at all.
//!
//! # Reading order
//!
//! `outcome` (what comes out), `config` (what a shop sets), `raw` (what goes in), `pipeline`; then
//! its parts: `keys`, `hid`, `ssi`, `framer`, `label`, `country`, `repeats`; then `learn`; then
//! `linux::scanners`, `linux::pump`, `linux::device`, `linux::port` and the rest.
//!
//! # Seams
//!
//! - Another keyboard country: a variant of [`LayoutName`], its table made by `examples/layouts.rs`.
//! - Another kind of device: a `Port` in `linux::port`, and a reader in the pipeline.
//! - Another language for beeps: a variant of [`Beep`].
//! - Another kind of code: a variant of [`Symbology`], with the identifiers that tell of it.

#![warn(missing_docs)]

pub mod config;
mod counters;
mod country;
mod event;
mod feedback;
mod framer;
mod hid;
mod keys;
mod label;
pub mod learn;
mod linux;
mod outcome;
mod pipeline;
mod raw;
mod repeats;
mod rhythm;
mod ssi;

pub use config::{Caps, CodeId, ConfigFault, DataBits, Flow, Framing, Line, Looking, Parity, ScannerConfig, Source, StopBits, Suffix, UsbId};
pub use counters::Counters;
pub use evdev::KeyCode;
pub use event::{DeviceState, Reason, ScanEvent};
pub use feedback::{Beep, Feedback};
pub use hid::{Form, FormName};
pub use keys::{Chord, EventReader, Frame, FrameBuilder, KeyChange, KeyMap, LAYOUT_KEYS, Layout, LayoutName, NO_CHAR, RAW_EVENT_SIZE, RawEvent, ReadEnd};
pub use label::{AimId, AimMode, Element, Envelope, Format, Gs1, Pattern, Rule, Sorted, Symbology, When};
pub use linux::{Access, Candidate, CandidateKind, ForeignScanner, Heard, Holder, LearnEvent, Learner, Scanners, StartFault, candidates, foreign_scanners};
pub use outcome::{DeviceName, FAULT_RAW_MAX, Fault, FaultKind, Outcome, Repeat, Scan};
pub use pipeline::Pipeline;
pub use raw::{Raw, Tap};

/// Its example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
