//! The Linux side: device nodes, hot-plug and the scan thread.

mod scanners;

pub use scanners::{Scanners, StartFault};
