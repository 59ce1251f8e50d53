//! The feed: rows in the order of their last change.
//!
//! A page ends where an op ends, so no document is half visible. A row has only its newest
//! position, so while a terminal catches up over several pages, rows of its own ops may still be
//! to come. Therefore only the last page says which own ops are contained, and brings the
//! terminal's own till: its counters number receipts and must never seem to go back.

use crate::fault::Fault;
use crate::rows::{self, Change, changed};
use crate::sql::{Sql, first};
use ledger::id::TerminalId;
use ledger::op::Base;
use ledger::row::{Key, Table};
use ledger::slice::Versioned;
use ledger::sync::wire::{FeedRow, PullAnswer};
use serde_json::value::RawValue;

/// Bytes of rows after which a page is closed: with the names around them it stays well below what
/// a terminal reads of one answer.
const PAGE_BYTES_MAX: usize = 6 * 1024 * 1024;

/// The feed's name and end.
pub(super) fn head(sql: &mut dyn Sql) -> Result<Base, Fault> {
    let row = first(sql, "SELECT feed, feed_pos FROM hub WHERE only_one = 1", &[])?;
    Ok(row.map_or_else(Base::default, |row| Base { feed: row[0].as_text().to_owned(), pos: row[1].as_count() }))
}

/// The last op of the terminal's present incarnation that lies at or before `pos`.
pub(super) fn own_seq(sql: &mut dyn Sql, terminal: &TerminalId, pos: u64) -> Result<u64, Fault> {
    let text = "SELECT op.seq FROM op JOIN device ON device.terminal = op.device AND device.incarnation = op.incarnation \
        WHERE op.device = $1 AND op.pos <= $2 ORDER BY op.seq DESC LIMIT 1";
    Ok(first(sql, text, &[terminal.as_str().into(), pos.into()])?.map_or(0, |row| row[0].as_count()))
}

pub(super) fn pull(sql: &mut dyn Sql, terminal: &TerminalId, feed: &str, after: u64, rows_max: u32, now_ms: i64) -> Result<Option<PullAnswer>, Fault> {
    let head = head(sql)?;
    if feed != head.feed || after > head.pos {
        return Ok(None);
    }
    let (mut rows, next) = page(sql, after, head.pos, rows_max.max(1))?;
    rows.retain(|row| row.table != Table::Till);
    let up_to_date = next == head.pos;
    let mut contained = 0;
    if up_to_date {
        contained = own_seq(sql, terminal, next)?;
        rows.extend(own_till(sql, terminal, after, next)?);
    }
    Ok(Some(PullAnswer { feed: head.feed, rows, next, up_to_date, own_seq: contained, hub_time_ms: now_ms }))
}

/// The rows after `after` up to the end of an op, and that end.
fn page(sql: &mut dyn Sql, after: u64, head: u64, rows_max: u32) -> Result<(Vec<FeedRow>, u64), Fault> {
    let mut rows = rows_after(sql, after, rows_max.saturating_add(1))?;
    let fitting = fitting(&rows, rows_max as usize);
    if fitting == rows.len() {
        return Ok((rows, head));
    }
    let last = rows[fitting.max(1) - 1].pos;
    let whole_ops = "SELECT pos FROM op WHERE pos > $1 AND pos <= $2 ORDER BY pos DESC LIMIT 1";
    if let Some(end) = first(sql, whole_ops, &[after.into(), last.into()])? {
        let next = end[0].as_count();
        rows.retain(|row| row.pos <= next);
        return Ok((rows, next));
    }
    let end = first(sql, "SELECT pos FROM op WHERE pos >= $1 ORDER BY pos LIMIT 1", &[last.into()])?;
    let next = end.map_or(head, |row| row[0].as_count());
    let mut rows = rows_after(sql, after, u32::try_from(next - after).unwrap_or(u32::MAX))?;
    rows.retain(|row| row.pos <= next);
    Ok((rows, next))
}

/// How many of the rows keep both limits of a page.
fn fitting(rows: &[FeedRow], rows_max: usize) -> usize {
    let sizes = rows.iter().map(|row| row.key.len() + row.data.as_ref().map_or(0, |data| data.get().len()));
    let sums = sizes.scan(0, |sum, size| {
        *sum += size;
        Some(*sum)
    });
    sums.take(rows_max).take_while(|sum| *sum <= PAGE_BYTES_MAX).count()
}

fn rows_after(sql: &mut dyn Sql, after: u64, rows_max: u32) -> Result<Vec<FeedRow>, Fault> {
    Ok(changed(sql, after, rows_max)?.into_iter().map(feed_row).collect())
}

/// The terminal's own till. An earlier page has passed it by, so its position does not matter where
/// the cursor moves.
fn own_till(sql: &mut dyn Sql, terminal: &TerminalId, after: u64, next: u64) -> Result<Option<FeedRow>, Fault> {
    if next == after {
        return Ok(None);
    }
    let key = Key::Till(terminal.clone());
    let change = |Versioned { row, ver }| Change { pos: next, ver: ver.unwrap_or(0), key: key.clone(), row: Some(row) };
    Ok(rows::load(sql, &key)?.map(change).map(feed_row))
}

fn feed_row(change: Change) -> FeedRow {
    let raw = |json| RawValue::from_string(json).expect("a row's JSON is JSON");
    FeedRow { pos: change.pos, table: change.key.table(), key: change.key.text(), ver: change.ver, data: change.row.map(|row| raw(row.to_json())) }
}
