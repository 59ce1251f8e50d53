//! The text console behind a till that draws on the screen itself.
//!
//! A kernel console goes on reading every keyboard that nobody has taken over exclusively: what a
//! cashier types, a PIN too, would lie in the console's input and be run by the next shell there, and
//! Ctrl+Alt+Delete would restart the box. So while the till runs its console has its keyboard switched
//! off and draws nothing, and it gets both back however the till ends: by itself, by a panic, or by any
//! signal that a program can hear. After one it cannot hear, systemd puts them back (`TTYReset`).

mod signals;
mod vt;

use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _};
use vt::Modes;

/// A console that is held silent. It gets its voice back when this is dropped.
#[derive(Debug)]
pub struct Console {
    tty: File,
    before: Modes,
}

impl Console {
    /// Silences the console that the program was started on, as a unit with `StandardInput=tty` is.
    /// None where the standard input is something else: over SSH, under a desktop, in a test.
    ///
    /// # Errors
    /// The console is there and cannot be silenced: somebody else's, or without the right to.
    pub fn take() -> io::Result<Option<Console>> {
        let tty = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        let Some(found) = Modes::of(&tty)? else { return Ok(None) };
        let console = Console { before: found.or_ordinary(), tty };
        // Before the first change: a signal between the two would find nothing to put back.
        signals::restore_on_signals(console.tty.as_raw_fd(), console.before)?;
        Modes::SILENT.set(&console.tty)?;
        // What was typed since the program was started is nobody's input.
        vt::forget_input(&console.tty)?;
        Ok(Some(console))
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        signals::forget();
        if let Err(error) = self.before.set(&self.tty) {
            tracing::error!(%error, "the console could not be given back; it stays dark until the next start");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_console_is_left_alone() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(Modes::of(&file).unwrap(), None);
        let (reader, _writer) = io::pipe().unwrap();
        assert_eq!(Modes::of(&reader).unwrap(), None);
    }
}
