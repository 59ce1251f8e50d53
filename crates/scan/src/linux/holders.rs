//! Who has a node open, as far as this process may know it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A program that has a device open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub pid: u32,
    pub program: String,
}

/// The programs but this one. Those of other users are seen by root alone. It looks at every open
/// file of the system: not for the scan thread.
pub(super) fn holders(node: &Path) -> Vec<Holder> {
    let own = std::process::id();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(|pid| *pid != own);
    pids.filter(|pid| has_open(*pid, node)).map(|pid| Holder { pid, program: program(pid) }).collect()
}

/// The group that may open the node, by name: whom to add the program's user to. `None` where no
/// group may.
pub(super) fn group_of(node: &Path) -> Option<String> {
    const GROUP_READS_AND_WRITES: u32 = 0o060;
    let facts = fs::metadata(node).ok()?;
    let gid = facts.gid().to_string();
    let group_may = facts.mode() & GROUP_READS_AND_WRITES == GROUP_READS_AND_WRITES && gid != "0";
    let groups = fs::read_to_string("/etc/group").ok()?;
    let name = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1) == Some(&gid)).then(|| name.to_owned())
    });
    name.filter(|_| group_may)
}

fn has_open(pid: u32, node: &Path) -> bool {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    files.into_iter().any(|entry| fs::read_link(entry.path()).is_ok_and(|open| open == node))
}

fn program(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).map_or_else(|_gone| String::from("?"), |name| name.trim_end().to_owned())
}
