//! The scan thread and its handle.
//!
//! One thread does nothing but wait for all devices and read them. The kernel keeps 10 to 16
//! characters of a keyboard scanner; a reader that is busy with anything else for 20 ms loses the
//! rest.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use thiserror::Error;

use super::device::Device;
use super::find::Folders;
use super::hotplug::Hotplug;
use super::sys::{self, Readiness};
use crate::config::{self, ConfigFault, ScannerConfig};
use crate::event::ScanEvent;

/// A safety net beside the notifications, which miss folders that did not exist yet.
const RESCAN_US: u64 = 5_000_000;
/// After a failed `poll`, which means the system is out of memory: not to make it worse.
const POLL_FAILED_PAUSE: Duration = Duration::from_millis(20);

/// Why the scanners cannot be started.
#[derive(Debug, Error)]
pub enum StartFault {
    #[error(transparent)]
    Config(#[from] ConfigFault),
    #[error("the scan thread cannot be set up")]
    System(#[source] io::Error),
}

/// The running scan thread. Dropping it ends the thread, too.
pub struct Scanners {
    stop: Arc<File>,
    thread: Option<JoinHandle<()>>,
}

impl Scanners {
    /// Starts the scan thread and calls `sender` from it with everything that happens.
    ///
    /// `sender` must return within a few milliseconds (hand the event to a queue), and must not
    /// end the scanners itself: that would wait for its own thread. A scan it cannot hand over is
    /// a fault to show, see [`Scan::undelivered`](crate::Scan::undelivered).
    ///
    /// Each scanner reports its state once at the start and then on change. Devices that are not
    /// there yet are no error: they are waited for.
    pub fn start(configs: Vec<ScannerConfig>, sender: impl Fn(ScanEvent) + Send + 'static) -> Result<Self, StartFault> {
        config::check_all(&configs)?;
        let stop = Arc::new(sys::event_fd().map_err(StartFault::System)?);
        let hotplug = Hotplug::new().inspect_err(|error| tracing::warn!(%error, "no notifications; scanners are found by rescans only")).ok();
        let pump = Pump {
            devices: configs.iter().map(Device::new).collect(),
            folders: Folders::default(),
            hotplug,
            stop: Arc::clone(&stop),
            rescan_at_us: 0,
            send: Box::new(sender),
        };
        let thread = thread::Builder::new().name("scan".to_owned()).spawn(|| pump.run()).map_err(StartFault::System)?;
        Ok(Self { stop, thread: Some(thread) })
    }

    /// Ends the scan thread and waits for it. Half a scan becomes a fault before that.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        let woken = self.stop.as_ref().write_all(&1u64.to_ne_bytes());
        woken.expect("a fresh counter takes one more");
        if thread.join().is_err() {
            tracing::error!("the scan thread panicked");
        }
    }
}

impl Drop for Scanners {
    fn drop(&mut self) {
        self.end();
    }
}

/// Everything that lives on the scan thread.
struct Pump {
    devices: Vec<Device>,
    folders: Folders,
    hotplug: Option<Hotplug>,
    stop: Arc<File>,
    rescan_at_us: u64,
    send: Box<dyn Fn(ScanEvent) + Send>,
}

/// What the wait ended with.
#[derive(Default)]
struct Woken {
    stop: bool,
    nodes_changed: bool,
    /// One for each device: whether it hung up.
    hung_up: Vec<bool>,
}

impl Pump {
    fn run(mut self) {
        loop {
            self.look_for_devices();
            let woken = self.wait();
            if woken.stop {
                return self.close();
            }
            if woken.nodes_changed {
                self.nodes_changed();
            }
            self.read(&woken.hung_up);
        }
    }

    fn look_for_devices(&mut self) {
        let now_us = sys::monotonic_us();
        if now_us >= self.rescan_at_us {
            self.rescan_at_us = now_us + RESCAN_US;
            self.rescan(now_us);
        }
        for at in 0..self.devices.len() {
            let taken: Vec<PathBuf> = self.devices.iter().filter_map(Device::node).cloned().collect();
            self.devices[at].open_if_due(now_us, &self.folders, &taken, &*self.send);
        }
    }

    /// Watches first and looks after, so that nothing appears in between.
    fn rescan(&mut self, now_us: u64) {
        if let Some(hotplug) = &self.hotplug {
            let sources: Vec<_> = self.devices.iter().map(Device::source).collect();
            hotplug.watch(&self.folders.watched(&sources));
        }
        self.devices.iter_mut().for_each(|device| device.retry_now(now_us));
    }

    fn nodes_changed(&mut self) {
        if let Some(hotplug) = &mut self.hotplug {
            hotplug.drain();
        }
        self.rescan(sys::monotonic_us());
    }

    fn wait(&self) -> Woken {
        let fds: Vec<BorrowedFd<'_>> = self.fds().collect();
        match sys::poll(&fds, self.timeout()) {
            Ok(ready) => self.woken(&mut ready.into_iter()),
            Err(error) => {
                tracing::warn!(%error, "poll failed");
                // sleeps because a poll that fails at once would spin
                thread::sleep(POLL_FAILED_PAUSE);
                Woken::default()
            }
        }
    }

    /// The order of [`Pump::woken`]: stop, notifications, then every open device.
    fn fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let hotplug = self.hotplug.as_ref().map(Hotplug::fd);
        [self.stop.as_fd()].into_iter().chain(hotplug).chain(self.devices.iter().filter_map(Device::fd))
    }

    fn woken(&self, ready: &mut impl Iterator<Item = Readiness>) -> Woken {
        let mut next = || ready.next().expect("poll answers for every descriptor");
        Woken {
            stop: next().readable,
            nodes_changed: self.hotplug.is_some() && next().readable,
            hung_up: self.devices.iter().map(|device| device.fd().is_some() && next().hung_up).collect(),
        }
    }

    fn timeout(&self) -> Duration {
        let deadlines_us = self.devices.iter().filter_map(Device::deadline_us);
        let wake_at_us = deadlines_us.fold(self.rescan_at_us, u64::min);
        Duration::from_micros(wake_at_us.saturating_sub(sys::monotonic_us()))
    }

    /// Reads every open device, whoever woke the thread: time may only pass for a scan whose keys
    /// have all been read.
    fn read(&mut self, hung_up: &[bool]) {
        let now_us = sys::monotonic_us();
        for (at, device) in self.devices.iter_mut().enumerate() {
            device.read(now_us, hung_up.get(at).copied().unwrap_or(false), &*self.send);
        }
    }

    fn close(&mut self) {
        let now_us = sys::monotonic_us();
        self.devices.iter_mut().for_each(|device| device.close(now_us, &*self.send));
    }
}
