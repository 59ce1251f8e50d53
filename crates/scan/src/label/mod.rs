//! What stands around and in the text of a code. Everything here is pure: the exact text in, the
//! exact text without its wrapping and what is known about it out, or the reason why not.

mod aim;
mod unwrap;

pub use aim::{AimId, AimMode};
pub(crate) use unwrap::Unwrapper;
