//! Barcode scanners on Linux: exact text or a fault, never another text.

pub mod config;
mod event;
mod keys;
mod linux;
mod outcome;

pub use config::{Caps, ConfigFault, ScannerConfig, Source, Suffix, UsbId};
pub use event::{DeviceState, Reason, ScanEvent};
pub use keys::{Layout, LayoutName};
pub use linux::{Scanners, StartFault};
pub use outcome::{DeviceName, FAULT_RAW_MAX, Fault, FaultKind, Outcome, Repeat, Scan};
