//! Giving the console back when a signal ends the program. A handler may do next to nothing: this one
//! makes two system calls and lets the signal do what it does by itself.

#![allow(unsafe_code)]

use super::vt::Modes;
use std::io;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicI32, Ordering};

/// What ends a program: being asked to, and its own faults. An abort is how a panic ends.
const DEADLY: [libc::c_int; 9] =
    [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT, libc::SIGABRT, libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE];

const NONE: RawFd = -1;
static TTY: AtomicI32 = AtomicI32::new(NONE);
static DISPLAY: AtomicI32 = AtomicI32::new(0);
static KEYBOARD: AtomicI32 = AtomicI32::new(0);

/// From now on every deadly signal sets the console to these modes first.
pub fn restore_on_signals(tty: RawFd, modes: Modes) -> io::Result<()> {
    DISPLAY.store(modes.display, Ordering::Relaxed);
    KEYBOARD.store(modes.keyboard, Ordering::Relaxed);
    TTY.store(tty, Ordering::Release);
    DEADLY.iter().try_for_each(|signal| handle(*signal))
}

/// The console was given back: there is nothing left to do.
pub fn forget() {
    TTY.store(NONE, Ordering::Release);
}

fn handle(signal: libc::c_int) -> io::Result<()> {
    // SAFETY: zero is a value of sigaction, and the handler calls only what a handler may.
    let answer = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = restore as extern "C" fn(libc::c_int) as libc::sighandler_t;
        // Once only: the signal that is raised again below does what it does without us. On its own
        // stack where there is one, for a stack that overflowed.
        action.sa_flags = libc::SA_RESETHAND | libc::SA_ONSTACK;
        libc::sigaction(signal, &raw const action, std::ptr::null_mut())
    };
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

extern "C" fn restore(signal: libc::c_int) {
    let tty = TTY.swap(NONE, Ordering::Acquire);
    if tty != NONE {
        // There is nobody to tell of a fault here.
        let _ = Modes { display: DISPLAY.load(Ordering::Relaxed), keyboard: KEYBOARD.load(Ordering::Relaxed) }.set_raw(tty);
    }
    // SAFETY: raise may be called in a handler; the signal waits until this one has returned.
    unsafe { libc::raise(signal) };
}
