//! Rows of every other kind, as JSON under (table, key), and what remains of deleted rows.

use super::{Found, Held, unreadable, ver_value};
use crate::bulk::{Insert, Select};
use crate::fault::Fault;
use crate::sql::{Record, Sql, Value, first};
use ledger::row::{Key, Row, Table};
use ledger::slice::Versioned;
use std::collections::HashMap;
use std::sync::LazyLock;

const COLUMNS: usize = 6;
const SAVING: &str = " ON CONFLICT (tbl, key) DO UPDATE SET data = excluded.data, ver = excluded.ver, pos = excluded.pos, del = excluded.del";

static SAVE: LazyLock<Insert> = LazyLock::new(|| Insert::new("INSERT INTO record (tbl, key, data, ver, pos, del) VALUES", COLUMNS, SAVING));
static LOAD: LazyLock<Select> = LazyLock::new(|| {
    let text = "WITH wanted (wanted_tbl, wanted_key) AS (VALUES {keys}) \
        SELECT tbl, key, data, ver FROM record JOIN wanted ON tbl = wanted_tbl AND key = wanted_key WHERE del = 0";
    Select::new(text, 2)
});

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

/// Those of many rows that there are, each unless it cannot be read.
pub(super) fn load_many<'a>(sql: &mut dyn Sql, wanted: &[&'a Key]) -> Result<Vec<Found<&'a Key>>, Fault> {
    let by_text: HashMap<(&str, String), &Key> = wanted.iter().map(|key| ((key.table().name(), key.text()), *key)).collect();
    let keys: Vec<Record> = by_text.keys().map(|(table, text)| vec![(*table).into(), text.as_str().into()]).collect();
    let found = LOAD.run(sql, keys)?.into_iter().filter_map(|row| {
        let (table, text) = (row[0].as_text(), row[1].as_text());
        let key = *by_text.get(&(table, text.to_owned()))?;
        Some((key, read(key.table(), text, row[2].as_text()).map(|read| Versioned { row: read, ver: row[3].as_optional_count() })))
    });
    Ok(found.collect())
}

pub(super) fn held(sql: &mut dyn Sql, table: Table, key: &str) -> Result<Held, Fault> {
    let found = first(sql, "SELECT ver, del FROM record WHERE tbl = $1 AND key = $2", &[table.name().into(), key.into()])?;
    Ok(match found {
        None => Held::Nothing,
        Some(row) if row[1].as_int() == 0 => Held::Row(row[0].as_count()),
        Some(row) => Held::Removed(row[0].as_count()),
    })
}

pub(super) fn save(sql: &mut dyn Sql, row: &Row, ver: Option<u64>, pos: u64) -> Result<(), Fault> {
    save_many(sql, &[(row, ver, pos)])
}

/// Writes many rows, each once.
pub(super) fn save_many(sql: &mut dyn Sql, rows: &[(&Row, Option<u64>, u64)]) -> Result<(), Fault> {
    let record = |(row, ver, pos): &(&Row, Option<u64>, u64)| {
        let key = row.key();
        vec![key.table().name().into(), key.text().as_str().into(), row.to_json().as_str().into(), ver_value(*ver), Value::count(*pos), false.into()]
    };
    SAVE.run(sql, rows.iter().map(record).collect())
}

pub(super) fn bury(sql: &mut dyn Sql, table: Table, key: &str, ver: u64, pos: u64) -> Result<(), Fault> {
    SAVE.run(sql, vec![vec![table.name().into(), key.into(), Value::text(""), Value::count(ver), Value::count(pos), true.into()]])
}

pub(super) fn delete(sql: &mut dyn Sql, table: Table, key: &str) -> Result<(), Fault> {
    sql.exec("DELETE FROM record WHERE tbl = $1 AND key = $2", &[table.name().into(), key.into()]).map(drop)
}

fn read(table: Table, key: &str, data: &str) -> Result<Row, Fault> {
    Row::from_json(table, data).map_err(|e| unreadable(table, key, e))
}
