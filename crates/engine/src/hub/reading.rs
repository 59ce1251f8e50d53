//! Ops as they are read before their turn comes: that needs no database, so whoever brings them does
//! it, and the one thread that writes has the less to do.

use super::Batch;
use ledger::op::{Envelope, Hash, Op, Unreadable};
use ledger::row::Key;
use ledger::slice::footprint;
use std::collections::BTreeSet;

/// An op's bytes and what they say.
#[derive(Debug)]
pub(super) struct ReadOp {
    pub bytes: Vec<u8>,
    pub hash: Hash,
    /// What the bytes say of themselves, as far as they can be read.
    pub envelope: Result<Envelope, Unreadable>,
    /// The whole of it, likewise.
    pub op: Result<Op, Unreadable>,
    /// The rows that it may touch.
    pub footprint: BTreeSet<Key>,
}

/// A batch whose ops were read.
#[derive(Debug)]
pub struct ReadBatch {
    /// All but its ops.
    pub(super) batch: Batch,
    pub(super) ops: Vec<ReadOp>,
}

impl ReadOp {
    pub fn new(bytes: Vec<u8>) -> ReadOp {
        let op = Op::read(&bytes);
        let envelope = op.as_ref().map_or_else(|_| Envelope::read(&bytes), |op| Ok(Envelope::of(op)));
        let footprint = op.as_ref().map_or_else(|_| BTreeSet::new(), footprint);
        ReadOp { hash: Hash::of(&bytes), envelope, op, footprint, bytes }
    }
}

impl ReadBatch {
    /// How many ops it has.
    pub fn ops(&self) -> usize {
        self.ops.len()
    }
}

impl From<Batch> for ReadBatch {
    fn from(mut batch: Batch) -> ReadBatch {
        let ops = std::mem::take(&mut batch.ops);
        ReadBatch { batch, ops: ops.into_iter().map(ReadOp::new).collect() }
    }
}
