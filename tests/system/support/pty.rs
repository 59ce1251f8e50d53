//! A serial scanner made of a pseudo-terminal, behind a link as udev would make it.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::fs::{self, File};
use std::io::Write;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// The scanner's side of the line. Dropping it unplugs the scanner.
pub struct Scanner {
    master: File,
    link: PathBuf,
}

impl Scanner {
    /// Plugs a scanner in at `link`, in place of whatever was there.
    pub fn plug(link: &Path) -> Scanner {
        // SAFETY: the call takes no pointers.
        let fd = unsafe { libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC) };
        assert!(fd >= 0, "this machine has pseudo-terminals");
        // SAFETY: the descriptor is new and nobody else's.
        let master = unsafe { File::from_raw_fd(fd) };
        // SAFETY: the calls take no pointers, and the descriptor is open.
        assert_eq!(unsafe { libc::grantpt(fd) | libc::unlockpt(fd) }, 0);
        let beside = link.with_extension("new");
        symlink(other_end(&master), &beside).unwrap();
        fs::rename(&beside, link).unwrap();
        Scanner { master, link: link.to_owned() }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.master.write_all(bytes).unwrap();
    }

    /// One code, ended as scanners do.
    pub fn scan(&mut self, code: &str) {
        self.send(format!("{code}\r").as_bytes());
    }

    /// The cable is pulled, and udev takes the link away.
    pub fn unplug(self) {
        fs::remove_file(&self.link).unwrap();
    }
}

fn other_end(master: &File) -> PathBuf {
    let mut name = [0; 64];
    // SAFETY: the buffer is as long as said and lives through the call.
    let result = unsafe { libc::ptsname_r(master.as_raw_fd(), name.as_mut_ptr(), name.len()) };
    assert_eq!(result, 0);
    // SAFETY: after success the buffer holds a string with its end mark.
    unsafe { CStr::from_ptr(name.as_ptr()) }.to_str().unwrap().into()
}
