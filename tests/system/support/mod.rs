//! A shop in a folder of its own: a hub in this process, or whatever else answers at its address; a
//! terminal as a process; a scanner made of a pseudo-terminal.

mod disk;
mod fake;
mod hub;
mod pty;
mod shop;
mod till;

use std::io::Write;

pub use disk::{SmallDisk, bear_file_limit, limit_files};
pub use fake::Fake;
pub use hub::Hub;
pub use pty::Scanner;
pub use shop::{Shop, examples};
pub use till::{Till, number, text};

/// Says that a test could not be tried here: on the error output itself, since what a test that passes
/// prints is shown to nobody.
pub fn skipped(test: &str, why: &str) {
    let _nobody_listens = writeln!(std::io::stderr(), "test {test} was SKIPPED: {why}");
}
