//! Who the terminal runs as, and what that user may open.
//!
//! A technician calls the doctor as root, to whom everything is open. So rights are reckoned for the
//! user whom the data folder belongs to, with the groups that the terminal's unit adds to its own.

use super::Machine;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Where a package puts the terminal's unit, and where a technician does.
const UNITS: [&str; 3] = [
    "/etc/systemd/system/counterfoil-terminal.service",
    "/usr/lib/systemd/system/counterfoil-terminal.service",
    "/lib/systemd/system/counterfoil-terminal.service",
];

/// What a device is opened for, as the last bits of a file's mode.
const READ_AND_WRITE: u32 = 0o6;

/// The user the terminal runs as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    pub name: String,
    uid: u32,
    groups: Vec<u32>,
}

/// Why something cannot be opened.
#[derive(Debug, PartialEq, Eq)]
pub enum Barred {
    Absent,
    /// The sentence that says how to get the right.
    Denied(String),
}

impl Who {
    /// The caller; for root the owner of the data folder.
    pub fn runs_the_terminal(machine: &Machine, data: &Path) -> Who {
        let status = machine.read("/proc/self/status").unwrap_or_default();
        let uid = numbers(&status, "Uid:").get(1).copied().unwrap_or(0);
        if uid != 0 {
            let groups = [numbers(&status, "Gid:"), numbers(&status, "Groups:")].concat();
            return Who { name: name_of(machine, "/etc/passwd", uid), uid, groups };
        }
        Who::of(machine, fs::metadata(data).map_or(0, |folder| folder.uid()))
    }

    /// Somebody with the groups of `/etc/group` and of the unit.
    fn of(machine: &Machine, uid: u32) -> Who {
        let name = name_of(machine, "/etc/passwd", uid);
        let mut groups = own_groups(machine, &name);
        let unit = UNITS.iter().find_map(|unit| machine.read(unit)).unwrap_or_default();
        let added = unit.lines().filter_map(|line| line.strip_prefix("SupplementaryGroups="));
        groups.extend(added.flat_map(str::split_whitespace).filter_map(|group| number_of(machine, "/etc/group", group)));
        Who { name, uid, groups }
    }

    /// Whether that user may read and write it.
    pub fn may_use(&self, machine: &Machine, path: &Path) -> Result<(), Barred> {
        let node = fs::metadata(machine.file(path)).map_err(|_gone| Barred::Absent)?;
        if self.holds(&node) { Ok(()) } else { Err(Barred::Denied(self.how_to_get(machine, path, &node))) }
    }

    fn holds(&self, node: &Metadata) -> bool {
        let shift = if self.uid == node.uid() {
            6
        } else if self.groups.contains(&node.gid()) {
            3
        } else {
            0
        };
        self.uid == 0 || node.mode() >> shift & READ_AND_WRITE == READ_AND_WRITE
    }

    /// The command, if a group has the right; else what gives a group the right.
    fn how_to_get(&self, machine: &Machine, path: &Path, node: &Metadata) -> String {
        let group = name_of(machine, "/etc/group", node.gid());
        if node.gid() != 0 && node.mode() >> 3 & READ_AND_WRITE == READ_AND_WRITE {
            return format!("Run `sudo usermod -aG {group} {}` and start the terminal again.", self.name);
        }
        let rules = "Install the rules of 70-counterfoil-scanner.rules, run `sudo udevadm control --reload` and plug it in again";
        format!("{rules}; for now `sudo chgrp input {0} && sudo chmod g+rw {0}`.", path.display())
    }
}

fn own_groups(machine: &Machine, name: &str) -> Vec<u32> {
    let passwd = machine.read("/etc/passwd").unwrap_or_default();
    let primary = passwd.lines().map(fields).filter(|user| user.first() == Some(&name)).filter_map(|user| user.get(3)?.parse().ok());
    let group = machine.read("/etc/group").unwrap_or_default();
    let member = |group: &Vec<&str>| group.get(3).is_some_and(|members| members.split(',').any(|member| member == name));
    let others = group.lines().map(fields).filter(member).filter_map(|group| group.get(2)?.parse().ok());
    primary.chain(others).collect()
}

/// The name beside a number in `/etc/passwd` or `/etc/group`; the number where there is none.
fn name_of(machine: &Machine, table: &str, number: u32) -> String {
    let text = machine.read(table).unwrap_or_default();
    let found = text.lines().map(fields).find(|row| row.get(2) == Some(&number.to_string().as_str())).map(|row| row[0].to_owned());
    found.unwrap_or_else(|| number.to_string())
}

fn number_of(machine: &Machine, table: &str, name: &str) -> Option<u32> {
    machine.read(table)?.lines().map(fields).find(|row| row.first() == Some(&name))?.get(2)?.parse().ok()
}

fn fields(line: &str) -> Vec<&str> {
    line.split(':').collect()
}

fn numbers(status: &str, label: &str) -> Vec<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix(label)).unwrap_or_default();
    line.split_whitespace().filter_map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
pub(super) fn root() -> Who {
    Who { name: "root".into(), uid: 0, groups: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, chown};

    /// A box with the user and one device node, which belongs to `gid` with `mode`.
    fn terminal(gid: u32, mode: u32, unit: &str) -> Option<(tempfile::TempDir, Machine)> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let machine = Machine::below(folder.path());
        let write = |path: &str, text: &str| {
            let file = machine.file(path);
            fs::create_dir_all(file.parent().expect("not the root")).expect("a folder");
            fs::write(file, text).expect("a file");
        };
        write("/etc/passwd", "root:x:0:0::/root:/bin/sh\ncounterfoil:x:990:991::/:/bin/false\n");
        write("/etc/group", "root:x:0:\ninput:x:104:someone\ndialout:x:20:someone,counterfoil\ncounterfoil:x:991:\n");
        write("/usr/lib/systemd/system/counterfoil-terminal.service", unit);
        write("/dev/node", "");
        let node = machine.file("/dev/node");
        fs::set_permissions(&node, fs::Permissions::from_mode(mode)).expect("own file");
        chown(&node, Some(0), Some(gid)).ok()?;
        Some((folder, machine))
    }

    #[track_caller]
    fn check(gid: u32, mode: u32, unit: &str, expected: Result<(), &str>) {
        let Some((_folder, machine)) = terminal(gid, mode, unit) else {
            return println!("this user may not give files away: rights of others cannot be tried");
        };
        match (Who::of(&machine, 990).may_use(&machine, Path::new("/dev/node")), expected) {
            (Ok(()), Ok(())) => {}
            (Err(Barred::Denied(how)), Err(word)) => assert!(how.contains(word), "{how}"),
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn rights_are_those_of_the_terminals_user() {
        check(104, 0o660, "", Err("sudo usermod -aG input counterfoil"));
        check(104, 0o660, "[Service]\nSupplementaryGroups=video input\n", Ok(()));
        check(20, 0o660, "", Ok(()));
        check(20, 0o640, "", Err("70-counterfoil-scanner.rules"));
        check(0, 0o600, "", Err("sudo chgrp input /dev/node"));
        check(0, 0o666, "", Ok(()));
        check(991, 0o660, "", Ok(()));
    }

    #[test]
    fn what_is_not_there_is_not_denied() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let machine = Machine::below(folder.path());
        assert_eq!(Who::of(&machine, 990).may_use(&machine, Path::new("/dev/node")), Err(Barred::Absent));
    }
}
