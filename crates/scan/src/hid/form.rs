//! What the reports of a device are.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::descriptor::{Descriptor, Field, Usage};
use crate::config::UsbId;

const PAGE_KEYS: u16 = 0x07;
const PAGE_SCANNER: u16 = 0x8c;
const BARCODE_SCANNER: Usage = (PAGE_SCANNER, 0x02);
const FIRST_MODIFIER: u16 = 0xe0;
const AIM_PART_1: Usage = (PAGE_SCANNER, 0xfb);
const DECODED_DATA: Usage = (PAGE_SCANNER, 0xfe);
const DATA_CONTINUED: Usage = (PAGE_SCANNER, 0xff);
const BYTE_COUNT: Usage = (0x01, 0x3b);
/// Says of itself that it is a serial line: each report is a length, bytes and zeros.
const SYMBOL_SERIAL: UsbId = UsbId { vendor: 0x05e0, product: 0x0600 };

/// How to read the reports of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form(pub(super) Shape);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    Keyboard(KeyboardShape),
    Pos(PosShape),
    Symbol,
}

/// The kinds of forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormName {
    /// A keyboard, read before the kernel turns its reports into keys.
    Keyboard,
    /// A scanner by the standard for points of sale: whole texts, with the kind of code.
    Pos,
    /// A serial line in reports (Symbol and Zebra, "simple COM port emulation").
    Symbol,
}

/// Where a keyboard's report holds what. Positions are bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyboardShape {
    pub(super) report: u8,
    pub(super) modifiers_at: usize,
    pub(super) keys_at: usize,
    pub(super) keys: usize,
}

/// Where a scanner's report holds what. Positions are bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PosShape {
    pub(super) report: u8,
    pub(super) length_at: usize,
    /// Three bytes.
    pub(super) aim_at: usize,
    pub(super) data_at: usize,
    pub(super) data: usize,
    /// The byte whose lowest bit, shifted by the second number, says that another report follows.
    pub(super) more_at: (usize, usize),
}

impl Form {
    /// From what sysfs knows; `None` for devices that are no scanners or speak a language of their
    /// maker's.
    pub fn of(descriptor: &[u8], usb: Option<UsbId>) -> Option<Self> {
        if usb == Some(SYMBOL_SERIAL) {
            return Some(Self(Shape::Symbol));
        }
        let descriptor = Descriptor::parse(descriptor)?;
        if descriptor.purposes.contains(&BARCODE_SCANNER) {
            return Some(Self(Shape::Pos(pos(&descriptor).unwrap_or(PosShape::HONEYWELL))));
        }
        keyboard(&descriptor).map(|shape| Self(Shape::Keyboard(shape)))
    }

    /// Which of the known forms it is.
    pub fn name(&self) -> FormName {
        match self.0 {
            Shape::Keyboard(_) => FormName::Keyboard,
            Shape::Pos(_) => FormName::Pos,
            Shape::Symbol => FormName::Symbol,
        }
    }
}

impl KeyboardShape {
    /// What every keyboard can speak.
    #[cfg(test)]
    pub(super) const BOOT: Self = Self { report: 0, modifiers_at: 0, keys_at: 2, keys: 6 };
}

impl PosShape {
    /// As seen on the wire: used where the descriptor does not name its parts.
    pub(super) const HONEYWELL: Self = Self { report: 2, length_at: 1, aim_at: 2, data_at: 5, data: 56, more_at: (63, 0) };
}

impl fmt::Display for FormName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keyboard => "keyboard",
            Self::Pos => "pos",
            Self::Symbol => "symbol",
        })
    }
}

/// The bytes of a report of [`FormName::Symbol`], or `None` for one that contradicts itself.
pub(crate) fn symbol_bytes(report: &[u8]) -> Option<&[u8]> {
    let (length, rest) = report.split_first()?;
    let (bytes, fill) = rest.split_at_checked((*length).into())?;
    fill.iter().all(|byte| *byte == 0).then_some(bytes)
}

fn keyboard(descriptor: &Descriptor) -> Option<KeyboardShape> {
    let modifiers = descriptor.inputs.iter().find(|field| field.variable && field.bits == 1 && field.usages.first() == Some(&(PAGE_KEYS, FIRST_MODIFIER)))?;
    let is_keys = |field: &&Field| field.report == modifiers.report && !field.variable && field.usages.first().is_some_and(|(page, _)| *page == PAGE_KEYS);
    let keys = descriptor.inputs.iter().find(is_keys)?.bytes()?;
    let whole = modifiers.count == 8 && modifiers.bit.is_multiple_of(8);
    whole.then(|| KeyboardShape { report: modifiers.report, modifiers_at: modifiers.bit / 8, keys_at: keys.start, keys: keys.len() })
}

fn pos(descriptor: &Descriptor) -> Option<PosShape> {
    let data = descriptor.inputs.iter().find(|field| field.usages.contains(&DECODED_DATA))?;
    let same_report = || descriptor.inputs.iter().filter(|field| field.report == data.report);
    let element = |usage: Usage| same_report().find_map(|field| element_of(field, usage));
    let (more, aim) = (element(DATA_CONTINUED)?, element(AIM_PART_1)?);
    let length = element(BYTE_COUNT).map_or_else(|| aim.checked_sub(8), Some)?;
    let bytes = data.bytes()?;
    let whole = aim % 8 == 0 && length % 8 == 0;
    let shape =
        PosShape { report: data.report, length_at: length / 8, aim_at: aim / 8, data_at: bytes.start, data: bytes.len(), more_at: (more / 8, more % 8) };
    whole.then_some(shape)
}

/// The bit at which the element with this usage begins.
fn element_of(field: &Field, usage: Usage) -> Option<usize> {
    let at = field.usages.iter().position(|known| *known == usage)?;
    (at < field.count).then_some(field.bit + at * field.bits)
}
