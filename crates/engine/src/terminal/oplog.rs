//! `ops.log`: every own op once more, outside of any database.
//!
//! A damaged frame in SQLite's WAL makes it forget everything after that frame, silently. So each op
//! is appended here and synced before the journal commits; the two are compared on opening.
//!
//! A frame is the length and the CRC-32C of an op, both 32 bits little-endian, then its bytes. A
//! frame that a crash cut short is taken off the end. Whatever else cannot be read is stepped over,
//! never dropped silently.

use super::disk::{Disk, LogFile, ReadFile, parent};
use super::files::{move_aside, with_suffix};
use crate::fault::Fault;
use ledger::op::{Envelope, Hash, OP_BYTES_MAX};
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

const HEAD_BYTES: u64 = 8;
/// How every op begins: what to look for behind a damaged frame.
const OP_BEGINS: &[u8] = b"{\"id\":";

/// The open log. Knows where the last whole frame ends.
pub struct OpLog {
    file: Box<dyn LogFile>,
    end: u64,
    /// Something may lie behind `end`.
    untidy: bool,
    /// The medium failed in a way after which the file's content is unknown.
    broken: bool,
}

/// A readable frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub at: u64,
    pub incarnation: u32,
    pub seq: u64,
    pub hash: Hash,
}

/// What a log holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Scan {
    pub frames: Vec<Frame>,
    /// Where the last readable frame ends.
    pub end: u64,
    /// Bytes between readable frames that are none.
    pub damaged: bool,
    /// Bytes after the last readable frame.
    pub tail: u64,
}

impl OpLog {
    /// Opens the log, whose content ends at `end`. What lies behind is saved aside and cut off.
    pub fn open(disk: &dyn Disk, path: &Path, end: u64) -> Result<OpLog, Fault> {
        let found = disk.length(path)?;
        let length = found.unwrap_or(0);
        if length > end
            && let Err(fault) = save_tail(disk, path, end)
        {
            tracing::warn!(%fault, "the end of a damaged log could not be kept aside");
        }
        let file = disk.log(path)?;
        if found.is_none() {
            disk.sync_dir(parent(path))?;
        }
        let mut log = OpLog { file, end, untidy: length > end, broken: false };
        log.cut_back(end)?;
        Ok(log)
    }

    pub fn end(&self) -> u64 {
        self.end
    }

    /// Whether no further op may be accepted before the log is opened again.
    pub fn broken(&self) -> bool {
        self.broken
    }

    /// Makes everything up to the end durable: what a killed program had appended may not be.
    pub fn sync(&mut self) -> Result<(), Fault> {
        self.file.sync().inspect_err(|_| self.broken = true)
    }

    /// Appends one op durably. After a fault, [`OpLog::cut_back`] takes off what may have been written.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.untidy = true;
        let frame = frame(bytes);
        self.file.append(&frame)?;
        // What a failed sync left on the medium is unknown, and a second sync would not tell.
        self.file.sync().inspect_err(|_| self.broken = true)?;
        self.end += frame.len() as u64;
        self.untidy = false;
        Ok(())
    }

    /// Takes off everything after `end`: an op that did not happen must not come back.
    pub fn cut_back(&mut self, end: u64) -> Result<(), Fault> {
        if self.end == end && !self.untidy {
            return Ok(());
        }
        let cut = self.file.truncate(end).and_then(|()| if self.broken { Ok(()) } else { self.file.sync() });
        cut.inspect_err(|_| self.broken = true)?;
        (self.end, self.untidy) = (end, false);
        Ok(())
    }

    /// Writes a whole new log and puts it in place of the old one, if any, which is moved aside.
    pub fn rewrite(disk: &dyn Disk, path: &Path, ops: &mut dyn FnMut() -> Result<Option<Vec<u8>>, Fault>) -> Result<Option<PathBuf>, Fault> {
        let fresh = with_suffix(path, ".new");
        // A half-written one of an earlier try.
        disk.remove(&fresh)?;
        let mut file = disk.log(&fresh)?;
        while let Some(bytes) = ops()? {
            file.append(&frame(&bytes))?;
        }
        file.sync()?;
        let aside = if disk.length(path)?.is_some() { Some(move_aside(disk, path)?) } else { None };
        disk.rename(&fresh, path)?;
        disk.sync_dir(parent(path))?;
        Ok(aside)
    }
}

/// Reads the frame that begins at `at`, if a whole one does.
pub fn read_at(disk: &dyn Disk, path: &Path, at: u64) -> Result<Option<Vec<u8>>, Fault> {
    let io = |e| Fault::io(path, e);
    let Some(mut file) = disk.reader(path)? else { return Ok(None) };
    file.seek(SeekFrom::Start(at)).map_err(io)?;
    next_frame(&mut file).map_err(io)
}

/// Goes through the whole log.
pub fn scan(disk: &dyn Disk, path: &Path) -> Result<Scan, Fault> {
    let io = |e| Fault::io(path, e);
    let length = disk.length(path)?.unwrap_or(0);
    let mut scan = Scan::default();
    let Some(file) = disk.reader(path)? else { return Ok(scan) };
    let mut reader = BufReader::new(file);
    while scan.end < length {
        let at = scan.end;
        if let Some(bytes) = next_frame(&mut reader).map_err(io)? {
            scan.take(at, &bytes);
        } else if let Some(skip) = resync(&mut reader, at + 1).map_err(io)? {
            scan.damaged = true;
            scan.end = skip;
        } else {
            break;
        }
    }
    scan.tail = length - scan.end;
    Ok(scan)
}

impl Scan {
    fn take(&mut self, at: u64, bytes: &[u8]) {
        self.end = at + HEAD_BYTES + bytes.len() as u64;
        match Envelope::read(bytes) {
            Ok(op) => self.frames.push(Frame { at, incarnation: op.incarnation, seq: op.seq, hash: Hash::of(bytes) }),
            Err(_) => self.damaged = true,
        }
    }
}

/// Reads one frame from where the reader stands; none if there is no whole, undamaged one.
fn next_frame(reader: &mut impl Read) -> std::io::Result<Option<Vec<u8>>> {
    let mut head = [0; HEAD_BYTES as usize];
    if !read_whole(reader, &mut head)? {
        return Ok(None);
    }
    let (length, crc) = split_head(&head);
    if length == 0 || length > OP_BYTES_MAX {
        return Ok(None);
    }
    let mut bytes = vec![0; length];
    let whole = read_whole(reader, &mut bytes)?;
    Ok((whole && crc32c::crc32c(&bytes) == crc).then_some(bytes))
}

/// Looks for the next readable frame at or after `from` and leaves the reader there.
fn resync(reader: &mut BufReader<Box<dyn ReadFile>>, from: u64) -> std::io::Result<Option<u64>> {
    reader.seek(SeekFrom::Start(from))?;
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest)?;
    let begins = rest.windows(OP_BEGINS.len()).enumerate().filter(|(_, window)| *window == OP_BEGINS).map(|(index, _)| index);
    let found = begins.filter_map(|index| index.checked_sub(HEAD_BYTES as usize)).find(|start| is_frame(&rest[*start..]));
    let at = found.map(|start| from + start as u64);
    if let Some(at) = at {
        reader.seek(SeekFrom::Start(at))?;
    }
    Ok(at)
}

fn is_frame(mut bytes: &[u8]) -> bool {
    next_frame(&mut bytes).is_ok_and(|frame| frame.is_some())
}

fn split_head(head: &[u8; HEAD_BYTES as usize]) -> (usize, u32) {
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    (word(0) as usize, word(4))
}

fn read_whole(reader: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(e) => Err(e),
    }
}

fn frame(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("an op is far smaller than 4 GiB");
    let mut frame = Vec::with_capacity(bytes.len() + HEAD_BYTES as usize);
    frame.extend_from_slice(&length.to_le_bytes());
    frame.extend_from_slice(&crc32c::crc32c(bytes).to_le_bytes());
    frame.extend_from_slice(bytes);
    frame
}

/// Keeps what is about to be cut off: mostly half an op that was never acknowledged, but it may be
/// a whole one whose length is damaged.
fn save_tail(disk: &dyn Disk, path: &Path, from: u64) -> Result<(), Fault> {
    let io = |e| Fault::io(path, e);
    let Some(mut file) = disk.reader(path)? else { return Ok(()) };
    file.seek(SeekFrom::Start(from)).map_err(io)?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail).map_err(io)?;
    let copy = with_suffix(path, ".tail");
    let mut kept = disk.log(&copy)?;
    // Half of an earlier one.
    kept.truncate(0)?;
    kept.append(&tail)?;
    move_aside(disk, &copy).map(drop)
}

/// How much of the log an op takes.
pub fn frame_bytes(op: &[u8]) -> u64 {
    HEAD_BYTES + op.len() as u64
}
