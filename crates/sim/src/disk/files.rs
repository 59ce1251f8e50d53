//! The disk as the terminal's store uses it.

use super::{Handle, SimDisk, VFS};
use engine::fault::Fault;
use engine::sql::Sql;
use engine::sqlite::{Durability, Sqlite};
use engine::terminal::{Disk, LogFile, ReadFile};
use std::io::{self, Cursor, ErrorKind};
use std::path::{Path, PathBuf};

impl Disk for SimDisk {
    fn database(&self, path: &Path, durability: Durability) -> Result<Box<dyn Sql>, Fault> {
        Ok(Box::new(Sqlite::open_alone_on(VFS, path, durability)?))
    }

    fn ruins(&self, path: &Path) -> Result<Box<dyn Sql>, Fault> {
        Ok(Box::new(Sqlite::open_read_only_on(VFS, path)?))
    }

    fn log(&self, path: &Path) -> Result<Box<dyn LogFile>, Fault> {
        Ok(Box::new(self.open_log(path)?))
    }

    fn lock(&self, path: &Path) -> Result<Box<dyn LogFile>, Fault> {
        let log = self.open_log(path)?;
        if log.handle.hold().map_err(|e| Fault::io(path, e))? {
            return Ok(Box::new(log));
        }
        Err(Fault::Busy { path: path.to_owned(), source: io::Error::from(ErrorKind::WouldBlock).into() })
    }

    fn reader(&self, path: &Path) -> Result<Option<Box<dyn ReadFile>>, Fault> {
        let opened = self.open(name(path), false).and_then(|handle| handle.map(|handle| whole(&handle)).transpose());
        Ok(opened.map_err(|e| Fault::io(path, e))?.map(|bytes| Box::new(Cursor::new(bytes)) as Box<dyn ReadFile>))
    }

    fn length(&self, path: &Path) -> Result<Option<u64>, Fault> {
        Ok(self.length_of(name(path)).map_err(|e| Fault::io(path, e))?.map(|bytes| bytes as u64))
    }

    fn names(&self, _dir: &Path) -> Result<Vec<String>, Fault> {
        let state = self.state();
        state.faults.reading().map_err(|e| Fault::io(self.root(), e))?;
        Ok(state.platter.names().cloned().collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), Fault> {
        self.move_name(name(from), name(to)).map_err(|e| Fault::io(from, e))
    }

    fn remove(&self, path: &Path) -> Result<(), Fault> {
        self.unlink(name(path)).map_err(|e| Fault::io(path, e))
    }

    fn sync_dir(&self, dir: &Path) -> Result<(), Fault> {
        self.sync_names().map_err(|e| Fault::io(dir, e))
    }

    fn wall_ms(&self) -> i64 {
        self.state().wall_ms
    }
}

impl SimDisk {
    fn open_log(&self, path: &Path) -> Result<SimLog, Fault> {
        let handle = self.open(name(path), true).map_err(|e| Fault::io(path, e))?;
        Ok(SimLog { handle: handle.expect("a file that is made is there"), path: path.to_owned() })
    }
}

/// The name within the one folder that a disk has.
pub(super) fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn whole(handle: &Handle) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; handle.length()?];
    let read = handle.read(0, &mut bytes)?;
    bytes.truncate(read);
    Ok(bytes)
}

struct SimLog {
    handle: Handle,
    path: PathBuf,
}

impl LogFile for SimLog {
    fn append(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.handle.append(bytes).map_err(|e| Fault::io(&self.path, e))
    }

    fn sync(&mut self) -> Result<(), Fault> {
        self.handle.sync().map_err(|e| Fault::io(&self.path, e))
    }

    fn truncate(&mut self, length: u64) -> Result<(), Fault> {
        self.handle.truncate(usize::try_from(length).unwrap_or(usize::MAX)).map_err(|e| Fault::io(&self.path, e))
    }
}

impl Drop for SimLog {
    fn drop(&mut self) {
        self.handle.let_go();
    }
}
