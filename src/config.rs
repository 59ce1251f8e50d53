//! How this box is wired: `terminal.toml`, read once. What the business is (prices, rights, words
//! on receipts) comes from the hub and never stands here.

use crate::display::Rotation;
use crate::message::Language;
use crate::printer::{Charset, PrinterConfig};
use ledger::sync::peer::PEERS_MAX;
use scan::ScannerConfig;
use serde::Deserialize;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The sample, with every setting at its default in a comment.
pub const SAMPLE: &str = include_str!("../systemd/terminal.toml");

/// A till that nobody touches for a day is not asleep but forgotten.
const BLANK_AFTER_S_MAX: u32 = 86_400;

/// As written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawConfig {
    data: PathBuf,
    language: RawLanguage,
    lock_after_minutes: u32,
    lan: bool,
    lan_listen: SocketAddr,
    peers: Vec<String>,
    display: RawDisplay,
    printer: RawPrinter,
    sound: RawSound,
    scanner_lines: Vec<PathBuf>,
    scanner: Vec<ScannerConfig>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum RawLanguage {
    #[serde(rename = "en")]
    English,
    #[serde(rename = "zh")]
    SimplifiedChinese,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawDisplay {
    width: u32,
    height: u32,
    scale: f32,
    rotation: u32,
    fullscreen: bool,
    dark: bool,
    brightness: u32,
    blank_after_s: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawPrinter {
    path: PathBuf,
    columns: usize,
    charset: Charset,
    cut: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawSound {
    command: Vec<String>,
}

impl Default for RawConfig {
    fn default() -> Self {
        RawConfig {
            data: "/var/lib/counterfoil".into(),
            language: RawLanguage::English,
            lock_after_minutes: 10,
            lan: true,
            lan_listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 7171)),
            peers: Vec::new(),
            display: RawDisplay::default(),
            printer: RawPrinter::default(),
            sound: RawSound::default(),
            scanner_lines: Vec::new(),
            scanner: Vec::new(),
        }
    }
}

impl Default for RawDisplay {
    fn default() -> Self {
        RawDisplay { width: 1280, height: 800, scale: 1.0, rotation: 0, fullscreen: false, dark: false, brightness: 100, blank_after_s: 0 }
    }
}

impl Default for RawPrinter {
    fn default() -> Self {
        RawPrinter { path: PathBuf::new(), columns: 32, charset: Charset::Ascii, cut: true }
    }
}

/// As understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Folder of the journal, the catalogue and the identity.
    pub data: PathBuf,
    pub language: Language,
    pub lock_after_minutes: u32,
    /// None if other terminals are neither told anything nor listened to.
    pub lan: Option<LanConfig>,
    pub display: Display,
    pub printer: Option<PrinterConfig>,
    /// Columns of the slip, also of its preview when there is no printer.
    pub slip_columns: usize,
    /// The printer knows no script but Latin without accents.
    pub slip_ascii: bool,
    /// Plays a WAV from its standard input; empty for silence.
    pub sound: Vec<String>,
    pub scanners: Vec<ScannerConfig>,
    /// Serial lines that are listened to when a scanner is set up, besides those that are found.
    pub scanner_lines: Vec<PathBuf>,
}

/// How other terminals of the shop are reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanConfig {
    pub listen: SocketAddr,
    /// Addresses of terminals that cannot be found by themselves.
    pub peers: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Display {
    /// In pixels of the screen.
    pub width: u32,
    pub height: u32,
    pub scale: f32,
    pub rotation: Rotation,
    pub fullscreen: bool,
    pub dark: bool,
    /// Of the screen's light, in percent.
    pub brightness: u32,
    /// Seconds without a touch or scan until the screen goes dark; 0 never.
    pub blank_after_s: u32,
}

/// Why the configuration cannot be used; the text names the file, the line and the setting.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFault {
    #[error("{path}: cannot be read: {source}. Give another file with --config, or leave --config out to use the defaults.")]
    Unreadable { path: String, source: std::io::Error },
    /// The parser's words with the line they are about; they say it all, so nothing lies under them.
    #[error("{path}: {}", said.trim_end())]
    Form { path: String, said: String },
    #[error("{path}: {}", problems.join("; "))]
    Values { path: String, problems: Vec<String> },
}

impl Config {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Config, ConfigFault> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| ConfigFault::Unreadable { path: name.clone(), source })?;
        Config::parse(&name, &text)
    }

    /// Reads the text of a file called `path`.
    pub fn parse(path: &str, text: &str) -> Result<Config, ConfigFault> {
        let raw: RawConfig = toml::from_str(text).map_err(|fault| ConfigFault::Form { path: path.into(), said: fault.to_string() })?;
        let problems = raw.problems();
        if !problems.is_empty() {
            return Err(ConfigFault::Values { path: path.into(), problems });
        }
        Ok(raw.into())
    }

    /// What is allowed and yet hardly meant, in sentences.
    pub fn advice(&self) -> Vec<String> {
        let mut advice = Vec::new();
        if self.slip_ascii && self.language != Language::English {
            let words = "Slips will have English words, and the SKU of each product that is named in another script";
            advice.push(format!("printer.charset is \"ascii\". {words}. If the printer knows more, set \"gb18030\" or \"utf8\"."));
        }
        advice
    }
}

impl Default for Config {
    fn default() -> Self {
        RawConfig::default().into()
    }
}

impl RawConfig {
    /// Everything that is wrong at once, so that nobody mends a file five times.
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut check = |holds: bool, problem: &str| {
            if !holds {
                problems.push(problem.to_owned());
            }
        };
        check(!self.data.as_os_str().is_empty(), "data must name a folder");
        check((320..=7680).contains(&self.display.width), "display.width must be 320 to 7680 pixels");
        check((320..=7680).contains(&self.display.height), "display.height must be 320 to 7680 pixels");
        check((0.5..=4.0).contains(&self.display.scale), "display.scale must be 0.5 to 4.0");
        check(Rotation::of_degrees(self.display.rotation).is_some(), "display.rotation must be 0, 90, 180 or 270 degrees");
        check((1..=100).contains(&self.display.brightness), "display.brightness must be 1 to 100 percent");
        check(self.display.blank_after_s <= BLANK_AFTER_S_MAX, &format!("display.blank_after_s must be at most {BLANK_AFTER_S_MAX} seconds; 0 never blanks"));
        check((24..=80).contains(&self.printer.columns), "printer.columns must be 24 to 80");
        for peer in &self.peers {
            let whole = peer.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && !host.contains('/') && port.parse::<u16>().is_ok());
            check(whole, &format!("peers: {peer:?} must be an address such as \"till-2.shop:7171\""));
        }
        check(self.peers.len() <= PEERS_MAX, &format!("peers must be at most {PEERS_MAX} addresses"));
        let mut names: Vec<_> = self.scanner.iter().map(|s| s.name.as_str()).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        check(names.len() == all, "each scanner needs a name of its own");
        problems.extend(self.scanner.iter().filter_map(|scanner| scanner.check().err()).map(|fault| fault.to_string()));
        problems
    }
}

impl From<RawConfig> for Config {
    fn from(raw: RawConfig) -> Config {
        let printer = PrinterConfig { path: raw.printer.path, columns: raw.printer.columns, charset: raw.printer.charset, cut: raw.printer.cut };
        let has_printer = !printer.path.as_os_str().is_empty();
        Config {
            data: raw.data,
            language: match raw.language {
                RawLanguage::English => Language::English,
                RawLanguage::SimplifiedChinese => Language::SimplifiedChinese,
            },
            lock_after_minutes: raw.lock_after_minutes,
            lan: raw.lan.then_some(LanConfig { listen: raw.lan_listen, peers: raw.peers }),
            display: raw.display.into(),
            slip_columns: printer.columns,
            slip_ascii: has_printer && printer.charset == Charset::Ascii,
            printer: has_printer.then_some(printer),
            sound: raw.sound.command,
            scanners: raw.scanner,
            scanner_lines: raw.scanner_lines,
        }
    }
}

impl From<RawDisplay> for Display {
    fn from(raw: RawDisplay) -> Display {
        let RawDisplay { width, height, scale, rotation, fullscreen, dark, brightness, blank_after_s } = raw;
        let rotation = Rotation::of_degrees(rotation).expect("the configuration was looked through");
        Display { width, height, scale, rotation, fullscreen, dark, brightness, blank_after_s }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_uncommented_is_the_defaults() {
        let lines = SAMPLE.lines().map(|line| line.strip_prefix("# ").filter(|l| l.contains(" = ") || l.starts_with('[')).unwrap_or(line));
        let uncommented: String = lines.filter(|line| !line.starts_with('#')).flat_map(|line| [line, "\n"]).collect();
        let sample = Config::parse("sample", &uncommented).expect("the sample parses");
        let scanners = sample.scanners.clone();
        assert_eq!(sample, Config { scanners, ..Config::default() });
        assert_eq!(sample.scanners.len(), 2, "one scanner of each source is shown");
        assert_eq!(Config::parse("sample", SAMPLE).expect("as shipped"), Config::default());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let check = |text: &str, named: &[&str]| {
            let said = Config::parse("terminal.toml", text).expect_err(text).to_string();
            named.iter().for_each(|name| assert!(said.contains(name), "{said:?} should name {name:?}"));
        };
        check("data = \"x\"\nlanguge = \"en\"", &["line 2", "languge"]);
        check("[printer]\ncolumn = 3", &["line 2", "column"]);
        check("language = \"xx\"", &["line 1", "xx"]);
        check("data = ", &["line 1"]);
        check("lan_listen = \"anywhere\"", &["line 1", "lan_listen"]);
        check("peers = [\"till-2\", \"till-3:99999\"]", &["till-2", "till-3:99999", "7171"]);
        check("[display]\nscale = 90\nwidth = 3", &["display.scale", "display.width"]);
        check("[display]\nrotation = 45\nbrightness = 0\nblank_after_s = 90000", &["rotation must be 0, 90", "brightness must be 1 to 100", "86400"]);
        check("[[scanner]]\nname = \"a\"\nsource = { tty = { path = \"/dev/x\", speed = 9 } }", &["line 3", "speed"]);
    }

    /// What the scanners would refuse at the start is refused here, so that `--check-config` tells it.
    #[test]
    fn scanners_are_looked_through() {
        let check = |source: &str, named: &str| {
            let text = format!("[display]\nscale = 90\n[[scanner]]\nname = \"a\"\nsource = {{ {source} }}");
            let said = Config::parse("terminal.toml", &text).expect_err(source).to_string();
            assert!(said.contains(named) && said.contains("display.scale"), "{said:?} should name {named:?} and the scale");
        };
        check("hid = {}", "scanner \"a\" names no device");
        check("tty = { path = \"/dev/x\", baud = 0 }", "scanner \"a\": baud = 0 is outside 300 to 4000000");
        check("tty = { path = \"\" }", "scanner \"a\" has an empty path");
    }

    #[test]
    fn what_is_hardly_meant_is_told() {
        let check = |text: &str, told: bool| assert_eq!(!Config::parse("terminal.toml", text).expect(text).advice().is_empty(), told, "{text}");
        check("", false);
        check("language = \"zh\"", false);
        check("language = \"zh\"\n[printer]\npath = \"/dev/usb/lp0\"", true);
        check("language = \"zh\"\n[printer]\npath = \"/dev/usb/lp0\"\ncharset = \"gb18030\"", false);
        check("[printer]\npath = \"/dev/usb/lp0\"", false);
    }

    #[test]
    fn a_missing_file_is_named() {
        let said = Config::read(Path::new("/nonexistent/terminal.toml")).expect_err("not there").to_string();
        assert!(said.starts_with("/nonexistent/terminal.toml: cannot be read"), "{said}");
    }
}
