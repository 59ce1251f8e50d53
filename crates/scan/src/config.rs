//! What a shop writes down about one scanner.
//!
//! The defaults suit a USB keyboard scanner that ends every code with Enter, which is how nearly
//! all leave the factory; such a scanner needs a name and a source and nothing else.

mod source;
mod written;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::feedback::Beep;
use crate::keys::{KeyMap, LayoutName};
use crate::label::{AimMode, Rule, Symbology};
use crate::outcome::DeviceName;

pub use source::{DataBits, Flow, Framing, Line, Parity, Source, StopBits, UsbId};
pub use written::to_toml;

/// The longest text a scan may have before it is a fault: more than any symbology holds except a
/// full Data Matrix or QR code of digits, which nobody puts on goods.
pub const RAW_MAX_DEFAULT: usize = 4096;
/// An empty text is none.
pub const MIN_LEN_DEFAULT: usize = 1;
/// A pause this long between key frames ends a scan. Real scanners pause 1 to 16 ms; some are set
/// to 50 ms for slow hosts.
pub const HID_GAP_MS_DEFAULT: u32 = 100;
/// The same for serial lines at 9600 Bd and above; slower lines get proportionally more.
pub const TTY_GAP_MS_DEFAULT: u32 = 50;
/// Silence after which a spoiled scan is over and the next one may begin.
pub const QUIET_MS_DEFAULT: u32 = 150;
/// The same text again this soon is the scanner reading one label twice, not a second label.
pub const SAME_MS_DEFAULT: u32 = 300;
/// A scanner that speaks SSI sends a packet again when it hears no answer for two seconds.
pub const SSI_GAP_MS_DEFAULT: u32 = 2500;
/// The factory setting of most serial scanners.
pub const BAUD_DEFAULT: u32 = 9600;

/// One scanner: where it is and how it ends a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScannerConfig {
    /// Names the scanner in every event; unique among the configured ones.
    pub name: DeviceName,
    /// Where the scanner is and how it is read.
    pub source: Source,
    /// What may end a code. List only what the scanner really sends: a listed character inside a
    /// code would end it early.
    #[serde(default = "default_suffix")]
    pub suffix: Vec<Suffix>,
    /// What stands before every code and is no part of it; a code without it is a fault. Shows a
    /// first key that was lost, as sleeping Bluetooth scanners lose it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// The same between the code and its suffix.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub postfix: String,
    /// Whether the scanner sends AIM identifiers.
    #[serde(default)]
    pub aim: AimMode,
    /// One character of the maker's own before every text, for the kind of code. It is taken off
    /// whatever it is, so that a lost first key shows less than by an AIM identifier: prefer that.
    #[serde(default)]
    pub code_id: CodeId,
    /// Whether messages of ISO/IEC 15434 are recognised.
    #[serde(default)]
    pub envelope: Looking,
    /// Whether GS1's element strings are recognised, and EAN check digits looked at.
    #[serde(default)]
    pub gs1: Looking,
    /// The kinds of codes that are taken; empty: all. A code of which the scanner does not tell the
    /// kind is none of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub symbologies: Vec<Symbology>,
    /// Characters of a text, without what stands around it.
    #[serde(default = "default_min_len")]
    pub min_len: usize,
    /// The same at the other end; unset: as many as there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_len: Option<usize>,
    /// What the texts are. With rules, a text that fits none is a fault.
    #[serde(default, rename = "rule", skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
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
    /// What a Caps Lock key of the scanner means.
    #[serde(default)]
    pub caps: Caps,
    /// The keyboard country the scanner is set to (not the system's).
    #[serde(default)]
    pub layout: LayoutName,
    /// Whether a code that makes sense under another keyboard country alone is the fault
    /// [`FaultKind::Country`](crate::FaultKind::Country).
    #[serde(default)]
    pub layout_check: Looking,
    /// Characters of single keys, before every table.
    #[serde(default, skip_serializing_if = "KeyMap::is_empty")]
    pub key_map: KeyMap,
    /// ALT and digits on the keypad are a character.
    #[serde(default = "default_true")]
    pub alt_codes: bool,
    /// How the scanner is told to beep for what became of a code.
    #[serde(default)]
    pub beep: Beep,
    /// Ctrl and a letter, or one of `[ \ ] ^ _`, are a control character.
    #[serde(default = "default_true")]
    pub ctrl_codes: bool,
}

/// What ends a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Suffix {
    /// Carriage return, or either Enter key. One line feed right after it belongs to it.
    Cr,
    /// Line feed alone.
    Lf,
    /// Both together; a carriage return alone is then text, unless [`Suffix::Cr`] is listed too.
    CrLf,
    /// The Tab key, or the character.
    Tab,
    /// End of text, the partner of a prefix `"\u0002"`.
    Etx,
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

/// Whose characters for kinds of codes a scanner puts before a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeId {
    /// The scanner sends none.
    #[default]
    None,
    /// Those of Honeywell and Metrologic.
    Honeywell,
}

/// Whether something in a text is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Looking {
    /// Where there is evidence of it.
    #[default]
    Auto,
    /// Never.
    Off,
}

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigFault {
    /// A scanner without a name.
    #[error("a scanner has an empty name; give each scanner a name of its own")]
    NameEmpty,
    /// Two scanners of one name.
    #[error("two scanners are named \"{0}\"; give each scanner a name of its own")]
    NameTwice(DeviceName),
    /// A scanner that would take whatever keyboard is plugged in.
    #[error("scanner \"{0}\" names no device and would take every keyboard; give match_usb, match_name or path")]
    MatchesEverything(DeviceName),
    /// A line without a path.
    #[error("scanner \"{0}\" has an empty path; name its line, such as /dev/ttyACM0 or a link under /dev/serial/by-id")]
    PathEmpty(DeviceName),
    /// A suffix is required, and none could end a code.
    #[error("scanner \"{0}\" requires a suffix but lists none; list one or set suffix_required = false")]
    SuffixMissing(DeviceName),
    #[error("scanner \"{name}\": {what} = {value} is outside {min} to {max}")]
    /// A number that is too small or too large.
    OutOfRange {
        /// Whose setting it is.
        name: DeviceName,
        /// The setting.
        what: &'static str,
        /// As it was written.
        value: u64,
        /// The least that is good.
        min: u64,
        /// The most that is good.
        max: u64,
    },
    /// No number of a USB device.
    #[error("\"{0}\" is not a USB id; write vendor:product in hexadecimal, such as 05e0:1200")]
    UsbId(String),
    #[error("\"{text}\" is not a regular expression: {fault}")]
    /// No regular expression.
    Regex {
        /// As it was written.
        text: String,
        /// What is wrong with it.
        fault: String,
    },
    #[error("the rule for \"{kind}\" sets \"{part}\" to nothing that is there; name a group of its regex as $name or, with gs1, an application identifier")]
    /// A part of a rule that no text could have.
    RulePart {
        /// The rule's kind.
        kind: String,
        /// The part's name.
        part: String,
    },
    /// A setting that no file can hold, such as a path that is no text.
    #[error("the configuration cannot be written: {0}; name devices by paths of plain characters")]
    Unwritable(String),
    /// A number of data bits that lines do not have.
    #[error("{0} data bits are not known; write 7 or 8")]
    DataBits(u8),
    /// A number of stop bits that lines do not have.
    #[error("{0} stop bits are not known; write 1 or 2")]
    StopBits(u8),
    /// No name of a key.
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
            prefix: String::new(),
            postfix: String::new(),
            aim: AimMode::default(),
            code_id: CodeId::default(),
            envelope: Looking::default(),
            gs1: Looking::default(),
            symbologies: Vec::new(),
            min_len: MIN_LEN_DEFAULT,
            max_len: None,
            rules: Vec::new(),
            gap_ms: None,
            quiet_ms: QUIET_MS_DEFAULT,
            same_ms: SAME_MS_DEFAULT,
            raw_max: RAW_MAX_DEFAULT,
            caps: Caps::default(),
            layout: LayoutName::default(),
            layout_check: Looking::default(),
            key_map: KeyMap::default(),
            alt_codes: true,
            ctrl_codes: true,
            beep: Beep::default(),
        }
    }

    /// The pause that ends a code, in microseconds. Where it is the default and no suffix is required, it
    /// becomes shorter once five codes have shown the scanner's rhythm.
    pub fn gap_us(&self) -> u64 {
        self.gap_ms.map_or_else(|| self.default_gap_us(), |gap_ms| u64::from(gap_ms) * 1000)
    }

    pub(crate) fn default_gap_us(&self) -> u64 {
        let gap_ms = match &self.source {
            Source::Hid { .. } | Source::Hidraw { .. } => HID_GAP_MS_DEFAULT,
            Source::Tty { line, .. } if line.framing == Framing::Ssi => SSI_GAP_MS_DEFAULT,
            Source::Tty { baud, .. } => TTY_GAP_MS_DEFAULT * BAUD_DEFAULT / (*baud).clamp(1, BAUD_DEFAULT),
        };
        u64::from(gap_ms) * 1000
    }

    /// Finds what is wrong with this scanner alone.
    pub fn check(&self) -> Result<(), ConfigFault> {
        if self.name.as_str().is_empty() {
            return Err(ConfigFault::NameEmpty);
        }
        if self.source.matches_everything() {
            return Err(ConfigFault::MatchesEverything(self.name.clone()));
        }
        if matches!(&self.source, Source::Tty { path, .. } if path.as_os_str().is_empty()) {
            return Err(ConfigFault::PathEmpty(self.name.clone()));
        }
        if self.suffix_required && self.suffix.is_empty() {
            return Err(ConfigFault::SuffixMissing(self.name.clone()));
        }
        self.rules.iter().try_for_each(Rule::check)?;
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
        self.in_range("raw_max", self.raw_max as u64, 1, 1 << 20)?;
        self.in_range("min_len", self.min_len as u64, 1, self.raw_max as u64)?;
        self.in_range("max_len", self.max_len.unwrap_or(self.raw_max) as u64, self.min_len as u64, self.raw_max as u64)
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

fn default_min_len() -> usize {
    MIN_LEN_DEFAULT
}

fn default_raw_max() -> usize {
    RAW_MAX_DEFAULT
}
