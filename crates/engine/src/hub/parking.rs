//! Ops that are kept but not understood, and those that must wait behind them.
//!
//! A parked op holds up only what touches the same unit or document: overtaking there could turn a
//! story round. A person, or a newer version of the program, takes parked ops up again in their order.

use super::arrival::{self, Arrival, name_bytes};
use super::heads::{self, Heads};
use super::incident::{self, IncidentKind};
use super::interpret::{self, Reading};
use super::reading::ReadOp;
use super::tills;
use super::{as_u32, hash_of};
use crate::fault::Fault;
use crate::sql::{Record, Sql, Value, first};
use ledger::id::TerminalId;
use ledger::op::{Body, Op};
use ledger::row::KEY_SEPARATOR;
use ledger::sync::wire::{Contained, Place, Resettled};
use ledger::verdict::Outcome;
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Most parked ops that are taken up in one transaction, and listed.
pub const PARKED_AT_ONCE_MAX: u32 = 1_000;
/// Most names that one parked op may hold up.
const NAMES_MAX: usize = 10_000;
/// No op that can be read has longer names, and PostgreSQL's indexes hold none that are much longer.
const NAME_BYTES_MAX: usize = 1_024;

/// A parked op as it stands in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParkedOp {
    /// In the hub's log.
    pub number: u64,
    pub device: TerminalId,
    pub incarnation: u32,
    pub seq: u64,
    pub kind: String,
    pub received_ms: i64,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What an op is about: two ops that share none of these may pass each other.
type Names = BTreeSet<(&'static str, String)>;

/// Has later ops about the same things wait behind this one.
pub(super) fn block(sql: &mut dyn Sql, arrival: &Arrival<'_>, reading: &Reading<'_>, number: u64) -> Result<(), Fault> {
    let detail = match &reading.outcome {
        Outcome::Parked { code, .. } => format!("Op {number} of the log is parked: {code}."),
        _ => String::new(),
    };
    incident::note(sql, arrival.now_ms, IncidentKind::Parked, arrival.device, &detail)?;
    insert(sql, &guessed(&arrival.read.bytes), number)
}

/// The first parked op, of those before `turn` in the log, that `op` must not overtake.
pub(super) fn in_front(sql: &mut dyn Sql, op: &Op, turn: u64) -> Result<Option<u64>, Fault> {
    for (what, name) in names_of(op) {
        let text = "SELECT number FROM blocked WHERE what = $1 AND name = $2 AND number < $3 ORDER BY number LIMIT 1";
        if let Some(row) = first(sql, text, &[what.into(), name.into(), turn.into()])? {
            return Ok(Some(row[0].as_count()));
        }
    }
    Ok(None)
}

/// All parked ops in their order.
pub(super) fn list(sql: &mut dyn Sql) -> Result<Vec<ParkedOp>, Fault> {
    let text = "SELECT number, device, incarnation, seq, kind, received_ms, outcome FROM op \
        WHERE outcome LIKE '{\"outcome\":\"parked\"%' ORDER BY number LIMIT $1";
    sql.rows(text, &[Value::Int(i64::from(PARKED_AT_ONCE_MAX))])?.into_iter().map(read_parked).collect()
}

/// Takes parked ops up again in their order, all of them or the one with that number, and answers
/// what became of each. An op that is still not understood stays parked.
pub(super) fn replay(sql: &mut dyn Sql, now_ms: i64, only: Option<u64>) -> Result<Vec<ParkedOp>, Fault> {
    let mut heads = heads::load(sql)?;
    let wanted: Vec<ParkedOp> = list(sql)?.into_iter().filter(|parked| only.is_none_or(|number| number == parked.number)).collect();
    let mut answers = Vec::with_capacity(wanted.len());
    for parked in wanted {
        answers.push(take_up(sql, now_ms, parked, &mut heads)?);
    }
    let settled = answers.iter().filter(|answer| !matches!(answer.outcome, Outcome::Parked { .. }));
    let devices: BTreeSet<TerminalId> = settled.map(|answer| answer.device.clone()).collect();
    devices.iter().try_for_each(|device| tills::book_anew(sql, device, &mut heads))?;
    heads.save(sql)?;
    Ok(answers)
}

fn take_up(sql: &mut dyn Sql, now_ms: i64, parked: ParkedOp, heads: &mut Heads) -> Result<ParkedOp, Fault> {
    let number = || Value::from(parked.number);
    let row = first(sql, "SELECT bytes FROM op WHERE number = $1", &[number()])?;
    let read = ReadOp::new(row.map(|mut row| row.remove(0).into_bytes()).unwrap_or_default());
    let claimed = claimed_place(sql, &parked)?;
    // Its own name must not count as taken while it is read again.
    sql.exec("UPDATE op SET op_id = NULL WHERE number = $1", &[number()])?;
    sql.exec("DELETE FROM blocked WHERE number = $1", &[number()])?;
    let arrival = Arrival::again(&parked.device, claimed, parked.number, &read, now_ms);
    let reading = interpret::read(sql, &arrival, false, heads)?;
    let settled = !matches!(reading.outcome, Outcome::Parked { .. });
    if settled {
        // The feed must move for terminals to hear of it, whether or not any row did.
        heads.pos += 1;
        if claimed != (Place { incarnation: parked.incarnation, seq: parked.seq }) {
            arrival::tell_fork(sql, &arrival, false, heads)?;
        }
        arrival::note_units(&reading, parked.number, heads);
    } else {
        insert(sql, &guessed(&read.bytes), parked.number)?;
    }
    let text = "UPDATE op SET op_id = $2, kind = $3, outcome = $4, settled_pos = $5 WHERE number = $1";
    let settled_pos = if settled { heads.pos } else { 0 };
    let name = Value::optional(reading.name.map(name_bytes));
    sql.exec(text, &[number(), name, reading.kind().into(), interpret::outcome_json(&reading.outcome).into(), settled_pos.into()])?;
    heads.any_parked = first(sql, "SELECT 1 FROM blocked LIMIT 1", &[])?.is_some();
    Ok(ParkedOp { outcome: reading.outcome, kind: reading.envelope.map_or(parked.kind, |envelope| envelope.kind.clone()), ..parked })
}

/// The place that the op claimed when it came, which is another than its own if that was taken.
fn claimed_place(sql: &mut dyn Sql, parked: &ParkedOp) -> Result<Place, Fault> {
    let claimed = first(sql, "SELECT incarnation, seq FROM fork WHERE number = $1", &[parked.number.into()])?;
    let own = Place { incarnation: parked.incarnation, seq: parked.seq };
    Ok(claimed.map_or(own, |row| Place { incarnation: as_u32(&row[0]), seq: row[1].as_count() }))
}

/// Own ops of a terminal that were parked and got their final outcome in a stretch of the feed.
pub(super) fn resettled(sql: &mut dyn Sql, device: &TerminalId, after: u64, upto: u64) -> Result<Vec<Resettled>, Fault> {
    let text = "SELECT coalesce(fork.incarnation, op.incarnation), coalesce(fork.seq, op.seq), op.outcome, op.hash FROM op LEFT JOIN fork ON fork.number = op.number \
        WHERE op.device = $1 AND op.settled_pos > $2 AND op.settled_pos <= $3 ORDER BY op.settled_pos LIMIT $4";
    let params = [device.as_str().into(), after.into(), upto.into(), Value::Int(i64::from(PARKED_AT_ONCE_MAX))];
    sql.rows(text, &params)?.iter().map(|row| read_resettled(row)).collect()
}

/// What became of ops that a terminal knows as parked, as far as they are parked no longer. Under a number
/// there may be several, of a disk and its copies.
pub(super) fn settled_of(sql: &mut dyn Sql, device: &TerminalId, places: &[Place]) -> Result<Vec<Resettled>, Fault> {
    let mut answers = Vec::new();
    for place in places {
        let text = "SELECT incarnation, seq, outcome, hash FROM op WHERE device = $1 AND incarnation = $2 AND seq = $3 \
            UNION ALL SELECT fork.incarnation, fork.seq, op.outcome, fork.hash FROM fork JOIN op ON op.number = fork.number \
            WHERE fork.device = $1 AND fork.incarnation = $2 AND fork.seq = $3 ORDER BY 4";
        let rows = sql.rows(text, &[device.as_str().into(), Value::Int(i64::from(place.incarnation)), place.seq.into()])?;
        let found = rows.iter().map(|row| read_resettled(row)).collect::<Result<Vec<_>, Fault>>()?;
        answers.extend(found.into_iter().filter(|answer| !matches!(answer.outcome, Outcome::Parked { .. })));
    }
    Ok(answers)
}

/// Parked ops by the places that they claimed, of all terminals or of those in the warehouse of one. That
/// one is not told of others' where another op has the place: there the rows say which op is parked.
pub(super) fn parked(sql: &mut dyn Sql, beside: Option<&TerminalId>) -> Result<Vec<Contained>, Fault> {
    let text = "SELECT op.device, coalesce(fork.incarnation, op.incarnation), coalesce(fork.seq, op.seq) FROM op LEFT JOIN fork ON fork.number = op.number \
        JOIN device ON device.terminal = op.device WHERE op.outcome LIKE '{\"outcome\":\"parked\"%' \
        AND ($1 = '' OR op.device = $1 OR fork.number IS NULL) AND ($1 = '' OR device.warehouse = (SELECT warehouse FROM device WHERE terminal = $1)) ORDER BY op.number LIMIT $2";
    let params = [beside.map_or("", TerminalId::as_str).into(), Value::Int(i64::from(PARKED_AT_ONCE_MAX))];
    let read = |row: Record| Contained { device: TerminalId::from(row[0].as_text()), incarnation: as_u32(&row[1]), seq: row[2].as_count() };
    Ok(sql.rows(text, &params)?.into_iter().map(read).collect())
}

fn insert(sql: &mut dyn Sql, names: &Names, number: u64) -> Result<(), Fault> {
    for (what, name) in names.iter().filter(|(_, name)| name.len() <= NAME_BYTES_MAX) {
        let text = "INSERT INTO blocked (what, name, number) VALUES ($1, $2, $3) ON CONFLICT (what, name, number) DO NOTHING";
        sql.exec(text, &[(*what).into(), name.as_str().into(), number.into()])?;
    }
    Ok(())
}

fn names_of(op: &Op) -> Names {
    let units = op.body.units().into_iter().map(|(sku, serial)| ("unit", format!("{sku}{KEY_SEPARATOR}{serial}")));
    let document = op.body.document().map(|number| ("document", number.to_string()));
    // A shift that is closed before it was opened would be refused.
    let shift = matches!(op.body, Body::ShiftOpen(_) | Body::ShiftClose(_)).then(|| ("shift", op.device.to_string()));
    units.chain(document).chain(shift).collect()
}

/// What bytes are about that cannot be read as an op, by what looks like units and documents in them.
fn guessed(bytes: &[u8]) -> Names {
    if let Ok(op) = Op::read(bytes) {
        return names_of(&op);
    }
    let mut names = Names::new();
    if let Ok(json) = serde_json::from_slice::<Json>(bytes) {
        collect(&json, None, &mut names);
    }
    names
}

fn collect(json: &Json, sku: Option<&str>, names: &mut Names) {
    if names.len() >= NAMES_MAX {
        return;
    }
    match json {
        Json::Object(fields) => {
            let sku = fields.get("sku").and_then(Json::as_str).or(sku);
            if let Some(number) = fields.get("number").and_then(Json::as_str) {
                names.insert(("document", number.to_owned()));
            }
            collect_serials(fields, sku, names);
            fields.values().for_each(|value| collect(value, sku, names));
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, sku, names)),
        _ => {}
    }
}

fn collect_serials(fields: &serde_json::Map<String, Json>, sku: Option<&str>, names: &mut Names) {
    let Some(sku) = sku else { return };
    let one = fields.get("serial").and_then(Json::as_str);
    let many = fields.get("serials").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
    names.extend(one.into_iter().chain(many).map(|serial| ("unit", format!("{sku}{KEY_SEPARATOR}{serial}"))));
}

fn read_parked(row: Record) -> Result<ParkedOp, Fault> {
    Ok(ParkedOp {
        number: row[0].as_count(),
        device: TerminalId::from(row[1].as_text()),
        incarnation: as_u32(&row[2]),
        seq: row[3].as_count(),
        kind: row[4].as_text().to_owned(),
        received_ms: row[5].as_int(),
        outcome: interpret::stored_outcome(&row[6])?,
    })
}

fn read_resettled(row: &[Value]) -> Result<Resettled, Fault> {
    Ok(Resettled { incarnation: as_u32(&row[0]), seq: row[1].as_count(), hash: Some(hash_of(&row[3])), outcome: interpret::stored_outcome(&row[2])? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_unknown_op_is_about_is_guessed() {
        let check = |json: &str, expected: &[(&'static str, &str)]| {
            let expected: Names = expected.iter().map(|(what, name)| (*what, (*name).to_owned())).collect();
            assert_eq!(guessed(json.as_bytes()), expected, "{json}");
        };
        check("not json", &[]);
        check(r#"{"kind":"swap@7","payload":{"number":"T01-9","sku":"P","serial":"A1"}}"#, &[("document", "T01-9"), ("unit", "P\u{1f}A1")]);
        check(
            r#"{"payload":{"lines":[{"sku":"P","serials":["A1","A2"]},{"sku":"Q","units":[{"serial":"A1"}]}]}}"#,
            &[("unit", "P\u{1f}A1"), ("unit", "P\u{1f}A2"), ("unit", "Q\u{1f}A1")],
        );
        check(r#"{"serial":"A1"}"#, &[]);
    }

    #[test]
    fn bytes_without_an_envelope_name_no_one() {
        assert_eq!(Arrival::again(&"T01".into(), Place { incarnation: 1, seq: 1 }, 1, &ReadOp::new(b"{}".to_vec()), 0).prev(), None);
    }
}
