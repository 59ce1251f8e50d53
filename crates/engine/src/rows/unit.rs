//! Units: typed columns, found by (sku, serial) and by serial alone.

use super::{VersionedUnit, unreadable, ver_value};
use crate::bulk::{Insert, Select};
use crate::fault::Fault;
use crate::sql::{Record, Sql, Value, first};
use ledger::id::{DocumentNumber, OpId, Sku, TerminalId, WarehouseId};
use ledger::row::{Condition, DocumentRef, Table, Unit, UnitStatus};
use ledger::serial::Serial;
use std::sync::LazyLock;

/// Most units of one serial that a look-up answers: one a SKU, and no shop has more namesakes.
const NAMESAKES_MAX: i64 = 100;

/// A query of units: the columns that [`unit_from_record`] reads, `pos` after them, and the rest of
/// the statement from `WHERE` on.
macro_rules! select_unit {
    ($tail:literal) => {
        concat!(
            "SELECT sku, serial, status, condition, warehouse, notes, created_at_ms, ",
            "came_op, came_number, came_at_ms, left_op, left_number, left_at_ms, left_terminal, left_believed, left_base, disputes, ver, pos FROM unit ",
            $tail
        )
    };
}
pub(crate) use select_unit;

const COLUMNS: usize = 19;

macro_rules! insert_unit {
    () => {
        concat!(
            "INSERT INTO unit (sku, serial, status, condition, warehouse, notes, created_at_ms, ",
            "came_op, came_number, came_at_ms, left_op, left_number, left_at_ms, left_terminal, left_believed, left_base, disputes, ver, pos) VALUES"
        )
    };
}

const ADD: &str =
    concat!(insert_unit!(), " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) ON CONFLICT (sku, serial) DO NOTHING");
const SAVING: &str = " ON CONFLICT (sku, serial) DO UPDATE SET status = excluded.status, condition = excluded.condition, \
    warehouse = excluded.warehouse, notes = excluded.notes, created_at_ms = excluded.created_at_ms, \
    came_op = excluded.came_op, came_number = excluded.came_number, came_at_ms = excluded.came_at_ms, \
    left_op = excluded.left_op, left_number = excluded.left_number, left_at_ms = excluded.left_at_ms, \
    left_terminal = excluded.left_terminal, left_believed = excluded.left_believed, left_base = excluded.left_base, \
    disputes = excluded.disputes, ver = excluded.ver, pos = excluded.pos";

static SAVE: LazyLock<Insert> = LazyLock::new(|| Insert::new(insert_unit!(), COLUMNS, SAVING));
static LOAD: LazyLock<Select> = LazyLock::new(|| {
    Select::new(
        concat!("WITH wanted (wanted_sku, wanted_serial) AS (VALUES {keys}) ", select_unit!("JOIN wanted ON sku = wanted_sku AND serial = wanted_serial")),
        2,
    )
});

/// Every unit bearing the serial, whatever its SKU, in SKU order.
pub fn units_by_serial(sql: &mut dyn Sql, serial: &Serial) -> Result<Vec<VersionedUnit>, Fault> {
    let found = sql.rows(select_unit!("WHERE serial = $1 ORDER BY sku LIMIT $2"), &[serial.as_str().into(), Value::Int(NAMESAKES_MAX)])?;
    found.into_iter().map(unit_from_record).collect()
}

/// Reads a row of `select_unit`; more columns may follow.
pub fn unit_from_record(record: Record) -> Result<VersionedUnit, Fault> {
    let serial = Serial::parse(record[1].as_text()).map_err(|r| unreadable(Table::Unit, record[1].as_text(), r.to_string()))?;
    let unit = Unit {
        sku: Sku::from(record[0].as_text()),
        serial,
        status: if record[2].as_int() == 0 { UnitStatus::InStock } else { UnitStatus::StockedOut },
        condition: if record[3].as_int() == 0 { Condition::Good } else { Condition::Defective },
        warehouse: WarehouseId::from(record[4].as_text()),
        notes: record[5].as_text().to_owned(),
        created_at_ms: record[6].as_int(),
        came: document(&record[7..10]),
        left: document(&record[10..13]).map(|left| informed(left, &record[13..16])),
        disputes: u32::try_from(record[16].as_int()).unwrap_or(0),
    };
    Ok((unit, record[17].as_optional_count()))
}

pub(super) fn load(sql: &mut dyn Sql, sku: &Sku, serial: &Serial) -> Result<Option<VersionedUnit>, Fault> {
    let found = first(sql, select_unit!("WHERE sku = $1 AND serial = $2"), &[sku.as_str().into(), serial.as_str().into()])?;
    found.map(unit_from_record).transpose()
}

/// Those of many units that there are, in no order.
pub(super) fn load_many(sql: &mut dyn Sql, wanted: &[(&Sku, &Serial)]) -> Result<Vec<VersionedUnit>, Fault> {
    let keys: Vec<Record> = wanted.iter().map(|(sku, serial)| vec![sku.as_str().into(), serial.as_str().into()]).collect();
    LOAD.run(sql, keys)?.into_iter().map(unit_from_record).collect()
}

/// Writes a unit that is not there yet; answers false, and writes nothing, if it is.
pub fn add_unit(sql: &mut dyn Sql, unit: &Unit, ver: u64, pos: u64) -> Result<bool, Fault> {
    Ok(sql.exec(ADD, &params(unit, Some(ver), pos))? > 0)
}

pub(super) fn save(sql: &mut dyn Sql, unit: &Unit, ver: Option<u64>, pos: u64) -> Result<(), Fault> {
    SAVE.run(sql, vec![params(unit, ver, pos).into()])
}

/// Writes many units, each once.
pub(super) fn save_many(sql: &mut dyn Sql, units: &[(&Unit, Option<u64>, u64)]) -> Result<(), Fault> {
    let rows: Vec<Record> = units.iter().map(|(unit, ver, pos)| params(unit, *ver, *pos).into()).collect();
    SAVE.run(sql, rows)
}

fn params(unit: &Unit, ver: Option<u64>, pos: u64) -> [Value; COLUMNS] {
    let [came_op, came_number, came_at] = columns(unit.came.as_ref());
    let [left_op, left_number, left_at] = columns(unit.left.as_ref());
    let left = unit.left.as_ref();
    [
        unit.sku.as_str().into(),
        unit.serial.as_str().into(),
        Value::Int(i64::from(unit.status == UnitStatus::StockedOut)),
        Value::Int(i64::from(unit.condition == Condition::Defective)),
        unit.warehouse.as_str().into(),
        unit.notes.as_str().into(),
        Value::Int(unit.created_at_ms),
        came_op,
        came_number,
        came_at,
        left_op,
        left_number,
        left_at,
        Value::optional(left.and_then(|left| left.terminal.as_ref()).map(|terminal| terminal.as_str())),
        Value::optional(left.and_then(|left| left.believed)),
        Value::optional(left.and_then(|left| left.base)),
        Value::Int(i64::from(unit.disputes)),
        ver_value(ver),
        Value::count(pos),
    ]
}

pub(super) fn delete(sql: &mut dyn Sql, sku: &Sku, serial: &Serial) -> Result<(), Fault> {
    sql.exec("DELETE FROM unit WHERE sku = $1 AND serial = $2", &[sku.as_str().into(), serial.as_str().into()]).map(drop)
}

fn columns(document: Option<&DocumentRef>) -> [Value; 3] {
    match document {
        None => [Value::Null, Value::Null, Value::Null],
        Some(document) => [document.op.0.as_bytes().to_vec().into(), document.number.as_str().into(), document.at_ms.into()],
    }
}

fn document(columns: &[Value]) -> Option<DocumentRef> {
    let op = uuid::Uuid::from_slice(columns[0].as_bytes()).ok()?;
    let number = DocumentNumber::from(columns[1].as_text());
    Some(DocumentRef { op: OpId(op), number, at_ms: columns[2].as_int(), terminal: None, believed: None, base: None })
}

fn informed(left: DocumentRef, columns: &[Value]) -> DocumentRef {
    let terminal = (columns[0] != Value::Null).then(|| TerminalId::from(columns[0].as_text()));
    DocumentRef { terminal, believed: columns[1].as_optional_count(), base: columns[2].as_optional_count(), ..left }
}
