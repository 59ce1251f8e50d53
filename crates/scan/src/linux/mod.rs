//! The Linux side: device nodes, hot-plug and the scan thread.
//!
//! [`scanners`] is the handle and [`pump`] the thread's loop, [`device`] one configured scanner
//! through all its states, [`find`] where it is plugged in by what [`sysfs`] tells, [`hotplug`] what
//! tells of changes, and [`keyboard`], [`hidraw`] and [`tty`] the kinds of [`port`].
//! [`candidates()`] lists what could be a scanner, [`foreign`] what is one and cannot be read,
//! [`learner`] listens to all of the former, and [`mod@holders`] knows who else does. Everything unsafe
//! stands in [`sys`].

mod candidates;
mod device;
mod find;
mod foreign;
mod hidraw;
mod holders;
mod hotplug;
mod keyboard;
mod learner;
mod port;
mod pump;
mod scanners;
mod sys;
mod sysfs;
mod tty;

pub use candidates::{Access, Candidate, CandidateKind, candidates};
pub use foreign::{ForeignScanner, foreign_scanners};
pub use holders::Holder;
pub use learner::{Heard, LearnEvent, Learner};
pub use scanners::{Scanners, StartFault};
