//! Disks that take no more.
#![allow(unsafe_code)]

use super::Shop;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Mounts a disk in memory in a name space of its own, copies the folder there, becomes the program.
const SCRIPT: &str = "mount -t tmpfs -o size=24m none \"$1\" && cp -a \"$2\"/. \"$1\" && shift 2 && exec \"$@\"";

/// A disk of some megabytes that only one process and its test see. It is gone with the process.
pub struct SmallDisk {
    folder: PathBuf,
    data: PathBuf,
}

impl SmallDisk {
    /// Points the terminal's configuration to a small disk; none where nobody may mount one.
    pub fn prepare(shop: &Shop) -> Option<SmallDisk> {
        let disk = SmallDisk { folder: shop.path().join("small-disk"), data: shop.till_folder() };
        fs::create_dir(&disk.folder).unwrap();
        let probe = disk.on(&Command::new("true")).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !probe.is_ok_and(|status| status.success()) {
            return None;
        }
        shop.configure(&disk.folder);
        Some(disk)
    }

    /// `program` with the terminal's files on the small disk.
    pub fn on(&self, program: &Command) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", SCRIPT, "sh"]).arg(&self.folder).arg(&self.data);
        command.arg(program.get_program()).args(program.get_args());
        command
    }

    /// Leaves not a byte.
    pub fn fill(&self, process: u32) {
        let mut file = File::create(self.filler(process)).unwrap();
        for block in [&[0; 65_536][..], &[0; 512]] {
            let full = std::iter::repeat_with(|| file.write_all(block)).find_map(Result::err).unwrap();
            assert_eq!(full.kind(), ErrorKind::StorageFull);
        }
    }

    pub fn empty(&self, process: u32) {
        fs::remove_file(self.filler(process)).unwrap();
    }

    fn filler(&self, process: u32) -> PathBuf {
        let seen_from_here = format!("/proc/{process}/root{}", self.folder.display());
        PathBuf::from(seen_from_here).join("filler")
    }
}

/// Makes the process be told of a file that may not grow, as of any fault, instead of being killed.
pub fn bear_file_limit(mut command: Command) -> Command {
    // SAFETY: between fork and exec only signal() is called, which is allowed there.
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
            Ok(())
        })
    };
    command
}

/// How large the process may let a file grow from now on; none takes the limit away.
pub fn limit_files(process: u32, bytes: Option<u64>) {
    let limit = libc::rlimit { rlim_cur: bytes.unwrap_or(libc::RLIM_INFINITY), rlim_max: libc::RLIM_INFINITY };
    let process = i32::try_from(process).unwrap();
    // SAFETY: the pointer leads to a limit that lives through the call; the old one is not asked for.
    let result = unsafe { libc::prlimit(process, libc::RLIMIT_FSIZE, &limit, std::ptr::null_mut()) };
    assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
}
