//! The kernel's `struct input_event`, read from any byte stream.
//!
//! The events are taken raw, because every friendlier interface hides `SYN_DROPPED`, the kernel's
//! only sign that events were lost.

use std::fmt;
use std::io::{self, Read};

use evdev::{EventType, KeyCode, SynchronizationCode};

/// Bytes of one event on this machine: a time of two words, then 8 bytes.
pub const RAW_EVENT_SIZE: usize = size_of::<libc::input_event>();

const TIME_WORD_SIZE: usize = (RAW_EVENT_SIZE - 8) / 2;

/// Events fetched by one read; the kernel's queue for a keyboard holds 64.
const EVENTS_PER_READ: usize = 64;

/// One event as the kernel wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawEvent {
    /// Microseconds of the clock the device was told to use (monotonic).
    pub t_us: u64,
    /// `EV_*`
    pub kind: u16,
    /// Which key, for `EV_KEY`.
    pub code: u16,
    /// 1 for down, 0 for up, 2 for the kernel's repeat.
    pub value: i32,
}

/// How a round of reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadEnd {
    /// Nothing more waits.
    Empty,
    /// The device is gone.
    Closed,
}

/// Reads events from a non-blocking stream, keeping the part of an event that came too early.
#[derive(Debug, Default)]
pub struct EventReader {
    partial: Vec<u8>,
}

impl RawEvent {
    /// Reads one event. `bytes` holds exactly [`RAW_EVENT_SIZE`] bytes.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        assert_eq!(bytes.len(), RAW_EVENT_SIZE, "an event is read whole");
        let (seconds, rest) = bytes.split_at(TIME_WORD_SIZE);
        let (micros, rest) = rest.split_at(TIME_WORD_SIZE);
        Self {
            t_us: time_word(seconds).saturating_mul(1_000_000).saturating_add(time_word(micros)),
            kind: u16::from_ne_bytes([rest[0], rest[1]]),
            code: u16::from_ne_bytes([rest[2], rest[3]]),
            value: i32::from_ne_bytes([rest[4], rest[5], rest[6], rest[7]]),
        }
    }

    /// The inverse of [`RawEvent::from_bytes`], for recordings and tests.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(RAW_EVENT_SIZE);
        push_time_word(&mut bytes, self.t_us / 1_000_000);
        push_time_word(&mut bytes, self.t_us % 1_000_000);
        bytes.extend(self.kind.to_ne_bytes());
        bytes.extend(self.code.to_ne_bytes());
        bytes.extend(self.value.to_ne_bytes());
        bytes
    }
}

/// As a technician reads it.
impl fmt::Display for RawEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (EventType(self.kind), self.value) {
            (EventType::KEY, 0) => write!(f, "{:?} up", KeyCode(self.code)),
            (EventType::KEY, 1) => write!(f, "{:?} down", KeyCode(self.code)),
            (EventType::KEY, 2) => write!(f, "{:?} again", KeyCode(self.code)),
            (EventType::SYNCHRONIZATION, _) => write!(f, "{:?}", SynchronizationCode(self.code)),
            (kind, value) => write!(f, "{kind:?} {} {value}", self.code),
        }
    }
}

impl EventReader {
    /// Hands every waiting event to `take`, until the stream is empty or at its end.
    ///
    /// Any error but "nothing waits" means the device is gone: what was half read is forgotten.
    pub fn drain(&mut self, stream: &mut impl Read, mut take: impl FnMut(RawEvent)) -> ReadEnd {
        let mut buffer = [0; RAW_EVENT_SIZE * EVENTS_PER_READ];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => return self.closed(),
                Ok(count) => self.split(&buffer[..count], &mut take),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return ReadEnd::Empty,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return self.closed(),
            }
        }
    }

    fn split(&mut self, bytes: &[u8], take: &mut impl FnMut(RawEvent)) {
        self.partial.extend_from_slice(bytes);
        let whole = self.partial.len() - self.partial.len() % RAW_EVENT_SIZE;
        self.partial.drain(..whole).as_slice().chunks_exact(RAW_EVENT_SIZE).map(RawEvent::from_bytes).for_each(take);
    }

    fn closed(&mut self) -> ReadEnd {
        self.partial.clear();
        ReadEnd::Closed
    }
}

fn time_word(bytes: &[u8]) -> u64 {
    match bytes.try_into() {
        Ok(word) => u64::from_ne_bytes(word),
        Err(_) => u32::from_ne_bytes(bytes.try_into().expect("a time word is 8 or 4 bytes")).into(),
    }
}

fn push_time_word(bytes: &mut Vec<u8>, value: u64) {
    if TIME_WORD_SIZE == 8 {
        bytes.extend(value.to_ne_bytes());
    } else {
        bytes.extend((value as u32).to_ne_bytes());
    }
}
