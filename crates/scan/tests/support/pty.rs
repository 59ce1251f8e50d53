//! A serial scanner made of a pseudo terminal, behind a link as udev would make it.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// The scanner's side of the line. Dropping it unplugs the scanner.
pub struct PtyScanner {
    master: File,
}

impl PtyScanner {
    /// Plugs a scanner in at `link`, in place of whatever was there.
    pub fn plug(link: &Path) -> Self {
        // SAFETY: the call takes no pointers.
        let fd = unsafe { libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC) };
        assert!(fd >= 0, "this machine has pseudo terminals");
        // SAFETY: the descriptor is new and nobody else's.
        let master = unsafe { File::from_raw_fd(fd) };
        // SAFETY: the calls take no pointers, and the descriptor is open.
        assert_eq!(unsafe { libc::grantpt(fd) | libc::unlockpt(fd) }, 0);
        let beside = link.with_extension("new");
        symlink(slave_path(&master), &beside).unwrap();
        fs::rename(&beside, link).unwrap();
        Self { master }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.master.write_all(bytes).unwrap();
    }
}

impl PtyScanner {
    /// Waits for as many bytes from the host.
    pub fn hear(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.master.read_exact(&mut bytes).unwrap();
        bytes
    }
}

fn slave_path(master: &File) -> PathBuf {
    let mut name = [0; 64];
    // SAFETY: the buffer is as long as said and lives through the call.
    let result = unsafe { libc::ptsname_r(master.as_raw_fd(), name.as_mut_ptr(), name.len()) };
    assert_eq!(result, 0);
    // SAFETY: after success the buffer holds a string with its end mark.
    unsafe { CStr::from_ptr(name.as_ptr()) }.to_str().unwrap().into()
}
