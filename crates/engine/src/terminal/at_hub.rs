//! What the hub said of the ops that peers told: of each it is known that the hub has it, that it does not,
//! or nothing. Dropped is only what its rows tell.

use super::catalogue::Standing;
use super::forks::{self, Told};
use super::journal::{as_u32, hash, number};
use crate::fault::Fault;
use crate::sql::{Record, Sql, Value, first};
use ledger::id::TerminalId;
use ledger::op::{Envelope, Hash, SealedOp};
use ledger::sync::wire::{ASKED_MAX, Contained};
use std::collections::BTreeMap;

/// What the column `at_hub` says: nothing is known, the hub does not have it, it does and its rows do not
/// tell it.
pub const NOTHING: i64 = 0;
const ABSENT: i64 = 1;
const UNTOLD: i64 = 2;

/// The chains of which anything is kept, each with the number before the first.
pub fn chains(sql: &mut dyn Sql) -> Result<Vec<Contained>, Fault> {
    let found = sql.rows(
        "SELECT device, incarnation, min(seq) FROM peer_op GROUP BY device, incarnation ORDER BY device, incarnation LIMIT $1",
        &[Value::count(ASKED_MAX as u64)],
    )?;
    let before = |row: &Record| Contained { seq: row[2].as_count().saturating_sub(1), ..place(row) };
    Ok(found.iter().map(before).collect())
}

/// Takes what the hub says of the ops behind `chain`: of those that it has by number and hash, whether it
/// has parked them. `is_all` if it has no others. Answers how many were dropped or are now seen otherwise.
pub fn settle(sql: &mut dyn Sql, chain: &Contained, told: &BTreeMap<(u64, Hash), bool>, is_all: bool) -> Result<u64, Fault> {
    let mut changed = 0;
    let params = || [Value::from(chain.device.as_str()), number(chain.incarnation)];
    let [device, incarnation] = params();
    for row in sql.rows("SELECT seq, hash FROM peer_op WHERE device = $1 AND incarnation = $2 AND seq > $3", &[device, incarnation, chain.seq.into()])? {
        let ([device, incarnation], seq) = (params(), row[0].as_count());
        changed += match told.get(&(seq, hash(&row[1]))) {
            Some(false) => sql.exec("DELETE FROM peer_op WHERE device = $1 AND incarnation = $2 AND seq = $3", &[device, incarnation, seq.into()])?,
            Some(true) => note(sql, [device, incarnation, seq.into()], UNTOLD)?,
            None if is_all => note(sql, [device, incarnation, seq.into()], ABSENT)?,
            None => 0,
        };
    }
    Ok(changed)
}

/// Whether the hub has said nothing of some op.
pub fn any_unasked(sql: &mut dyn Sql) -> Result<bool, Fault> {
    Ok(first(sql, "SELECT 1 FROM peer_op WHERE at_hub = $1 LIMIT 1", &[Value::Int(NOTHING)])?.is_some())
}

/// What the hub said was not there may be in other rows than it spoke of.
pub fn forget_absence(sql: &mut dyn Sql) -> Result<(), Fault> {
    sql.exec("UPDATE peer_op SET at_hub = $1 WHERE at_hub = $2", &[Value::Int(NOTHING), Value::Int(ABSENT)]).map(drop)
}

/// Drops what the catalogue contains by its number; what the hub has parked is not in its rows.
pub fn forget_contained(sql: &mut dyn Sql, standing: &Standing) -> Result<u64, Fault> {
    let mut dropped = 0;
    for chain in standing.contained.iter().filter(|_| standing.cursor.is_some()) {
        let mut after = 0;
        let parked = standing.parked_of(&chain.device, chain.incarnation);
        for before in parked.into_iter().chain([chain.seq + 1]) {
            let text = "DELETE FROM peer_op WHERE device = $1 AND incarnation = $2 AND seq > $3 AND seq < $4 AND at_hub <> $5";
            let params = [chain.device.as_str().into(), number(chain.incarnation), after.into(), before.into(), Value::Int(UNTOLD)];
            dropped += sql.exec(text, &params)?;
            after = before;
        }
    }
    Ok(dropped)
}

/// Drops what the hub has under another number and the rows tell, and notes what it has parked of those.
pub fn forget_forks(sql: &mut dyn Sql, catalogue: &mut dyn Sql, standing: &Standing) -> Result<(), Fault> {
    if !forks::any_after(catalogue, 0)? {
        return Ok(());
    }
    for row in sql.rows("SELECT device, incarnation, seq, hash FROM peer_op", &[])? {
        let (device, incarnation, seq) = (TerminalId::from(row[0].as_text()), as_u32(&row[1]), row[2].as_count());
        match forks::told(catalogue, standing, (&device, incarnation, seq), hash(&row[3]))? {
            Some(Told::Settled) => drop(sql.exec("DELETE FROM peer_op WHERE device = $1 AND incarnation = $2 AND seq = $3", &row[..3])?),
            Some(Told::Parked) => drop(note(sql, [device.as_str().into(), number(incarnation), seq.into()], UNTOLD)?),
            None => {}
        }
    }
    Ok(())
}

/// Where ops stand that the hub lacks.
pub fn places_absent(sql: &mut dyn Sql) -> Result<Vec<Contained>, Fault> {
    let text = "SELECT device, incarnation, seq FROM peer_op WHERE at_hub = 1 ORDER BY device, incarnation, seq";
    Ok(sql.rows(text, &[])?.iter().map(place).collect())
}

/// Ops that the hub lacks, from a place on and each naming the one before, as many as fit; at least one. Of a
/// disk that was put back the next number may have been heard before the one in front of it.
pub fn absent(sql: &mut dyn Sql, from: &Contained, ops_max: usize, bytes_max: usize) -> Result<Vec<SealedOp>, Fault> {
    let text = "SELECT seq, hash, bytes FROM peer_op WHERE at_hub = 1 AND device = $1 AND incarnation = $2 AND seq >= $3 ORDER BY seq LIMIT $4";
    let params = [from.device.as_str().into(), number(from.incarnation), from.seq.into(), Value::count(ops_max as u64)];
    let (mut ops, mut bytes): (Vec<SealedOp>, _) = (Vec::new(), 0);
    for (row, _) in sql.rows(text, &params)?.into_iter().zip(from.seq..).take_while(|(row, seq)| row[0].as_count() == *seq) {
        let hash = hash(&row[1]);
        let op = SealedOp { hash, bytes: row.into_iter().nth(2).unwrap_or(Value::Null).into_bytes() };
        // SQLite does not notice a bit that flipped in a value, and what the hub takes stays.
        if Hash::of(&op.bytes) != hash {
            return Err(Fault::corrupt(sql.path(), format!("an op of {} does not have its hash", from.device)));
        }
        bytes += op.bytes.len();
        let follows = |before: &SealedOp| Envelope::read(&op.bytes).is_ok_and(|envelope| envelope.prev == before.hash);
        if ops.last().is_some_and(|before| bytes > bytes_max || !follows(before)) {
            break;
        }
        ops.push(op);
    }
    Ok(ops)
}

/// Notes that the hub has an op. Its rows may not tell it yet.
pub fn note_there(sql: &mut dyn Sql, place: &Contained) -> Result<(), Fault> {
    note(sql, [place.device.as_str().into(), number(place.incarnation), place.seq.into()], UNTOLD).map(drop)
}

/// Notes what the hub said of an op, and answers whether that is news.
fn note(sql: &mut dyn Sql, [device, incarnation, seq]: [Value; 3], at_hub: i64) -> Result<u64, Fault> {
    let text = "UPDATE peer_op SET at_hub = $4 WHERE device = $1 AND incarnation = $2 AND seq = $3 AND at_hub <> $4";
    sql.exec(text, &[device, incarnation, seq, Value::Int(at_hub)])
}

fn place(row: &Record) -> Contained {
    Contained { device: TerminalId::from(row[0].as_text()), incarnation: as_u32(&row[1]), seq: row[2].as_count() }
}
