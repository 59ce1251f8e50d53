//! What changed since a position: the feed as the hub reads it from its own tables.

use super::{key_from_text, select_unit, unit_from_record, unreadable};
use crate::fault::Fault;
use crate::sql::{Record, Sql, Value};
use ledger::row::{Key, Row, Table};

/// One changed row; none in `row` when it was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub pos: u64,
    pub ver: u64,
    pub key: Key,
    pub row: Option<Row>,
}

/// The first `rows_max` rows that changed after `after`, by position. Wants an index on `pos` of
/// each of the three tables, which only the hub has.
pub fn changed(sql: &mut dyn Sql, after: u64, rows_max: u32) -> Result<Vec<Change>, Fault> {
    let params = [Value::count(after), Value::Int(i64::from(rows_max))];
    let units = sql.rows(select_unit!("WHERE pos > $1 ORDER BY pos LIMIT $2"), &params)?;
    let products = sql.rows("SELECT pos, ver, data FROM product WHERE pos > $1 ORDER BY pos LIMIT $2", &params)?;
    let records = sql.rows("SELECT pos, ver, data, tbl, key, del FROM record WHERE pos > $1 ORDER BY pos LIMIT $2", &params)?;
    let mut changes = units.into_iter().map(of_unit).collect::<Result<Vec<_>, Fault>>()?;
    for record in &products {
        changes.push(of_json(Table::Product, record)?);
    }
    for record in &records {
        changes.push(of_record(record)?);
    }
    changes.sort_by_key(|change| change.pos);
    changes.truncate(rows_max as usize);
    Ok(changes)
}

fn of_unit(record: Record) -> Result<Change, Fault> {
    let pos = record[18].as_count();
    let (unit, ver) = unit_from_record(record)?;
    let row = Row::Unit(unit);
    Ok(Change { pos, ver: ver.unwrap_or(0), key: row.key(), row: Some(row) })
}

fn of_json(table: Table, record: &[Value]) -> Result<Change, Fault> {
    let row = Row::from_json(table, record[2].as_text()).map_err(|e| unreadable(table, record[2].as_text(), e))?;
    Ok(Change { pos: record[0].as_count(), ver: record[1].as_count(), key: row.key(), row: Some(row) })
}

fn of_record(record: &[Value]) -> Result<Change, Fault> {
    let (name, text) = (record[3].as_text(), record[4].as_text());
    let table = Table::from_name(name).ok_or_else(|| unreadable(Table::Settings, name, "no such table"))?;
    if record[5].as_int() == 0 {
        return of_json(table, record);
    }
    let key = key_from_text(table, text).ok_or_else(|| unreadable(table, text, "no such key"))?;
    Ok(Change { pos: record[0].as_count(), ver: record[1].as_count(), key, row: None })
}
