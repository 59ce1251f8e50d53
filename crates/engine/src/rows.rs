//! The ledger's rows in a database: one schema for the hub, a terminal's catalogue and its overlay.
//!
//! Units and products have tables of their own, because they are many and are looked for in more
//! than one way; every other kind is a record of JSON. What remains of a deleted row is a record
//! too, so that an older version of it cannot come back.

use crate::fault::Fault;
use crate::sql::{Sql, Value, first};
use ledger::id::{OpId, OperatorId, Sku, TerminalId, WarehouseId};
use ledger::op::{Hash, Op};
use ledger::row::{KEY_SEPARATOR, Key, Row, SerialScope, Table, Unit};
use ledger::serial::Serial;
use ledger::slice::{Slice, Versioned, footprint};
use std::collections::BTreeSet;
use std::sync::Arc;

mod changed;
mod product;
mod record;
mod unit;

pub use changed::{Change, changed};
pub use product::{product_skus_by_codes, products_after};
pub use record::{open_conflicts, records};
pub(crate) use unit::select_unit;
pub use unit::{add_unit, unit_from_record, units_by_serial};

/// Step 1 of every database that holds rows.
pub const SCHEMA: &str = include_str!("../migrations/rows_0001.sql");

/// Every table of rows with all its columns: a damaged schema shows here, and not in the middle of a sale.
pub const PROBES: [&str; 4] = [
    unit::select_unit!("LIMIT 1"),
    "SELECT sku, name, data, ver, pos FROM product LIMIT 1",
    "SELECT code, sku FROM code LIMIT 1",
    "SELECT tbl, key, data, ver, pos, del FROM record LIMIT 1",
];

/// Where an op's rows are read from: one database on the hub, an overlay over a catalogue on a
/// terminal.
pub trait RowSource {
    fn row(&mut self, key: &Key) -> Result<Option<Arc<Versioned>>, Fault>;
    /// The SKUs that have a unit bearing the serial.
    fn skus_bearing(&mut self, serial: &Serial) -> Result<Vec<Sku>, Fault>;
}

impl RowSource for dyn Sql + '_ {
    fn row(&mut self, key: &Key) -> Result<Option<Arc<Versioned>>, Fault> {
        Ok(load(self, key)?.map(Arc::new))
    }

    fn skus_bearing(&mut self, serial: &Serial) -> Result<Vec<Sku>, Fault> {
        Ok(units_by_serial(self, serial)?.into_iter().map(|(unit, _)| unit.sku).collect())
    }
}

/// Loads everything that `op` may touch.
pub fn slice<S: RowSource + ?Sized>(source: &mut S, op: &Op) -> Result<Slice, Fault> {
    slice_of(source, op, footprint(op))
}

/// Loads the same where its names are known already.
pub fn slice_of<S: RowSource + ?Sized>(source: &mut S, op: &Op, footprint: BTreeSet<Key>) -> Result<Slice, Fault> {
    let mut slice = Slice::default();
    for key in footprint {
        let found = source.row(&key)?;
        slice.load(key, found);
    }
    if slice.settings().serial_scope == SerialScope::Merchant {
        for (_, serial) in op.body.units() {
            let skus = source.skus_bearing(&serial)?;
            slice.load_namesakes(serial, skus);
        }
    }
    Ok(slice)
}

/// Reads one row.
pub fn load(sql: &mut dyn Sql, key: &Key) -> Result<Option<Versioned>, Fault> {
    match key {
        Key::Unit(sku, serial) => Ok(unit::load(sql, sku, serial)?.map(|(unit, ver)| Versioned { row: Row::Unit(unit), ver })),
        Key::Product(sku) => product::load(sql, sku),
        _ => record::load(sql, key.table(), &key.text()),
    }
}

/// Writes one row whole. The hub gives `ver` and `pos`; an overlay repeats the version it knew and
/// has no position.
pub fn save(sql: &mut dyn Sql, row: &Row, ver: Option<u64>, pos: u64) -> Result<(), Fault> {
    match row {
        Row::Unit(row) => unit::save(sql, row, ver, pos),
        Row::Product(row) => product::save(sql, row, ver, pos),
        _ => record::save(sql, row, ver, pos),
    }
}

/// Reads those of many rows that there are, each unless it cannot be read.
pub fn load_many(sql: &mut dyn Sql, wanted: &[&Key]) -> Result<Vec<Found<Key>>, Fault> {
    let (mut units, mut products, mut records) = (Vec::new(), Vec::new(), Vec::new());
    for key in wanted.iter().copied() {
        match key {
            Key::Unit(sku, serial) => units.push((sku, serial)),
            Key::Product(sku) => products.push(sku),
            _ => records.push(key),
        }
    }
    let units = unit::load_many(sql, &units)?.into_iter().map(|(unit, ver)| {
        let row = Row::Unit(unit);
        (row.key(), Ok(Versioned { row, ver }))
    });
    let products = product::load_many(sql, &products)?.into_iter().map(|(sku, read)| (Key::Product(sku), read));
    let records = record::load_many(sql, &records)?.into_iter().map(|(key, read)| (key.clone(), read));
    Ok(units.chain(products).chain(records).collect())
}

/// Writes many rows, each whole and once.
pub fn save_many(sql: &mut dyn Sql, rows: &[(&Row, Option<u64>, u64)]) -> Result<(), Fault> {
    let (mut units, mut records) = (Vec::with_capacity(rows.len()), Vec::new());
    for (row, ver, pos) in rows {
        match row {
            Row::Unit(unit) => units.push((unit, *ver, *pos)),
            Row::Product(product) => product::save(sql, product, *ver, *pos)?,
            _ => records.push((*row, *ver, *pos)),
        }
    }
    unit::save_many(sql, &units)?;
    record::save_many(sql, &records)
}

/// Removes one row and keeps a record of its last version. Nothing to do if it was never there.
pub fn remove(sql: &mut dyn Sql, key: &Key, ver: u64, pos: u64) -> Result<(), Fault> {
    forget(sql, key)?;
    record::bury(sql, key.table(), &key.text(), ver, pos)
}

/// Removes one row without a trace: for overlays, whose rows only hide others.
pub fn forget(sql: &mut dyn Sql, key: &Key) -> Result<(), Fault> {
    match key {
        Key::Unit(sku, serial) => unit::delete(sql, sku, serial),
        Key::Product(sku) => product::delete(sql, sku),
        _ => record::delete(sql, key.table(), &key.text()),
    }
}

/// Forgets that a row was deleted, because it is there again.
pub fn forget_tombstone(sql: &mut dyn Sql, key: &Key) -> Result<(), Fault> {
    record::delete(sql, key.table(), &key.text())
}

/// What a database has of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    Nothing,
    /// The row in this version.
    Row(u64),
    /// It was deleted in this version.
    Removed(u64),
}

impl Held {
    /// The version of what is held; 0 is older than any.
    pub fn ver(self) -> u64 {
        match self {
            Held::Nothing => 0,
            Held::Row(ver) | Held::Removed(ver) => ver,
        }
    }
}

/// The version of a row without reading it.
pub fn held(sql: &mut dyn Sql, key: &Key) -> Result<Held, Fault> {
    match held_alive(sql, key)? {
        Held::Nothing => record::held(sql, key.table(), &key.text()),
        found => Ok(found),
    }
}

/// The same where no row was ever deleted.
pub fn held_alive(sql: &mut dyn Sql, key: &Key) -> Result<Held, Fault> {
    let row = match key {
        Key::Unit(sku, serial) => first(sql, "SELECT ver FROM unit WHERE sku = $1 AND serial = $2", &[sku.as_str().into(), serial.as_str().into()])?,
        Key::Product(sku) => first(sql, "SELECT ver FROM product WHERE sku = $1", &[sku.as_str().into()])?,
        _ => return record::held(sql, key.table(), &key.text()),
    };
    Ok(row.map_or(Held::Nothing, |row| Held::Row(row[0].as_count())))
}

/// Whether what remains of any deleted row is kept.
pub fn any_removed(sql: &mut dyn Sql) -> Result<bool, Fault> {
    Ok(first(sql, "SELECT 1 FROM record WHERE del = 1 LIMIT 1", &[])?.is_some())
}

/// Reads what [`Key::text`] wrote.
pub fn key_from_text(table: Table, text: &str) -> Option<Key> {
    let mut parts = text.split(KEY_SEPARATOR);
    let mut part = || parts.next();
    Some(match table {
        Table::Settings => Key::Settings,
        Table::Operator => Key::Operator(OperatorId::from(part()?)),
        Table::Product => Key::Product(Sku::from(part()?)),
        Table::Unit => Key::Unit(Sku::from(part()?), Serial::parse(part()?).ok()?),
        Table::Stock => Key::Stock(Sku::from(part()?), WarehouseId::from(part()?)),
        Table::Till => Key::Till(TerminalId::from(part()?)),
        Table::Conflict => Key::Conflict(OpId(part()?.parse().ok()?), Sku::from(part()?), Serial::parse(part()?).ok()?),
        Table::Fork => Key::Fork(TerminalId::from(part()?), part()?.parse().ok()?, part()?.parse().ok()?, Hash::from_hex(part()?)?),
    })
}

/// A row of many that were looked for, with the fault if it cannot be read.
pub type Found<K> = (K, Result<Versioned, Fault>);

/// A unit with the version of the hub that it was read in.
pub type VersionedUnit = (Unit, Option<u64>);

fn ver_value(ver: Option<u64>) -> Value {
    Value::optional(ver)
}

fn unreadable(table: Table, key: &str, source: impl Into<crate::fault::Source>) -> Fault {
    Fault::Row { table: table.name(), key: key.to_owned(), source: source.into() }
}
