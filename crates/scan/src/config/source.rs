//! Where a scanner is and how it is connected.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{BAUD_DEFAULT, ConfigFault, default_true};
use crate::hid::FormName;

/// Where the scanner is found. Of `match_name`, `match_usb` and `path` all that are given must hold,
/// and at least one must be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// A USB or Bluetooth keyboard.
    Hid {
        /// The device's name, exactly as the kernel shows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        match_name: Option<String>,
        /// `"vid:pid"` in hexadecimal, as `lsusb` prints it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        match_usb: Option<UsbId>,
        /// A node or a link to one. Tells two equal scanners apart.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<PathBuf>,
    },
    /// The raw reports of a USB or Bluetooth device: a scanner for points of sale, Symbol's serial
    /// line in reports, or a keyboard whose keys the kernel cannot tell apart.
    Hidraw {
        /// The device's name, exactly as the kernel shows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        match_name: Option<String>,
        /// `"vid:pid"` in hexadecimal, as `lsusb` prints it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        match_usb: Option<UsbId>,
        /// A node or a link to one. Tells two equal scanners apart.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<PathBuf>,
        /// Unset: `pos` before `symbol` before `keyboard`, whichever the device has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        form: Option<FormName>,
    },
    /// A serial line: USB CDC, USB-to-serial, RS-232, Bluetooth SPP.
    Tty {
        /// The line's node, better a link that stays the same, such as those in `/dev/serial/by-id`.
        path: PathBuf,
        /// Bits a second.
        #[serde(default = "default_baud")]
        baud: u32,
        /// How bytes travel on it.
        #[serde(default, skip_serializing_if = "is_default")]
        line: Line,
    },
}

/// How bytes travel on a serial line, beside their speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Line {
    /// Bits of a byte.
    pub data_bits: DataBits,
    /// The bit that makes their sum even or odd.
    pub parity: Parity,
    /// Bits between two bytes.
    pub stop_bits: StopBits,
    /// How the scanner is told to wait.
    pub flow: Flow,
    /// Without this signal some USB scanners stay mute.
    #[serde(default = "default_true")]
    pub dtr: bool,
    /// Whether the bytes are text or packets.
    pub framing: Framing,
}

/// Bits of a byte on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum DataBits {
    /// ASCII, as old lines have it.
    Seven,
    /// A whole byte.
    #[default]
    Eight,
}

/// A bit that makes the sum of a byte's bits even or odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parity {
    /// There is no such bit.
    #[default]
    None,
    /// The sum is odd.
    Odd,
    /// The sum is even.
    Even,
}

/// Bits between two bytes on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum StopBits {
    /// As nearly all lines have it.
    #[default]
    One,
    /// As some slow lines have it.
    Two,
}

/// How one side tells the other to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// It does not.
    #[default]
    None,
    /// RTS and CTS.
    Hardware,
    /// XON and XOFF.
    Software,
}

/// What the bytes of a serial line are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// The code's text and its suffix.
    #[default]
    Text,
    /// Symbol's and Zebra's packets with check sums, each acknowledged.
    Ssi,
}

/// A USB vendor and product number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UsbId {
    /// The maker's number.
    pub vendor: u16,
    /// The maker's number of the device.
    pub product: u16,
}

impl Source {
    /// A serial line with every default.
    pub fn tty(path: impl Into<PathBuf>, baud: u32) -> Self {
        Self::Tty { path: path.into(), baud, line: Line::default() }
    }

    /// The keyboard behind a node or a link to one.
    pub fn keyboard(path: impl Into<PathBuf>) -> Self {
        Self::Hid { match_name: None, match_usb: None, path: Some(path.into()) }
    }

    pub(super) fn matches_everything(&self) -> bool {
        matches!(self, Self::Hid { match_name: None, match_usb: None, path: None } | Self::Hidraw { match_name: None, match_usb: None, path: None, .. })
    }

    pub(crate) fn framing(&self) -> Framing {
        match self {
            Self::Tty { line, .. } => line.framing,
            _ => Framing::Text,
        }
    }
}

impl Default for Line {
    fn default() -> Self {
        Self {
            data_bits: DataBits::default(),
            parity: Parity::default(),
            stop_bits: StopBits::default(),
            flow: Flow::default(),
            dtr: true,
            framing: Framing::default(),
        }
    }
}

impl TryFrom<u8> for DataBits {
    type Error = ConfigFault;

    fn try_from(bits: u8) -> Result<Self, ConfigFault> {
        match bits {
            7 => Ok(Self::Seven),
            8 => Ok(Self::Eight),
            _ => Err(ConfigFault::DataBits(bits)),
        }
    }
}

impl From<DataBits> for u8 {
    fn from(bits: DataBits) -> Self {
        match bits {
            DataBits::Seven => 7,
            DataBits::Eight => 8,
        }
    }
}

impl TryFrom<u8> for StopBits {
    type Error = ConfigFault;

    fn try_from(bits: u8) -> Result<Self, ConfigFault> {
        match bits {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            _ => Err(ConfigFault::StopBits(bits)),
        }
    }
}

impl From<StopBits> for u8 {
    fn from(bits: StopBits) -> Self {
        match bits {
            StopBits::One => 1,
            StopBits::Two => 2,
        }
    }
}

impl From<UsbId> for String {
    fn from(id: UsbId) -> Self {
        format!("{:04x}:{:04x}", id.vendor, id.product)
    }
}

impl TryFrom<String> for UsbId {
    type Error = ConfigFault;

    fn try_from(text: String) -> Result<Self, ConfigFault> {
        parse_usb(&text).ok_or(ConfigFault::UsbId(text))
    }
}

fn parse_usb(text: &str) -> Option<UsbId> {
    let (vendor, product) = text.split_once(':')?;
    Some(UsbId { vendor: parse_hex4(vendor)?, product: parse_hex4(product)? })
}

/// Takes hexadecimal digits alone: the standard parser would let a sign through.
fn parse_hex4(text: &str) -> Option<u16> {
    let digits_only = !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_hexdigit());
    digits_only.then(|| u16::from_str_radix(text, 16).ok()).flatten()
}

fn is_default(line: &Line) -> bool {
    *line == Line::default()
}

fn default_baud() -> u32 {
    BAUD_DEFAULT
}
