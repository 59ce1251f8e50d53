//! A schema's tables as data, for what handles all of them alike: copying and comparing.
//!
//! They are read from the schema's own text, so a table or a column that is added there cannot be
//! forgotten here. Tables are read in pages by their key: any number of rows fits into little memory.

use crate::fault::Fault;
use crate::sql::{Record, Sql, Value};
use sha2::{Digest, Sha256};
use std::fmt;

/// Rows that one INSERT writes: enough to make the way to a server and back cheap, and well below
/// the 32,766 values that a statement may have.
const INSERT_ROWS: usize = 50;
/// The first page of a table: nothing is known yet about how long its rows are.
const PAGE_ROWS_MIN: usize = 64;
const PAGE_ROWS_MAX: usize = 4_096;
/// What a page should weigh.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// One table, with the statements for it: made once a process, since statements are constants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub name: &'static str,
    pub columns: Vec<String>,
    pub key: Vec<String>,
    first: &'static str,
    after: &'static str,
    insert: &'static str,
    insert_many: &'static str,
}

/// The tables that a schema's text makes, in its order.
pub fn tables(schema: &str) -> Vec<Table> {
    let lines: Vec<&str> = schema.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    lines.join(" ").split(';').filter_map(|statement| statement.trim().strip_prefix("CREATE TABLE ")).map(table).collect()
}

fn table(text: &str) -> Table {
    let (name, rest) = text.split_once('(').expect("a table's columns stand in brackets");
    let (body, _) = rest.rsplit_once(')').expect("a table's columns stand in brackets");
    let (mut columns, mut key) = (Vec::new(), Vec::new());
    for item in items(body) {
        let word = item.split_whitespace().next().unwrap_or_default().to_owned();
        match word.as_str() {
            "PRIMARY" => key = named(item),
            "UNIQUE" | "CHECK" | "FOREIGN" => {}
            _ => {
                key.extend(item.contains(" PRIMARY KEY").then(|| word.clone()));
                columns.push(word);
            }
        }
    }
    Table::new(name.trim(), columns, key)
}

/// What stands between the commas that are in no inner brackets.
fn items(body: &str) -> Vec<&str> {
    let mut depth = 0;
    let split = body.split(|c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    });
    split.map(str::trim).collect()
}

fn named(item: &str) -> Vec<String> {
    let inner = item.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("", |(inner, _)| inner);
    inner.split(',').map(|name| name.trim().to_owned()).collect()
}

impl Table {
    fn new(name: &str, columns: Vec<String>, key: Vec<String>) -> Table {
        let (list, order) = (columns.join(", "), key.join(", "));
        let marks = |from: usize, count: usize| (from..from + count).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ");
        let (width, depth) = (columns.len(), key.len());
        let group = |row: usize| format!("({})", marks(row * width + 1, width));
        let groups: Vec<String> = (0..INSERT_ROWS).map(group).collect();
        Table {
            first: kept(format!("SELECT {list} FROM {name} ORDER BY {order} LIMIT $1")),
            after: kept(format!("SELECT {list} FROM {name} WHERE ({order}) > ({}) ORDER BY {order} LIMIT ${}", marks(1, depth), depth + 1)),
            insert: kept(format!("INSERT INTO {name} ({list}) VALUES {}", group(0))),
            insert_many: kept(format!("INSERT INTO {name} ({list}) VALUES {}", groups.join(", "))),
            name: kept(name.to_owned()),
            columns,
            key,
        }
    }

    pub fn is_empty(&self, sql: &mut dyn Sql) -> Result<bool, Fault> {
        Ok(sql.rows(self.first, &[Value::Int(1)])?.is_empty())
    }

    /// Reads every row once. Within one transaction all of them are of one moment.
    pub fn each_page(&self, sql: &mut dyn Sql, mut take: impl FnMut(Vec<Record>) -> Result<(), Fault>) -> Result<(), Fault> {
        let (mut after, mut rows_max) = (None, PAGE_ROWS_MIN);
        loop {
            let page = self.page(sql, after.as_deref(), rows_max)?;
            let full = page.len() == rows_max;
            after = page.last().map(|row| self.key_of(row));
            rows_max = next_page_rows(&page);
            take(page)?;
            if !full {
                return Ok(());
            }
        }
    }

    fn page(&self, sql: &mut dyn Sql, after: Option<&[Value]>, rows_max: usize) -> Result<Vec<Record>, Fault> {
        let limit = Value::Int(rows_max as i64);
        match after {
            None => sql.rows(self.first, &[limit]),
            Some(key) => sql.rows(self.after, &[key, &[limit]].concat()),
        }
    }

    fn key_of(&self, row: &Record) -> Vec<Value> {
        let place = |name| self.columns.iter().position(|column| column == name).expect("a key is made of columns");
        self.key.iter().map(|name| row[place(name)].clone()).collect()
    }

    /// Writes rows as they were read.
    pub fn insert(&self, sql: &mut dyn Sql, rows: &[Record]) -> Result<(), Fault> {
        let groups = rows.chunks_exact(INSERT_ROWS);
        let rest = groups.remainder();
        for group in groups {
            sql.exec(self.insert_many, &group.concat())?;
        }
        rest.iter().try_for_each(|row| sql.exec(self.insert, row).map(drop))
    }
}

fn kept(text: String) -> &'static str {
    text.leak()
}

/// As many rows as weigh what a page should, going by the last one.
fn next_page_rows(page: &[Record]) -> usize {
    let bytes: usize = page.iter().flatten().map(Value::bytes).sum();
    (page.len() * PAGE_BYTES / bytes.max(1)).clamp(PAGE_ROWS_MIN, PAGE_ROWS_MAX)
}

/// How many rows, and a sum over their hashes: equal if and only if the rows are, in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TableSum {
    pub rows: u64,
    lanes: [u64; 4],
}

impl TableSum {
    pub fn add(&mut self, rows: &[Record]) {
        for row in rows {
            let mut hash = Sha256::new();
            row.iter().for_each(|value| value.hash_into(&mut hash));
            let digest = hash.finalize();
            for (lane, bytes) in self.lanes.iter_mut().zip(digest.chunks_exact(8)) {
                *lane = lane.wrapping_add(u64::from_le_bytes(bytes.try_into().expect("a lane has 8 bytes")));
            }
        }
        self.rows += rows.len() as u64;
    }
}

/// The first lane: for people, who compare by eye.
impl fmt::Display for TableSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.lanes[0])
    }
}

impl Value {
    fn bytes(&self) -> usize {
        match self {
            Value::Null | Value::Int(_) => 8,
            Value::Text(text) => text.len(),
            Value::Blob(bytes) => bytes.len(),
        }
    }

    /// Kind, length, content: no two rows are written alike.
    fn hash_into(&self, hash: &mut Sha256) {
        let number;
        let (kind, content): (u8, &[u8]) = match self {
            Value::Null => (0, &[]),
            Value::Int(value) => {
                number = value.to_le_bytes();
                (1, &number)
            }
            Value::Text(text) => (2, text.as_bytes()),
            Value::Blob(bytes) => (3, bytes),
        };
        hash.update([kind]);
        hash.update((content.len() as u64).to_le_bytes());
        hash.update(content);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_from_the_schema() {
        let text = "CREATE TABLE a (\n  x BIGINT NOT NULL PRIMARY KEY, -- one, two; three\n  y {bytes}\n) {clustered};\n\
            CREATE INDEX a_y ON a (y);\nCREATE TABLE b (p TEXT, q TEXT CHECK (q IN ('1', '2')), PRIMARY KEY (p, q), UNIQUE (q));";
        let found = tables(text);
        let shape: Vec<_> = found.iter().map(|table| (table.name, table.columns.join(" "), table.key.join(" "))).collect();
        assert_eq!(shape, [("a", "x y".to_owned(), "x".to_owned()), ("b", "p q".to_owned(), "p q".to_owned())]);
        assert_eq!(found[1].after, "SELECT p, q FROM b WHERE (p, q) > ($1, $2) ORDER BY p, q LIMIT $3");
        assert_eq!(found[0].insert, "INSERT INTO a (x, y) VALUES ($1, $2)");
    }

    #[test]
    fn sums_tell_rows_apart() {
        let sum = |rows: &[Record]| {
            let mut sum = TableSum::default();
            sum.add(rows);
            sum
        };
        let row = |values: &[&str]| values.iter().map(|text| Value::text(text)).collect::<Record>();
        assert_eq!(sum(&[row(&["a", "b"]), row(&["c"])]), sum(&[row(&["c"]), row(&["a", "b"])]));
        for other in [&[row(&["ab", ""]), row(&["c"])][..], &[row(&["a", "b"])], &[row(&["a", "b"]), vec![Value::Blob(b"c".to_vec())]], &[]] {
            assert_ne!(sum(&[row(&["a", "b"]), row(&["c"])]), sum(other), "{other:?}");
        }
    }
}
