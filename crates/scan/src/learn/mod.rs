//! Finding out how a scanner is set up from one scan of a known text.
//!
//! A page shows or prints [`CODE`]; every device that could be a scanner is listened to
//! ([`Learner`](crate::Learner)); whichever sent something that is that text under *some* settings
//! is the scanner, and those settings are its own. [`judge()`] is the judgement, without I/O.

mod differs;
mod judge;
mod trial;

pub use differs::Wrong;
pub use judge::{Differs, Found, Habits, Verdict, judge};

/// The text to print, best as Code 128. Two scanners that send it alike send every serial number
/// alike, whatever keyboard countries they are set to; a `%` is in no serial number, so that this
/// text is never taken for one.
pub const CODE: &str = "%POS%aAzZqQwWyYmM0123456789_-()#/";
