//! The outbox is not a thing one fills but a question one asks: which own ops has the hub not
//! acknowledged? Nothing here ever deletes or changes an op.

use super::journal::{self, Stream, as_id, as_u32, id, number};
use super::{NotApplied, OutboxStatus, TerminalStore, owner};
use crate::fault::Fault;
use crate::sql::{Sql, Value, first};
use ledger::id::{DocumentNumber, OpId, OperatorId};
use ledger::op::{Hash, SealedOp};
use ledger::sync::message::Push;
use ledger::sync::wire::{Lost, PARKED_MAX, Place, PushAnswer, PushHead, Resettled};
use ledger::verdict::Outcome;

/// Ops read at a time.
const PAGE_OPS: u32 = 100;

impl TerminalStore {
    pub fn outbox_status(&mut self) -> Result<OutboxStatus, Fault> {
        let (incarnation, head) = (self.identity.incarnation, self.head);
        self.read(|source| {
            let sql = &mut *source.overlay;
            let stream = journal::stream(sql, incarnation)?;
            let acked_seq = stream.acked_seq.min(head.seq);
            let mut status =
                OutboxStatus { incarnation, pending: 0, oldest_wall_ms: None, head_seq: head.seq, head_hash: head.hash, acked_seq, safe_seq: stream.safe_seq };
            for each in journal::incarnations(sql)? {
                let params = [number(each), journal::acked(sql, each)?.into()];
                status.pending += journal::unacked(sql, each)?;
                let oldest = first(sql, "SELECT wall_ms FROM op WHERE incarnation = $1 AND seq > $2 ORDER BY seq LIMIT 1", &params)?;
                status.oldest_wall_ms = status.oldest_wall_ms.or(oldest.map(|row| row[0].as_int()));
            }
            Ok(status)
        })
    }

    /// The next ops to send, oldest first, of the oldest incarnation that has any; none when all
    /// are acknowledged. At least one op, even one larger than `bytes_max`.
    pub fn next_push(&mut self, ops_max: usize, bytes_max: usize, wall_ms: i64) -> Result<Option<Push>, Fault> {
        self.read(|source| {
            let sql = &mut *source.overlay;
            let Some((incarnation, first_seq)) = first_unacked(sql)? else { return Ok(None) };
            push(sql, incarnation, first_seq, (ops_max.max(1), bytes_max), wall_ms).map(Some)
        })
    }

    /// Numbers that come next but have no op any more, in either witness: the hub must be told, or it
    /// would wait for them for ever.
    pub(super) fn hole(&mut self) -> Result<Option<Lost>, Fault> {
        self.read(|source| {
            let sql = &mut *source.overlay;
            let Some((incarnation, first_seq)) = first_unacked(sql)? else { return Ok(None) };
            let acked_seq = journal::acked(sql, incarnation)?;
            Ok((first_seq > acked_seq + 1).then_some(Lost { incarnation, first_seq: acked_seq + 1, last_seq: first_seq - 1 }))
        })
    }

    /// Takes the hub's answer to a push of `incarnation`. What it says of ops that this terminal
    /// never made is ignored; an outcome, once known, stays, unless the op was only parked.
    pub fn acknowledge(&mut self, incarnation: u32, answer: &PushAnswer) -> Result<(), Fault> {
        let feed = self.hub_feed.clone();
        self.write(|sql| {
            answer.outcomes.iter().try_for_each(|told| note(sql, incarnation, told.seq, &told.outcome).map(drop))?;
            let head = journal::head(sql, incarnation)?.seq;
            let asked_back = answer.expected_seq.map_or(u64::MAX, |expected| expected.saturating_sub(1));
            let acked_seq = answer.acked_seq.min(asked_back).min(head);
            let before = journal::stream(sql, incarnation)?;
            let nonce = if answer.next_nonce.is_empty() { before.nonce.clone() } else { answer.next_nonce.clone() };
            let safe_seq = before.safe_seq.max(answer.safe_seq).min(head);
            let mut stream = Stream { nonce, ..before };
            if answer.exposed {
                stream.fork();
            }
            (stream.acked_seq, stream.safe_seq) = (acked_seq, safe_seq);
            journal::save_stream(sql, incarnation, &stream)?;
            feed.map_or(Ok(()), |feed| owner::see(sql, &feed, &answer.head))
        })
    }

    /// Takes outcomes of ops that are or were parked, and has the overlay follow.
    pub(super) fn resettle(&mut self, told: &[Resettled]) -> Result<(), Fault> {
        if told.is_empty() {
            return Ok(());
        }
        let noted = self.write(|sql| told.iter().map(|told| note_again(sql, told)).sum::<Result<u64, Fault>>())?;
        self.overlay_stale |= noted > 0;
        Ok(())
    }

    /// Own ops that were parked when last heard of.
    pub(super) fn parked(&mut self) -> Result<Vec<Place>, Fault> {
        let text = "SELECT incarnation, seq FROM op WHERE applied = 0 AND outcome LIKE '{\"outcome\":\"parked\"%' ORDER BY incarnation, seq LIMIT $1";
        let found = self.read(|source| source.overlay.rows(text, &[Value::count(PARKED_MAX as u64)]))?;
        Ok(found.iter().map(|row| Place { incarnation: as_u32(&row[0]), seq: row[1].as_count() }).collect())
    }

    /// The hub has fewer ops of this incarnation than it once acknowledged, as after a restore from
    /// a backup: what follows `acked_to` is to be sent again.
    pub fn rewind(&mut self, acked_to: u64) -> Result<(), Fault> {
        let incarnation = self.identity.incarnation;
        self.write(|sql| journal::rewind(sql, incarnation, acked_to))
    }

    /// Own ops that the hub answered with anything but applied: those that nobody has seen first, then
    /// the newest.
    pub fn not_applied(&mut self, rows_max: usize) -> Result<Vec<NotApplied>, Fault> {
        let text = "SELECT incarnation, seq, op_id, kind, document, wall_ms, outcome, seen_by FROM op \
            WHERE applied = 0 ORDER BY seen_by IS NOT NULL, incarnation DESC, seq DESC LIMIT $1";
        let found = self.read(|source| source.overlay.rows(text, &[Value::count(rows_max as u64)]))?;
        Ok(found.iter().filter_map(|row| not_applied(row)).collect())
    }

    /// How many of them nobody has seen.
    pub fn unseen(&mut self) -> Result<u64, Fault> {
        let text = "SELECT count(*) FROM op WHERE applied = 0 AND seen_by IS NULL";
        let count = self.read(|source| first(source.overlay, text, &[]))?;
        Ok(count.map_or(0, |row| row[0].as_count()))
    }

    /// Notes who has seen the hub's answers to these ops. Whoever saw one first stays.
    pub fn mark_seen(&mut self, ops: &[OpId], by: &OperatorId) -> Result<(), Fault> {
        let text = "UPDATE op SET seen_by = $2 WHERE op_id = $1 AND applied = 0 AND seen_by IS NULL";
        self.write(|sql| ops.iter().try_for_each(|op| sql.exec(text, &[id(*op), by.as_str().into()]).map(drop)))
    }

    /// Own ops, not yet returned by the feed, that no longer fit what the hub told since.
    pub fn doubtful(&self) -> &[super::Doubtful] {
        &self.doubtful
    }
}

/// Ops of one chain without a gap, as many as fit, as they are sent.
pub(super) fn push(sql: &mut dyn Sql, incarnation: u32, first_seq: u64, (ops_max, bytes_max): (usize, usize), wall_ms: i64) -> Result<Push, Fault> {
    let ops = chain(sql, incarnation, first_seq, ops_max, bytes_max)?;
    let nonce = journal::stream(sql, incarnation)?.nonce;
    Ok(Push { head: PushHead { incarnation, first_seq, count: ops.len() as u32, nonce, wall_ms }, ops })
}

/// Ops of one chain without a gap, as many as fit.
pub(super) fn chain(sql: &mut dyn Sql, incarnation: u32, first_seq: u64, ops_max: usize, bytes_max: usize) -> Result<Vec<SealedOp>, Fault> {
    let mut ops: Vec<SealedOp> = Vec::new();
    let mut bytes = 0;
    loop {
        let next = first_seq + ops.len() as u64;
        let page = journal::after(sql, incarnation, next - 1, PAGE_OPS)?;
        let links = page.into_iter().zip(next..).take_while(|(op, seq)| op.incarnation == incarnation && op.seq == *seq);
        let before = ops.len();
        for (op, _) in links {
            // SQLite does not notice a bit that flipped in a value, and what the hub takes stays.
            if Hash::of(&op.sealed.bytes) != op.sealed.hash {
                return Err(Fault::corrupt(sql.path(), format!("op {} does not have its hash", op.seq)));
            }
            bytes += op.sealed.bytes.len();
            if ops.len() >= ops_max || (bytes > bytes_max && !ops.is_empty()) {
                return Ok(ops);
            }
            ops.push(op.sealed);
        }
        if ops.len() == before {
            return Ok(ops);
        }
    }
}

/// The first op of a chain, of those beyond `after` up to `upto`, that was parked when last heard of.
pub(super) fn first_parked(sql: &mut dyn Sql, incarnation: u32, after: u64, upto: u64) -> Result<Option<u64>, Fault> {
    let text = "SELECT seq FROM op WHERE applied = 0 AND incarnation = $1 AND seq > $2 AND seq <= $3 \
        AND outcome LIKE '{\"outcome\":\"parked\"%' ORDER BY seq LIMIT 1";
    Ok(first(sql, text, &[number(incarnation), after.into(), upto.into()])?.map(|row| row[0].as_count()))
}

/// Where the first op stands that the hub has not acknowledged, oldest incarnation first.
fn first_unacked(sql: &mut dyn Sql) -> Result<Option<(u32, u64)>, Fault> {
    for incarnation in journal::incarnations(sql)? {
        let acked = journal::acked(sql, incarnation)?;
        let text = "SELECT seq FROM op WHERE incarnation = $1 AND seq > $2 ORDER BY seq LIMIT 1";
        if let Some(row) = first(sql, text, &[number(incarnation), acked.into()])? {
            return Ok(Some((incarnation, row[0].as_count())));
        }
    }
    Ok(None)
}

/// Keeps an outcome unless there is a final one, and answers how many ops it was new for.
fn note(sql: &mut dyn Sql, incarnation: u32, seq: u64, outcome: &Outcome) -> Result<u64, Fault> {
    let applied = *outcome == Outcome::Applied;
    let json = serde_json::to_string(outcome).expect("an outcome holds only text, which always encodes");
    let text = "UPDATE op SET outcome = $3, applied = $4, seen_by = CASE WHEN outcome = $3 THEN seen_by END \
        WHERE incarnation = $1 AND seq = $2 AND (outcome IS NULL OR (outcome <> $3 AND outcome LIKE '{\"outcome\":\"parked\"%'))";
    sql.exec(text, &[number(incarnation), seq.into(), json.into(), applied.into()])
}

/// The same for an op that was parked, unless it is another one: of a copy of this disk.
fn note_again(sql: &mut dyn Sql, told: &Resettled) -> Result<u64, Fault> {
    let own = journal::hash_at(sql, told.incarnation, told.seq)?;
    if told.hash.is_some_and(|hash| own != Some(hash)) {
        return Ok(0);
    }
    note(sql, told.incarnation, told.seq, &told.outcome)
}

fn not_applied(row: &[Value]) -> Option<NotApplied> {
    Some(NotApplied {
        incarnation: as_u32(&row[0]),
        seq: row[1].as_count(),
        op: as_id(&row[2]),
        kind: row[3].as_text().to_owned(),
        document: (row[4] != Value::Null).then(|| DocumentNumber::from(row[4].as_text())),
        at_ms: row[5].as_int(),
        outcome: serde_json::from_str(row[6].as_text()).ok()?,
        seen_by: (row[7] != Value::Null).then(|| OperatorId::from(row[7].as_text())),
    })
}
