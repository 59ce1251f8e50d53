//! The port's values as PostgreSQL wants them.
//!
//! PostgreSQL's text holds any character but U+0000, and SQLite's holds that too. An op from a
//! broken terminal may bear one, and must not stop those behind it: so it is written as two others
//! and read back as what it was.

use crate::sql::{Record, Value};
use ::postgres::Row;
use ::postgres::types::private::BytesMut;
use ::postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use std::borrow::Cow;
use std::error::Error;

/// Begins a character that is written as two. From the range that belongs to nobody.
const ESCAPE: char = '\u{f8fe}';
const NUL: &str = "\u{f8fe}0";
const ITSELF: &str = "\u{f8fe}1";

type Failed = Box<dyn Error + Sync + Send>;

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Failed> {
        match (self, kind) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Int(number), &Type::INT8) => number.to_sql(kind, out),
            (Value::Int(number), &Type::INT4) => i32::try_from(*number)?.to_sql(kind, out),
            (Value::Text(text), &(Type::TEXT | Type::VARCHAR | Type::NAME)) => written(text).as_ref().to_sql(kind, out),
            (Value::Blob(bytes), &Type::BYTEA) => bytes.as_slice().to_sql(kind, out),
            _ => Err(format!("{kind} is wanted, which this value is not").into()),
        }
    }

    /// Which value fits is known only with the value.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// One row of an answer.
pub(super) fn record(row: &Row) -> Result<Record, ::postgres::Error> {
    (0..row.len()).map(|index| row.try_get(index).map(|Read(value)| value)).collect()
}

struct Read(Value);

impl<'a> FromSql<'a> for Read {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Read, Failed> {
        Ok(Read(match *kind {
            Type::INT8 => Value::Int(i64::from_sql(kind, raw)?),
            Type::INT4 => Value::Int(i32::from_sql(kind, raw)?.into()),
            Type::INT2 => Value::Int(i16::from_sql(kind, raw)?.into()),
            Type::BOOL => Value::from(bool::from_sql(kind, raw)?),
            Type::BYTEA => Value::Blob(raw.to_owned()),
            _ => Value::Text(read(<&str>::from_sql(kind, raw)?)),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Read, Failed> {
        Ok(Read(Value::Null))
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::INT4, Type::INT2, Type::BOOL, Type::BYTEA].contains(kind) || <&str as FromSql>::accepts(kind)
    }
}

fn written(text: &str) -> Cow<'_, str> {
    if text.contains(['\0', ESCAPE]) { text.replace(ESCAPE, ITSELF).replace('\0', NUL).into() } else { text.into() }
}

fn read(text: &str) -> String {
    if text.contains(ESCAPE) { text.replace(NUL, "\0").replace(ITSELF, "\u{f8fe}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back() {
        for text in ["", "plain", "\0", "a\0b", "\u{f8fe}", "\u{f8fe}0", "\u{f8fe}1", "\0\u{f8fe}\0", "\u{f8fe}\u{f8fe}0\0"] {
            let stored = written(text);
            assert!(!stored.contains('\0'), "{text:?}");
            assert_eq!(read(&stored), text);
        }
    }
}
