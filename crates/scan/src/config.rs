//! What a shop writes down about one scanner.
//!
//! The defaults suit a USB keyboard scanner that ends every code with Enter, which is how nearly
//! all leave the factory; such a scanner needs a name and a source and nothing else.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::keys::{KeyMap, LayoutName};
use crate::outcome::DeviceName;

/// The longest text a scan may have before it is a fault: more than any symbology holds except a
/// full Data Matrix or QR code of digits, which nobody puts on goods.
pub const RAW_MAX_DEFAULT: usize = 4096;
/// A pause this long between key frames ends a scan. Real scanners pause 1 to 16 ms; some are set
/// to 50 ms for slow hosts.
pub const HID_GAP_MS_DEFAULT: u32 = 100;
/// The same for serial lines at 9600 Bd and above; slower lines get proportionally more.
pub const TTY_GAP_MS_DEFAULT: u32 = 50;
/// Silence after which a spoiled scan is over and the next one may begin.
pub const QUIET_MS_DEFAULT: u32 = 150;
/// The same text again this soon is the scanner reading one label twice, not a second label.
pub const SAME_MS_DEFAULT: u32 = 300;
/// The factory setting of most serial scanners.
pub const BAUD_DEFAULT: u32 = 9600;

/// One scanner: where it is and how it ends a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScannerConfig {
    /// Names the scanner in every event; unique among the configured ones.
    pub name: DeviceName,
    pub source: Source,
    /// What may end a code. List only what the scanner really sends: a listed character inside a
    /// code would end it early.
    #[serde(default = "default_suffix")]
    pub suffix: Vec<Suffix>,
    /// `true`: a code without suffix is a fault. `false`: a pause of `gap_ms` ends a code.
    #[serde(default = "default_true")]
    pub suffix_required: bool,
    /// Milliseconds. Unset: 100 for keyboards, 50 for serial lines (more below 9600 Bd).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap_ms: Option<u32>,
    /// Milliseconds of silence that end a spoiled scan, and that must pass after opening.
    #[serde(default = "default_quiet_ms")]
    pub quiet_ms: u32,
    /// Milliseconds within which the same text again counts as a repeat; 0 delivers every read.
    #[serde(default = "default_same_ms")]
    pub same_ms: u32,
    /// Characters; one more is the fault `too_long`.
    #[serde(default = "default_raw_max")]
    pub raw_max: usize,
    #[serde(default)]
    pub caps: Caps,
    /// The keyboard country the scanner is set to (not the system's).
    #[serde(default)]
    pub layout: LayoutName,
    /// Characters of single keys, before every table.
    #[serde(default, skip_serializing_if = "KeyMap::is_empty")]
    pub key_map: KeyMap,
    /// ALT and digits on the keypad are a character.
    #[serde(default = "default_true")]
    pub alt_codes: bool,
    /// Ctrl and a letter, or one of `[ \ ] ^ _`, are a control character.
    #[serde(default = "default_true")]
    pub ctrl_codes: bool,
}

/// Where the scanner is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// A USB or Bluetooth keyboard. All that is given must hold; at least one must be given.
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
    /// A serial line: USB CDC, USB-to-serial, RS-232, Bluetooth SPP. 8 data bits, no parity.
    Tty {
        path: PathBuf,
        #[serde(default = "default_baud")]
        baud: u32,
    },
}

/// What ends a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Suffix {
    /// Carriage return, or either Enter key. One line feed right after it belongs to it.
    Cr,
    Lf,
    /// Both together; a carriage return alone is then text, unless [`Suffix::Cr`] is listed too.
    CrLf,
    Tab,
}

/// What a Caps Lock key sent by the scanner means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caps {
    /// Every scan begins with Caps Lock off; one that leaves it on is damaged.
    #[default]
    Track,
    /// The key means nothing (some readers send it at random after a code).
    Ignore,
    /// The scanner believes Caps Lock is on: as `Track`, beginning with on.
    Invert,
}

/// A USB vendor and product number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UsbId {
    pub vendor: u16,
    pub product: u16,
}

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigFault {
    #[error("a scanner has an empty name; give each scanner a name of its own")]
    NameEmpty,
    #[error("two scanners are named \"{0}\"; give each scanner a name of its own")]
    NameTwice(DeviceName),
    #[error("scanner \"{0}\" names no device and would take every keyboard; give match_usb, match_name or path")]
    MatchesEverything(DeviceName),
    #[error("scanner \"{0}\" requires a suffix but lists none; list one or set suffix_required = false")]
    SuffixMissing(DeviceName),
    #[error("scanner \"{name}\": {what} = {value} is outside {min} to {max}")]
    OutOfRange { name: DeviceName, what: &'static str, value: u64, min: u64, max: u64 },
    #[error("\"{0}\" is not a USB id; write vendor:product in hexadecimal, such as 05e0:1200")]
    UsbId(String),
    #[error("\"{0}\" is not a key; write the kernel's name without KEY_, such as F8, or CTRL+RIGHTBRACE")]
    Key(String),
}

impl ScannerConfig {
    /// A scanner with every default.
    pub fn new(name: impl Into<DeviceName>, source: Source) -> Self {
        Self {
            name: name.into(),
            source,
            suffix: default_suffix(),
            suffix_required: true,
            gap_ms: None,
            quiet_ms: QUIET_MS_DEFAULT,
            same_ms: SAME_MS_DEFAULT,
            raw_max: RAW_MAX_DEFAULT,
            caps: Caps::default(),
            layout: LayoutName::default(),
            key_map: KeyMap::default(),
            alt_codes: true,
            ctrl_codes: true,
        }
    }

    /// The pause that ends a code, in microseconds.
    pub fn gap_us(&self) -> u64 {
        let gap_ms = self.gap_ms.unwrap_or_else(|| match self.source {
            Source::Hid { .. } => HID_GAP_MS_DEFAULT,
            Source::Tty { baud, .. } => TTY_GAP_MS_DEFAULT * BAUD_DEFAULT / baud.clamp(1, BAUD_DEFAULT),
        });
        u64::from(gap_ms) * 1000
    }

    /// Finds what is wrong with this scanner alone.
    pub fn check(&self) -> Result<(), ConfigFault> {
        if self.name.as_str().is_empty() {
            return Err(ConfigFault::NameEmpty);
        }
        if matches!(&self.source, Source::Hid { match_name: None, match_usb: None, path: None }) {
            return Err(ConfigFault::MatchesEverything(self.name.clone()));
        }
        if self.suffix_required && self.suffix.is_empty() {
            return Err(ConfigFault::SuffixMissing(self.name.clone()));
        }
        self.check_ranges()
    }

    /// The speed comes first, since the gap's default follows from it.
    fn check_ranges(&self) -> Result<(), ConfigFault> {
        if let Source::Tty { baud, .. } = self.source {
            self.in_range("baud", baud.into(), 300, 4_000_000)?;
        }
        self.in_range("gap_ms", self.gap_us() / 1000, 5, 60_000)?;
        self.in_range("quiet_ms", self.quiet_ms.into(), 5, 60_000)?;
        self.in_range("same_ms", self.same_ms.into(), 0, 60_000)?;
        self.in_range("raw_max", self.raw_max as u64, 1, 1 << 20)
    }

    fn in_range(&self, what: &'static str, value: u64, min: u64, max: u64) -> Result<(), ConfigFault> {
        if (min..=max).contains(&value) {
            return Ok(());
        }
        Err(ConfigFault::OutOfRange { name: self.name.clone(), what, value, min, max })
    }
}

/// Finds what is wrong with the scanners together.
pub fn check_all(configs: &[ScannerConfig]) -> Result<(), ConfigFault> {
    for (at, config) in configs.iter().enumerate() {
        config.check()?;
        if configs[..at].iter().any(|earlier| earlier.name == config.name) {
            return Err(ConfigFault::NameTwice(config.name.clone()));
        }
    }
    Ok(())
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

fn default_suffix() -> Vec<Suffix> {
    vec![Suffix::Cr, Suffix::CrLf, Suffix::Tab]
}

fn default_true() -> bool {
    true
}

fn default_quiet_ms() -> u32 {
    QUIET_MS_DEFAULT
}

fn default_same_ms() -> u32 {
    SAME_MS_DEFAULT
}

fn default_raw_max() -> usize {
    RAW_MAX_DEFAULT
}

fn default_baud() -> u32 {
    BAUD_DEFAULT
}
