//! A keyboard scanner through evdev.

use std::fs::{File, OpenOptions};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use evdev::{EventType, KeyCode, raw_stream::RawDevice};

use super::port::{Hold, OpenFault, Opened, Port};
use super::sys;
use crate::keys::{EventReader, ReadEnd};
use crate::raw::Raw;

/// Scan codes fill half of the kernel's queue of 64 events, which overflows at the 11th character;
/// without them it holds half as many again.
const HIDDEN: [EventType; 3] = [EventType::MISC, EventType::RELATIVE, EventType::ABSOLUTE];

pub(super) struct KeyboardPort {
    device: RawDevice,
    /// The same open file as `device`, read raw: the device's own reader loses the rest of a batch
    /// when it is left early.
    stream: File,
    reader: EventReader,
}

impl KeyboardPort {
    /// Opens and grabs the device. The clock comes first, since events that came before it are lost.
    /// The grab comes last but for the held keys: once it succeeds, nothing else can fail and leave the
    /// keyboard taken but unread.
    pub(super) fn open(node: &Path, hold: Hold) -> Result<Opened, OpenFault> {
        let stream = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(node)?;
        sys::stamp_monotonic(stream.as_fd())?;
        let mut device = RawDevice::from_fd(stream.try_clone()?.into())?;
        for kind in HIDDEN {
            if let Err(error) = sys::hide_events(device.as_fd(), kind) {
                tracing::debug!(%error, ?kind, "old kernel: events stay visible");
            }
        }
        if hold == Hold::Alone {
            device.grab()?;
        }
        let since_us = sys::monotonic_us();
        let held = held_keys(&device)?;
        Ok(Opened { port: Box::new(Self { device, stream, reader: EventReader::default() }), held, since_us, form: None })
    }
}

impl Port for KeyboardPort {
    fn fd(&self) -> BorrowedFd<'_> {
        self.device.as_fd()
    }

    fn drain(&mut self, take: &mut dyn FnMut(Raw)) -> ReadEnd {
        self.reader.drain(&mut self.stream, |event| take(Raw::Event(event)))
    }

    fn held(&self) -> Option<Vec<KeyCode>> {
        held_keys(&self.device).ok()
    }
}

fn held_keys(device: &RawDevice) -> std::io::Result<Vec<KeyCode>> {
    Ok(device.get_key_state()?.iter().collect())
}
