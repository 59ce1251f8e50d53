//! Snapshot files: a terminal's first catalogue, built on demand and kept while it is fresh enough.
//!
//! A file is named by the hash of its content, so a terminal that lost the line resumes exactly the
//! file that it began with, and whoever carries it cannot change it.

use crate::config::SnapshotConfig;
use crate::readers::Readers;
use crate::trouble::Trouble;
use engine::fault::Fault;
use engine::hub::SnapshotHead;
use ledger::op::Hash;
use ledger::sync::wire::SnapshotManifest;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;
use tokio::sync::Mutex;

/// Files that stay beside the newest one, for terminals that are still fetching them.
const OLDER_KEPT: usize = 1;
/// Level 3: a million units go through in a few seconds, and a higher one saves little.
const ZSTD_LEVEL: i32 = 3;
const SUFFIX: &str = "sqlite.zst";

/// A finished file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub head: SnapshotHead,
    pub packed: Packed,
}

/// What compressing came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packed {
    pub sha256: Hash,
    pub bytes: u64,
    pub unpacked_bytes: u64,
}

impl Snapshot {
    /// What a terminal is told of it.
    pub fn manifest(&self) -> SnapshotManifest {
        let SnapshotHead { cursor, contained, parked, log, sum } = self.head.clone();
        let Packed { sha256, bytes, unpacked_bytes } = self.packed;
        SnapshotManifest { feed: cursor.feed, pos: cursor.pos, sha256, bytes, unpacked_bytes, contained, parked, log, sum }
    }
}

/// The folder of snapshot files.
pub struct Snapshots {
    folder: PathBuf,
    config: SnapshotConfig,
    readers: Readers,
    /// Held while one is built: whoever comes meanwhile gets the same.
    newest: Mutex<Option<(Snapshot, Instant)>>,
}

impl Snapshots {
    /// Begins with an empty folder: what a snapshot's place in the feed was is not kept in the file's name.
    pub fn new(folder: PathBuf, config: SnapshotConfig, readers: Readers) -> io::Result<Snapshots> {
        match fs::remove_dir_all(&folder) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => fs::create_dir_all(&folder)?,
        }
        Ok(Snapshots { folder, config, readers, newest: Mutex::new(None) })
    }

    /// A snapshot that is fresh enough; builds one if there is none.
    pub async fn current(&self) -> Result<Snapshot, Trouble> {
        let mut newest = self.newest.lock().await;
        let feed = self.readers.read(|reader| reader.feed()).await?;
        if let Some((snapshot, built)) = &*newest
            && snapshot.head.cursor.feed == feed.feed
            && self.is_fresh(feed.pos.saturating_sub(snapshot.head.cursor.pos), *built)
        {
            return Ok(snapshot.clone());
        }
        let folder = self.folder.clone();
        let built = self.readers.read(move |reader| build(&folder, |path| reader.snapshot(path))).await?;
        tracing::info!(pos = built.head.cursor.pos, bytes = built.packed.bytes, unpacked_bytes = built.packed.unpacked_bytes, "built a snapshot");
        *newest = Some((built.clone(), Instant::now()));
        Ok(built)
    }

    /// The file of that hash, if it is still here.
    pub fn file(&self, sha256: &Hash) -> Option<PathBuf> {
        Some(path_of(&self.folder, sha256)).filter(|path| path.is_file())
    }

    fn is_fresh(&self, rows_moved: u64, built: Instant) -> bool {
        rows_moved == 0 || (rows_moved <= self.config.rows_moved_max && built.elapsed() <= self.config.age_max)
    }
}

fn path_of(folder: &Path, sha256: &Hash) -> PathBuf {
    folder.join(format!("{sha256}.{SUFFIX}"))
}

fn build(folder: &Path, write: impl FnOnce(&Path) -> Result<SnapshotHead, Fault>) -> Result<Snapshot, Fault> {
    let plain = folder.join("building.sqlite");
    let building = folder.join("building.zst");
    remove(&plain)?;
    let head = write(&plain)?;
    let packed = pack(&plain, &building).map_err(|e| Fault::io(&building, e))?;
    remove(&plain)?;
    let path = path_of(folder, &packed.sha256);
    fs::rename(&building, &path).map_err(|e| Fault::io(&path, e))?;
    drop_older(folder, &path).map_err(|e| Fault::io(folder, e))?;
    Ok(Snapshot { head, packed })
}

/// Compresses a file.
pub fn pack(plain: &Path, packed: &Path) -> io::Result<Packed> {
    let mut from = BufReader::new(File::open(plain)?);
    let mut to = zstd::Encoder::new(Hashing { file: BufWriter::new(File::create(packed)?), hash: Sha256::new(), bytes: 0 }, ZSTD_LEVEL)?;
    to.include_checksum(true)?;
    let unpacked_bytes = io::copy(&mut from, &mut to)?;
    let mut written = to.finish()?;
    written.flush()?;
    Ok(Packed { sha256: Hash(written.hash.finalize().into()), bytes: written.bytes, unpacked_bytes })
}

/// A file that knows the hash of what was written.
struct Hashing {
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Write for Hashing {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.hash.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn drop_older(folder: &Path, newest: &Path) -> io::Result<()> {
    let mut others = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.path() != newest {
            others.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    others.sort();
    let surplus = others.len().saturating_sub(OLDER_KEPT);
    others.iter().take(surplus).try_for_each(|(_, path)| fs::remove_file(path))
}

fn remove(path: &Path) -> Result<(), Fault> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(Fault::io(path, e)),
        _ => Ok(()),
    }
}
