//! A disk that counts every write, and copies the folder or fails at a chosen one.

use crate::support::copy_dir;
use engine::fault::Fault;
use engine::sql::{Record, Sql, Value};
use engine::sqlite::Durability;
use engine::terminal::{Disk, LogFile, ReadFile, RealDisk};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Everything but databases and logs is as on a real disk.
macro_rules! other_files_are_real {
    () => {
        fn ruins(&self, path: &Path) -> Result<Box<dyn Sql>, Fault> {
            RealDisk.ruins(path)
        }
        fn lock(&self, path: &Path) -> Result<Box<dyn LogFile>, Fault> {
            RealDisk.lock(path)
        }
        fn reader(&self, path: &Path) -> Result<Option<Box<dyn ReadFile>>, Fault> {
            RealDisk.reader(path)
        }
        fn length(&self, path: &Path) -> Result<Option<u64>, Fault> {
            RealDisk.length(path)
        }
        fn names(&self, dir: &Path) -> Result<Vec<String>, Fault> {
            RealDisk.names(dir)
        }
        fn rename(&self, from: &Path, to: &Path) -> Result<(), Fault> {
            RealDisk.rename(from, to)
        }
        fn remove(&self, path: &Path) -> Result<(), Fault> {
            RealDisk.remove(path)
        }
        fn sync_dir(&self, dir: &Path) -> Result<(), Fault> {
            RealDisk.sync_dir(dir)
        }
        fn wall_ms(&self) -> i64 {
            RealDisk.wall_ms()
        }
    };
}

/// What happens at the counted writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The folder is copied as it is before the write, as a kill at this moment would leave it.
    Copies,
    /// This write, counted from 1, fails, and nothing before or after.
    FullAt(u32),
    /// The disk is full from this write on.
    FullFrom(u32),
    UnwritableAt(u32),
    /// This write and all that follow fail with an I/O error, as on a card that was pulled out.
    BrokenFrom(u32),
    /// The database answers this write with the news that its pages make no sense.
    CorruptAt(u32),
}

#[derive(Debug, Default)]
struct Count {
    writes: u32,
    armed: bool,
    copies: Vec<(String, PathBuf)>,
}

#[derive(Clone)]
pub struct TroubledDisk {
    trouble: Trouble,
    dir: PathBuf,
    count: Arc<Mutex<Count>>,
}

impl TroubledDisk {
    pub fn new(trouble: Trouble, dir: &Path) -> Self {
        Self { trouble, dir: dir.to_owned(), count: Arc::default() }
    }

    /// From now on writes count.
    pub fn arm(&self) {
        self.count.lock().unwrap().armed = true;
    }

    pub fn disarm(&self) {
        self.count.lock().unwrap().armed = false;
    }

    pub fn writes(&self) -> u32 {
        self.count.lock().unwrap().writes
    }

    /// The copies made since the last call, each with the write that it precedes.
    pub fn take_copies(&self) -> Vec<(String, PathBuf)> {
        std::mem::take(&mut self.count.lock().unwrap().copies)
    }

    fn before(&self, what: &str) -> Result<(), Fault> {
        let mut count = self.count.lock().unwrap();
        if !count.armed {
            return Ok(());
        }
        count.writes += 1;
        let fault = |kind| Err(Fault::io(&self.dir, io::Error::from(kind)));
        match self.trouble {
            Trouble::Copies => {
                let copy = self.dir.join(format!("copy-{}", count.writes));
                copy_dir(&self.dir, &copy);
                count.copies.push((what.to_owned(), copy));
                Ok(())
            }
            Trouble::FullAt(at) if at == count.writes => fault(io::ErrorKind::StorageFull),
            Trouble::FullFrom(at) if at <= count.writes => fault(io::ErrorKind::StorageFull),
            Trouble::UnwritableAt(at) if at == count.writes => fault(io::ErrorKind::ReadOnlyFilesystem),
            Trouble::BrokenFrom(at) if at <= count.writes => fault(io::ErrorKind::Other),
            Trouble::CorruptAt(at) if at == count.writes => Err(Fault::corrupt(&self.dir, "malformed page")),
            _ => Ok(()),
        }
    }
}

impl Disk for TroubledDisk {
    fn database(&self, path: &Path, durability: Durability) -> Result<Box<dyn Sql>, Fault> {
        Ok(Box::new(TroubledSql { inner: RealDisk.database(path, durability)?, disk: self.clone() }))
    }

    fn log(&self, path: &Path) -> Result<Box<dyn LogFile>, Fault> {
        Ok(Box::new(TroubledLog { inner: RealDisk.log(path)?, disk: self.clone() }))
    }

    other_files_are_real!();
}

struct TroubledSql {
    inner: Box<dyn Sql>,
    disk: TroubledDisk,
}

impl Sql for TroubledSql {
    fn exec(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, Fault> {
        self.disk.before(sql)?;
        self.inner.exec(sql, params)
    }
    fn rows(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Record>, Fault> {
        self.inner.rows(sql, params)
    }
    fn schema(&mut self, sql: &'static str) -> Result<(), Fault> {
        self.disk.before(sql)?;
        self.inner.schema(sql)
    }
    fn begin(&mut self) -> Result<(), Fault> {
        self.disk.before("BEGIN")?;
        self.inner.begin()
    }
    fn begin_read(&mut self) -> Result<(), Fault> {
        self.inner.begin_read()
    }
    fn commit(&mut self) -> Result<(), Fault> {
        self.disk.before("COMMIT")?;
        self.inner.commit()
    }
    fn rollback(&mut self) -> Result<(), Fault> {
        self.inner.rollback()
    }
    fn path(&self) -> &Path {
        self.inner.path()
    }
}

struct TroubledLog {
    inner: Box<dyn LogFile>,
    disk: TroubledDisk,
}

impl LogFile for TroubledLog {
    /// Trouble strikes when half of the bytes are written.
    fn append(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let (first, second) = bytes.split_at(bytes.len() / 2);
        self.inner.append(first)?;
        self.disk.before("append to the log")?;
        self.inner.append(second)
    }
    fn sync(&mut self) -> Result<(), Fault> {
        self.disk.before("sync the log")?;
        self.inner.sync()
    }
    fn truncate(&mut self, length: u64) -> Result<(), Fault> {
        self.disk.before("truncate the log")?;
        self.inner.truncate(length)
    }
}

/// The real files, but no database may grow beyond [`SMALL_PAGES`].
pub struct SmallDisk;

/// Enough for the empty tables and some twenty sales.
pub const SMALL_PAGES: &str = "PRAGMA max_page_count = 34";

impl Disk for SmallDisk {
    fn database(&self, path: &Path, durability: Durability) -> Result<Box<dyn Sql>, Fault> {
        let mut sql = RealDisk.database(path, durability)?;
        sql.rows(SMALL_PAGES, &[])?;
        Ok(sql)
    }

    fn log(&self, path: &Path) -> Result<Box<dyn LogFile>, Fault> {
        RealDisk.log(path)
    }

    other_files_are_real!();
}
