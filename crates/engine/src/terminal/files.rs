//! The terminal's folder: names, the lock of its one user, and the moving aside of damaged files.

use crate::fault::Fault;
use crate::port::wall_now_ms;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
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
    file: File,
    pub unclean: bool,
}

impl Lock {
    pub fn take(dir: &Path) -> Result<Lock, Fault> {
        fs::create_dir_all(dir).map_err(|e| Fault::io(dir, e))?;
        let path = dir.join(LOCK);
        let io = |e| Fault::io(&path, e);
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        file.try_lock().map_err(|e| match e {
            TryLockError::WouldBlock => Fault::Busy { path: path.clone(), source: e.into() },
            TryLockError::Error(e) => Fault::io(&path, e),
        })?;
        let mut said = Vec::new();
        file.read_to_end(&mut said).map_err(io)?;
        if said.is_empty() {
            file.write_all(IN_USE).and_then(|()| file.sync_all()).map_err(io)?;
        }
        Ok(Lock { file, unclean: !said.is_empty() })
    }

    /// States that everything was left in order.
    pub fn leave(&mut self) {
        // If this fails, the next opening merely checks more than it must.
        let _ = self.file.set_len(0).and_then(|()| self.file.seek(SeekFrom::Start(0)));
    }
}

/// Renames a file to `….damaged-<UTC time>`, a database together with its WAL, and answers the new name.
pub fn move_aside(path: &Path) -> Result<PathBuf, Fault> {
    let aside = free_name(path);
    for suffix in ["", "-wal", "-shm"] {
        let (from, to) = (with_suffix(path, suffix), with_suffix(&aside, suffix));
        if from.exists() {
            fs::rename(&from, &to).map_err(|e| Fault::io(&from, e))?;
        }
    }
    sync_dir(path)?;
    Ok(aside)
}

/// Deletes all but the newest damaged catalogues.
pub fn drop_old_catalogues(dir: &Path) {
    let prefix = format!("{CATALOGUE}.damaged-");
    let names = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut kept: Vec<String> = names.filter(|name| name.starts_with(&prefix) && !name.ends_with("-wal") && !name.ends_with("-shm")).collect();
    kept.sort();
    for name in kept.iter().rev().skip(CATALOGUES_KEPT_MAX) {
        remove_database(&dir.join(name));
    }
}

/// Deletes a database that can be fetched again, with what belongs to it.
pub fn remove_database(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        // A file that stays only takes up room.
        let _ = fs::remove_file(with_suffix(path, suffix));
    }
}

pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes the names in the folder of `path` durable.
pub fn sync_dir(path: &Path) -> Result<(), Fault> {
    let dir = path.parent().unwrap_or(path);
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|e| Fault::io(dir, e))
}

fn free_name(path: &Path) -> PathBuf {
    let first = with_suffix(path, &format!(".damaged-{}", utc(wall_now_ms())));
    let others = (2..).map(|number| with_suffix(&first, &format!(".{number}")));
    let mut names = std::iter::once(first.clone()).chain(others);
    names.find(|name| !name.exists()).expect("some number is free")
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
