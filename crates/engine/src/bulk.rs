//! One statement for many rows. To a server each statement is a way there and back, and to either
//! database a start and an end.

use crate::fault::Fault;
use crate::sql::{Record, Sql, Value};

/// Rows of one statement. What is left over from the larger ones goes by the smaller.
const SIZES: [usize; 3] = [64, 8, 1];

/// An INSERT of any number of rows.
pub struct Insert {
    texts: [&'static str; SIZES.len()],
}

impl Insert {
    /// `head` ends where the rows are to stand, `tail` follows them. Made once a process: statements are
    /// constants.
    pub fn new(head: &str, columns: usize, tail: &str) -> Insert {
        Insert { texts: SIZES.map(|rows| kept(format!("{head} {}{tail}", groups(rows, columns)))) }
    }

    /// Writes rows of as many values as there are columns. No two may have the same key.
    pub fn run(&self, sql: &mut dyn Sql, rows: Vec<Record>) -> Result<(), Fault> {
        in_groups(rows, |size, group| sql.exec(self.texts[size], &group).map(drop))
    }
}

/// A query about any number of keys.
pub struct Select {
    texts: [&'static str; SIZES.len()],
}

impl Select {
    /// `text` has `{keys}` where the keys stand: in brackets each, unless they have one column only.
    pub fn new(text: &str, columns: usize) -> Select {
        Select { texts: SIZES.map(|rows| kept(text.replace("{keys}", &groups(rows, columns)))) }
    }

    /// What there is of those keys, in no order.
    pub fn run(&self, sql: &mut dyn Sql, keys: Vec<Record>) -> Result<Vec<Record>, Fault> {
        let mut found = Vec::with_capacity(keys.len());
        in_groups(keys, |size, group| {
            found.append(&mut sql.rows(self.texts[size], &group)?);
            Ok(())
        })?;
        Ok(found)
    }
}

/// Calls `take` with the values of as many rows as there are in one of the sizes, until none is left.
fn in_groups(rows: Vec<Record>, mut take: impl FnMut(usize, Vec<Value>) -> Result<(), Fault>) -> Result<(), Fault> {
    let mut rest = rows.into_iter();
    for (size, count) in SIZES.into_iter().enumerate() {
        while rest.len() >= count {
            take(size, rest.by_ref().take(count).flatten().collect())?;
        }
    }
    Ok(())
}

fn groups(rows: usize, columns: usize) -> String {
    let marks = |row: usize| (1..=columns).map(|column| format!("${}", row * columns + column)).collect::<Vec<_>>().join(", ");
    let group = |row| if columns == 1 { marks(row) } else { format!("({})", marks(row)) };
    (0..rows).map(group).collect::<Vec<_>>().join(", ")
}

fn kept(text: String) -> &'static str {
    text.leak()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_one_group() {
        for count in [0, 1, 7, 8, 9, 63, 64, 65, 200] {
            let rows: Vec<Record> = (0..count).map(|row| vec![Value::Int(row)]).collect();
            let mut seen = Vec::new();
            in_groups(rows.clone(), |size, group| {
                assert_eq!(group.len(), SIZES[size]);
                seen.extend(group);
                Ok(())
            })
            .expect("nothing fails here");
            assert_eq!(seen, rows.concat());
        }
    }

    #[test]
    fn parameters_are_numbered_through() {
        assert_eq!(groups(2, 3), "($1, $2, $3), ($4, $5, $6)");
        assert_eq!(groups(3, 1), "$1, $2, $3");
    }
}
