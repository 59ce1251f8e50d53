//! Kinds of codes.

use serde::{Deserialize, Serialize};

use super::aim::AimId;

/// What a text was read from, as far as the scanner tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Symbology {
    /// Code 39, also as Code 32.
    Code39,
    /// Code 93.
    Code93,
    /// Code 11.
    Code11,
    /// Code 128.
    Code128,
    /// Code 128 with element strings of GS1.
    #[serde(rename = "gs1_128")]
    Gs1Code128,
    /// Codabar.
    Codabar,
    /// Interleaved 2 of 5, also as ITF-14.
    Interleaved2Of5,
    /// MSI.
    Msi,
    /// Telepen.
    Telepen,
    /// Plessey.
    Plessey,
    /// EAN-13, and UPC where the scanner does not tell them apart.
    Ean13,
    /// EAN-8.
    Ean8,
    /// UPC-A.
    UpcA,
    /// UPC-E.
    UpcE,
    /// EAN or UPC with a code beside it.
    EanAddOn,
    /// GS1 DataBar, all of its kinds.
    DataBar,
    /// PDF417 and MicroPDF417.
    Pdf417,
    /// Data Matrix.
    DataMatrix,
    /// QR Code.
    Qr,
    /// Aztec.
    Aztec,
    /// MaxiCode.
    MaxiCode,
    /// DotCode.
    DotCode,
    /// Han Xin.
    HanXin,
}

impl Symbology {
    /// `None` for identifiers of other kinds, and for what is no code at all.
    pub fn of_aim(aim: AimId) -> Option<Self> {
        let kind = match (aim.letter, aim.modifier) {
            ('A', _) => Self::Code39,
            ('B', _) => Self::Telepen,
            ('C', '1') => Self::Gs1Code128,
            ('C', _) => Self::Code128,
            ('E', '0') => Self::Ean13,
            ('E', '4') => Self::Ean8,
            ('E', _) => Self::EanAddOn,
            ('F', _) => Self::Codabar,
            ('G', _) => Self::Code93,
            ('H', _) => Self::Code11,
            ('I', _) => Self::Interleaved2Of5,
            ('J', _) => Self::DotCode,
            ('L', _) => Self::Pdf417,
            ('M', _) => Self::Msi,
            ('P', _) => Self::Plessey,
            ('Q', _) => Self::Qr,
            ('U', _) => Self::MaxiCode,
            ('d', _) => Self::DataMatrix,
            ('e', _) => Self::DataBar,
            ('h', _) => Self::HanXin,
            ('z', _) => Self::Aztec,
            _ => return None,
        };
        Some(kind)
    }

    /// The byte before a text in Honeywell's packets and, where it is set so, on its keyboards.
    pub(crate) fn of_honeywell(id: char) -> Option<Self> {
        let kind = match id {
            'D' => Self::Ean8,
            'E' => Self::UpcE,
            'H' => Self::HanXin,
            'a' => Self::Codabar,
            'b' => Self::Code39,
            'c' => Self::UpcA,
            'd' => Self::Ean13,
            'e' => Self::Interleaved2Of5,
            'g' => Self::Msi,
            'h' => Self::Code11,
            'i' => Self::Code93,
            'j' => Self::Code128,
            'r' => Self::Pdf417,
            's' => Self::Qr,
            't' => Self::Telepen,
            'w' => Self::DataMatrix,
            'x' => Self::MaxiCode,
            'y' | '{' | '}' => Self::DataBar,
            'z' => Self::Aztec,
            '|' => Self::Gs1Code128,
            _ => return None,
        };
        Some(kind)
    }

    /// The type in a packet of SSI. Those of which makers make different things are left out.
    pub(crate) fn of_ssi(kind: u8) -> Option<Self> {
        let kind = match kind {
            0x01 => Self::Code39,
            0x02 => Self::Codabar,
            0x03 => Self::Code128,
            0x06 => Self::Interleaved2Of5,
            0x07 => Self::Code93,
            0x08 => Self::UpcA,
            0x09 => Self::UpcE,
            0x0a => Self::Ean8,
            0x0b => Self::Ean13,
            0x0c => Self::Code11,
            0x0e => Self::Msi,
            0x0f => Self::Gs1Code128,
            0x11 => Self::Pdf417,
            0x1b => Self::DataMatrix,
            0x1c => Self::Qr,
            _ => return None,
        };
        Some(kind)
    }
}
