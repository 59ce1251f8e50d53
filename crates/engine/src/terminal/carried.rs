//! A snapshot that was carried here on a stick: looked through and installed, or refused in words.
//!
//! The stick proves nothing; the hub's signature does. Nothing of the catalogue is given up before the
//! whole file was found to be what was signed.

use super::files::remove_database;
use super::{Ingested, TerminalStore};
use crate::fault::Fault;
use ledger::op::Hash;
use ledger::sync::carried::{CarriedHead, FORMAT, HEAD_BYTES_MAX};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Why a carried snapshot was not taken. The old catalogue stays in use.
#[derive(Debug, thiserror::Error)]
pub enum CarriedFault {
    #[error("{path} cannot be read: {source}. Check that the stick is plugged in.")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{path} is not a snapshot that a hub wrote: {what}. Make one on the hub with `counterfoil-hub snapshot --out FILE`.")]
    NotASnapshot { path: PathBuf, what: String },
    #[error("{path} is of hub {found}, but this terminal belongs to hub {wanted}. Take the snapshot from that one.")]
    OtherHub { path: PathBuf, found: String, wanted: String },
    #[error("{path} was not signed by this terminal's hub, or was changed since. Nothing of it was used; make it anew on the hub.")]
    NotSigned { path: PathBuf },
    #[error("{path} is not whole: it has {found} bytes of {wanted}. Copy it to the stick again, and take that out only when it is written.")]
    CutShort { path: PathBuf, found: u64, wanted: u64 },
    #[error("{path} was altered on its way: its hash is not the one that the hub signed. Copy it to the stick again.")]
    Altered { path: PathBuf },
    #[error("{path} is older than what this terminal knows: it ends at position {found}, the catalogue stands at {known}. Nothing was changed.")]
    Older { path: PathBuf, found: u64, known: u64 },
    #[error(transparent)]
    Store(#[from] Fault),
}

/// A carried file whose first line was read and whose signature is the hub's.
pub struct Carried {
    path: PathBuf,
    head: CarriedHead,
    /// Length of the first line.
    body_at: u64,
}

impl Carried {
    /// Opens a file for a terminal of that hub. `is_hub` answers whether a signature (base64) of bytes is
    /// the pinned hub key's.
    pub fn open(path: &Path, hub: &str, is_hub: impl Fn(&[u8], &str) -> bool) -> Result<Carried, CarriedFault> {
        let (head, body_at) = read_head(path)?;
        if head.hub != hub {
            return Err(CarriedFault::OtherHub { path: path.into(), found: head.hub, wanted: hub.into() });
        }
        if !is_hub(&head.signed(), &head.signature) {
            return Err(CarriedFault::NotSigned { path: path.into() });
        }
        Ok(Carried { path: path.into(), head, body_at })
    }

    pub fn head(&self) -> &CarriedHead {
        &self.head
    }

    /// Unpacks the file and compares what was read with what was signed, in one pass: a stick is slow,
    /// and might hold something else at the second look. `progress` is told how many bytes of how many
    /// are done.
    fn unpack(&self, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<(), CarriedFault> {
        let manifest = &self.head.manifest;
        let mut body = Hashing { file: self.body()?, hash: Sha256::new(), found: 0, wanted: manifest.bytes, progress };
        let file = File::create(to).map_err(|e| Fault::io(to, e))?;
        let mut limited = Limited { file, left: manifest.unpacked_bytes };
        let unpacked = zstd::stream::copy_decode(&mut body, &mut limited).and_then(|()| limited.file.sync_all());
        // Whatever went wrong, what is wrong with the file itself comes first.
        io::copy(&mut body, &mut io::sink()).map_err(|source| self.unreadable(source))?;
        if body.found < manifest.bytes {
            return Err(CarriedFault::CutShort { path: self.path.clone(), found: body.found, wanted: manifest.bytes });
        }
        if body.found > manifest.bytes || Hash(body.hash.finalize().into()) != manifest.sha256 {
            return Err(CarriedFault::Altered { path: self.path.clone() });
        }
        unpacked.map_err(|e| CarriedFault::Store(Fault::io(to, e)))
    }

    fn body(&self) -> Result<File, CarriedFault> {
        let mut file = File::open(&self.path).map_err(|source| self.unreadable(source))?;
        file.seek(SeekFrom::Start(self.body_at)).map_err(|source| self.unreadable(source))?;
        Ok(file)
    }

    fn unreadable(&self, source: io::Error) -> CarriedFault {
        CarriedFault::Unreadable { path: self.path.clone(), source }
    }
}

impl TerminalStore {
    /// Puts a carried snapshot in place of the catalogue, unless that is newer.
    pub fn install_carried(&mut self, carried: &Carried, progress: &mut dyn FnMut(u64, u64)) -> Result<Ingested, CarriedFault> {
        let manifest = &carried.head.manifest;
        if let Some(cursor) = self.standing.cursor.as_ref().filter(|cursor| cursor.feed == manifest.feed && cursor.pos > manifest.pos) {
            return Err(CarriedFault::Older { path: carried.path.clone(), found: manifest.pos, known: cursor.pos });
        }
        let file = self.dir.join("snapshot.db");
        let installed = carried.unpack(&file, progress).and_then(|()| Ok(self.install_snapshot(&file, manifest)?));
        if installed.is_err() {
            remove_database(&*self.disk, &file);
        }
        installed
    }
}

fn read_head(path: &Path) -> Result<(CarriedHead, u64), CarriedFault> {
    let unreadable = |source| CarriedFault::Unreadable { path: path.into(), source };
    let not_one = |what: String| CarriedFault::NotASnapshot { path: path.into(), what };
    let mut line = Vec::new();
    let file = BufReader::new(File::open(path).map_err(unreadable)?);
    file.take(HEAD_BYTES_MAX).read_until(b'\n', &mut line).map_err(unreadable)?;
    let head: CarriedHead = serde_json::from_slice(&line).map_err(|e| not_one(format!("its first line cannot be read ({e})")))?;
    if head.format != FORMAT {
        return Err(not_one(format!("it is in the form {:?}, this version knows {FORMAT:?}", head.format)));
    }
    if line.last() != Some(&b'\n') {
        return Err(not_one("nothing follows its first line".into()));
    }
    Ok((head, line.len() as u64))
}

/// A file that knows the hash of what was read.
struct Hashing<'a> {
    file: File,
    hash: Sha256,
    found: u64,
    wanted: u64,
    progress: &'a mut dyn FnMut(u64, u64),
}

impl Read for Hashing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.hash.update(&buffer[..length]);
        self.found += length as u64;
        (self.progress)(self.found.min(self.wanted), self.wanted);
        Ok(length)
    }
}

/// Stops a file that unpacks to more than was signed.
struct Limited {
    file: File,
    left: u64,
}

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(|| io::Error::other("it is longer than its manifest says"))?;
        self.file.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
