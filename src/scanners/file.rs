//! Scanners that were set up at the till, in a file of the data folder: the configuration belongs to
//! root and is read-only to the terminal. Somebody may edit it while the terminal runs.

use scan::config::to_toml;
use scan::{ScannerConfig, Source, UsbId};
use serde::Deserialize;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What the file begins with.
const HEAD: &str = "# Scanners that were set up at the till. One of the same name or device in terminal.toml gives way.\n\n";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    scanner: Vec<ScannerConfig>,
}

/// When the file was last changed, and its length.
type Stamp = (SystemTime, u64);

/// The file, and what it said when it could last be understood.
pub struct Kept {
    path: PathBuf,
    seen: Option<Stamp>,
    scanners: Vec<ScannerConfig>,
    problem: String,
}

impl Kept {
    pub fn in_folder(data: &Path) -> Kept {
        Kept { path: data.join("scanners.toml"), seen: None, scanners: Vec::new(), problem: String::new() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn scanners(&self) -> &[ScannerConfig] {
        &self.scanners
    }

    /// Why the file as it is now is not followed; empty if it is.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// Reads the file if it was changed, and answers whether it was. One that is no good changes
    /// nothing but what is said about it.
    pub fn look(&mut self) -> bool {
        let now = stamp(&self.path);
        if now == self.seen {
            return false;
        }
        self.seen = now;
        match read(&self.path) {
            Ok(scanners) => (self.scanners, self.problem) = (scanners, String::new()),
            Err(problem) => self.problem = problem,
        }
        true
    }

    /// Adds a scanner, in place of one of the same name or device; the reason if it cannot be kept.
    pub fn keep(&mut self, scanner: ScannerConfig, configured: &[ScannerConfig]) -> Result<(), String> {
        self.look();
        let mut scanners = self.scanners.clone();
        scanners.retain(|other| !is_same(other, &scanner));
        scanners.push(scanner);
        scan::config::check_all(&together(configured, &scanners)).map_err(|fault| fault.to_string())?;
        let text = to_toml(&scanners).map_err(|fault| fault.to_string())?;
        write(&self.path, &format!("{HEAD}{text}")).map_err(|error| format!("{} cannot be written: {error}", self.path.display()))?;
        (self.scanners, self.problem, self.seen) = (scanners, String::new(), stamp(&self.path));
        Ok(())
    }
}

/// What is read of both files: what was set up at the till knows better.
pub fn together(configured: &[ScannerConfig], kept: &[ScannerConfig]) -> Vec<ScannerConfig> {
    let stays = |scanner: &&ScannerConfig| !kept.iter().any(|newer| is_same(newer, scanner));
    configured.iter().filter(stays).chain(kept).cloned().collect()
}

fn is_same(one: &ScannerConfig, other: &ScannerConfig) -> bool {
    one.name == other.name || one.source == other.source || is_one_device(&one.source, &other.source)
}

/// Two descriptions that would compete for one device: the same node by two names, or the same maker's
/// number where no node tells equal devices apart.
fn is_one_device(one: &Source, other: &Source) -> bool {
    let (Described { name, usb, node }, theirs) = (describe(one), describe(other));
    let same_kind = std::mem::discriminant(one) == std::mem::discriminant(other);
    let by_maker = usb.is_some() && usb == theirs.usb && (name.is_none() || theirs.name.is_none() || name == theirs.name);
    match (node, theirs.node) {
        (Some(node), Some(theirs)) => node == theirs,
        (None, None) => same_kind && by_maker,
        _ => false,
    }
}

struct Described<'a> {
    name: Option<&'a str>,
    usb: Option<UsbId>,
    node: Option<PathBuf>,
}

fn describe(source: &Source) -> Described<'_> {
    let node = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_not_there| path.to_owned());
    match source {
        Source::Hid { match_name, match_usb, path } | Source::Hidraw { match_name, match_usb, path, .. } => {
            Described { name: match_name.as_deref(), usb: *match_usb, node: path.as_deref().map(node) }
        }
        Source::Tty { path, .. } => Described { name: None, usb: None, node: Some(node(path)) },
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let facts = fs::metadata(path).ok()?;
    Some((facts.modified().ok()?, facts.len()))
}

fn read(path: &Path) -> Result<Vec<ScannerConfig>, String> {
    let name = path.display();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{name}: {error}")),
    };
    let written: Written = toml::from_str(&text).map_err(|fault| format!("{name}: {fault}"))?;
    scan::config::check_all(&written.scanner).map_err(|fault| format!("{name}: {fault}"))?;
    Ok(written.scanner)
}

/// Writes beside and renames, so that a power cut leaves the old file or the new one.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use scan::LayoutName;

    fn line(name: &str, path: &str) -> ScannerConfig {
        ScannerConfig::new(name, Source::tty(path, 9600))
    }

    fn names(scanners: &[ScannerConfig]) -> Vec<&str> {
        scanners.iter().map(|scanner| scanner.name.as_str()).collect()
    }

    #[test]
    fn what_was_set_up_here_goes_first() {
        let check = |configured: &[ScannerConfig], kept: &[ScannerConfig], expected: &[&str]| {
            assert_eq!(names(&together(configured, kept)), expected);
        };
        let (a, b) = (line("a", "/dev/a"), line("b", "/dev/b"));
        check(&[], &[], &[]);
        check(&[a.clone(), b.clone()], &[], &["a", "b"]);
        check(std::slice::from_ref(&a), std::slice::from_ref(&b), &["a", "b"]);
        check(&[a.clone(), b.clone()], &[line("a", "/dev/c")], &["b", "a"]);
        check(&[a, b], &[line("c", "/dev/a")], &["b", "c"]);
    }

    #[test]
    fn one_device_is_not_read_as_two_scanners() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (node, link) = (folder.path().join("ttyACM0"), folder.path().join("by-id"));
        fs::write(&node, "").expect("a file");
        std::os::unix::fs::symlink(&node, &link).expect("a link");
        let tty = |path: &Path| Source::tty(path, 9600);
        let usb = |product| Some(UsbId { vendor: 0x05e0, product });
        let hid =
            |name: Option<&str>, match_usb, path: Option<&Path>| Source::Hid { match_name: name.map(str::to_owned), match_usb, path: path.map(Path::to_owned) };
        let check = |one: Source, other: Source, same: bool| {
            assert_eq!(is_one_device(&one, &other), same, "{one:?} {other:?}");
            assert_eq!(is_one_device(&other, &one), same, "{other:?} {one:?}");
        };
        check(tty(&node), tty(&link), true);
        check(tty(&node), tty(Path::new("/dev/ttyACM1")), false);
        check(hid(None, usb(1), None), hid(Some("DS2208"), usb(1), None), true);
        check(hid(Some("Ring"), usb(1), None), hid(Some("DS2208"), usb(1), None), false);
        check(hid(None, usb(1), None), hid(None, usb(2), None), false);
        check(hid(None, usb(1), None), hid(None, usb(1), Some(&node)), false);
        check(hid(None, usb(1), Some(&link)), hid(None, usb(1), Some(&node)), true);
        check(hid(Some("A"), None, None), hid(Some("B"), None, None), false);
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut kept = Kept::in_folder(folder.path());
        assert!(!kept.look() && kept.scanners().is_empty());
        let german = ScannerConfig { layout: LayoutName::De, suffix_required: false, ..line("counter", "/dev/b") };
        kept.keep(line("counter", "/dev/a"), &[]).expect("kept");
        kept.keep(german.clone(), &[]).expect("kept in place of the other");
        assert!(!kept.look(), "what it wrote itself is no news");
        let mut again = Kept::in_folder(folder.path());
        assert!(again.look());
        assert_eq!(again.scanners(), [german]);
    }

    #[test]
    fn a_file_that_is_no_good_changes_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut kept = Kept::in_folder(folder.path());
        kept.keep(line("a", "/dev/a"), &[]).expect("kept");
        for (text, word) in [("[[scanner]]\nnmae = 1\n", "line 2"), ("[[scanner]]\nname = \"\"\nsource = { tty = { path = \"/dev/a\" } }\n", "empty name")] {
            fs::write(kept.path(), text).expect("a file");
            assert!(kept.look(), "{text}");
            assert!(kept.problem().contains(word), "{}", kept.problem());
            assert_eq!(names(kept.scanners()), ["a"]);
        }
        fs::remove_file(kept.path()).expect("a file");
        assert!(kept.look() && kept.problem().is_empty() && kept.scanners().is_empty());
    }

    #[test]
    fn what_cannot_be_written_is_told() {
        let mut kept = Kept::in_folder(Path::new("/nonexistent"));
        let reason = kept.keep(line("a", "/dev/a"), &[]).expect_err("no such folder");
        assert!(reason.contains("/nonexistent/scanners.toml cannot be written"), "{reason}");
    }
}
