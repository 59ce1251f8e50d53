//! One configured scanner through plug and unplug.
//!
//! ```text
//! Absent --node appears--> Opening --open and quiet--> Live --gone--> Lost --> Absent
//!                          Opening --held by another program--> Busy    (again every second)
//!                          Opening --not permitted------------> Denied  (again every 2 s)
//! ```

use std::io;
use std::os::fd::BorrowedFd;
use std::path::PathBuf;

use super::find::Folders;
use super::port::{self, OpenFault, Opened, Port};
use crate::config::{ScannerConfig, Source};
use crate::event::{DeviceState, Reason, ScanEvent};
use crate::keys::ReadEnd;
use crate::outcome::{DeviceName, Outcome};
use crate::pipeline::Pipeline;

/// udev needs some tens of milliseconds to set a new node's rights; after that it is a matter for
/// a person, and one look every two seconds is enough.
const RETRY_MS: [u64; 5] = [20, 50, 100, 200, 500];
const RETRY_SLOW_MS: u64 = 2000;
const RETRY_BUSY_MS: u64 = 1000;

/// A scanner and, while it is plugged in, its open port.
pub(super) struct Device {
    name: DeviceName,
    source: Source,
    pipeline: Pipeline,
    open: Option<OpenDevice>,
    shown: Option<(DeviceState, Reason)>,
    attempts: usize,
    retry_at_us: Option<u64>,
}

struct OpenDevice {
    node: PathBuf,
    port: Box<dyn Port>,
}

impl Device {
    pub(super) fn new(config: &ScannerConfig) -> Self {
        Self {
            name: config.name.clone(),
            source: config.source.clone(),
            pipeline: Pipeline::new(config),
            open: None,
            shown: None,
            attempts: 0,
            retry_at_us: Some(0),
        }
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
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

    /// Something changed among the nodes: look for it at once.
    pub(super) fn retry_now(&mut self, now_us: u64) {
        if self.open.is_none() {
            self.retry_at_us = Some(now_us);
        }
    }

    /// Tries to find and open the device if it is time to.
    pub(super) fn open_if_due(&mut self, now_us: u64, folders: &Folders, taken: &[PathBuf], send: &dyn Fn(ScanEvent)) {
        if self.open.is_some() || self.retry_at_us.is_none_or(|at_us| at_us > now_us) {
            return;
        }
        self.retry_at_us = None;
        let Some(node) = folders.find(&self.source, taken) else {
            self.attempts = 0;
            return self.show(DeviceState::Absent, Reason::NotFound, send);
        };
        if self.is_absent() {
            self.show(DeviceState::Opening, Reason::Found, send);
        }
        match port::open(&self.source, &node) {
            Ok(opened) => self.opened(node, opened, now_us, send),
            Err(fault) => self.not_opened(fault, now_us, send),
        }
    }

    /// Reads what waits and lets time pass up to `now_us`, which must lie before the reading.
    pub(super) fn read(&mut self, now_us: u64, hung_up: bool, send: &dyn Fn(ScanEvent)) {
        let Some(open) = &mut self.open else { return };
        let mut out = Vec::new();
        let end = open.port.drain(&mut self.pipeline, &mut out);
        if end == ReadEnd::Closed || hung_up {
            return self.unplugged(now_us, out, send);
        }
        self.pipeline.tick(now_us, &mut out);
        deliver(out, send);
        if self.pipeline.is_settled() && self.shown_state() == Some(DeviceState::Opening) {
            self.show(DeviceState::Live, Reason::Ready, send);
        }
    }

    /// Gives the device up because the program ends; half a scan is reported.
    pub(super) fn close(&mut self, now_us: u64, send: &dyn Fn(ScanEvent)) {
        let mut out = Vec::new();
        self.pipeline.unplugged(now_us, &mut out);
        self.open = None;
        deliver(out, send);
    }

    fn opened(&mut self, node: PathBuf, opened: Opened, now_us: u64, send: &dyn Fn(ScanEvent)) {
        self.attempts = 0;
        self.open = Some(OpenDevice { node, port: opened.port });
        self.pipeline.opened(&opened.held, now_us);
        self.show(DeviceState::Opening, Reason::Found, send);
    }

    fn not_opened(&mut self, fault: OpenFault, now_us: u64, send: &dyn Fn(ScanEvent)) {
        let retry_ms = if fault == OpenFault::Busy { RETRY_BUSY_MS } else { self.backoff_ms() };
        self.attempts += 1;
        self.retry_at_us = Some(now_us + retry_ms * 1000);
        match fault {
            OpenFault::Gone => self.show(DeviceState::Absent, Reason::NotFound, send),
            OpenFault::Busy => self.show(DeviceState::Busy, Reason::HeldByOther, send),
            // A node is born without rights, so the first refusals mean nothing.
            OpenFault::Denied if self.attempts <= RETRY_MS.len() => {}
            OpenFault::Denied => self.show(DeviceState::Denied, Reason::PermissionMissing, send),
            OpenFault::Failed { kind, detail } => self.failed(kind, detail, send),
        }
    }

    fn failed(&mut self, kind: io::ErrorKind, detail: String, send: &dyn Fn(ScanEvent)) {
        self.show(DeviceState::Opening, Reason::OpenFailed { kind, detail }, send);
    }

    fn backoff_ms(&self) -> u64 {
        RETRY_MS.get(self.attempts).copied().unwrap_or(RETRY_SLOW_MS)
    }

    fn unplugged(&mut self, now_us: u64, mut out: Vec<Outcome>, send: &dyn Fn(ScanEvent)) {
        self.pipeline.unplugged(now_us, &mut out);
        self.open = None;
        self.retry_at_us = Some(now_us + RETRY_MS[0] * 1000);
        deliver(out, send);
        self.show(DeviceState::Lost, Reason::Unplugged, send);
    }

    fn is_absent(&self) -> bool {
        matches!(self.shown_state(), None | Some(DeviceState::Absent | DeviceState::Lost))
    }

    fn shown_state(&self) -> Option<DeviceState> {
        self.shown.as_ref().map(|(state, _)| *state)
    }

    fn show(&mut self, state: DeviceState, reason: Reason, send: &dyn Fn(ScanEvent)) {
        let shown = Some((state, reason.clone()));
        if self.shown != shown {
            self.shown = shown;
            send(ScanEvent::State { device: self.name.clone(), state, reason });
        }
    }
}

fn deliver(out: Vec<Outcome>, send: &dyn Fn(ScanEvent)) {
    for outcome in out {
        send(outcome.into());
    }
}
