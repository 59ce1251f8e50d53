//! One configured scanner through plug and unplug.
//!
//! ```text
//! Absent --node appears--> Opening --open and quiet--> Live --gone--> Lost --> Absent
//!                          Opening --held by another program--> Busy    (again every second)
//!                          Opening --not permitted------------> Denied  (again every 2 s)
//! ```
//!
//! Whatever goes wrong, it is tried again, and never faster than [`RETRY_MS`] allows: a device that
//! fails as often as it is opened must not take the thread from the others.

use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};

use super::holders::{Holder, group_of};
use super::port::{self, Hold, OpenFault, Opened, Port};
use super::sys;
use super::sysfs::Folders;
use crate::config::{ScannerConfig, Source};
use crate::counters::{Counters, Tally};
use crate::event::{DeviceState, Reason, ScanEvent};
use crate::feedback::Feedback;
use crate::keys::ReadEnd;
use crate::outcome::Outcome;
use crate::pipeline::Pipeline;
use crate::raw::{Raw, Tap};

/// udev needs some tens of milliseconds to set a new node's rights; after that it is a matter for
/// a person, and one look every two seconds is enough.
const RETRY_MS: [u64; 5] = [20, 50, 100, 200, 500];
const RETRY_SLOW_MS: u64 = 2000;
const RETRY_BUSY_MS: u64 = 1000;

/// Where a device's news go.
pub(super) struct Outlet<'a> {
    pub(super) send: &'a dyn Fn(ScanEvent),
    pub(super) tap: Option<&'a Tap>,
}

/// A scanner and, while it is plugged in, its open port.
pub(super) struct Device {
    config: ScannerConfig,
    pipeline: Pipeline,
    tally: Tally,
    open: Option<OpenDevice>,
    shown: Option<(DeviceState, Reason)>,
    attempts: usize,
    retry_at_us: Option<u64>,
    /// A node that another program holds, and nobody has asked yet which.
    held_node: Option<PathBuf>,
}

struct OpenDevice {
    node: PathBuf,
    port: Box<dyn Port>,
}

impl Device {
    pub(super) fn new(config: &ScannerConfig) -> Self {
        Self {
            config: config.clone(),
            pipeline: Pipeline::new(config),
            tally: Tally::new(config.name.clone()),
            open: None,
            shown: None,
            attempts: 0,
            retry_at_us: Some(0),
            held_node: None,
        }
    }

    /// The same scanner under other settings: its numbers go on.
    pub(super) fn changed_to(self, config: &ScannerConfig) -> Self {
        let mut next = Self { tally: self.tally, shown: self.shown, ..Self::new(config) };
        next.pipeline.go_on_after(self.pipeline.seq());
        next
    }

    pub(super) fn config(&self) -> &ScannerConfig {
        &self.config
    }

    pub(super) fn source(&self) -> &Source {
        &self.config.source
    }

    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.open.as_ref().map(|open| open.port.fd())
    }

    /// The node it has open, which no other scanner may take.
    pub(super) fn node(&self) -> Option<&PathBuf> {
        self.open.as_ref().map(|open| &open.node)
    }

    /// When it wants to be looked after though nothing arrives. Monotonic microseconds.
    pub(super) fn deadline_us(&self) -> Option<u64> {
        if self.open.is_some() { self.pipeline.deadline_us() } else { self.retry_at_us }
    }

    pub(super) fn counters(&self) -> Counters {
        self.tally.snapshot(self.pipeline.no_reads())
    }

    /// Something changed among the nodes: look for it at once.
    pub(super) fn retry_now(&mut self, now_us: u64) {
        if self.open.is_none() {
            self.retry_at_us = Some(now_us);
        }
    }

    /// Tries to find and open the device if it is time to.
    pub(super) fn open_if_due(&mut self, now_us: u64, folders: &Folders, taken: &[PathBuf], outlet: &Outlet<'_>) {
        if self.open.is_some() || self.retry_at_us.is_none_or(|at_us| at_us > now_us) {
            return;
        }
        self.retry_at_us = None;
        let Some(node) = folders.find(&self.config.source, taken) else {
            self.attempts = 0;
            return self.show(DeviceState::Absent, Reason::NotFound, outlet);
        };
        if self.is_absent() {
            self.show(DeviceState::Opening, Reason::Found, outlet);
        }
        match port::open(&self.config.source, &node, folders, Hold::Alone) {
            Ok(opened) => self.opened(node, opened, outlet),
            Err(fault) => self.not_opened(fault, &node, now_us, outlet),
        }
    }

    /// Reads what waits and lets time pass up to `now_us`, which must lie before the reading.
    pub(super) fn read(&mut self, now_us: u64, hung_up: bool, outlet: &Outlet<'_>) {
        let Some(open) = &mut self.open else { return };
        let mut out = Vec::new();
        let (tally, name) = (&mut self.tally, &self.config.name);
        let end = open.drain(&mut self.pipeline, &mut out, &mut |raw| {
            tally.came(raw.t_us());
            if let Some(tap) = outlet.tap {
                tap(name, raw);
            }
        });
        if end == ReadEnd::Closed || hung_up {
            return self.unplugged(now_us, out, outlet);
        }
        self.pipeline.tick(now_us, &mut out);
        self.deliver(out, outlet);
        if self.pipeline.is_settled() && self.shown_state() == Some(DeviceState::Opening) {
            self.attempts = 0;
            self.show(DeviceState::Live, Reason::Ready, outlet);
        }
    }

    /// Has the scanner beep. One that does not listen misses nothing else by it.
    pub(super) fn feedback(&mut self, feedback: Feedback) {
        let Some(open) = &mut self.open else { return };
        let messages = self.config.beep.messages(feedback);
        if !messages.is_empty()
            && let Err(error) = open.port.send(messages)
        {
            tracing::debug!(%error, scanner = %self.config.name, "the scanner takes no feedback");
        }
    }

    /// The node to be asked who holds it, once.
    pub(super) fn take_held_node(&mut self) -> Option<PathBuf> {
        self.held_node.take()
    }

    /// Who holds it was found out.
    pub(super) fn held_by(&mut self, holders: Vec<Holder>, outlet: &Outlet<'_>) {
        if self.shown_state() == Some(DeviceState::Busy) && !holders.is_empty() {
            self.show(DeviceState::Busy, Reason::HeldBy(holders), outlet);
        }
    }

    /// Gives the device up, because the program ends or the scanner is to be opened otherwise; half
    /// a scan is reported.
    pub(super) fn close(&mut self, now_us: u64, outlet: &Outlet<'_>) {
        let mut out = Vec::new();
        self.pipeline.unplugged(now_us, &mut out);
        self.open = None;
        self.tally.closed();
        self.deliver(out, outlet);
    }

    /// It is not configured any more.
    pub(super) fn removed(&mut self, now_us: u64, outlet: &Outlet<'_>) {
        self.close(now_us, outlet);
        self.show(DeviceState::Absent, Reason::Removed, outlet);
    }

    fn opened(&mut self, node: PathBuf, opened: Opened, outlet: &Outlet<'_>) {
        self.tally.opened(node.clone());
        self.open = Some(OpenDevice { node, port: opened.port });
        if let Some(form) = &opened.form {
            self.pipeline.speaks(form);
        }
        self.pipeline.opened(&opened.held, opened.since_us);
        self.show(DeviceState::Opening, Reason::Found, outlet);
    }

    fn not_opened(&mut self, fault: OpenFault, node: &Path, now_us: u64, outlet: &Outlet<'_>) {
        let retry_ms = if fault == OpenFault::Busy { RETRY_BUSY_MS } else { self.backoff_ms() };
        self.attempts += 1;
        self.retry_at_us = Some(now_us + retry_ms * 1000);
        match fault {
            OpenFault::Gone => self.show(DeviceState::Absent, Reason::NotFound, outlet),
            OpenFault::Busy => self.busy(node, outlet),
            // A node is born without rights, so the first refusals mean nothing.
            OpenFault::Denied if self.attempts <= RETRY_MS.len() => {}
            OpenFault::Denied => self.show(DeviceState::Denied, Reason::PermissionMissing { path: node.to_owned(), group: group_of(node) }, outlet),
            OpenFault::Failed { kind, detail } => self.show(DeviceState::Opening, Reason::OpenFailed { kind, detail }, outlet),
        }
    }

    fn busy(&mut self, node: &Path, outlet: &Outlet<'_>) {
        if self.shown_state() != Some(DeviceState::Busy) {
            self.held_node = Some(node.to_owned());
            self.show(DeviceState::Busy, Reason::HeldByOther, outlet);
        }
    }

    fn backoff_ms(&self) -> u64 {
        RETRY_MS.get(self.attempts).copied().unwrap_or(RETRY_SLOW_MS)
    }

    /// One that went away before it was live has failed once more; it is not asked at once again.
    fn unplugged(&mut self, now_us: u64, mut out: Vec<Outcome>, outlet: &Outlet<'_>) {
        self.pipeline.unplugged(now_us, &mut out);
        self.open = None;
        self.tally.closed();
        self.retry_at_us = Some(now_us + self.backoff_ms() * 1000);
        self.attempts += 1;
        self.deliver(out, outlet);
        self.show(DeviceState::Lost, Reason::Unplugged, outlet);
    }

    fn is_absent(&self) -> bool {
        matches!(self.shown_state(), None | Some(DeviceState::Absent | DeviceState::Lost))
    }

    fn shown_state(&self) -> Option<DeviceState> {
        self.shown.as_ref().map(|(state, _)| *state)
    }

    fn deliver(&mut self, out: Vec<Outcome>, outlet: &Outlet<'_>) {
        for outcome in out {
            self.tally.count(&outcome);
            (outlet.send)(outcome.into());
        }
    }

    fn show(&mut self, state: DeviceState, reason: Reason, outlet: &Outlet<'_>) {
        let shown = Some((state, reason.clone()));
        if self.shown != shown {
            self.shown = shown;
            self.tally.shown(state, reason.clone());
            (outlet.send)(ScanEvent::State { device: self.config.name.clone(), state, reason });
        }
    }
}

impl OpenDevice {
    /// Reads all that waits, says what the protocol wants said, and asks for the held keys if some
    /// were lost.
    fn drain(&mut self, pipeline: &mut Pipeline, out: &mut Vec<Outcome>, see: &mut dyn FnMut(&Raw)) -> ReadEnd {
        let end = self.port.drain(&mut |raw| {
            see(&raw);
            pipeline.take(&raw, out);
        });
        let answers = pipeline.take_answers();
        if !answers.is_empty()
            && let Err(error) = self.port.send(vec![answers])
        {
            // The scanner will send again what it believes unheard, and that is known for a repeat.
            tracing::warn!(%error, "a scanner did not take its answer");
        }
        if pipeline.wants_resync()
            && let Some(held) = self.port.held()
        {
            pipeline.resync(&held, sys::monotonic_us());
        }
        end
    }
}
