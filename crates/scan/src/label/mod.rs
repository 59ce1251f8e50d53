//! What stands around and in the text of a code. Everything here is pure: the characters between two
//! codes in, the exact text without its wrapping and what is known about it out, or the reason why
//! not.

mod aim;
mod envelope;
mod gs1;
mod reader;
mod rule;
mod structure;
mod symbology;

pub use aim::{AimId, AimMode};
pub use envelope::{Envelope, Format};
pub use gs1::{Element, Gs1};
pub(crate) use reader::{Carried, LabelReader};
pub use rule::{Pattern, Rule, Sorted, When};
pub(crate) use structure::{is_plain, is_proof, is_structured};
pub use symbology::Symbology;

/// A code's text and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) text: String,
    pub(crate) aim: Option<AimId>,
    pub(crate) symbology: Option<Symbology>,
    pub(crate) envelope: Option<Envelope>,
    pub(crate) gs1: Option<Gs1>,
    pub(crate) sorted: Option<Sorted>,
}
