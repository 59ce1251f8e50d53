//! Everything that could be a scanner, for the page that looks for one and for the doctor.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::holders::{Holder, group_of, holders};
use super::sys;
use super::sysfs::{Facts, Folders};
use crate::config::{BAUD_DEFAULT, Source, UsbId};
use crate::hid::{Form, FormName};

/// A device that could be a scanner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// As its maker calls it; some scanners are called keyboards.
    pub name: String,
    /// Its numbers, where it is on USB.
    pub usb: Option<UsbId>,
    /// The node to be opened.
    pub node: PathBuf,
    /// What the device is.
    pub kind: CandidateKind,
    /// What would be written into the configuration to find this device and no other.
    pub source: Source,
    /// Whether this program may listen to it.
    pub access: Access,
    /// What its reports are, for a hidraw device.
    pub form: Option<Form>,
}

/// What a device that could be a scanner is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CandidateKind {
    /// Types digits and Enter: a scanner, or somebody's keyboard.
    Keyboard,
    /// The raw reports of a device, perhaps of one that is also listed as keyboard.
    Reports(FormName),
    /// A serial line.
    Line,
}

/// Whether this program may listen to a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// It may.
    Granted,
    /// The program's user is to be put into the group, or, where no group may open the node, a udev
    /// rule is missing.
    Denied {
        /// Whose members may open it; `None` where no group may.
        group: Option<String>,
    },
    /// It went away while it was looked at.
    Gone,
}

/// All devices that could be scanners, keyboards first.
pub fn candidates() -> Vec<Candidate> {
    Folders::default().candidates()
}

impl Candidate {
    /// A serial line that does not show that something is connected to it, such as a port of the
    /// board.
    pub fn line(path: &Path) -> Self {
        let node = fs::canonicalize(path).unwrap_or_else(|_not_there| path.to_owned());
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let facts = Facts { node, name, usb: None, form: None };
        candidate(&facts, CandidateKind::Line, Source::tty(path, BAUD_DEFAULT))
    }

    /// The other programs that have it open, as far as this one may know. It looks at every open
    /// file of the system, which takes some milliseconds.
    pub fn holders(&self) -> Vec<Holder> {
        holders(&self.node)
    }
}

impl Folders {
    pub(super) fn candidates(&self) -> Vec<Candidate> {
        let (keyboards, raws): (Vec<Facts>, Vec<Facts>) = (self.keyboards().collect(), self.hidraws().collect());
        let typed = keyboards.iter().map(|facts| candidate(facts, CandidateKind::Keyboard, self.keyboard_source(facts, &keyboards)));
        let raw = raws.iter().filter_map(|facts| {
            let form = facts.form.as_ref()?.name();
            Some(candidate(facts, CandidateKind::Reports(form), self.raw_source(facts, &raws)))
        });
        let ttys = self.ttys();
        let lines = ttys.iter().map(|facts| candidate(facts, CandidateKind::Line, Source::tty(self.link_to(&facts.node, "serial"), BAUD_DEFAULT)));
        typed.chain(raw).chain(lines).collect()
    }

    fn keyboard_source(&self, facts: &Facts, all: &[Facts]) -> Source {
        let Names { match_name, match_usb, unique } = names(facts, all);
        Source::Hid { match_name, match_usb, path: (!unique).then(|| self.link_to(&facts.node, "input")) }
    }

    fn raw_source(&self, facts: &Facts, all: &[Facts]) -> Source {
        let form = facts.form.as_ref().map(Form::name);
        let alike: Vec<Facts> = all.iter().filter(|other| other.form.as_ref().map(Form::name) == form).cloned().collect();
        let Names { match_name, match_usb, unique } = names(facts, &alike);
        Source::Hidraw { match_name, match_usb, path: (!unique).then(|| facts.node.clone()), form }
    }

    /// A name of the node that stays the same when it is plugged in again.
    fn link_to(&self, node: &Path, folder: &str) -> PathBuf {
        let links = ["by-id", "by-path"].into_iter().flat_map(|kind| fs::read_dir(self.dev.join(folder).join(kind)).into_iter().flatten().flatten());
        let mut links = links.map(|entry| entry.path()).filter(|link| fs::canonicalize(link).is_ok_and(|found| found == node));
        links.next().unwrap_or_else(|| node.to_owned())
    }
}

/// What tells a device apart from the others.
struct Names {
    match_name: Option<String>,
    match_usb: Option<UsbId>,
    unique: bool,
}

/// The number says most; the name is added where others share it.
fn names(facts: &Facts, all: &[Facts]) -> Names {
    let count = |same: &dyn Fn(&Facts) -> bool| all.iter().filter(|other| same(other)).count();
    let known = facts.usb.filter(|usb| *usb != UsbId { vendor: 0, product: 0 });
    if known.is_some() && count(&|other| other.usb == facts.usb) == 1 {
        return Names { match_name: None, match_usb: known, unique: true };
    }
    let unique = count(&|other| other.usb == facts.usb && other.name == facts.name) == 1;
    Names { match_name: Some(facts.name.clone()), match_usb: known, unique }
}

fn candidate(facts: &Facts, kind: CandidateKind, source: Source) -> Candidate {
    Candidate { name: facts.name.clone(), usb: facts.usb, node: facts.node.clone(), kind, source, access: access(&facts.node), form: facts.form.clone() }
}

fn access(node: &Path) -> Access {
    match sys::may_open(node) {
        Ok(()) => Access::Granted,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Access::Denied { group: group_of(node) },
        Err(_) => Access::Gone,
    }
}
