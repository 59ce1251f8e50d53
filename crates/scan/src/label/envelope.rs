//! Messages of ISO/IEC 15434: `[)>` RS, formats each of two digits, fields and RS, and EOT at the
//! end. Data Matrix codes of the macro kind arrive as such.

use super::gs1::Gs1;
use crate::outcome::FaultKind;

const BEGIN: &str = "[)>\u{1e}";
const END: char = '\u{4}';
const FORMAT_END: char = '\u{1e}';
const FIELD_END: char = '\u{1d}';
/// Fields are GS1's element strings.
const OF_GS1: &str = "05";
/// Fields begin with data identifiers.
const OF_IDENTIFIERS: &str = "06";

/// What a message holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// In the order in which they stand in it.
    pub formats: Vec<Format>,
}

/// One part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// Two digits.
    pub code: String,
    /// What stands between the separators.
    pub fields: Vec<String>,
}

impl Envelope {
    /// The first field with a data identifier, such as `"S"` for a serial or `"1P"` for the maker's
    /// number of the goods.
    pub fn value(&self, identifier: &str) -> Option<&str> {
        let fields = self.formats.iter().filter(|format| format.code == OF_IDENTIFIERS).flat_map(|format| &format.fields);
        fields.filter_map(|field| split_identifier(field)).find(|(own, _)| *own == identifier).map(|(_, value)| value)
    }

    /// The unit's serial, by its data identifier.
    pub fn serial(&self) -> Option<&str> {
        self.value("S")
    }

    /// What GS1's part of it says, if there is one and it keeps GS1's rules.
    pub(super) fn gs1(&self) -> Option<Gs1> {
        let format = self.formats.iter().find(|format| format.code == OF_GS1)?;
        Gs1::parse(&format.fields.join(&FIELD_END.to_string()))
    }
}

/// Nothing else begins like a message, so one that does and is none was damaged in the making.
pub(super) fn read(text: &str) -> Result<Option<Envelope>, FaultKind> {
    let Some(rest) = text.strip_prefix(BEGIN) else { return Ok(None) };
    let formats = rest.strip_suffix(END).and_then(|rest| rest.strip_suffix(FORMAT_END)).map(|inner| inner.split(FORMAT_END).map(format).collect());
    formats.flatten().map(|formats| Some(Envelope { formats })).ok_or(FaultKind::Envelope)
}

fn format(text: &str) -> Option<Format> {
    let (code, rest) = text.split_at_checked(2)?;
    let fields = rest.strip_prefix(FIELD_END)?;
    let is_code = code.bytes().all(|byte| byte.is_ascii_digit());
    is_code.then(|| Format { code: code.to_owned(), fields: fields.split(FIELD_END).map(str::to_owned).collect() })
}

/// Digits and one letter.
fn split_identifier(field: &str) -> Option<(&str, &str)> {
    let letter_at = field.find(|read: char| !read.is_ascii_digit())?;
    field.as_bytes()[letter_at].is_ascii_uppercase().then(|| field.split_at(letter_at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_taken_apart() {
        let message = read("[)>\u{1e}06\u{1d}1PABC-1\u{1d}SSN-1\u{1e}\u{4}").expect("it is whole").expect("it is one");
        assert_eq!((message.serial(), message.value("1P"), message.value("P")), (Some("SN-1"), Some("ABC-1"), None));
        let message = read("[)>\u{1e}05\u{1d}0112312312312333\u{1d}21SN-1\u{1e}\u{4}").expect("it is whole").expect("it is one");
        assert_eq!(message.gs1().as_ref().and_then(Gs1::serial), Some("SN-1"));
        assert_eq!(read("SN-1"), Ok(None));
    }

    #[test]
    fn what_begins_like_a_message_and_is_none_is_a_fault() {
        for text in ["[)>\u{1e}", "[)>\u{1e}06\u{1d}SSN-1", "[)>\u{1e}06\u{1d}SSN-1\u{4}", "[)>\u{1e}6\u{1d}S\u{1e}\u{4}", "[)>\u{1e}éé\u{1d}S\u{1e}\u{4}"] {
            assert_eq!(read(text), Err(FaultKind::Envelope), "{text:?}");
        }
    }
}
