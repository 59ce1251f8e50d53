//! The port to the terminal's files: real ones, or ones that fail on command.

use crate::fault::Fault;
use crate::sql::{Record, Sql, Value};
use crate::sqlite::{Durability, Sqlite};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Opens what the store writes to.
pub trait Disk: Send {
    fn database(&self, path: &Path, durability: Durability) -> Result<Box<dyn Sql>, Fault>;
    fn log(&self, path: &Path) -> Result<Box<dyn LogFile>, Fault>;
}

/// A file that only grows, but for the taking back of what was just written.
pub trait LogFile: Send {
    fn append(&mut self, bytes: &[u8]) -> Result<(), Fault>;
    /// Returns when everything appended is on the medium.
    fn sync(&mut self) -> Result<(), Fault>;
    fn truncate(&mut self, length: u64) -> Result<(), Fault>;
}

/// The files of this machine.
pub struct RealDisk;

impl Disk for RealDisk {
    fn database(&self, path: &Path, durability: Durability) -> Result<Box<dyn Sql>, Fault> {
        Ok(Box::new(Sqlite::open_alone(path, durability)?))
    }

    fn log(&self, path: &Path) -> Result<Box<dyn LogFile>, Fault> {
        let file = OpenOptions::new().append(true).create(true).open(path).map_err(|e| Fault::io(path, e))?;
        Ok(Box::new(RealLog { file, path: path.to_owned() }))
    }
}

struct RealLog {
    file: File,
    path: PathBuf,
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
