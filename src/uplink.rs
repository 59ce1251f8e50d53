//! The uplink thread: keeps terminal and hub in step while everything else goes on. What to say
//! when is decided by `ledger::sync::uplink`; here are the requests and the waiting.

mod http;
mod round;

pub use http::{Hub, HubHealth, enrol, health, sentence};

use crate::app::UplinkNews;
use crate::identity::Identity;
use crate::writer::WriterHandle;
use std::sync::Arc;
use tokio::sync::Notify;

/// Handle to the running thread.
pub struct Uplink {
    hurry: Arc<Notify>,
}

impl Uplink {
    /// Starts the thread; `tell` hears how it is doing whenever that changes.
    pub fn start(identity: Identity, data: std::path::PathBuf, writer: WriterHandle, tell: impl Fn(UplinkNews) + Send + 'static) -> std::io::Result<Uplink> {
        let hurry = Arc::new(Notify::new());
        let asked = hurry.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("uplink".into()).spawn(move || {
            let keys = identity.keys().expect("the identity was checked when it was read");
            let hub = Hub::new(&identity, keys);
            runtime.block_on(round::run(hub, data, writer, asked, tell));
        })?;
        Ok(Uplink { hurry })
    }

    /// Something waits to be sent, or a person asked: do not wait for the next round.
    pub fn hurry(&self) {
        self.hurry.notify_one();
    }
}
