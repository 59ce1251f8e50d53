//! Whether a text could be no other: what it holds proves how it was written.

use super::Label;
use super::gs1::{self, Gs1};
use crate::learn::CODE;

/// Characters of serials that are neither letters nor digits; they are those of [`CODE`].
const SIGNS: &str = "_-()#/";

/// A check digit, a whole message, an identifier that keeps what it promises, or the text that scanners
/// are learnt by. Keys of another keyboard country give none of these by chance.
pub(crate) fn is_proof(label: &Label) -> bool {
    let text = &*label.text;
    let checked = label.gs1.as_ref().is_some_and(Gs1::has_check_digit);
    checked || label.envelope.is_some() || gs1::is_gtin(text) || gs1::keeps_its_promise(text) || text.contains(CODE)
}

/// The same, or any element strings: enough where nothing speaks against it.
pub(crate) fn is_structured(label: &Label) -> bool {
    label.gs1.is_some() || is_proof(label)
}

/// The serial that it holds, or the whole of it, is of letters, digits and the signs that serials are
/// made of. Signs alone are no serial.
pub(crate) fn is_plain(label: &Label) -> bool {
    let text = label.gs1.as_ref().and_then(Gs1::serial).unwrap_or(&label.text);
    text.chars().all(|read| read.is_ascii_alphanumeric() || SIGNS.contains(read)) && text.contains(|read: char| read.is_ascii_alphanumeric())
}
