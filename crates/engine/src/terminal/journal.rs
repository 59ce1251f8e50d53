//! The journal's own tables: ops, which units they name, how far the hub acknowledged them.

use super::{TerminalIdentity, owner};
use crate::fault::Fault;
use crate::migrate::{Steps, migrate};
use crate::rows;
use crate::sql::{Record, Sql, Value, first};
use crate::till;
use ledger::id::{DocumentNumber, OpId};
use ledger::op::{Envelope, Hash, Op, SealedOp};
use ledger::row::{Key, Row, Till};
use ledger::serial::Serial;

pub const STEPS: Steps = &[rows::SCHEMA, include_str!("../../migrations/journal_0001.sql")];

/// Every table of its own with the columns that this version wants: a damaged schema shows here.
const PROBES: [&str; 8] = [
    "SELECT incarnation, seq, op_id, hash, kind, document, wall_ms, log_at, applied, outcome, seen_by, bytes FROM op LIMIT 1",
    "SELECT serial, sku, incarnation, seq FROM op_unit LIMIT 1",
    "SELECT incarnation, acked_seq, safe_seq, nonce, forked_after FROM stream LIMIT 1",
    "SELECT op, held, label, operator, at_ms, cart FROM draft LIMIT 1",
    "SELECT operator, tries, until_ms, last_ms FROM throttle LIMIT 1",
    "SELECT only_one, terminal, hub, incarnation, till_stale, seen_feed, seen_number, seen_hash, seen_signature, greeted_feed, greeted_number, greeted_hash, repairs FROM owner LIMIT 1",
    "SELECT terminal, name, key FROM peer LIMIT 1",
    "SELECT device, incarnation, seq, hlc, hash, at_hub, bytes FROM peer_op LIMIT 1",
];

/// Where a chain ends; all zero before its first op.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    pub seq: u64,
    pub hash: Hash,
    /// The logical clock of the last op of any incarnation; never behind what was heard of others.
    pub hlc: u64,
}

/// A stored op with what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub incarnation: u32,
    pub seq: u64,
    pub sealed: SealedOp,
}

/// Brings the schema up to date and makes sure whose journal it is. Another hub would take ops that
/// it never saw for new ones, so it must not get them.
pub fn prepare(sql: &mut dyn Sql, identity: &TerminalIdentity) -> Result<(), Fault> {
    update(sql)?;
    owner::found(sql, &identity.terminal, &identity.hub)?;
    let (found, path) = (owner::owner(sql)?, sql.path().to_owned());
    if found.hub != identity.hub {
        return Err(Fault::OtherHub { path, found: found.hub, wanted: identity.hub.clone() });
    }
    if found.terminal != identity.terminal.as_str() {
        return Err(Fault::OtherTerminal { path, found: found.terminal, wanted: identity.terminal.to_string() });
    }
    Ok(())
}

/// Brings the schema up to date and looks whether all of it is there.
pub fn update(sql: &mut dyn Sql) -> Result<(), Fault> {
    migrate(sql, STEPS).map_err(damaged_schema)?;
    for probe in PROBES.into_iter().chain(rows::PROBES) {
        sql.rows(probe, &[]).map_err(damaged_schema)?;
    }
    Ok(())
}

pub fn head(sql: &mut dyn Sql, incarnation: u32) -> Result<Head, Fault> {
    let newest = first(sql, "SELECT bytes FROM op ORDER BY incarnation DESC, seq DESC LIMIT 1", &[])?;
    let hlc = newest.and_then(|row| Op::read(row[0].as_bytes()).ok()).map_or(0, |op| op.at.hlc);
    let text = "SELECT seq, hash FROM op WHERE incarnation = $1 ORDER BY seq DESC LIMIT 1";
    let own = first(sql, text, &[number(incarnation)])?;
    Ok(own.map_or(Head { hlc, ..Head::default() }, |row| Head { seq: row[0].as_count(), hash: hash(&row[1]), hlc }))
}

/// Stores an op and the units it names.
pub fn insert(sql: &mut dyn Sql, sealed: &SealedOp, op: &Op, log_at: u64) -> Result<(), Fault> {
    let envelope = Envelope { id: op.id, device: op.device.clone(), incarnation: op.incarnation, seq: op.seq, prev: op.prev, kind: op.body.kind().into() };
    insert_op(sql, sealed, &envelope, op.body.document(), op.at.wall_ms, log_at)?;
    for (sku, serial) in op.body.units() {
        let text = "INSERT INTO op_unit (serial, sku, incarnation, seq) VALUES ($1, $2, $3, $4) ON CONFLICT (serial, sku, incarnation, seq) DO NOTHING";
        sql.exec(text, &[serial.as_str().into(), sku.as_str().into(), number(op.incarnation), op.seq.into()])?;
    }
    Ok(())
}

/// Stores an op that was found outside of the journal, unless it is there, and books it on the till: the
/// commit that brought the one would have brought the other. Answers whether it was stored.
pub fn import(sql: &mut dyn Sql, bytes: &[u8], log_at: u64) -> Result<bool, Fault> {
    let Ok(envelope) = Envelope::read(bytes) else { return Ok(false) };
    let known = "SELECT 1 FROM op WHERE op_id = $1 OR (incarnation = $2 AND seq = $3)";
    if first(sql, known, &[id(envelope.id), number(envelope.incarnation), envelope.seq.into()])?.is_some() {
        return Ok(false);
    }
    let sealed = SealedOp { bytes: bytes.to_owned(), hash: Hash::of(bytes) };
    match Op::read(bytes) {
        Ok(op) => {
            insert(sql, &sealed, &op, log_at)?;
            book(sql, &op)?;
        }
        // Of a kind that only a newer version knows: kept and sent like any other.
        Err(_) => insert_op(sql, &sealed, &envelope, None, 0, log_at)?,
    }
    Ok(true)
}

fn book(sql: &mut dyn Sql, op: &Op) -> Result<(), Fault> {
    let before = till::load(sql, &Key::Till(op.device.clone()))?.unwrap_or_else(|| Till::new(op.device.clone()));
    rows::save(sql, &Row::Till(till::book(before, op)), None, 0)
}

pub fn by_id(sql: &mut dyn Sql, op: OpId) -> Result<Option<Stored>, Fault> {
    let text = "SELECT incarnation, seq, hash, bytes FROM op WHERE op_id = $1";
    Ok(first(sql, text, &[id(op)])?.map(stored))
}

pub fn by_document(sql: &mut dyn Sql, document: &DocumentNumber) -> Result<Option<Stored>, Fault> {
    let text = "SELECT incarnation, seq, hash, bytes FROM op WHERE document = $1 ORDER BY incarnation, seq LIMIT 1";
    Ok(first(sql, text, &[document.as_str().into()])?.map(stored))
}

/// Ops after a place in the order of (incarnation, seq).
pub fn after(sql: &mut dyn Sql, incarnation: u32, seq: u64, ops_max: u32) -> Result<Vec<Stored>, Fault> {
    let text = "SELECT incarnation, seq, hash, bytes FROM op WHERE (incarnation, seq) > ($1, $2) ORDER BY incarnation, seq LIMIT $3";
    let found = sql.rows(text, &[number(incarnation), seq.into(), number(ops_max)])?;
    Ok(found.into_iter().map(stored).collect())
}

/// Ops of one kind, newest first, before a place in the order of (incarnation, seq).
pub fn before(sql: &mut dyn Sql, kind: &str, place: (u32, u64), ops_max: u32) -> Result<Vec<Stored>, Fault> {
    let text = "SELECT incarnation, seq, hash, bytes FROM op WHERE kind = $1 AND (incarnation, seq) < ($2, $3) ORDER BY incarnation DESC, seq DESC LIMIT $4";
    let found = sql.rows(text, &[kind.into(), number(place.0), place.1.into(), number(ops_max)])?;
    Ok(found.into_iter().map(stored).collect())
}

/// Ops of one kind that name a unit with the serial, newest first.
pub fn naming(sql: &mut dyn Sql, serial: &Serial, kind: &str, ops_max: u32) -> Result<Vec<Stored>, Fault> {
    let text = "SELECT DISTINCT op.incarnation, op.seq, op.hash, op.bytes FROM op_unit \
        JOIN op ON op.incarnation = op_unit.incarnation AND op.seq = op_unit.seq \
        WHERE op_unit.serial = $1 AND op.kind = $2 ORDER BY op.incarnation DESC, op.seq DESC LIMIT $3";
    let found = sql.rows(text, &[serial.as_str().into(), kind.into(), number(ops_max)])?;
    Ok(found.into_iter().map(stored).collect())
}

/// Every incarnation that has ops, oldest first. They are few, so each is one step in the index.
pub fn incarnations(sql: &mut dyn Sql) -> Result<Vec<u32>, Fault> {
    let mut found = Vec::new();
    let mut last = -1;
    while let Some(row) = first(sql, "SELECT incarnation FROM op WHERE incarnation > $1 ORDER BY incarnation LIMIT 1", &[Value::Int(last)])? {
        last = row[0].as_int();
        found.push(as_u32(&row[0]));
    }
    Ok(found)
}

/// The hash of an own op.
pub fn hash_at(sql: &mut dyn Sql, incarnation: u32, seq: u64) -> Result<Option<Hash>, Fault> {
    let text = "SELECT hash FROM op WHERE incarnation = $1 AND seq = $2";
    Ok(first(sql, text, &[number(incarnation), seq.into()])?.map(|row| hash(&row[0])))
}

/// How far the hub has acknowledged a chain.
pub fn acked(sql: &mut dyn Sql, incarnation: u32) -> Result<u64, Fault> {
    Ok(stream(sql, incarnation)?.acked_seq)
}

/// How many ops of an incarnation the hub has not acknowledged.
pub fn unacked(sql: &mut dyn Sql, incarnation: u32) -> Result<u64, Fault> {
    let params = [number(incarnation), acked(sql, incarnation)?.into()];
    let count = first(sql, "SELECT count(*) FROM op WHERE incarnation = $1 AND seq > $2", &params)?;
    Ok(count.map_or(0, |row| row[0].as_count()))
}

/// Takes acknowledgements beyond a number back.
pub fn rewind(sql: &mut dyn Sql, incarnation: u32, acked_to: u64) -> Result<(), Fault> {
    let mut stream = stream(sql, incarnation)?;
    stream.rewind(acked_to);
    save_stream(sql, incarnation, &stream)
}

/// What the hub said of one incarnation's chain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stream {
    pub acked_seq: u64,
    /// A verified backup of the hub has everything up to here.
    pub safe_seq: u64,
    /// To be said with the next push.
    pub nonce: String,
    /// Beyond this op the hub may have others under the same numbers; none if that was never seen.
    pub forked_after: Option<u64>,
}

impl Stream {
    /// How far the hub has acknowledged these very ops under their own numbers.
    pub fn sure_seq(&self) -> u64 {
        self.acked_seq.min(self.forked_after.unwrap_or(u64::MAX))
    }

    /// The hub shows that the numbers of this chain were given twice. What was acknowledged without that
    /// stands where it should.
    pub fn fork(&mut self) {
        self.forked_after.get_or_insert(self.acked_seq);
    }

    /// Takes acknowledgements back.
    pub fn rewind(&mut self, acked_to: u64) {
        self.acked_seq = self.acked_seq.min(acked_to);
        self.forked_after = self.forked_after.map(|seq| seq.min(acked_to));
    }
}

pub fn stream(sql: &mut dyn Sql, incarnation: u32) -> Result<Stream, Fault> {
    let row = first(sql, "SELECT acked_seq, safe_seq, nonce, forked_after FROM stream WHERE incarnation = $1", &[number(incarnation)])?;
    let read = |row: Record| {
        let forked_after = (row[3] != Value::Null).then(|| row[3].as_count());
        Stream { acked_seq: row[0].as_count(), safe_seq: row[1].as_count(), nonce: row[2].as_text().to_owned(), forked_after }
    };
    Ok(row.map(read).unwrap_or_default())
}

pub fn save_stream(sql: &mut dyn Sql, incarnation: u32, stream: &Stream) -> Result<(), Fault> {
    let text = "INSERT INTO stream (incarnation, acked_seq, safe_seq, nonce, forked_after) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (incarnation) DO UPDATE SET acked_seq = excluded.acked_seq, safe_seq = excluded.safe_seq, nonce = excluded.nonce, \
        forked_after = excluded.forked_after";
    let Stream { acked_seq, safe_seq, nonce, forked_after } = stream;
    let params = [number(incarnation), (*acked_seq).into(), (*safe_seq).into(), nonce.as_str().into(), forked_after.map_or(Value::Null, Value::count)];
    sql.exec(text, &params).map(drop)
}

/// What a hub said of ops that it does not have any more is void: it was put back to an older state,
/// and says it anew.
pub fn forget_outcomes(sql: &mut dyn Sql, incarnation: u32, after: u64) -> Result<(), Fault> {
    let text = "UPDATE op SET outcome = NULL, applied = NULL WHERE incarnation = $1 AND seq > $2 AND outcome IS NOT NULL";
    sql.exec(text, &[number(incarnation), after.into()]).map(drop)
}

/// The first op, of those that the hub acknowledged, whose outcome is not known here: the journal was
/// built anew since.
pub fn unanswered(sql: &mut dyn Sql, incarnation: u32) -> Result<Option<u64>, Fault> {
    let text = "SELECT seq FROM op WHERE outcome IS NULL AND incarnation = $1 ORDER BY seq LIMIT 1";
    Ok(first(sql, text, &[number(incarnation)])?.map(|row| row[0].as_count()))
}

/// The last number of a chain that has an op.
pub fn last(sql: &mut dyn Sql, incarnation: u32) -> Result<u64, Fault> {
    Ok(first(sql, "SELECT max(seq) FROM op WHERE incarnation = $1", &[number(incarnation)])?.map_or(0, |row| row[0].as_count()))
}

/// Whether the hub's answer to an op is final.
pub fn is_settled(sql: &mut dyn Sql, incarnation: u32, seq: u64) -> Result<bool, Fault> {
    let text = "SELECT 1 FROM op WHERE incarnation = $1 AND seq = $2 AND outcome IS NOT NULL AND outcome NOT LIKE '{\"outcome\":\"parked\"%'";
    Ok(first(sql, text, &[number(incarnation), seq.into()])?.is_some())
}

pub fn at(sql: &mut dyn Sql, incarnation: u32, seq: u64) -> Result<Option<Stored>, Fault> {
    let text = "SELECT incarnation, seq, hash, bytes FROM op WHERE incarnation = $1 AND seq = $2";
    Ok(first(sql, text, &[number(incarnation), seq.into()])?.map(stored))
}

/// Whether every op is here that was ever made under this terminal's name: its own account is then
/// the whole one.
pub fn is_whole(sql: &mut dyn Sql) -> Result<bool, Fault> {
    let forked = first(sql, "SELECT 1 FROM stream WHERE forked_after IS NOT NULL LIMIT 1", &[])?.is_some();
    let chains = sql.rows("SELECT incarnation, max(seq), count(*) FROM op GROUP BY incarnation ORDER BY incarnation", &[])?;
    let begins = chains.first().is_none_or(|chain| chain[0].as_int() == 1);
    Ok(!forked && begins && chains.iter().all(|chain| chain[1] == chain[2]))
}

pub fn drop_draft(sql: &mut dyn Sql, op: OpId) -> Result<(), Fault> {
    sql.exec("DELETE FROM draft WHERE op = $1", &[id(op)]).map(drop)
}

pub fn stored(record: Record) -> Stored {
    let mut columns = record.into_iter();
    let mut next = || columns.next().unwrap_or(Value::Null);
    let (incarnation, seq) = (as_u32(&next()), next().as_count());
    let hash = hash(&next());
    Stored { incarnation, seq, sealed: SealedOp { hash, bytes: next().into_bytes() } }
}

pub fn id(op: OpId) -> Value {
    Value::Blob(op.0.as_bytes().to_vec())
}

pub fn as_id(value: &Value) -> OpId {
    OpId(uuid::Uuid::from_slice(value.as_bytes()).unwrap_or_default())
}

pub fn number(number: u32) -> Value {
    Value::Int(i64::from(number))
}

pub fn as_u32(value: &Value) -> u32 {
    u32::try_from(value.as_int()).unwrap_or(0)
}

pub fn hash(value: &Value) -> Hash {
    Hash(value.as_bytes().try_into().unwrap_or_default())
}

fn insert_op(sql: &mut dyn Sql, sealed: &SealedOp, op: &Envelope, document: Option<&DocumentNumber>, wall_ms: i64, log_at: u64) -> Result<(), Fault> {
    let text = "INSERT INTO op (incarnation, seq, op_id, hash, kind, document, wall_ms, log_at, bytes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let params = [
        number(op.incarnation),
        op.seq.into(),
        id(op.id),
        sealed.hash.0.to_vec().into(),
        op.kind.as_str().into(),
        Value::optional(document.map(DocumentNumber::as_str)),
        wall_ms.into(),
        log_at.into(),
        sealed.bytes.clone().into(),
    ];
    sql.exec(text, &params).map(drop)
}

/// A table that is not as its version says is damage, whatever SQLite calls it.
fn damaged_schema(fault: Fault) -> Fault {
    match fault {
        Fault::Sql { path, source, .. } => Fault::Corrupt { path, what: "its tables are not as they should be".into(), source: Some(source) },
        other => other,
    }
}
