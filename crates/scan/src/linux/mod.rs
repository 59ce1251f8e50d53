//! The Linux side: device nodes, hot-plug and the scan thread.
//!
//! [`scanners`] is the handle and the thread's loop, [`device`] one configured scanner through all
//! its states, [`find`] where it is plugged in, [`hotplug`] what tells of changes, and
//! [`keyboard`] and [`tty`] the two kinds of [`port`]. Everything unsafe stands in [`sys`].

mod device;
mod find;
mod hotplug;
mod keyboard;
mod port;
mod scanners;
mod sys;
mod tty;

pub use scanners::{Scanners, StartFault};
