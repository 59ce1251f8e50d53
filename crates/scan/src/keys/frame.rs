//! Events to frames: everything the keyboard did at one instant.

use evdev::{EventType, KeyCode, SynchronizationCode};

use super::event::RawEvent;

/// More key changes than any keyboard report can hold; a longer frame is no keyboard's.
const CHANGES_MAX: usize = 256;

const VALUE_UP: i32 = 0;
const VALUE_DOWN: i32 = 1;
const VALUE_REPEAT: i32 = 2;

/// One key going down or up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyChange {
    /// Which key.
    pub key: KeyCode,
    /// It went down; else up.
    pub down: bool,
}

/// What happened at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// Keys that moved at one instant.
    Keys {
        /// Monotonic microseconds.
        t_us: u64,
        /// In the order of their events, modifiers first where the kernel puts them so.
        changes: Vec<KeyChange>,
    },
    /// The kernel's queue overflowed: nobody knows what is missing.
    Lost {
        /// Monotonic microseconds.
        t_us: u64,
    },
}

/// Collects events up to each `SYN_REPORT`.
///
/// The kernel stamps all events of a frame with one time. A frame of two times has lost its end,
/// and keys of two instants must not pass for one.
///
/// After `SYN_DROPPED` the rest of the broken frame is worthless, so everything up to and
/// including the next `SYN_REPORT` is discarded. Autorepeat is the kernel's invention, not the
/// scanner's, and is left out; a frame with nothing left in it is none.
#[derive(Debug, Default)]
pub struct FrameBuilder {
    changes: Vec<KeyChange>,
    t_us: u64,
    discarding: bool,
    since_us: u64,
}

impl FrameBuilder {
    /// The keys that were held at this time are known, so that losses before it mean nothing.
    ///
    /// The kernel drops what it has queued when it is told which clock to use, and keeps the notice of
    /// that back until the next frame, which may be a code's first.
    pub fn begin(&mut self, since_us: u64) {
        *self = Self { since_us, ..Self::default() };
    }

    /// Takes an event; the frame, if it was the last of one.
    pub fn push(&mut self, event: RawEvent) -> Option<Frame> {
        match EventType(event.kind) {
            EventType::SYNCHRONIZATION => self.sync(event),
            EventType::KEY if !self.discarding => self.key(event),
            _ => None,
        }
    }

    /// Forgets a frame that will not be finished.
    pub fn clear(&mut self) {
        *self = Self { since_us: self.since_us, ..Self::default() };
    }

    fn sync(&mut self, event: RawEvent) -> Option<Frame> {
        match SynchronizationCode(event.code) {
            SynchronizationCode::SYN_DROPPED if event.t_us < self.since_us => None,
            SynchronizationCode::SYN_DROPPED => Some(self.lost(event.t_us)),
            SynchronizationCode::SYN_REPORT => self.finish(event.t_us),
            _ => None,
        }
    }

    fn finish(&mut self, t_us: u64) -> Option<Frame> {
        if self.is_torn(t_us) {
            let lost = self.lost(t_us);
            self.discarding = false;
            return Some(lost);
        }
        self.discarding = false;
        let changes = std::mem::take(&mut self.changes);
        (!changes.is_empty()).then_some(Frame::Keys { t_us, changes })
    }

    fn key(&mut self, event: RawEvent) -> Option<Frame> {
        let down = match event.value {
            VALUE_REPEAT => return None,
            VALUE_DOWN => true,
            VALUE_UP => false,
            _ => return Some(self.lost(event.t_us)),
        };
        if self.changes.len() == CHANGES_MAX || self.is_torn(event.t_us) {
            return Some(self.lost(event.t_us));
        }
        self.t_us = event.t_us;
        self.changes.push(KeyChange { key: KeyCode(event.code), down });
        None
    }

    fn is_torn(&self, t_us: u64) -> bool {
        !self.changes.is_empty() && self.t_us != t_us
    }

    fn lost(&mut self, t_us: u64) -> Frame {
        self.changes.clear();
        self.discarding = true;
        Frame::Lost { t_us }
    }
}
