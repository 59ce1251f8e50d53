//! The terminals that may speak to this hub, and the one-time codes by which they become such.

use super::incident::{self, IncidentKind};
use crate::fault::Fault;
use crate::rows;
use crate::sql::{Record, Sql, Value, first};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ledger::id::{TerminalId, WarehouseId};
use ledger::op::Hash;
use ledger::row::{Row, Table};
use ledger::sync::peer::PEERS_MAX;
use ledger::sync::wire::{Peer, QUARANTINE_FIRST};
use std::array::TryFromSliceError;
use std::collections::BTreeSet;

/// Most terminals that are listed.
pub(super) const DEVICES_MAX: i64 = 10_000;

/// Rows of stock that are looked through for the names of warehouses: far more than a shop has SKUs.
const STOCK_ROWS_MAX: u32 = 200_000;

/// A terminal as the hub knows it. Times are milliseconds by the hub's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub terminal: TerminalId,
    pub name: String,
    /// What the machine calls itself.
    pub machine: String,
    pub warehouse: WarehouseId,
    /// Public ed25519 key.
    pub key: [u8; 32],
    pub incarnation: u32,
    pub head_seq: u64,
    pub enrolled_ms: i64,
    /// When it pushed last.
    pub seen_ms: i64,
    pub revoked: bool,
    /// Version of its program, as it said last.
    pub program: String,
    /// The hub's clock minus its own, at the last exchange.
    pub offset_ms: i64,
    /// How often its catalogue was found to differ.
    pub repairs: u64,
}

/// A one-time code, of which only the hash is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCode {
    pub hash: Hash,
    /// What people will call the terminal.
    pub name: String,
    pub warehouse: WarehouseId,
    pub expires_ms: i64,
}

/// Who introduces itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    /// Public ed25519 key.
    pub key: [u8; 32],
    /// What the machine calls itself.
    pub machine: String,
    /// Whose ops lie in its folder, as it says; none if there are none.
    pub holds: Option<TerminalId>,
}

/// Why somebody is not taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnrolRefusal {
    /// The code is wrong, used or expired, or the terminal is barred.
    BadCode,
    /// The code makes it another terminal than the one that it was, which could not send what that one
    /// left. The code is still good.
    OtherTerminal { meant: TerminalId, was: TerminalId },
}

/// What a terminal is told when it is taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    pub terminal: TerminalId,
    pub name: String,
    pub warehouse: WarehouseId,
    pub incarnation: u32,
}

pub(super) fn add_code(sql: &mut dyn Sql, code: &NewCode) -> Result<(), Fault> {
    store_code(sql, code, "")
}

/// A code by which a terminal that has lost its key gets another one. Answers the terminal, if there is
/// such; a revoked one gets no code.
pub(super) fn add_code_again(sql: &mut dyn Sql, terminal: &TerminalId, hash: Hash, expires_ms: i64) -> Result<Option<Device>, Fault> {
    let Some(device) = find(sql, terminal)? else { return Ok(None) };
    if !device.revoked {
        let code = NewCode { hash, name: device.name.clone(), warehouse: device.warehouse.clone(), expires_ms };
        store_code(sql, &code, terminal.as_str())?;
    }
    Ok(Some(device))
}

fn store_code(sql: &mut dyn Sql, code: &NewCode, terminal: &str) -> Result<(), Fault> {
    let NewCode { hash, name, warehouse, expires_ms } = code;
    let text = "INSERT INTO enrol_code (hash, terminal, name, warehouse, expires_ms) VALUES ($1, $2, $3, $4, $5)";
    sql.exec(text, &[hash.0.to_vec().into(), terminal.into(), name.as_str().into(), warehouse.as_str().into(), (*expires_ms).into()]).map(drop)
}

/// A revoked terminal stays out, and its code is spent. A code that would make a box another terminal
/// than it was is not: the mistake costs nothing, and nobody's key.
pub(super) fn enrol(sql: &mut dyn Sql, now_ms: i64, code: Hash, newcomer: &Newcomer) -> Result<Result<Enrolled, EnrolRefusal>, Fault> {
    let Some(good) = good_code(sql, now_ms, code)? else { return Ok(Err(EnrolRefusal::BadCode)) };
    let known = by_key(sql, newcomer.key)?;
    let meant = match good.terminal.as_ref().or(known.as_ref()) {
        Some(terminal) => terminal.clone(),
        None => next_terminal(sql)?,
    };
    if let Some(was) = [&known, &newcomer.holds].into_iter().flatten().find(|was| **was != meant) {
        return Ok(Err(EnrolRefusal::OtherTerminal { meant, was: was.clone() }));
    }
    spend(sql, now_ms, code)?;
    if good.terminal.is_none() && known.is_none() {
        return add(sql, now_ms, &good.name, &good.warehouse, newcomer.key, &newcomer.machine).map(Ok);
    }
    if find(sql, &meant)?.is_none_or(|device| device.revoked) {
        return Ok(Err(EnrolRefusal::BadCode));
    }
    if known.is_none() {
        return replace_key(sql, now_ms, &meant, newcomer).map(Ok);
    }
    again(sql, &meant, &good.name, &good.warehouse).map(Ok)
}

/// The name that the next new terminal gets.
fn next_terminal(sql: &mut dyn Sql) -> Result<TerminalId, Fault> {
    let count = first(sql, "SELECT COUNT(*) FROM device", &[])?.map_or(0, |row| row[0].as_int());
    Ok(TerminalId::new(format!("T{:02}", count + 1)))
}

pub(super) fn add(sql: &mut dyn Sql, now_ms: i64, name: &str, warehouse: &WarehouseId, key: [u8; 32], machine: &str) -> Result<Enrolled, Fault> {
    let terminal = next_terminal(sql)?;
    let text = "INSERT INTO device (terminal, name, machine, warehouse, device_key, incarnation, enrolled_ms, seen_ms, revoked, program, offset_ms, repairs) \
        VALUES ($1, $2, $3, $4, $5, 1, $6, $6, 0, '', 0, 0)";
    let params = [terminal.as_str().into(), name.into(), machine.into(), warehouse.as_str().into(), key.to_vec().into(), now_ms.into()];
    sql.exec(text, &params)?;
    Ok(Enrolled { terminal, name: name.to_owned(), warehouse: warehouse.clone(), incarnation: 1 })
}

pub(super) fn revoke(sql: &mut dyn Sql, terminal: &TerminalId) -> Result<bool, Fault> {
    Ok(sql.exec("UPDATE device SET revoked = 1 WHERE terminal = $1", &[terminal.as_str().into()])? > 0)
}

pub(super) fn find(sql: &mut dyn Sql, terminal: &TerminalId) -> Result<Option<Device>, Fault> {
    let text = "SELECT device.terminal, name, machine, warehouse, device_key, device.incarnation, enrolled_ms, seen_ms, revoked, head_seq, program, offset_ms, repairs FROM device \
        LEFT JOIN chain ON chain.device = device.terminal AND chain.incarnation = device.incarnation WHERE terminal = $1";
    first(sql, text, &[terminal.as_str().into()])?.map(read).transpose()
}

pub(super) fn all(sql: &mut dyn Sql) -> Result<Vec<Device>, Fault> {
    let text = "SELECT device.terminal, name, machine, warehouse, device_key, device.incarnation, enrolled_ms, seen_ms, revoked, head_seq, program, offset_ms, repairs FROM device \
        LEFT JOIN chain ON chain.device = device.terminal AND chain.incarnation = device.incarnation ORDER BY terminal LIMIT $1";
    sql.rows(text, &[Value::Int(DEVICES_MAX)])?.into_iter().map(read).collect()
}

/// Whether both are terminals of one warehouse, or one and the same.
pub(super) fn are_neighbours(sql: &mut dyn Sql, one: &TerminalId, other: &TerminalId) -> Result<bool, Fault> {
    let text = "SELECT 1 FROM device WHERE terminal = $1 AND warehouse = (SELECT warehouse FROM device WHERE terminal = $2)";
    Ok(first(sql, text, &[one.as_str().into(), other.as_str().into()])?.is_some())
}

/// The other terminals of the same warehouse that are not revoked, those seen last first.
pub(super) fn peers(sql: &mut dyn Sql, terminal: &TerminalId) -> Result<Vec<Peer>, Fault> {
    let text = "SELECT terminal, name, device_key FROM device WHERE terminal <> $1 AND revoked = 0 \
        AND warehouse = (SELECT warehouse FROM device WHERE terminal = $1) ORDER BY seen_ms DESC, terminal LIMIT $2";
    let found = sql.rows(text, &[terminal.as_str().into(), Value::count(PEERS_MAX as u64)])?;
    let peer = |row: &Record| Peer { terminal: TerminalId::from(row[0].as_text()), name: row[1].as_text().to_owned(), key: BASE64.encode(row[2].as_bytes()) };
    Ok(found.iter().map(peer).collect())
}

/// Where there are goods, or terminals.
pub(super) fn warehouses(sql: &mut dyn Sql) -> Result<BTreeSet<WarehouseId>, Fault> {
    let of_goods = rows::records(sql, Table::Stock, STOCK_ROWS_MAX)?.into_iter().filter_map(|row| match row {
        Row::Stock(stock) => Some(stock.warehouse),
        _ => None,
    });
    let of_goods: BTreeSet<WarehouseId> = of_goods.collect();
    Ok(all(sql)?.into_iter().map(|device| device.warehouse).chain(of_goods).collect())
}

/// What a code that can still be used is for.
struct GoodCode {
    /// None for a terminal that is to come.
    terminal: Option<TerminalId>,
    name: String,
    warehouse: WarehouseId,
}

fn good_code(sql: &mut dyn Sql, now_ms: i64, code: Hash) -> Result<Option<GoodCode>, Fault> {
    let text = "SELECT terminal, name, warehouse FROM enrol_code WHERE hash = $1 AND used_ms IS NULL AND expires_ms > $2";
    let row = first(sql, text, &[code.0.to_vec().into(), now_ms.into()])?;
    let terminal = |text: &str| Some(TerminalId::from(text)).filter(|_| !text.is_empty());
    let read = |row: Record| GoodCode { terminal: terminal(row[0].as_text()), name: row[1].as_text().to_owned(), warehouse: row[2].as_text().into() };
    Ok(row.map(read))
}

fn spend(sql: &mut dyn Sql, now_ms: i64, code: Hash) -> Result<(), Fault> {
    sql.exec("UPDATE enrol_code SET used_ms = $2 WHERE hash = $1", &[code.0.to_vec().into(), now_ms.into()]).map(drop)
}

/// Whose key it is.
fn by_key(sql: &mut dyn Sql, key: [u8; 32]) -> Result<Option<TerminalId>, Fault> {
    let row = first(sql, "SELECT terminal FROM device WHERE device_key = $1", &[key.to_vec().into()])?;
    Ok(row.map(|row| TerminalId::from(row[0].as_text())))
}

/// Believes another key from now on, and the one before no more. Nobody knows whether the disk that
/// comes with it is the last one of that terminal, so what is done from now on gets numbers of its own;
/// what an older one still has is sent under the numbers that it has.
fn replace_key(sql: &mut dyn Sql, now_ms: i64, terminal: &TerminalId, newcomer: &Newcomer) -> Result<Enrolled, Fault> {
    let incarnation = next_incarnation(sql, terminal, 0)?;
    let text = "UPDATE device SET device_key = $2, machine = $3 WHERE terminal = $1 RETURNING name, warehouse";
    let row = first(sql, text, &[terminal.as_str().into(), newcomer.key.to_vec().into(), newcomer.machine.as_str().into()])?;
    let row = row.expect("a terminal that was found in this transaction is still there");
    let detail = format!(
        "It has a new key since a code for it was used on {:?}, and goes on in incarnation {incarnation}. The key before is not believed any more. \
        If nobody asked for that, revoke the terminal.",
        newcomer.machine
    );
    incident::note(sql, now_ms, IncidentKind::KeyReplaced, terminal, &detail)?;
    Ok(Enrolled { terminal: terminal.clone(), name: row[0].as_text().to_owned(), warehouse: row[1].as_text().into(), incarnation })
}

/// Its journal may be new.
fn again(sql: &mut dyn Sql, terminal: &TerminalId, name: &str, warehouse: &WarehouseId) -> Result<Enrolled, Fault> {
    let incarnation = next_incarnation(sql, terminal, 0)?;
    let text = "UPDATE device SET name = $2, warehouse = $3 WHERE terminal = $1";
    sql.exec(text, &[terminal.as_str().into(), name.into(), warehouse.as_str().into()])?;
    Ok(Enrolled { terminal: terminal.clone(), name: name.to_owned(), warehouse: warehouse.clone(), incarnation })
}

/// Gives the terminal an incarnation behind all that it had and behind the one `said`: a hub that was
/// restored does not know what it gave since its backup.
pub(super) fn next_incarnation(sql: &mut dyn Sql, terminal: &TerminalId, said: u32) -> Result<u32, Fault> {
    let text = "SELECT coalesce(max(incarnation), 0) FROM chain WHERE device = $1 AND incarnation < $2";
    let seen = first(sql, text, &[terminal.as_str().into(), Value::Int(i64::from(QUARANTINE_FIRST))])?.map_or(0, |row| row[0].as_int());
    let known = seen.max(i64::from(said));
    let text = "UPDATE device SET incarnation = CASE WHEN incarnation < $2 THEN $2 ELSE incarnation END + 1 WHERE terminal = $1 RETURNING incarnation";
    let row = first(sql, text, &[terminal.as_str().into(), Value::Int(known)])?;
    Ok(row.and_then(|row| u32::try_from(row[0].as_int()).ok()).unwrap_or(1))
}

fn read(record: Record) -> Result<Device, Fault> {
    let text = |index: usize| record[index].as_text().to_owned();
    let key = |source: TryFromSliceError| Fault::Row { table: "device", key: text(0), source: source.into() };
    Ok(Device {
        terminal: TerminalId::new(text(0)),
        name: text(1),
        machine: text(2),
        warehouse: WarehouseId::new(text(3)),
        key: record[4].as_bytes().try_into().map_err(key)?,
        incarnation: count_u32(&record[5]),
        enrolled_ms: record[6].as_int(),
        seen_ms: record[7].as_int(),
        revoked: record[8].as_int() != 0,
        head_seq: record[9].as_count(),
        program: text(10),
        offset_ms: record[11].as_int(),
        repairs: record[12].as_count(),
    })
}

fn count_u32(value: &Value) -> u32 {
    u32::try_from(value.as_int()).unwrap_or(u32::MAX)
}
