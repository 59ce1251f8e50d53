//! The scan thread and its handle.

use std::io;

use thiserror::Error;

use crate::config::{self, ConfigFault, ScannerConfig};
use crate::event::ScanEvent;

/// Why the scanners cannot be started.
#[derive(Debug, Error)]
pub enum StartFault {
    #[error(transparent)]
    Config(#[from] ConfigFault),
    #[error("the scan thread cannot be set up")]
    System(#[source] io::Error),
}

/// The running scan thread.
pub struct Scanners {}

impl Scanners {
    /// Starts the scan thread and calls `sender` from it with everything that happens.
    pub fn start(
        configs: Vec<ScannerConfig>,
        sender: impl Fn(ScanEvent) + Send + 'static,
    ) -> Result<Self, StartFault> {
        config::check_all(&configs)?;
        drop(sender);
        Ok(Self {})
    }

    /// Ends the scan thread and waits for it.
    pub fn stop(self) {}
}
