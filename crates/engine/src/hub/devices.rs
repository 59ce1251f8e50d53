//! The terminals that may speak to this hub, and the one-time codes by which they become such.

use crate::fault::Fault;
use crate::rows;
use crate::sql::{Record, Sql, Value, first};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ledger::id::{TerminalId, WarehouseId};
use ledger::op::Hash;
use ledger::row::{Row, Table};
use ledger::sync::peer::PEERS_MAX;
use ledger::sync::wire::Peer;
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

/// What a terminal is told when it is taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    pub terminal: TerminalId,
    pub name: String,
    pub warehouse: WarehouseId,
    pub incarnation: u32,
}

pub(super) fn add_code(sql: &mut dyn Sql, code: &NewCode) -> Result<(), Fault> {
    let text = "INSERT INTO enrol_code (hash, name, warehouse, expires_ms) VALUES ($1, $2, $3, $4)";
    sql.exec(text, &[code.hash.0.to_vec().into(), code.name.as_str().into(), code.warehouse.as_str().into(), code.expires_ms.into()]).map(drop)
}

/// A key that is known already gets a new incarnation of its terminal: its journal is new. A
/// revoked one stays out, and its code is spent.
pub(super) fn enrol(sql: &mut dyn Sql, now_ms: i64, code: Hash, key: [u8; 32], machine: &str) -> Result<Option<Enrolled>, Fault> {
    let Some((name, warehouse)) = spend(sql, now_ms, code)? else { return Ok(None) };
    let known = first(sql, "SELECT terminal, revoked FROM device WHERE device_key = $1", &[key.to_vec().into()])?;
    match known {
        None => add(sql, now_ms, &name, &warehouse, key, machine).map(Some),
        Some(row) if row[1].as_int() != 0 => Ok(None),
        Some(row) => again(sql, &TerminalId::from(row[0].as_text()), &name, &warehouse).map(Some),
    }
}

pub(super) fn add(sql: &mut dyn Sql, now_ms: i64, name: &str, warehouse: &WarehouseId, key: [u8; 32], machine: &str) -> Result<Enrolled, Fault> {
    let count = first(sql, "SELECT COUNT(*) FROM device", &[])?.map_or(0, |row| row[0].as_int());
    let terminal = TerminalId(format!("T{:02}", count + 1));
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

/// Marks the code as used and answers what it was for.
fn spend(sql: &mut dyn Sql, now_ms: i64, code: Hash) -> Result<Option<(String, WarehouseId)>, Fault> {
    let hash = Value::from(code.0.to_vec());
    let text = "UPDATE enrol_code SET used_ms = $2 WHERE hash = $1 AND used_ms IS NULL AND expires_ms > $2";
    if sql.exec(text, &[hash.clone(), now_ms.into()])? == 0 {
        return Ok(None);
    }
    let row = first(sql, "SELECT name, warehouse FROM enrol_code WHERE hash = $1", &[hash])?;
    Ok(row.map(|row| (row[0].as_text().to_owned(), WarehouseId::from(row[1].as_text()))))
}

fn again(sql: &mut dyn Sql, terminal: &TerminalId, name: &str, warehouse: &WarehouseId) -> Result<Enrolled, Fault> {
    let text = "UPDATE device SET incarnation = incarnation + 1, name = $2, warehouse = $3 WHERE terminal = $1 RETURNING incarnation";
    let row = first(sql, text, &[terminal.as_str().into(), name.into(), warehouse.as_str().into()])?;
    let incarnation = row.map_or(1, |row| count_u32(&row[0]));
    Ok(Enrolled { terminal: terminal.clone(), name: name.to_owned(), warehouse: warehouse.clone(), incarnation })
}

fn read(record: Record) -> Result<Device, Fault> {
    let text = |index: usize| record[index].as_text().to_owned();
    let key = |source: TryFromSliceError| Fault::Row { table: "device", key: text(0), source: source.into() };
    Ok(Device {
        terminal: TerminalId(text(0)),
        name: text(1),
        machine: text(2),
        warehouse: WarehouseId(text(3)),
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
