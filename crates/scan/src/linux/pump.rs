//! The scan thread.
//!
//! One thread does nothing but wait for all devices and read them. The kernel keeps 10 to 16
//! characters of a keyboard scanner; a reader that is busy with anything else for 20 ms loses the
//! rest.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::thread;
use std::time::Duration;

use super::device::{Device, Outlet};
use super::holders::{Holder, holders};
use super::hotplug::Hotplug;
use super::scanners::Orders;
use super::sys::{self, Readiness};
use super::sysfs::Folders;
use crate::config::{ScannerConfig, Source};
use crate::counters::Counters;
use crate::event::ScanEvent;
use crate::feedback::Feedback;
use crate::outcome::DeviceName;
use crate::raw::Tap;

/// A safety net beside the notifications, which miss folders that did not exist yet.
const RESCAN_US: u64 = 5_000_000;
/// After a failed `poll`, which means the system is out of memory: not to make it worse.
const POLL_FAILED_PAUSE: Duration = Duration::from_millis(20);

/// What the thread is told to do.
pub(super) enum Order {
    Reload(Vec<ScannerConfig>),
    Feedback(DeviceName, Feedback),
    Tap(Option<Tap>),
    Count(Sender<Vec<Counters>>),
    /// Somebody looked up who holds this scanner's node.
    Held(DeviceName, Vec<Holder>),
    Stop,
}

/// Everything that lives on the scan thread.
pub(super) struct Pump {
    devices: Vec<Device>,
    folders: Folders,
    hotplug: Option<Hotplug>,
    bell: Arc<File>,
    waiting: Receiver<Order>,
    orders: Orders,
    rescan_at_us: u64,
    send: Box<dyn Fn(ScanEvent) + Send>,
    tap: Option<Tap>,
}

/// What the wait ended with.
#[derive(Default)]
struct Woken {
    ordered: bool,
    nodes_changed: bool,
    /// One for each device: whether it hung up.
    hung_up: Vec<bool>,
}

impl Pump {
    pub(super) fn new(configs: &[ScannerConfig], send: Box<dyn Fn(ScanEvent) + Send>, bell: Arc<File>, waiting: Receiver<Order>, orders: Orders) -> Self {
        let hotplug = Hotplug::new().inspect_err(|error| tracing::warn!(%error, "no notifications; scanners are found by rescans only")).ok();
        let devices = configs.iter().map(Device::new).collect();
        Self { devices, folders: Folders::default(), hotplug, bell, waiting, orders, rescan_at_us: 0, send, tap: None }
    }

    pub(super) fn run(mut self) {
        if let Err(error) = sys::go_before_others() {
            tracing::debug!(%error, "the scan thread has no precedence");
        }
        loop {
            self.look_for_devices();
            let woken = self.wait();
            self.read(&woken.hung_up);
            if woken.nodes_changed {
                self.nodes_changed();
            }
            if woken.ordered && self.obey_all() == Obeyed::Stop {
                return self.close();
            }
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
            let outlet = Outlet { send: &*self.send, tap: None };
            self.devices[at].open_if_due(now_us, &self.folders, &taken, &outlet);
            self.ask_who_holds(at);
        }
    }

    /// Looking through the files of all processes takes longer than this thread may.
    fn ask_who_holds(&mut self, at: usize) {
        let Some(node) = self.devices[at].take_held_node() else { return };
        let (name, orders) = (self.devices[at].config().name.clone(), self.orders.clone());
        let asked = thread::Builder::new().name("scan-holders".to_owned()).spawn(move || orders.give(Order::Held(name, holders(&node))));
        if let Err(error) = asked {
            tracing::warn!(%error, "nobody can be asked who holds a scanner");
        }
    }

    /// Looks at everything anew. The folders are watched first and the devices looked for
    /// after, so that nothing appears in between.
    fn rescan(&mut self, now_us: u64) {
        if let Some(hotplug) = &self.hotplug {
            let sources: Vec<&Source> = self.devices.iter().map(Device::source).collect();
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

    /// The order of [`Pump::woken`]: orders, notifications, then every open device.
    fn fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let hotplug = self.hotplug.as_ref().map(Hotplug::fd);
        [self.bell.as_fd()].into_iter().chain(hotplug).chain(self.devices.iter().filter_map(Device::fd))
    }

    fn woken(&self, ready: &mut impl Iterator<Item = Readiness>) -> Woken {
        let mut next = || ready.next().expect("poll answers for every descriptor");
        Woken {
            ordered: next().readable,
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
        let outlet = Outlet { send: &*self.send, tap: self.tap.as_ref() };
        for (at, device) in self.devices.iter_mut().enumerate() {
            device.read(now_us, hung_up.get(at).copied().unwrap_or(false), &outlet);
        }
    }

    fn obey_all(&mut self) -> Obeyed {
        // Its content is how often it was rung, which does not matter.
        let rung = self.bell.as_ref().read(&mut [0; 8]);
        tracing::trace!(?rung, "orders");
        while let Ok(order) = self.waiting.try_recv() {
            if self.obey(order) == Obeyed::Stop {
                return Obeyed::Stop;
            }
        }
        Obeyed::GoOn
    }

    fn obey(&mut self, order: Order) -> Obeyed {
        let outlet = Outlet { send: &*self.send, tap: None };
        match order {
            Order::Reload(configs) => self.reload(&configs),
            Order::Feedback(name, feedback) => {
                self.devices.iter_mut().filter(|device| device.config().name == name).for_each(|device| device.feedback(feedback))
            }
            Order::Held(name, found) => {
                self.devices.iter_mut().filter(|device| device.config().name == name).for_each(|device| device.held_by(found.clone(), &outlet));
            }
            Order::Tap(tap) => self.tap = tap,
            Order::Count(answer) => {
                let sent = answer.send(self.devices.iter().map(Device::counters).collect());
                tracing::trace!(?sent, "counted");
            }
            Order::Stop => return Obeyed::Stop,
        }
        Obeyed::GoOn
    }

    fn reload(&mut self, configs: &[ScannerConfig]) {
        let now_us = sys::monotonic_us();
        let outlet = Outlet { send: &*self.send, tap: None };
        let mut old = std::mem::take(&mut self.devices);
        for device in &mut old {
            match configs.iter().find(|config| config.name == device.config().name) {
                Some(config) if config == device.config() => {}
                Some(_) => device.close(now_us, &outlet),
                None => device.removed(now_us, &outlet),
            }
        }
        self.devices = configs.iter().map(|config| successor(&mut old, config)).collect();
        self.rescan(now_us);
    }

    fn close(&mut self) {
        let now_us = sys::monotonic_us();
        let outlet = Outlet { send: &*self.send, tap: None };
        self.devices.iter_mut().for_each(|device| device.close(now_us, &outlet));
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Obeyed {
    GoOn,
    Stop,
}

fn successor(old: &mut Vec<Device>, config: &ScannerConfig) -> Device {
    let Some(at) = old.iter().position(|device| device.config().name == config.name) else { return Device::new(config) };
    let device = old.swap_remove(at);
    if device.config() == config { device } else { device.changed_to(config) }
}
