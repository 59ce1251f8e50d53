//! The terminal's folder: names, the lock of its one user, and the moving aside of damaged files.

use super::disk::{Disk, LogFile, parent};
use crate::fault::Fault;
use std::path::{Path, PathBuf};

pub const JOURNAL: &str = "journal.db";
pub const CATALOGUE: &str = "catalog.db";
pub const OPS_LOG: &str = "ops.log";
const LOCK: &str = "store.lock";

/// Damaged catalogues kept for whoever looks into the cause. They are large, and can be fetched again.
const CATALOGUES_KEPT_MAX: usize = 2;

const IN_USE: &[u8] = b"in use\n";

/// Held while the store is open. What it says outlives a crash, so the next opening knows that the
/// last user did not leave in order.
pub struct Lock {
    file: Box<dyn LogFile>,
    pub unclean: bool,
}

impl Lock {
    pub fn take(disk: &dyn Disk, dir: &Path) -> Result<Lock, Fault> {
        let path = dir.join(LOCK);
        let mut file = disk.lock(&path)?;
        let unclean = disk.length(&path)?.is_some_and(|bytes| bytes > 0);
        if !unclean {
            file.append(IN_USE)?;
            file.sync()?;
        }
        Ok(Lock { file, unclean })
    }

    /// States that everything was left in order.
    pub fn leave(&mut self) {
        // If this fails, the next opening merely checks more than it must.
        let _ = self.file.truncate(0);
    }
}

/// Renames a file to `….damaged-<UTC time>` and answers the new name.
pub fn move_aside(disk: &dyn Disk, path: &Path) -> Result<PathBuf, Fault> {
    put_aside(disk, path, "damaged")
}

/// Renames a file to `….<why>-<UTC time>`, a database together with its WAL, and answers the new name.
pub fn put_aside(disk: &dyn Disk, path: &Path, why: &str) -> Result<PathBuf, Fault> {
    let aside = free_name(disk, path, why)?;
    for suffix in ["", "-wal", "-shm"] {
        let (from, to) = (with_suffix(path, suffix), with_suffix(&aside, suffix));
        if disk.length(&from)?.is_some() {
            disk.rename(&from, &to)?;
        }
    }
    disk.sync_dir(parent(path))?;
    Ok(aside)
}

/// Deletes all but the newest damaged catalogues.
pub fn drop_old_catalogues(disk: &dyn Disk, dir: &Path) {
    let prefix = format!("{CATALOGUE}.damaged-");
    let names = disk.names(dir).unwrap_or_default().into_iter();
    let mut kept: Vec<String> = names.filter(|name| name.starts_with(&prefix) && !name.ends_with("-wal") && !name.ends_with("-shm")).collect();
    kept.sort();
    for name in kept.iter().rev().skip(CATALOGUES_KEPT_MAX) {
        remove_database(disk, &dir.join(name));
    }
}

/// Deletes a database that can be fetched again, with what belongs to it.
pub fn remove_database(disk: &dyn Disk, path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        // A file that stays only takes up room.
        let _ = disk.remove(&with_suffix(path, suffix));
    }
}

pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn free_name(disk: &dyn Disk, path: &Path, why: &str) -> Result<PathBuf, Fault> {
    let first = with_suffix(path, &format!(".{why}-{}", utc(disk.wall_ms())));
    let others = (2..).map(|number| with_suffix(&first, &format!(".{number}")));
    for name in std::iter::once(first.clone()).chain(others) {
        if disk.length(&name)?.is_none() {
            return Ok(name);
        }
    }
    unreachable!("some number is free")
}

/// `20261123T185501Z`.
fn utc(wall_ms: i64) -> String {
    let seconds = wall_ms.div_euclid(1000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

/// The Gregorian date of a day counted from 1970-01-01. Years are counted from March, so that the
/// leap day is their last.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = (year_of_era + era * 400, if month < 10 { month + 3 } else { month - 9 });
    (year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::utc;

    #[test]
    fn times_are_written_in_utc() {
        let check = |ms, expected: &str| assert_eq!(utc(ms), expected);
        check(0, "19700101T000000Z");
        check(951_782_399_000, "20000228T235959Z");
        check(951_782_400_000, "20000229T000000Z");
        check(1_795_460_101_000, "20261123T185501Z");
        check(-1_000, "19691231T235959Z");
    }
}
