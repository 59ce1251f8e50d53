//! A shop in a folder of its own: a hub in this process, or whatever else answers at its address; a
//! terminal as a process; a scanner made of a pseudo-terminal.

mod disk;
mod fake;
mod hub;
mod pty;
mod shop;
mod till;

pub use disk::{SmallDisk, bear_file_limit, limit_files};
pub use fake::Fake;
pub use hub::Hub;
pub use pty::Scanner;
pub use shop::{Shop, examples};
pub use till::{Till, number, text};
