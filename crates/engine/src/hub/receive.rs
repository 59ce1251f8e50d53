//! Receiving ops: each is stored under its place with one outcome that never changes.
//!
//! Nothing that arrives is dropped and nothing stops the line. What cannot be read or applied is
//! stored with that as its outcome, and the ops behind it go on.

use super::chain::{self, Chain};
use super::hash_of;
use crate::fault::Fault;
use crate::rows;
use crate::sql::{Sql, Value, first};
use ledger::apply::{Stance, apply};
use ledger::id::TerminalId;
use ledger::op::{Envelope, HUB_DEVICE, Hash, Op};
use ledger::refusal::Refusal;
use ledger::sync::wire::{OpOutcome, PushAnswer};
use ledger::verdict::{Outcome, Verdict};
use std::collections::BTreeSet;

/// Kinds that this version reads; another one is somebody newer's.
const KINDS: [&str; 8] = ["stock_in@1", "sale@1", "shift_open@1", "shift_close@1", "unit_edit@1", "products@1", "settings@1", "operators@1"];

/// Ops of one author in order, the first standing at `first_seq`. The author is known to be who it
/// says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub device: TerminalId,
    pub incarnation: u32,
    pub first_seq: u64,
    /// The sealed bytes, each as it was sent.
    pub ops: Vec<Vec<u8>>,
}

/// How far the feed and the numbering of ops go, while a transaction moves them on.
#[derive(Debug, Clone, Copy)]
struct Heads {
    pos: u64,
    number: u64,
}

pub(super) fn receive(sql: &mut dyn Sql, now_ms: i64, batches: &[Batch]) -> Result<Vec<PushAnswer>, Fault> {
    let row = first(sql, "SELECT feed_pos, op_number FROM hub WHERE only_one = 1", &[])?;
    let mut heads = row.map_or(Heads { pos: 0, number: 0 }, |row| Heads { pos: row[0].as_count(), number: row[1].as_count() });
    let answers = batches.iter().map(|batch| take_batch(sql, now_ms, batch, &mut heads)).collect::<Result<_, Fault>>()?;
    sql.exec("UPDATE hub SET feed_pos = $1, op_number = $2", &[heads.pos.into(), heads.number.into()])?;
    Ok(answers)
}

fn take_batch(sql: &mut dyn Sql, now_ms: i64, batch: &Batch, heads: &mut Heads) -> Result<PushAnswer, Fault> {
    let mut chain = chain::load(sql, &batch.device, batch.incarnation)?;
    let mut outcomes = Vec::with_capacity(batch.ops.len());
    let mut expected_seq = None;
    for (seq, bytes) in (batch.first_seq..).zip(&batch.ops) {
        if seq > chain.head_seq + 1 {
            expected_seq = Some(chain.head_seq + 1);
            break;
        }
        let arrival = Arrival { device: &batch.device, incarnation: batch.incarnation, seq, bytes, hash: Hash::of(bytes), now_ms };
        let known = seq <= chain.head_seq;
        let outcome = if known { arrival.again(sql)? } else { arrival.take(sql, &mut chain, heads)? };
        outcomes.push(OpOutcome { seq, outcome });
    }
    chain::save(sql, &batch.device, batch.incarnation, chain)?;
    sql.exec("UPDATE device SET seen_ms = $2 WHERE terminal = $1", &[batch.device.as_str().into(), now_ms.into()])?;
    Ok(PushAnswer { acked_seq: chain.head_seq, outcomes, expected_seq, hub_time_ms: now_ms })
}

/// Bytes at the place they claim.
struct Arrival<'a> {
    device: &'a TerminalId,
    incarnation: u32,
    seq: u64,
    bytes: &'a [u8],
    hash: Hash,
    now_ms: i64,
}

/// What was made of the bytes.
struct Reading {
    /// None if they cannot be read so far.
    envelope: Option<Envelope>,
    /// Whether the op's id is its own, and not one that another op bears already.
    name_is_free: bool,
    op: Option<Op>,
    outcome: Outcome,
}

impl Arrival<'_> {
    /// The place is taken: by the same bytes, or by others.
    fn again(&self, sql: &mut dyn Sql) -> Result<Outcome, Fault> {
        let text = "SELECT hash, outcome FROM op WHERE device = $1 AND incarnation = $2 AND seq = $3";
        let stored = first(sql, text, &self.place())?;
        if let Some(row) = stored.filter(|row| hash_of(&row[0]) == self.hash) {
            return serde_json::from_str(row[1].as_text()).map_err(|e| Fault::Row { table: "op", key: self.hash.to_string(), source: e.into() });
        }
        tracing::error!(device = %self.device, incarnation = self.incarnation, seq = self.seq, hash = %self.hash, "two different ops claim one place");
        let text = "INSERT INTO fork (device, incarnation, seq, hash, bytes, received_ms) VALUES ($1, $2, $3, $4, $5, $6) \
            ON CONFLICT (device, incarnation, seq, hash) DO NOTHING";
        let [device, incarnation, seq] = self.place();
        sql.exec(text, &[device, incarnation, seq, self.hash.0.to_vec().into(), self.bytes.to_vec().into(), self.now_ms.into()])?;
        Ok(parked("fork", "Another op was received under this number before. This one is kept aside; the terminal may have been cloned or restored."))
    }

    /// The next op of the chain: read, folded in, stored.
    fn take(&self, sql: &mut dyn Sql, chain: &mut Chain, heads: &mut Heads) -> Result<Outcome, Fault> {
        let reading = self.read(sql, heads)?;
        let broken = reading.envelope.as_ref().is_none_or(|envelope| envelope.prev != chain.head_hash);
        if broken {
            tracing::warn!(device = %self.device, incarnation = self.incarnation, seq = self.seq, "the op does not name the one before it");
        }
        heads.number += 1;
        self.store(sql, &reading, broken, heads)?;
        *chain = Chain { head_seq: self.seq, head_hash: self.hash };
        Ok(reading.outcome)
    }

    fn read(&self, sql: &mut dyn Sql, heads: &mut Heads) -> Result<Reading, Fault> {
        let unread = |envelope, name_is_free, outcome| Ok(Reading { envelope, name_is_free, op: None, outcome });
        let envelope = match Envelope::read(self.bytes) {
            Ok(envelope) => envelope,
            Err(why) => return unread(None, false, parked("unreadable", &why.to_string())),
        };
        let is_free = first(sql, "SELECT 1 FROM op WHERE op_id = $1", &[envelope.id.0.as_bytes().to_vec().into()])?.is_none();
        if envelope.device != *self.device || envelope.incarnation != self.incarnation || envelope.seq != self.seq {
            let reason = format!("The op says that it is {} {}-{}, which is not where it was sent.", envelope.device, envelope.incarnation, envelope.seq);
            return unread(Some(envelope), is_free, parked("misplaced", &reason));
        }
        if !is_free {
            return unread(Some(envelope), false, Outcome::of(&Verdict::Refused(Refusal::IdReused)));
        }
        match Op::read(self.bytes) {
            Ok(op) => {
                let outcome = fold_or_park(sql, &op, heads)?;
                Ok(Reading { envelope: Some(envelope), name_is_free: true, op: Some(op), outcome })
            }
            Err(why) => {
                let code = if KINDS.contains(&envelope.kind.as_str()) { "unreadable" } else { "unknown_kind" };
                unread(Some(envelope), true, parked(code, &why.to_string()))
            }
        }
    }

    fn store(&self, sql: &mut dyn Sql, reading: &Reading, broken: bool, heads: &Heads) -> Result<(), Fault> {
        let text = "INSERT INTO op (number, device, incarnation, seq, op_id, kind, bytes, hash, outcome, pos, broken, received_ms) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        let [device, incarnation, seq] = self.place();
        let name = reading.envelope.as_ref().filter(|_| reading.name_is_free).map(|envelope| envelope.id.0.as_bytes().to_vec());
        let kind = reading.envelope.as_ref().map_or("", |envelope| envelope.kind.as_str());
        let outcome = serde_json::to_string(&reading.outcome).expect("outcomes hold only text, which always encodes");
        let params = [
            heads.number.into(),
            device,
            incarnation,
            seq,
            Value::optional(name),
            kind.into(),
            self.bytes.to_vec().into(),
            self.hash.0.to_vec().into(),
            outcome.into(),
            heads.pos.into(),
            broken.into(),
            self.now_ms.into(),
        ];
        sql.exec(text, &params)?;
        let units: BTreeSet<_> = reading.op.iter().flat_map(|op| op.body.units()).collect();
        for (sku, serial) in units {
            let params = [sku.as_str().into(), serial.as_str().into(), heads.number.into()];
            sql.exec("INSERT INTO op_unit (sku, serial, number) VALUES ($1, $2, $3)", &params)?;
        }
        Ok(())
    }

    fn place(&self) -> [Value; 3] {
        [self.device.as_str().into(), Value::Int(i64::from(self.incarnation)), self.seq.into()]
    }
}

/// Folds the op in. A row that this version cannot read parks the op; the disk failing is a fault.
fn fold_or_park(sql: &mut dyn Sql, op: &Op, heads: &mut Heads) -> Result<Outcome, Fault> {
    let before = *heads;
    sql.exec("SAVEPOINT op", &[])?;
    let folded = fold(sql, op, heads);
    if let Err(Fault::Row { table, key, .. }) = &folded {
        tracing::error!(op = %op.id, table, key, "a stored row cannot be read; the op is parked");
        *heads = before;
        sql.exec("ROLLBACK TO op", &[])?;
        sql.exec("RELEASE op", &[])?;
        return Ok(parked("hub_fault", "The hub could not read a record that the op needs. The op is kept; call support."));
    }
    sql.exec("RELEASE op", &[])?;
    folded
}

fn fold(sql: &mut dyn Sql, op: &Op, heads: &mut Heads) -> Result<Outcome, Fault> {
    let mut slice = rows::slice(sql, op)?;
    let stance = if op.device.as_str() == HUB_DEVICE { Stance::Author } else { Stance::Witness };
    let verdict = apply(&mut slice, op, stance);
    if !matches!(verdict, Verdict::Refused(_)) {
        for row in slice.written() {
            let ver = rows::held(sql, &row.key())?.ver() + 1;
            heads.pos += 1;
            rows::save(sql, row, Some(ver), heads.pos)?;
        }
    }
    Ok(Outcome::of(&verdict))
}

fn parked(code: &str, reason: &str) -> Outcome {
    Outcome::Parked { code: code.into(), reason: reason.into() }
}
