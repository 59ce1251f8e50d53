//! The deliberate bugs of the hub, see [`Break`].

use super::server::receive;
use crate::audit::kept;
use crate::audit::record::Record;
use crate::breaks::Break;
use crate::dice::Dice;
use crate::disk::{SimDisk, VFS};
use crate::hub::SimHub;
use engine::fault::Fault;
use engine::hub::Batch;
use engine::sql::{Sql, Value};
use engine::sqlite::{Durability, Sqlite};
use ledger::id::OpId;
use ledger::op::{Hash, Op};
use ledger::sync::wire::{Lost, OpOutcome, PushAnswer};
use ledger::verdict::Outcome;
use uuid::Uuid;

/// Before each op in `ops.log`: its length and checksum.
const FRAME_HEAD_BYTES: usize = 8;

/// What goes wrong once a push is stored. `again` are the ops that the hub had before.
pub fn after_push(hub: &mut SimHub, bug: Break, again: &[(u64, &Vec<u8>)], told: &mut PushAnswer, dice: &mut Dice) -> Result<(), Fault> {
    match bug {
        Break::OutcomeChanges => {
            for outcome in told.outcomes.iter_mut().filter(|outcome| again.iter().any(|(seq, _)| *seq == outcome.seq)) {
                outcome.outcome = Outcome::Rejected { code: "again".into(), reason: "it came before".into() };
            }
        }
        Break::BookTwice => {
            for op in again.iter().filter_map(|(_, bytes)| Op::read(bytes).ok()) {
                let mut name = [0; 16];
                dice.fill(&mut name);
                hub.store.submit(op.at.wall_ms, OpId(Uuid::from_bytes(name)), op.body)?;
            }
        }
        Break::DropConflicts => {
            hub.sql().exec("DELETE FROM record WHERE tbl = 'conflict'", &[])?;
        }
        Break::TillTwice => {
            hub.sql().exec("UPDATE record SET data = replace(data, '\"sales\":', '\"sales\":1') WHERE tbl = 'till' AND data LIKE '%\"sales\":1,%'", &[])?;
        }
        _ => {}
    }
    Ok(())
}

/// Deletes ops of a terminal that is not running, from both witnesses.
pub fn delete_ops(disk: &SimDisk, incarnation: u32, first_seq: u64) {
    let Ok(mut sql) = Sqlite::open_alone_on(VFS, &disk.root().join("journal.db"), Durability::Full) else { return };
    let place = [Value::Int(i64::from(incarnation)), first_seq.into()];
    for text in ["DELETE FROM op WHERE incarnation = $1 AND seq >= $2", "DELETE FROM op_unit WHERE incarnation = $1 AND seq >= $2"] {
        // A disk that fails spoils the bug, not the run.
        let _ = sql.exec(text, &place);
    }
    drop(sql);
    let log = disk.get("ops.log").and_then(|bytes| kept::log(&bytes).ok()).unwrap_or_default();
    let left = log.range(..(incarnation, first_seq)).map(|(_, bytes)| bytes.len() + FRAME_HEAD_BYTES).sum();
    disk.put("ops.log", &disk.get("ops.log").unwrap_or_default()[..left]);
}

/// Takes a batch op by op, acknowledges all, and throws some away.
pub fn drop_some(hub: &mut SimHub, wall_ms: i64, bug: Break, batch: &Batch, record: &Record) -> Result<PushAnswer, Fault> {
    let mut whole: Option<PushAnswer> = None;
    for (seq, bytes) in (batch.first_seq..).zip(&batch.ops) {
        let one = Batch { first_seq: seq, ops: vec![bytes.clone()], ..batch.clone() };
        let dropped = match bug {
            Break::DropUnknown => Op::read(bytes).is_err(),
            _ => record.hub_hash(&batch.device, batch.incarnation, seq).is_some_and(|known| known != Hash::of(bytes).to_string()),
        };
        let mut told = if dropped {
            let lost = Lost { incarnation: batch.incarnation, first_seq: seq, last_seq: seq };
            hub.store.lost(wall_ms, &batch.device, &lost)?
        } else {
            receive(hub, wall_ms, one)?
        };
        if dropped {
            told.acked_seq = seq;
            told.outcomes = vec![OpOutcome { seq, outcome: Outcome::Applied }];
        }
        if let Some(before) = &whole {
            told.outcomes = [before.outcomes.clone(), told.outcomes].concat();
        }
        let stuck = told.expected_seq.is_some();
        whole = Some(told);
        if stuck {
            break;
        }
    }
    whole.map_or_else(|| receive(hub, wall_ms, batch.clone()), Ok)
}
