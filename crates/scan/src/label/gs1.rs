//! GS1 element strings: pairs of an application identifier and a value, one after the other.
//!
//! A value of predefined length ends by itself; another ends at a separator, which arrives as the
//! control character GS, or with the text. What has no known identifier, the wrong length, a
//! character of another set, no possible date or the wrong check digit is not taken apart at all.
//! (Which identifiers must or must not occur together is judged over all labels of an item, and so
//! not here.)

mod table;
mod value;

use table::TABLE;

use super::aim::AimId;
use crate::outcome::FaultKind;

const SEPARATOR: char = '\u{1d}';
/// More than fit on any label.
const ELEMENTS_MAX: usize = 64;

/// The elements of a code, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gs1 {
    elements: Vec<Element>,
}

/// One value and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Two to four digits.
    pub identifier: String,
    /// As it stands on the label.
    pub value: String,
}

/// A row of GS1's syntax dictionary: identifiers from the first to the last are written alike.
#[derive(Debug)]
struct Row {
    first: &'static str,
    last: &'static str,
    /// Its length is predefined, so that no separator follows.
    predefined: bool,
    /// Components such as `N13,csum` or `[X..17]`.
    spec: &'static str,
}

impl Gs1 {
    /// Takes element strings apart. Without exception, or `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix(SEPARATOR).unwrap_or(text);
        let mut elements = Vec::new();
        while !rest.is_empty() {
            if elements.len() == ELEMENTS_MAX {
                return None;
            }
            let (element, after) = first_element(rest)?;
            elements.push(element);
            rest = after;
        }
        (!elements.is_empty()).then_some(Self { elements })
    }

    /// All of them, in the order of the label.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The value of an identifier, such as `"10"`.
    pub fn value(&self, identifier: &str) -> Option<&str> {
        self.elements.iter().find(|element| element.identifier == identifier).map(|element| &*element.value)
    }

    /// The trade item's number, 14 digits.
    pub fn gtin(&self) -> Option<&str> {
        self.value("01")
    }

    /// The unit's serial.
    pub fn serial(&self) -> Option<&str> {
        self.value("21")
    }

    /// Whether one of the numbers in it has a check digit: of a pallet, an item, or what a case contains.
    pub(super) fn has_check_digit(&self) -> bool {
        ["00", "01", "02"].iter().any(|identifier| self.value(identifier).is_some())
    }

    /// The batch or lot.
    pub fn lot(&self) -> Option<&str> {
        self.value("10")
    }

    /// Six digits: year, month, and a day or 00 for the month's last.
    pub fn expiry(&self) -> Option<&str> {
        self.value("17")
    }
}

/// Takes a text apart if there is evidence that it is GS1's, which parentheses are not: they occur
/// in serials. What a scanner calls GS1's and is not, is a fault; a mere separator may be another
/// standard's.
pub(super) fn read(text: &str, aim: Option<AimId>) -> Result<Option<Gs1>, FaultKind> {
    match aim {
        Some(aim) if is_gs1(aim) => Gs1::parse(text).map(Some).ok_or(FaultKind::Gs1),
        Some(aim) if is_retail(aim) && !value::retail_check_digit_fits(text) => Err(FaultKind::Gs1),
        _ if text.contains(SEPARATOR) => Ok(Gs1::parse(text)),
        _ => Ok(None),
    }
}

/// A trade item's number as it stands on retail goods and cases.
pub(super) fn is_gtin(text: &str) -> bool {
    value::is_gtin(text)
}

/// Whether the text begins with an identifier and goes on as that identifier promises.
pub(super) fn keeps_its_promise(text: &str) -> bool {
    match AimId::split(text) {
        Some((aim, rest)) if is_gs1(aim) => Gs1::parse(rest).is_some_and(|gs1| gs1.has_check_digit()),
        Some((aim, rest)) if is_retail(aim) => is_gtin(rest),
        _ => false,
    }
}

fn is_gs1(aim: AimId) -> bool {
    matches!((aim.letter, aim.modifier), ('C', '1') | ('d', '2' | '5') | ('e', '0'..='2') | ('Q', '3' | '4') | ('J', '1') | ('z', '1'))
}

/// EAN and UPC without add-ons.
fn is_retail(aim: AimId) -> bool {
    matches!((aim.letter, aim.modifier), ('E', '0' | '4'))
}

fn first_element(text: &str) -> Option<(Element, &str)> {
    let row = (2..=4).find_map(|digits| TABLE.iter().find(|row| row.names(text.get(..digits).unwrap_or_default())))?;
    let (identifier, rest) = text.split_at(row.first.len());
    let predefined = value::predefined_length(row.spec).filter(|_| row.predefined);
    let end = predefined.unwrap_or_else(|| rest.find(SEPARATOR).unwrap_or(rest.len()));
    let (value, after) = rest.split_at_checked(end)?;
    if !value::fits(value, row.spec) {
        return None;
    }
    let after = after.strip_prefix(SEPARATOR).unwrap_or(after);
    Some((Element { identifier: identifier.to_owned(), value: value.to_owned() }, after))
}

impl Row {
    fn names(&self, identifier: &str) -> bool {
        identifier.len() == self.first.len() && (self.first..=self.last).contains(&identifier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&[(&str, &str)]>) {
        let parsed = Gs1::parse(text);
        let elements = parsed.as_ref().map(|gs1| gs1.elements.iter().map(|one| (&*one.identifier, &*one.value)).collect::<Vec<_>>());
        assert_eq!(elements.as_deref(), expected, "{text:?}");
    }

    #[test]
    fn elements_are_taken_apart() {
        check("011231231231233321ABC(1)", Some(&[("01", "12312312312333"), ("21", "ABC(1)")]));
        check("\u{1d}0112312312312333\u{1d}10A\u{1d}21B", Some(&[("01", "12312312312333"), ("10", "A"), ("21", "B")]));
        check("1726022821SN-1\u{1d}3103001500", Some(&[("17", "260228"), ("21", "SN-1"), ("3103", "001500")]));
        check("8020A", Some(&[("8020", "A")]));
    }

    #[test]
    fn what_breaks_a_rule_is_not_taken_apart() {
        check("", None);
        check("0112312312312334", None);
        check("010123123123123", None);
        check("21", None);
        check("21AB\u{1d}\u{1d}10C", None);
        check("21#1", None);
        check("21ABCDEFGHIJKLMNOPQRSTU", None);
        check("17260229", None);
        check("17261301", None);
        check("05ABC", None);
        check("21é", None);
    }

    #[test]
    fn only_evidence_makes_a_text_gs1() {
        let aim = |id: &str| AimId::split(id).map(|(id, _)| id);
        assert_eq!(read("(21)ABC", None), Ok(None));
        assert_eq!(read("21ABC", aim("]C0")), Ok(None));
        assert!(read("21ABC", aim("]C1")).is_ok_and(|gs1| gs1.is_some_and(|gs1| gs1.serial() == Some("ABC"))));
        assert_eq!(read("xABC", aim("]d2")), Err(FaultKind::Gs1));
        assert_eq!(read("x\u{1d}ABC", None), Ok(None));
        assert_eq!(read("2112345678900", aim("]E0")), Ok(None));
        assert_eq!(read("2112345678901", aim("]E0")), Err(FaultKind::Gs1));
    }
}
