//! A hub on a simulated disk: the engine's own, over one connection for writing and reading.

use crate::dice::Dice;
use crate::disk::{SimDisk, VFS};
use engine::fault::Fault;
use engine::hub::{HubReader, HubStore, SnapshotHead};
use engine::port::Chance;
use engine::sql::{Record, Sql, Value};
use engine::sqlite::{Durability, Sqlite, settle_wal};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub const HUB_DB: &str = "hub.db";

/// A running hub. Dropping it is what a process does that ends.
pub struct SimHub {
    pub store: HubStore,
    pub reader: HubReader,
    connection: Connection,
}

impl SimHub {
    /// Opens the hub of a disk, or founds one there.
    pub fn open(disk: &SimDisk, dice: Dice) -> Result<SimHub, Fault> {
        let mut sqlite = Sqlite::open_alone_on(VFS, &disk.root().join(HUB_DB), Durability::Full)?;
        sqlite.widen()?;
        settle_wal(&mut sqlite)?;
        let shared = Connection { path: sqlite.path().to_owned(), sqlite: Arc::new(Mutex::new(sqlite)) };
        let store = HubStore::on(shared.clone(), Box::new(Thrown(dice)))?;
        Ok(SimHub { store, reader: HubReader::on(shared.clone()), connection: shared })
    }

    /// The database itself, for who wants to do wrong.
    pub fn sql(&mut self) -> &mut impl Sql {
        &mut self.connection
    }
}

/// A snapshot's file and where it stands.
pub fn snapshot(hub: &mut HubReader, dice: Dice) -> Result<(SnapshotHead, Vec<u8>), Fault> {
    let disk = SimDisk::new(dice);
    let path = disk.root().join("snapshot");
    let head = hub.snapshot_into(Sqlite::open_alone_on(VFS, &path, Durability::Scratch)?)?;
    Ok((head, disk.get("snapshot").expect("a file that was written is there")))
}

struct Thrown(Dice);

impl Chance for Thrown {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}

/// One connection in two hands: without shared memory there cannot be a second. Both hands belong
/// to one thread, and none keeps a transaction open.
#[derive(Clone)]
struct Connection {
    sqlite: Arc<Mutex<Sqlite>>,
    path: PathBuf,
}

impl Connection {
    fn sqlite(&self) -> MutexGuard<'_, Sqlite> {
        self.sqlite.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sql for Connection {
    fn exec(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, Fault> {
        self.sqlite().exec(sql, params)
    }
    fn rows(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Record>, Fault> {
        self.sqlite().rows(sql, params)
    }
    fn schema(&mut self, sql: &'static str) -> Result<(), Fault> {
        self.sqlite().schema(sql)
    }
    fn begin(&mut self) -> Result<(), Fault> {
        self.sqlite().begin()
    }
    fn begin_read(&mut self) -> Result<(), Fault> {
        self.sqlite().begin_read()
    }
    fn commit(&mut self) -> Result<(), Fault> {
        self.sqlite().commit()
    }
    fn rollback(&mut self) -> Result<(), Fault> {
        self.sqlite().rollback()
    }
    fn path(&self) -> &Path {
        &self.path
    }
}
