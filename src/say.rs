//! What a command answers on its standard output. Whoever reads it may hang up after a line: then
//! nobody is left to be told, and that is no reason to panic in the middle of the work.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU8, Ordering};

/// What a shell shows for a program that a closed pipe ended. A command whose answer nobody read to
/// its end must not look finished to a script.
const HUNG_UP: u8 = 141;

/// How the program has to end because an answer could not be told; 0 while all could.
static UNTOLD: AtomicU8 = AtomicU8::new(0);

/// Prints a line as `println!` does, but without a panic.
#[macro_export]
macro_rules! say {
    ($($words:tt)*) => { $crate::say::line(format_args!($($words)*)) };
}

/// Prints a line, unless it is known that nobody reads.
pub fn line(words: Arguments<'_>) {
    if UNTOLD.load(Ordering::Relaxed) != 0 {
        return;
    }
    let mut out = io::stdout().lock();
    let Err(fault) = writeln!(out, "{words}").and_then(|()| out.flush()) else { return };
    if fault.kind() == ErrorKind::BrokenPipe {
        UNTOLD.store(HUNG_UP, Ordering::Relaxed);
        return;
    }
    UNTOLD.store(1, Ordering::Relaxed);
    complain(format_args!("The answer could not be printed: {fault}."));
}

/// Prints a line on the error output, if anybody listens there.
pub fn complain(words: Arguments<'_>) {
    let _nobody_listens = writeln!(io::stderr(), "{words}");
}

/// How a program ends whose work went well.
pub fn done() -> ExitCode {
    ExitCode::from(UNTOLD.load(Ordering::Relaxed))
}
