//! The disk under the data folder: whether it keeps what it is given, how much it takes, how long a
//! flush lasts. Each sale waits for two flushes.

use super::rights::Barred;
use super::{Finding, Machine, Who};
use crate::clock;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const PART: &str = "disk";
/// Under this the till warns; a shop fills it in about a year.
const FREE_LOOK_BYTES: u64 = 256 * 1024 * 1024;
const FREE_MEND_BYTES: u64 = 64 * 1024 * 1024;
/// What one flush writes: a page of the journal.
const PAGE: [u8; 4096] = [0x5a; 4096];
/// Flushes that are measured; a hundred show the slowest of a hundred.
const FLUSHES: usize = 100;
/// A worn card may take a second for each: then fewer must do.
const MEASURE_MAX: Duration = Duration::from_secs(10);
/// A cashier notices a settling that lasts longer.
const FLUSH_LOOK: Duration = Duration::from_millis(150);
const FLUSH_MEND: Duration = Duration::from_millis(1_500);

pub fn examine(data: &Path, machine: &Machine, who: &Who) -> Vec<Finding> {
    let shown = data.display();
    match who.may_use(&Machine::this(), data) {
        Err(Barred::Absent) => {
            let command = format!("Start the terminal's unit once, which makes it, or run `sudo install -d -m 0700 -o counterfoil -g counterfoil {shown}`.");
            return vec![Finding::mend("data", format!("The data folder {shown} is not there."), command)];
        }
        Err(Barred::Denied(_)) => {
            let command = format!("Run `sudo chown -R {0}: {shown}`.", who.name);
            return vec![Finding::mend("data", format!("The data folder {shown} does not belong to {}.", who.name), command)];
        }
        Ok(()) => {}
    }
    let mut findings = vec![Finding::ok("data", format!("The data folder {shown} belongs to {}.", who.name))];
    findings.extend(clock::free_bytes(data).map(space));
    findings.extend(file_system(data, machine));
    findings.push(match measure(data) {
        Ok(times) => flushes(&times),
        Err(error) => Finding::mend(PART, format!("The data folder cannot be written to: {error}."), "Free some space, or put in another card."),
    });
    findings
}

fn space(free_bytes: u64) -> Finding {
    let sentence = format!("{} MB are free.", free_bytes / (1024 * 1024));
    let todo = "Remove what is not the terminal's, such as old packages (`sudo apt clean`) and logs (`sudo journalctl --vacuum-size=50M`).";
    match free_bytes {
        free if free < FREE_MEND_BYTES => Finding::mend(PART, sentence, todo),
        free if free < FREE_LOOK_BYTES => Finding::look(PART, sentence, todo),
        _ => Finding::ok(PART, sentence),
    }
}

fn file_system(data: &Path, machine: &Machine) -> Option<Finding> {
    let mounts = machine.read("/proc/self/mountinfo")?;
    let data = fs::canonicalize(data).ok()?;
    mounted(&mounts, &data).map(|kind| judge_file_system(&kind))
}

/// The kind of the file system that a folder lies on: the last mount of the longest path above it.
fn mounted(mounts: &str, folder: &Path) -> Option<String> {
    let parsed = mounts.lines().filter_map(|line| {
        let (place, rest) = line.split_once(" - ")?;
        Some((PathBuf::from(place.split(' ').nth(4)?), rest.split(' ').next()?.to_owned()))
    });
    let above = parsed.filter(|(place, _)| folder.starts_with(place));
    above.max_by_key(|(place, _)| place.components().count()).map(|(_, kind)| kind)
}

fn judge_file_system(kind: &str) -> Finding {
    let sentence = format!("The journal lies on {kind}.");
    match kind {
        "tmpfs" | "ramfs" => Finding::mend(
            PART,
            format!("{sentence} That is memory: every sale is gone when the power goes."),
            "Name a folder on the disk with `data` in the configuration.",
        ),
        "nfs" | "nfs4" | "cifs" | "smb3" | "9p" | "vfat" | "exfat" | "ntfs3" | "fuseblk" => Finding::mend(
            PART,
            format!("{sentence} It does not keep the promises that the journal relies on."),
            "Name a folder on ext4 with `data` in the configuration.",
        ),
        "overlay" => Finding::look(
            PART,
            format!("{sentence} What is written there may be gone after a restart."),
            "Give the data folder a partition of its own if the system's is kept read-only.",
        ),
        _ => Finding::ok(PART, sentence),
    }
}

/// How long each of many flushes took, shortest first.
fn measure(data: &Path) -> io::Result<Vec<Duration>> {
    let path = data.join("doctor.probe");
    let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
    let times = flush_often(file);
    fs::remove_file(&path)?;
    times
}

fn flush_often(mut file: File) -> io::Result<Vec<Duration>> {
    let (begun, mut times) = (Instant::now(), Vec::with_capacity(FLUSHES));
    while times.len() < FLUSHES && begun.elapsed() < MEASURE_MAX {
        let start = Instant::now();
        file.write_all(&PAGE)?;
        file.sync_all()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(times)
}

fn flushes(times: &[Duration]) -> Finding {
    let at = |percent: usize| times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default();
    let (usual, slow) = (at(50), at(99));
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    let sentence = format!("A flush of 4 KiB takes {:.1} ms, the slowest of a hundred {:.1} ms.", ms(usual), ms(slow));
    let todo = "Put in an industrial card or a disk: each sale waits for two flushes.";
    match (usual, slow) {
        (usual, _) if usual >= FLUSH_MEND => Finding::mend(PART, sentence, todo),
        (usual, slow) if usual >= FLUSH_LOOK || slow >= FLUSH_MEND => Finding::look(PART, sentence, todo),
        _ => Finding::ok(PART, sentence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Health;

    #[test]
    fn the_file_system_is_found_by_the_longest_path() {
        let mounts = "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n\
                      23 22 0:21 / /run rw,nosuid - tmpfs tmpfs rw\n\
                      24 22 8:3 / /var/lib/counterfoil rw shared:1 - f2fs /dev/sda3 rw\n\
                      25 22 0:30 / /var/lib rw - overlay overlay rw\n";
        let check = |folder: &str, kind: &str| assert_eq!(mounted(mounts, Path::new(folder)).as_deref(), Some(kind), "{folder}");
        check("/home/x", "ext4");
        check("/run/counterfoil", "tmpfs");
        check("/var/lib/counterfoil/data", "f2fs");
        check("/var/lib/counterfoil-2", "overlay");
    }

    #[test]
    fn disks_are_judged() {
        let kinds = [("ext4", Health::Ok), ("tmpfs", Health::Mend), ("vfat", Health::Mend), ("nfs4", Health::Mend), ("overlay", Health::Look)];
        kinds.into_iter().for_each(|(kind, health)| assert_eq!(judge_file_system(kind).health, health, "{kind}"));
        let spaces = [(1 << 34, Health::Ok), (100 << 20, Health::Look), (1 << 20, Health::Mend)];
        spaces.into_iter().for_each(|(free, health)| assert_eq!(space(free).health, health, "{free}"));
        let all = |ms, slowest_ms| [vec![Duration::from_millis(ms); 99], vec![Duration::from_millis(slowest_ms)]].concat();
        let flushings = [(2, 9, Health::Ok), (10, 1_600, Health::Look), (200, 300, Health::Look), (1_500, 1_600, Health::Mend)];
        flushings.into_iter().for_each(|(ms, slowest_ms, health)| assert_eq!(flushes(&all(ms, slowest_ms)).health, health, "{ms}"));
    }

    #[test]
    fn flushes_are_really_measured() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let times = measure(folder.path()).expect("the temporary folder can be written");
        assert!(!times.is_empty() && times.is_sorted() && times[0] > Duration::ZERO, "{times:?}");
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0, "nothing is left behind");
    }
}
