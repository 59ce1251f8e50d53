//! How far everything goes: the feed, the log, the sum of the rows. Read first in every transaction
//! that writes, written last.

use super::books::Books;
use super::desk::Desk;
use super::hash_of;
use crate::fault::Fault;
use crate::rows::{self, Held};
use crate::sql::{Sql, Value, first};
use ledger::id::TerminalId;
use ledger::op::Hash;
use ledger::row::Row;
use ledger::sync::wire::{LogHead, ScopeSum, log_hash};

#[derive(Debug)]
pub(super) struct Heads {
    /// Last position of the feed.
    pub pos: u64,
    pub log: LogHead,
    pub sum: ScopeSum,
    /// Whether any op is parked, so that others may have to wait behind it.
    pub any_parked: bool,
    pub desk: Desk,
    pub books: Books,
}

const LOAD: &str = "SELECT feed_pos, op_number, log_hash, sum_rows, sum_hash FROM hub WHERE only_one = 1";

/// Reads the heads. The row is the one that every writer of the hub changes.
pub(super) fn load(sql: &mut dyn Sql) -> Result<Heads, Fault> {
    let row = first(sql, LOAD, &[])?.ok_or_else(|| Fault::corrupt(sql.path(), "the hub's own record is missing"))?;
    let any_parked = first(sql, "SELECT 1 FROM blocked LIMIT 1", &[])?.is_some();
    Ok(Heads {
        pos: row[0].as_count(),
        log: LogHead { number: row[1].as_count(), hash: hash_of(&row[2]) },
        sum: ScopeSum { rows: row[3].as_count(), sum: row[4].as_int().cast_unsigned() },
        any_parked,
        desk: Desk::default(),
        books: Books::default(),
    })
}

impl Heads {
    /// Writes all that is still in memory.
    pub fn save(&mut self, sql: &mut dyn Sql) -> Result<(), Fault> {
        self.desk.write(sql)?;
        self.books.write(sql)?;
        let text = "UPDATE hub SET feed_pos = $1, op_number = $2, log_hash = $3, sum_rows = $4, sum_hash = $5";
        let params = [self.pos.into(), self.log.number.into(), self.log.hash.0.to_vec().into(), self.sum.rows.into(), Value::Int(self.sum.sum.cast_signed())];
        sql.exec(text, &params).map(drop)
    }

    /// Appends one op to the log.
    pub fn log(&mut self, device: &TerminalId, incarnation: u32, seq: u64, op: &Hash) {
        self.log = LogHead { number: self.log.number + 1, hash: log_hash(&self.log.hash, device, incarnation, seq, op) };
    }

    /// Gives one row its next version and position.
    pub fn write(&mut self, sql: &mut dyn Sql, row: &Row) -> Result<(), Fault> {
        let key = row.key();
        let held = self.desk.held(sql, &key)?;
        let text = key.text();
        if let Held::Row(ver) = held {
            self.sum.take_away(key.table(), &text, ver);
        }
        let ver = held.ver() + 1;
        self.sum.add(key.table(), &text, ver);
        self.pos += 1;
        if matches!(held, Held::Removed(_)) {
            rows::forget_tombstone(sql, &key)?;
        }
        self.desk.put(row, ver, self.pos);
        Ok(())
    }
}
