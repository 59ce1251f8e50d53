//! What a terminal's disk has of its own ops, read without the store: the journal's table and the
//! frames of `ops.log`.

use crate::dice::Dice;
use crate::disk::{Image, SimDisk, Stop, VFS};
use anyhow::{Context, Result, ensure};
use engine::sql::{Sql, Value};
use engine::sqlite::Sqlite;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Where an op stands: incarnation and number.
pub type Place = (u32, u64);

/// Ops by place, as bytes.
pub type Kept = BTreeMap<Place, Vec<u8>>;

/// The head of an op, as the auditor reads it.
#[derive(Deserialize)]
struct Head {
    id: String,
    incarnation: u32,
    seq: u64,
    prev: String,
}

/// The journal's ops, from a copy of the disk as a killed process leaves it.
pub fn journal(image: &Image) -> Result<Kept> {
    let mut sql = open_copy(image, "journal.db")?;
    let rows = sql.rows("SELECT incarnation, seq, bytes FROM op ORDER BY incarnation, seq", &[])?;
    let kept = |mut row: Vec<Value>| {
        let bytes = row.remove(2).into_bytes();
        ((row[0].as_int() as u32, row[1].as_count()), bytes)
    };
    Ok(rows.into_iter().map(kept).collect())
}

/// An op as the hub's file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubOp {
    pub number: u64,
    pub device: String,
    pub incarnation: u32,
    pub seq: u64,
    pub bytes: Vec<u8>,
    /// JSON.
    pub outcome: String,
    /// Where the feed stood when the outcome became final.
    pub pos: u64,
    pub log_hash: String,
}

/// The hub's ops in the order in which it took them.
pub fn hub(image: &Image) -> Result<Vec<HubOp>> {
    let mut sql = open_copy(image, "hub.db")?;
    let text = "SELECT number, device, incarnation, seq, bytes, outcome, pos, settled_pos, log_hash FROM op ORDER BY number";
    let op = |row: Vec<Value>| HubOp {
        number: row[0].as_count(),
        device: row[1].as_text().to_owned(),
        incarnation: row[2].as_int() as u32,
        seq: row[3].as_count(),
        outcome: row[5].as_text().to_owned(),
        pos: row[6].as_count().max(row[7].as_count()),
        log_hash: row[8].as_bytes().iter().map(|byte| format!("{byte:02x}")).collect(),
        bytes: row.into_iter().nth(4).unwrap_or(Value::Null).into_bytes(),
    };
    Ok(sql.rows(text, &[])?.into_iter().map(op).collect())
}

/// The ops of the log, up to the first frame that is none.
pub fn log(bytes: &[u8]) -> Result<Kept> {
    let mut kept = Kept::new();
    let mut rest = bytes;
    while let Some((frame, behind)) = frame(rest) {
        let head = head(frame)?;
        kept.insert((head.incarnation, head.seq), frame.to_owned());
        rest = behind;
    }
    ensure!(rest.is_empty(), "ops.log has {} bytes behind its last whole frame", rest.len());
    Ok(kept)
}

/// A database of a copy, which the connection keeps alive.
pub fn open_copy(image: &Image, name: &str) -> Result<Sqlite> {
    let disk = SimDisk::new(Dice::new(0));
    disk.put_back(image);
    disk.restart(Stop::Kill);
    Ok(Sqlite::open_read_only_on(VFS, &disk.root().join(name))?)
}

/// That the ops are chains without a gap, each linked to the one before, and no name stands twice.
pub fn check_chains(kept: &Kept) -> Result<()> {
    let mut names = BTreeSet::new();
    let mut before: Option<(Place, String)> = None;
    for (place, bytes) in kept {
        let head = head(bytes)?;
        ensure!((head.incarnation, head.seq) == *place, "op {place:?} says that it is {:?}", (head.incarnation, head.seq));
        ensure!(names.insert(head.id.clone()), "the name {} stands twice", head.id);
        let first = (place.0, 1);
        let expected = before.as_ref().filter(|((incarnation, _), _)| *incarnation == place.0);
        let (next, prev) = expected.map_or((first, "0".repeat(64)), |((incarnation, seq), hash)| ((*incarnation, seq + 1), hash.clone()));
        ensure!(*place == next, "op {next:?} is missing, {place:?} is there");
        ensure!(head.prev == prev, "op {place:?} does not follow the one before");
        before = Some((*place, hash(bytes)));
    }
    Ok(())
}

pub fn name_of(bytes: &[u8]) -> Result<String> {
    Ok(head(bytes)?.id)
}

pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn head(bytes: &[u8]) -> Result<Head> {
    serde_json::from_slice(bytes).with_context(|| format!("these bytes are no op: {}", String::from_utf8_lossy(bytes)))
}

/// The first frame's content and what follows it.
fn frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
    let content = bytes.get(8..8 + length)?;
    Some((content, &bytes[8 + length..]))
}
