//! The port to a database: the little of SQL that SQLite and PostgreSQL say alike.
//!
//! Rules of the portable subset: parameters are `$1`, `$2` …; values are 64-bit integers, text and
//! bytes; upserts are `INSERT … ON CONFLICT (key) DO UPDATE SET column = excluded.column`; booleans
//! are 0 and 1; times are milliseconds; a sum is `CAST(SUM(…) AS BIGINT)`. After a statement failed,
//! nothing but `ROLLBACK TO` a savepoint goes on with the transaction. Schema text has two dialect words: `{bytes}` for the type
//! of binary columns, `{clustered}` at the end of a table that is kept in the order of its key.

use crate::fault::Fault;
use std::path::Path;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// One row of an answer, in the order of the selected columns.
pub type Record = Vec<Value>;

/// One connection, used by one thread. Statements are constants, so an adapter keeps each prepared.
pub trait Sql: Send {
    /// Runs a statement and answers how many rows it changed.
    fn exec(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, Fault>;
    /// Runs a query. The caller bounds its answer with `LIMIT` or by key.
    fn rows(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Record>, Fault>;
    /// Runs schema text: several statements, no parameters, dialect words replaced.
    fn schema(&mut self, sql: &'static str) -> Result<(), Fault>;
    /// Begins a transaction that may write, taking the write lock at once.
    fn begin(&mut self) -> Result<(), Fault>;
    /// Begins a transaction that only reads: everything it sees is of one moment.
    fn begin_read(&mut self) -> Result<(), Fault>;
    fn commit(&mut self) -> Result<(), Fault>;
    fn rollback(&mut self) -> Result<(), Fault>;
    /// Tries to become the one connection that leads, and waits a moment for it. Whoever leads does
    /// so until it says otherwise or its connection ends. A file needs no such thing: the folder it
    /// lies in is held by one process.
    fn lead(&mut self) -> Result<bool, Fault> {
        Ok(true)
    }
    /// The file, where the database is one that SQLite can attach.
    fn file(&self) -> Option<&Path> {
        None
    }
    /// The file or the name of the database, for messages.
    fn path(&self) -> &Path;
}

impl<S: Sql + ?Sized> Sql for Box<S> {
    fn exec(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, Fault> {
        (**self).exec(sql, params)
    }

    fn rows(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Record>, Fault> {
        (**self).rows(sql, params)
    }

    fn schema(&mut self, sql: &'static str) -> Result<(), Fault> {
        (**self).schema(sql)
    }

    fn begin(&mut self) -> Result<(), Fault> {
        (**self).begin()
    }

    fn begin_read(&mut self) -> Result<(), Fault> {
        (**self).begin_read()
    }

    fn commit(&mut self) -> Result<(), Fault> {
        (**self).commit()
    }

    fn rollback(&mut self) -> Result<(), Fault> {
        (**self).rollback()
    }

    fn lead(&mut self) -> Result<bool, Fault> {
        (**self).lead()
    }

    fn file(&self) -> Option<&Path> {
        (**self).file()
    }

    fn path(&self) -> &Path {
        (**self).path()
    }
}

/// Runs `work` in one transaction: all of it or nothing.
pub fn transaction<T>(sql: &mut dyn Sql, work: impl FnOnce(&mut dyn Sql) -> Result<T, Fault>) -> Result<T, Fault> {
    sql.begin()?;
    let done = work(sql).and_then(|value| sql.commit().map(|()| value));
    if done.is_err() {
        // The first fault is the one to report; a connection that cannot even roll back answers
        // its next BEGIN with a fault of its own.
        let _ = sql.rollback();
    }
    done
}

/// The first row, if any.
pub fn first(sql: &mut dyn Sql, text: &'static str, params: &[Value]) -> Result<Option<Record>, Fault> {
    Ok(sql.rows(text, params)?.into_iter().next())
}

impl Value {
    /// A count, version or position. None of them ever passes 2^63.
    pub fn count(number: u64) -> Value {
        Value::Int(i64::try_from(number).expect("counts, versions and positions stay below 2^63"))
    }

    pub fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    pub fn optional(value: Option<impl Into<Value>>) -> Value {
        value.map_or(Value::Null, Into::into)
    }

    /// The integer, or 0 for any other kind.
    pub fn as_int(&self) -> i64 {
        match self {
            Value::Int(number) => *number,
            _ => 0,
        }
    }

    /// The integer as a count, version or position; 0 for any other kind and below zero.
    pub fn as_count(&self) -> u64 {
        u64::try_from(self.as_int()).unwrap_or(0)
    }

    /// The count, unless NULL.
    pub fn as_optional_count(&self) -> Option<u64> {
        (*self != Value::Null).then(|| self.as_count())
    }

    /// The text, or nothing for any other kind.
    pub fn as_text(&self) -> &str {
        match self {
            Value::Text(text) => text,
            _ => "",
        }
    }

    pub fn into_text(self) -> String {
        match self {
            Value::Text(text) => text,
            _ => String::new(),
        }
    }

    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Value::Blob(bytes) => bytes,
            Value::Text(text) => text.into_bytes(),
            _ => Vec::new(),
        }
    }

    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Value::Blob(bytes) => bytes,
            Value::Text(text) => text.as_bytes(),
            _ => &[],
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Int(number)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Value {
        Value::count(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Int(i64::from(flag))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Value {
        Value::Blob(bytes)
    }
}
