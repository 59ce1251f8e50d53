//! What a virtual terminal of the kernel is told, from `linux/kd.h`.

#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};

const SET_DISPLAY: libc::Ioctl = 0x4b3a;
const GET_DISPLAY: libc::Ioctl = 0x4b3b;
const GET_KEYBOARD: libc::Ioctl = 0x4b44;
const SET_KEYBOARD: libc::Ioctl = 0x4b45;

const TEXT: libc::c_int = 0;
const GRAPHICS: libc::c_int = 1;
const UNICODE: libc::c_int = 3;
const OFF: libc::c_int = 4;

/// How a console draws and how it reads its keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Modes {
    pub display: libc::c_int,
    pub keyboard: libc::c_int,
}

impl Modes {
    /// Draws nothing, hears nothing.
    pub const SILENT: Modes = Modes { display: GRAPHICS, keyboard: OFF };
    const ORDINARY: Modes = Modes { display: TEXT, keyboard: UNICODE };

    /// How it is now; none if it is no virtual terminal.
    pub fn of(tty: &impl AsFd) -> io::Result<Option<Modes>> {
        match (read(tty, GET_DISPLAY), read(tty, GET_KEYBOARD)) {
            (Ok(display), Ok(keyboard)) => Ok(Some(Modes { display, keyboard })),
            (Err(error), _) | (_, Err(error)) => match error.raw_os_error() {
                Some(libc::ENOTTY | libc::EINVAL) => Ok(None),
                _ => Err(error),
            },
        }
    }

    /// What to go back to. A till that was killed leaves a silent console, which nobody wants back.
    pub fn or_ordinary(self) -> Modes {
        if self.keyboard == OFF || self.display == GRAPHICS { Modes::ORDINARY } else { self }
    }

    pub fn set(self, tty: &impl AsFd) -> io::Result<()> {
        self.set_raw(tty.as_fd().as_raw_fd())
    }

    /// The same for a signal handler: two system calls and nothing else.
    pub fn set_raw(self, tty: RawFd) -> io::Result<()> {
        // SAFETY: both take a number by value; a descriptor that is closed or no console is an error.
        let (keyboard, display) = unsafe { (libc::ioctl(tty, SET_KEYBOARD, self.keyboard), libc::ioctl(tty, SET_DISPLAY, self.display)) };
        if keyboard < 0 || display < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

/// Throws away what was typed and not read.
pub fn forget_input(tty: &impl AsFd) -> io::Result<()> {
    // SAFETY: a call with a live descriptor and a number.
    let answer = unsafe { libc::tcflush(tty.as_fd().as_raw_fd(), libc::TCIFLUSH) };
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn read(tty: &impl AsFd, what: libc::Ioctl) -> io::Result<libc::c_int> {
    // The kernel writes a long for one of them and an int for the other.
    let mut answer: libc::c_long = 0;
    // SAFETY: the pointer is to a live value that is large enough for both.
    let result = unsafe { libc::ioctl(tty.as_fd().as_raw_fd(), what, &raw mut answer) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(answer as libc::c_int) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_goes_back_to_silence() {
        let raw_keys = Modes { display: TEXT, keyboard: 0 };
        for (found, wanted) in [(Modes::SILENT, Modes::ORDINARY), (Modes { display: TEXT, keyboard: OFF }, Modes::ORDINARY), (raw_keys, raw_keys)] {
            assert_eq!(found.or_ordinary(), wanted, "{found:?}");
        }
    }
}
