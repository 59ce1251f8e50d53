//! The handle of the scan thread.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use thiserror::Error;

use super::pump::{Order, Pump};
use super::sys;
use crate::config::{self, ConfigFault, ScannerConfig};
use crate::counters::Counters;
use crate::event::ScanEvent;
use crate::feedback::Feedback;
use crate::outcome::DeviceName;
use crate::raw::Tap;

/// The scan thread answers between two readings; one that does not is being held up by its `sender`.
const ANSWER_PATIENCE: Duration = Duration::from_secs(1);

/// Why the scanners cannot be started.
#[derive(Debug, Error)]
pub enum StartFault {
    /// The scanners contradict each other.
    #[error(transparent)]
    Config(#[from] ConfigFault),
    /// The system has no thread or no descriptor left.
    #[error("the scan thread cannot be set up")]
    System(#[source] io::Error),
}

/// The running scan thread. Dropping it ends the thread, too.
pub struct Scanners {
    orders: Orders,
    thread: Option<JoinHandle<()>>,
}

/// A way to the scan thread, for itself and its helpers.
#[derive(Clone)]
pub(super) struct Orders {
    queue: Sender<Order>,
    bell: Arc<File>,
}

impl Scanners {
    /// Starts the scan thread and calls `sender` from it with everything that happens.
    ///
    /// `sender` must return within a few milliseconds (hand the event to a queue), and must not
    /// end or ask the scanners itself: that would wait for its own thread. A scan it cannot hand
    /// over is a fault to show, see [`Scan::undelivered`](crate::Scan::undelivered).
    ///
    /// Each scanner reports its state once at the start and then on change. Devices that are not
    /// there yet are no error: they are waited for.
    pub fn start(configs: Vec<ScannerConfig>, sender: impl Fn(ScanEvent) + Send + 'static) -> Result<Self, StartFault> {
        config::check_all(&configs)?;
        let bell = Arc::new(sys::event_fd().map_err(StartFault::System)?);
        let (queue, waiting) = channel();
        let orders = Orders { queue, bell: Arc::clone(&bell) };
        let pump = Pump::new(&configs, Box::new(sender), bell, waiting, orders.clone());
        let thread = thread::Builder::new().name("scan".to_owned()).spawn(|| pump.run()).map_err(StartFault::System)?;
        Ok(Self { orders, thread: Some(thread) })
    }

    /// Changes to other scanners. Those whose settings stay the same stay open and miss nothing;
    /// half a scan of the others becomes a fault. An empty list lets go of every device.
    pub fn reload(&self, configs: Vec<ScannerConfig>) -> Result<(), ConfigFault> {
        config::check_all(&configs)?;
        self.orders.give(Order::Reload(configs));
        Ok(())
    }

    /// Has a scanner beep for what became of a code, if it was configured to.
    pub fn feedback(&self, device: &DeviceName, feedback: Feedback) {
        self.orders.give(Order::Feedback(device.clone(), feedback));
    }

    /// Shows everything the devices send to `tap`, on the scan thread, or no longer.
    pub fn tap(&self, tap: Option<Tap>) {
        self.orders.give(Order::Tap(tap));
    }

    /// What each scanner has done since the start, in the order of the configuration. Empty if the
    /// scan thread does not answer.
    pub fn counters(&self) -> Vec<Counters> {
        let (sender, answer) = channel();
        self.orders.give(Order::Count(sender));
        answer.recv_timeout(ANSWER_PATIENCE).unwrap_or_default()
    }

    /// Ends the scan thread and waits for it. Half a scan becomes a fault before that.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        self.orders.give(Order::Stop);
        if thread.join().is_err() {
            tracing::error!("the scan thread panicked");
        }
    }
}

impl Orders {
    /// Puts an order into the queue and wakes the thread. Once the thread has ended nobody minds.
    pub(super) fn give(&self, order: Order) {
        if self.queue.send(order).is_ok()
            && let Err(error) = self.bell.as_ref().write_all(&1u64.to_ne_bytes())
        {
            // Full after 2^64 orders, and then the thread is awake.
            tracing::debug!(%error, "the bell was rung already");
        }
    }
}

impl Drop for Scanners {
    fn drop(&mut self) {
        self.end();
    }
}
