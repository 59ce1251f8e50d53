//! The port to the terminal's files: real ones, or ones that fail on command. The store reaches no
//! file in any other way.

use crate::fault::Fault;
use crate::port::wall_now_ms;
use crate::sql::{Record, Sql, Value};
use crate::sqlite::{Durability, Sqlite};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// A program that is ending still holds its lock for a moment when the next one starts.
const LOCK_WAIT_MAX: Duration = Duration::from_secs(2);
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// The files of one machine, and the time by which it names those that are put aside.
pub trait Disk: Send {
    /// Opens a database that nobody else may open meanwhile, and creates it if there is none.
    fn database(&self, path: &Path, durability: Durability) -> Result<Box<dyn Sql>, Fault>;
    /// Opens an existing database for reading what can still be read of it.
    fn ruins(&self, path: &Path) -> Result<Box<dyn Sql>, Fault>;
    /// Opens a file for appending, and creates it if there is none.
    fn log(&self, path: &Path) -> Result<Box<dyn LogFile>, Fault>;
    /// The same for a file that is held against every other program until it is dropped. Its folder
    /// is made, too.
    fn lock(&self, path: &Path) -> Result<Box<dyn LogFile>, Fault>;
    /// Opens a file for reading; none if there is no such file.
    fn reader(&self, path: &Path) -> Result<Option<Box<dyn ReadFile>>, Fault>;
    /// How long a file is; none if there is no such file.
    fn length(&self, path: &Path) -> Result<Option<u64>, Fault>;
    /// The names of a folder, in any order.
    fn names(&self, dir: &Path) -> Result<Vec<String>, Fault>;
    /// Gives a file another name; a file that bore it is gone.
    fn rename(&self, from: &Path, to: &Path) -> Result<(), Fault>;
    /// Deletes a file, if there is one.
    fn remove(&self, path: &Path) -> Result<(), Fault>;
    /// Returns when the names in a folder are on the medium.
    fn sync_dir(&self, dir: &Path) -> Result<(), Fault>;
    /// Milliseconds since 1970.
    fn wall_ms(&self) -> i64;
}

/// A file that only grows, but for the taking back of what was just written.
pub trait LogFile: Send {
    fn append(&mut self, bytes: &[u8]) -> Result<(), Fault>;
    /// Returns when everything appended is on the medium.
    fn sync(&mut self) -> Result<(), Fault>;
    fn truncate(&mut self, length: u64) -> Result<(), Fault>;
}

/// A file to read from any place.
pub trait ReadFile: Read + Seek {}

impl<T: Read + Seek> ReadFile for T {}

/// The files of this machine.
pub struct RealDisk;

impl Disk for RealDisk {
    fn database(&self, path: &Path, durability: Durability) -> Result<Box<dyn Sql>, Fault> {
        let sqlite = Sqlite::open_alone(path, durability)?;
        if durability == Durability::Scratch {
            sqlite.narrow()?;
        }
        Ok(Box::new(sqlite))
    }

    fn ruins(&self, path: &Path) -> Result<Box<dyn Sql>, Fault> {
        Ok(Box::new(Sqlite::open_read_only(path)?))
    }

    fn log(&self, path: &Path) -> Result<Box<dyn LogFile>, Fault> {
        Ok(Box::new(RealLog::open(path)?))
    }

    fn lock(&self, path: &Path) -> Result<Box<dyn LogFile>, Fault> {
        let dir = parent(path);
        fs::create_dir_all(dir).map_err(|e| Fault::io(dir, e))?;
        let log = RealLog::open(path)?;
        let until = Instant::now() + LOCK_WAIT_MAX;
        loop {
            match log.file.try_lock() {
                Ok(()) => return Ok(Box::new(log)),
                // sleeps because nobody tells when a lock is let go
                Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(LOCK_PAUSE),
                Err(e @ TryLockError::WouldBlock) => return Err(Fault::Busy { path: path.to_owned(), source: e.into() }),
                Err(TryLockError::Error(e)) => return Err(Fault::io(path, e)),
            }
        }
    }

    fn reader(&self, path: &Path) -> Result<Option<Box<dyn ReadFile>>, Fault> {
        let opened = File::open(path).map(|file| Box::new(file) as Box<dyn ReadFile>);
        there(opened).map_err(|e| Fault::io(path, e))
    }

    fn length(&self, path: &Path) -> Result<Option<u64>, Fault> {
        there(fs::metadata(path).map(|found| found.len())).map_err(|e| Fault::io(path, e))
    }

    fn names(&self, dir: &Path) -> Result<Vec<String>, Fault> {
        let name = |entry: io::Result<fs::DirEntry>| entry.map(|entry| entry.file_name().to_string_lossy().into_owned());
        fs::read_dir(dir).and_then(|entries| entries.map(name).collect()).map_err(|e| Fault::io(dir, e))
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), Fault> {
        fs::rename(from, to).map_err(|e| Fault::io(from, e))
    }

    fn remove(&self, path: &Path) -> Result<(), Fault> {
        there(fs::remove_file(path)).map(drop).map_err(|e| Fault::io(path, e))
    }

    fn sync_dir(&self, dir: &Path) -> Result<(), Fault> {
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(|e| Fault::io(dir, e))
    }

    fn wall_ms(&self) -> i64 {
        wall_now_ms()
    }
}

/// The folder that a file lies in.
pub(super) fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

fn there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

struct RealLog {
    file: File,
    path: PathBuf,
}

impl RealLog {
    fn open(path: &Path) -> Result<RealLog, Fault> {
        let file = OpenOptions::new().append(true).create(true).open(path).map_err(|e| Fault::io(path, e))?;
        Ok(RealLog { file, path: path.to_owned() })
    }
}

impl LogFile for RealLog {
    fn append(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.file.write_all(bytes).map_err(|e| Fault::io(&self.path, e))
    }

    fn sync(&mut self) -> Result<(), Fault> {
        self.file.sync_data().map_err(|e| Fault::io(&self.path, e))
    }

    fn truncate(&mut self, length: u64) -> Result<(), Fault> {
        self.file.set_len(length).map_err(|e| Fault::io(&self.path, e))
    }
}

/// Stands where a database was, while its file is exchanged or after that failed.
pub(super) struct Closed(pub PathBuf);

impl Sql for Closed {
    fn exec(&mut self, _: &'static str, _: &[Value]) -> Result<u64, Fault> {
        Err(Fault::Poisoned)
    }
    fn rows(&mut self, _: &'static str, _: &[Value]) -> Result<Vec<Record>, Fault> {
        Err(Fault::Poisoned)
    }
    fn schema(&mut self, _: &'static str) -> Result<(), Fault> {
        Err(Fault::Poisoned)
    }
    fn begin(&mut self) -> Result<(), Fault> {
        Err(Fault::Poisoned)
    }
    fn begin_read(&mut self) -> Result<(), Fault> {
        Err(Fault::Poisoned)
    }
    fn commit(&mut self) -> Result<(), Fault> {
        Err(Fault::Poisoned)
    }
    fn rollback(&mut self) -> Result<(), Fault> {
        Err(Fault::Poisoned)
    }
    fn path(&self) -> &Path {
        &self.0
    }
}
