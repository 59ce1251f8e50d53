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
//! keyboard: events -> Frame -> characters -.
//!                                           >- framer -> Scan | Fault | Repeat
//! serial line:        bytes -> characters -'
//! ```
//!
//! [`Pipeline`] is all of that for one scanner. It does no I/O and has no clock: it is told events
//! or bytes and the time, and asks to be told when time has passed
//! ([`Pipeline::deadline_us`], [`Pipeline::tick`]). Every code that reaches the machine ends in
//! exactly one [`Outcome`].
//!
//! [`Scanners`] puts pipelines on real devices: one thread that waits for all of them, finds them
//! when they are plugged in, and reports everything as [`ScanEvent`]s.
//!
//! # What can be promised
//!
//! The kernel says when it dropped events of a keyboard, and every event that vanishes alone
//! contradicts its neighbours. A key whose press *and* release are lost before the kernel sees
//! them (on a bad Bluetooth link, or equal keys in one report) leaves no trace; only a check
//! digit, a fixed length or a prefix in the code itself can show that.
//!
//! A code ends at its suffix. Where `suffix_required` is switched off, it ends at a pause, and a
//! scanner that pauses inside a code then gives two texts.
//!
//! # Reading order
//!
//! `outcome` (what comes out), `config` (what a shop sets), `pipeline`, `keys` and its parts,
//! `framer`, `repeats`; then `linux::scanners`, `linux::device`, `linux::port` and the rest.
//!
//! # Seams
//!
//! - Another keyboard country: a variant of [`LayoutName`], its table made by `examples/layouts.rs`.
//! - Another kind of device (HID POS, a keyboard through hidraw): a `Port` in `linux::port`.
//! - Telling the scanner something, such as a beep for an accepted code: a method of `Port`.
//! - AIM identifiers, GS1 and prefixes: a step on the delivered text, in the crate that knows
//!   what texts mean.

pub mod config;
mod counters;
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
mod ssi;

pub use config::{Caps, CodeId, ConfigFault, DataBits, Flow, Framing, Line, Looking, Parity, ScannerConfig, Source, StopBits, Suffix, UsbId};
pub use counters::Counters;
pub use evdev::KeyCode;
pub use event::{DeviceState, Reason, ScanEvent};
pub use feedback::{Beep, Feedback};
pub use hid::{Form, FormName};
pub use keys::{Chord, EventReader, Frame, FrameBuilder, KeyChange, KeyMap, LAYOUT_KEYS, Layout, LayoutName, NO_CHAR, RAW_EVENT_SIZE, RawEvent, ReadEnd};
pub use label::{AimId, AimMode, Element, Envelope, Format, Gs1, Pattern, Rule, Sorted, Symbology, When};
pub use linux::{Access, Candidate, CandidateKind, Heard, Holder, LearnEvent, Learner, Scanners, StartFault, candidates};
pub use outcome::{DeviceName, FAULT_RAW_MAX, Fault, FaultKind, Outcome, Repeat, Scan};
pub use pipeline::Pipeline;
pub use raw::{Raw, Tap};
