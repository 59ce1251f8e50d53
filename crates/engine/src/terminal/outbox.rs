//! The outbox is not a thing one fills but a question one asks: which own ops has the hub not
//! acknowledged? Nothing here ever deletes or changes an op.

use super::journal::{self, as_id, as_u32, number};
use super::{NotApplied, OutboxStatus, Push, TerminalStore};
use crate::fault::Fault;
use crate::sql::{Sql, Value, first};
use ledger::id::DocumentNumber;
use ledger::op::{Hash, SealedOp};
use ledger::sync::wire::{OpOutcome, PushAnswer, PushHead};
use ledger::verdict::Outcome;

/// Ops read at a time.
const PAGE_OPS: u32 = 100;

impl TerminalStore {
    pub fn outbox_status(&mut self) -> Result<OutboxStatus, Fault> {
        let (incarnation, head) = (self.identity.incarnation, self.head);
        self.read(|source| {
            let sql = &mut *source.overlay;
            let acked_seq = journal::acked(sql, incarnation)?.min(head.seq);
            let mut status = OutboxStatus { incarnation, pending: 0, oldest_wall_ms: None, head_seq: head.seq, head_hash: head.hash, acked_seq };
            for each in journal::incarnations(sql)? {
                let params = [number(each), journal::acked(sql, each)?.into()];
                let count = first(sql, "SELECT count(*) FROM op WHERE incarnation = $1 AND seq > $2", &params)?;
                status.pending += count.map_or(0, |row| row[0].as_count());
                let oldest = first(sql, "SELECT wall_ms FROM op WHERE incarnation = $1 AND seq > $2 ORDER BY seq LIMIT 1", &params)?;
                status.oldest_wall_ms = status.oldest_wall_ms.or(oldest.map(|row| row[0].as_int()));
            }
            Ok(status)
        })
    }

    /// The next ops to send, oldest first, of the oldest incarnation that has any; none when all
    /// are acknowledged. At least one op, even one larger than `bytes_max`.
    pub fn next_push(&mut self, ops_max: usize, bytes_max: usize) -> Result<Option<Push>, Fault> {
        self.read(|source| {
            let sql = &mut *source.overlay;
            for incarnation in journal::incarnations(sql)? {
                let acked = journal::acked(sql, incarnation)?;
                let text = "SELECT seq FROM op WHERE incarnation = $1 AND seq > $2 ORDER BY seq LIMIT 1";
                if let Some(row) = first(sql, text, &[number(incarnation), acked.into()])? {
                    let first_seq = row[0].as_count();
                    let ops = chain(sql, incarnation, first_seq, ops_max.max(1), bytes_max)?;
                    return Ok(Some(Push { head: PushHead { incarnation, first_seq, count: ops.len() as u32 }, ops }));
                }
            }
            Ok(None)
        })
    }

    /// Takes the hub's answer to a push of `incarnation`. What it says of ops that this terminal
    /// never made is ignored; an outcome, once known, stays, unless the op was only parked.
    pub fn acknowledge(&mut self, incarnation: u32, answer: &PushAnswer) -> Result<(), Fault> {
        self.write(|sql| {
            answer.outcomes.iter().try_for_each(|outcome| note(sql, incarnation, outcome))?;
            let head = journal::head(sql, incarnation)?.seq;
            let asked_back = answer.expected_seq.map_or(u64::MAX, |expected| expected.saturating_sub(1));
            journal::set_acked(sql, incarnation, answer.acked_seq.min(asked_back).min(head))
        })
    }

    /// The hub has fewer ops of this incarnation than it once acknowledged, as after a restore from
    /// a backup: what follows `acked_to` is to be sent again.
    pub fn rewind(&mut self, acked_to: u64) -> Result<(), Fault> {
        let incarnation = self.identity.incarnation;
        self.write(|sql| {
            let acked = journal::acked(sql, incarnation)?;
            journal::set_acked(sql, incarnation, acked.min(acked_to))
        })
    }

    /// Own ops that the hub answered with anything but applied, newest first.
    pub fn not_applied(&mut self, rows_max: usize) -> Result<Vec<NotApplied>, Fault> {
        let text = "SELECT incarnation, seq, op_id, kind, document, wall_ms, outcome FROM op \
            WHERE applied = 0 ORDER BY incarnation DESC, seq DESC LIMIT $1";
        let found = self.read(|source| source.overlay.rows(text, &[Value::count(rows_max as u64)]))?;
        Ok(found.iter().filter_map(|row| not_applied(row)).collect())
    }

    /// Own ops, not yet returned by the feed, that no longer fit what the hub told since.
    pub fn doubtful(&self) -> &[super::Doubtful] {
        &self.doubtful
    }
}

/// Ops of one chain without a gap, as many as fit.
fn chain(sql: &mut dyn Sql, incarnation: u32, first_seq: u64, ops_max: usize, bytes_max: usize) -> Result<Vec<SealedOp>, Fault> {
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

fn note(sql: &mut dyn Sql, incarnation: u32, answer: &OpOutcome) -> Result<(), Fault> {
    let applied = answer.outcome == Outcome::Applied;
    let json = serde_json::to_string(&answer.outcome).expect("an outcome holds only text, which always encodes");
    let text = "UPDATE op SET outcome = $3, applied = $4 WHERE incarnation = $1 AND seq = $2 \
        AND (outcome IS NULL OR outcome LIKE '{\"outcome\":\"parked\"%')";
    sql.exec(text, &[number(incarnation), answer.seq.into(), json.into(), applied.into()]).map(drop)
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
    })
}
