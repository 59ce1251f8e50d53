//! Barcode scanners on Linux: exact text or a fault, never another text.

pub mod config;
mod event;
mod framer;
mod keys;
mod linux;
mod outcome;
mod pipeline;
mod repeats;

pub use config::{Caps, ConfigFault, ScannerConfig, Source, Suffix, UsbId};
pub use evdev::KeyCode;
pub use event::{DeviceState, Reason, ScanEvent};
pub use keys::{EventReader, Frame, FrameBuilder, KeyChange, Layout, LayoutName, RAW_EVENT_SIZE, RawEvent, ReadEnd};
pub use linux::{Scanners, StartFault};
pub use outcome::{DeviceName, FAULT_RAW_MAX, Fault, FaultKind, Outcome, Repeat, Scan};
pub use pipeline::Pipeline;
