//! What a database of the product holds, as lines of JSON in a fixed order: for audits that share no
//! rule with the product. The file is opened for reading only.
//!
//! `dump rows FILE`: units and records but for tills, the same text wherever the row is the same.
//! `dump log FILE`: every op of a hub with its outcome.

use engine::sql::{Record, Sql, Value};
use engine::sqlite::Sqlite;
use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Named columns of one table.
struct Query {
    table: &'static str,
    columns: &'static [&'static str],
    text: &'static str,
}

const ROWS: &[Query] = &[
    Query {
        table: "unit",
        columns: &["sku", "serial", "status", "condition", "warehouse", "notes", "came", "left", "disputes", "ver"],
        text: "SELECT sku, serial, status, condition, warehouse, notes, hex(came_op), hex(left_op), disputes, ver FROM unit ORDER BY sku, serial",
    },
    Query {
        table: "record",
        columns: &["table", "key", "data", "ver"],
        text: "SELECT tbl, key, data, ver FROM record WHERE del = 0 AND tbl <> 'till' ORDER BY tbl, key",
    },
];

const LOG: &[Query] = &[Query {
    table: "op",
    columns: &["number", "device", "incarnation", "seq", "bytes", "outcome"],
    text: "SELECT number, device, incarnation, seq, bytes, outcome FROM op ORDER BY number",
}];

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let queries = match words.next().as_deref() {
        Some("rows") => ROWS,
        Some("log") => LOG,
        _ => return Err("say what to dump, rows or log, and of which file".into()),
    };
    let file = words.next().ok_or("say which file")?;
    let mut sql = Sqlite::open_read_only(Path::new(&file))?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    for query in queries {
        for record in sql.rows(query.text, &[])? {
            writeln!(out, "{}", line(query, &record))?;
        }
    }
    Ok(out.flush()?)
}

fn line(query: &Query, record: &Record) -> serde_json::Value {
    let fields = query.columns.iter().zip(record).map(|(column, value)| ((*column).to_owned(), json(value)));
    let table = ("of".to_owned(), query.table.into());
    serde_json::Value::Object(std::iter::once(table).chain(fields).collect())
}

/// Ops are text, though they are kept as bytes.
fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Int(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Blob(bytes) => String::from_utf8_lossy(bytes).into(),
    }
}
