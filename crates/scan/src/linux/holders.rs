//! Who has a node open, as far as this process may know it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const GROUP_READS_AND_WRITES: u32 = 0o060;
const ROOT_GROUP: u32 = 0;

/// A program that has a device open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The process.
    pub pid: u32,
    /// What it is called.
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
    let facts = fs::metadata(node).ok()?;
    let groups = fs::read_to_string("/etc/group").ok()?;
    let may_open = facts.mode() & GROUP_READS_AND_WRITES == GROUP_READS_AND_WRITES && facts.gid() != ROOT_GROUP;
    if may_open { name_of(facts.gid(), &groups) } else { None }
}

/// Looks into lines of `name:password:number:members`.
fn name_of(gid: u32, groups: &str) -> Option<String> {
    let gid = gid.to_string();
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1) == Some(&gid)).then(|| name.to_owned())
    })
}

fn has_open(pid: u32, node: &Path) -> bool {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    files.into_iter().any(|entry| fs::read_link(entry.path()).is_ok_and(|open| open == node))
}

fn program(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).map_or_else(|_gone| String::from("?"), |name| name.trim_end().to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs::File;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_program_that_has_a_file_open_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = fs::canonicalize(folder.path()).unwrap().join("node");
        let mut holder = Command::new("cat").stdin(Stdio::piped()).stdout(File::create(&path).unwrap()).spawn().unwrap();
        assert_eq!(holders(&path), [Holder { pid: holder.id(), program: "cat".to_owned() }]);
        drop(holder.stdin.take());
        holder.wait().unwrap();
        assert_eq!(holders(&path), []);
    }

    #[test]
    fn groups_have_names() {
        let groups = "root:x:0:\ninput:x:104:anna,bert\nodd\ndialout:x:20:\n";
        assert_eq!(name_of(104, groups).as_deref(), Some("input"));
        assert_eq!(name_of(20, groups).as_deref(), Some("dialout"));
        assert_eq!(name_of(4, groups), None);
    }
}
