//! What tells that a scanner may have come.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;

use inotify::{Inotify, WatchMask};

/// Bytes for one reading of notifications; their content does not matter, only that there are any.
const BUFFER_SIZE: usize = 4096;

/// Watches the folders in which scanners appear.
///
/// A new node is announced before udev has set its rights, hence `ATTRIB`; links come last.
pub(super) struct Hotplug {
    inotify: Inotify,
}

impl Hotplug {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { inotify: Inotify::init()? })
    }

    /// Watches those of the folders that exist; called again it finds those that came since.
    pub(super) fn watch(&self, folders: &[PathBuf]) {
        let mask = WatchMask::CREATE | WatchMask::ATTRIB | WatchMask::MOVED_TO | WatchMask::ONLYDIR;
        for folder in folders {
            if let Err(error) = self.inotify.watches().add(folder, mask) {
                tracing::debug!(%error, folder = %folder.display(), "not watched, found by rescans only");
            }
        }
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }

    /// Takes all notifications off the queue.
    pub(super) fn drain(&mut self) {
        let mut buffer = [0; BUFFER_SIZE];
        while self.inotify.read_events(&mut buffer).is_ok_and(|mut events| events.next().is_some()) {}
    }
}
