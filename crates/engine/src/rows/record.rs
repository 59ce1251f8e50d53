//! Rows of every other kind, as JSON under (table, key), and what remains of deleted rows.

use super::{Held, unreadable, ver_value};
use crate::fault::Fault;
use crate::sql::{Sql, Value, first};
use ledger::row::{Row, Table};
use ledger::slice::Versioned;

const SAVE: &str = "INSERT INTO record (tbl, key, data, ver, pos, del) VALUES ($1, $2, $3, $4, $5, $6) \
    ON CONFLICT (tbl, key) DO UPDATE SET data = excluded.data, ver = excluded.ver, pos = excluded.pos, del = excluded.del";

/// All rows of one kind in key order; for kinds that are few. Units and products are not here.
pub fn records(sql: &mut dyn Sql, table: Table, rows_max: u32) -> Result<Vec<Row>, Fault> {
    let text = "SELECT key, data FROM record WHERE tbl = $1 AND del = 0 ORDER BY key LIMIT $2";
    let found = sql.rows(text, &[table.name().into(), Value::Int(i64::from(rows_max))])?;
    found.iter().map(|row| read(table, row[0].as_text(), row[1].as_text())).collect()
}

/// Conflicts that nobody has resolved, the newest first. A quote within a value is written with a
/// stroke before it, so no text that a person typed looks like a resolution.
pub fn open_conflicts(sql: &mut dyn Sql, rows_max: u32) -> Result<Vec<Row>, Fault> {
    let text = "SELECT key, data FROM record WHERE tbl = 'conflict' AND del = 0 AND data NOT LIKE '%\"resolved\":{%' ORDER BY pos DESC LIMIT $1";
    let found = sql.rows(text, &[Value::Int(i64::from(rows_max))])?;
    found.iter().map(|row| read(Table::Conflict, row[0].as_text(), row[1].as_text())).collect()
}

pub(super) fn load(sql: &mut dyn Sql, table: Table, key: &str) -> Result<Option<Versioned>, Fault> {
    let text = "SELECT data, ver FROM record WHERE tbl = $1 AND key = $2 AND del = 0";
    let Some(row) = first(sql, text, &[table.name().into(), key.into()])? else { return Ok(None) };
    Ok(Some(Versioned { row: read(table, key, row[0].as_text())?, ver: row[1].as_optional_count() }))
}

pub(super) fn held(sql: &mut dyn Sql, table: Table, key: &str) -> Result<Held, Fault> {
    let found = first(sql, "SELECT ver, del FROM record WHERE tbl = $1 AND key = $2", &[table.name().into(), key.into()])?;
    Ok(match found {
        None => Held::Nothing,
        Some(row) if row[1].as_int() == 0 => Held::Row(row[0].as_count()),
        Some(row) => Held::Removed(row[0].as_count()),
    })
}

pub(super) fn save(sql: &mut dyn Sql, table: Table, key: &str, data: &str, ver: Option<u64>, pos: u64) -> Result<(), Fault> {
    let params = [table.name().into(), key.into(), data.into(), ver_value(ver), Value::count(pos), false.into()];
    sql.exec(SAVE, &params).map(drop)
}

pub(super) fn bury(sql: &mut dyn Sql, table: Table, key: &str, ver: u64, pos: u64) -> Result<(), Fault> {
    let params = [table.name().into(), key.into(), Value::text(""), Value::count(ver), Value::count(pos), true.into()];
    sql.exec(SAVE, &params).map(drop)
}

pub(super) fn delete(sql: &mut dyn Sql, table: Table, key: &str) -> Result<(), Fault> {
    sql.exec("DELETE FROM record WHERE tbl = $1 AND key = $2", &[table.name().into(), key.into()]).map(drop)
}

fn read(table: Table, key: &str, data: &str) -> Result<Row, Fault> {
    Row::from_json(table, data).map_err(|e| unreadable(table, key, e))
}
