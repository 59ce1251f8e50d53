//! The feed: rows in the order of their last change.
//!
//! A page ends where an op ends, so no document is half visible. A row has only its newest
//! position, so while a terminal catches up over several pages, rows of its own ops may still be
//! to come. Therefore only the last page says which ops are contained, and brings the terminal's own
//! till: its counters number receipts and must never seem to go back.

use super::{heads, parking};
use crate::fault::Fault;
use crate::rows::{self, Change, changed};
use crate::sql::{Record, Sql, Value, first};
use ledger::id::TerminalId;
use ledger::op::Base;
use ledger::row::{Key, Table};
use ledger::slice::Versioned;
use ledger::sync::wire::{Contained, FeedRow, LogHead, PullAnswer, QUARANTINE_FIRST, ScopeSum, SignedHead};

/// Bytes of rows after which a page is closed: with the names around them it stays well below what
/// a terminal reads of one answer.
const PAGE_BYTES_MAX: usize = 6 * 1024 * 1024;
/// Most chains that a terminal is told of: all terminals of a large shop, each re-enrolled often.
const CONTAINED_MAX: i64 = 10_000;

/// The feed's name and end.
pub(super) fn head(sql: &mut dyn Sql) -> Result<Base, Fault> {
    let row = first(sql, "SELECT feed, feed_pos FROM hub WHERE only_one = 1", &[])?;
    Ok(row.map_or_else(Base::default, |row| Base { feed: row[0].as_text().to_owned(), pos: row[1].as_count(), at_ms: None }))
}

/// How far each device's ops are contained in the rows as they stand: all the way. Of all devices,
/// or of those in the terminal's own warehouse.
pub(super) fn contained(sql: &mut dyn Sql, beside: Option<&TerminalId>) -> Result<Vec<Contained>, Fault> {
    let text = "SELECT chain.device, chain.incarnation, chain.head_seq FROM chain JOIN device ON device.terminal = chain.device \
        WHERE chain.incarnation < $1 AND ($2 = '' OR device.warehouse = (SELECT warehouse FROM device WHERE terminal = $2)) \
        ORDER BY chain.device, chain.incarnation LIMIT $3";
    let params = [Value::Int(i64::from(QUARANTINE_FIRST)), beside.map_or("", TerminalId::as_str).into(), Value::Int(CONTAINED_MAX)];
    let read = |row: Record| Contained {
        device: TerminalId::from(row[0].as_text()),
        incarnation: u32::try_from(row[1].as_int()).unwrap_or(u32::MAX),
        seq: row[2].as_count(),
    };
    Ok(sql.rows(text, &params)?.into_iter().map(read).collect())
}

/// What all rows add up to, and how far the log goes.
fn totals(sql: &mut dyn Sql) -> Result<(ScopeSum, LogHead), Fault> {
    let heads = heads::load(sql)?;
    Ok((heads.sum, heads.log))
}

pub(super) fn pull(sql: &mut dyn Sql, terminal: &TerminalId, feed: &str, after: u64, rows_max: u32, now_ms: i64) -> Result<Option<PullAnswer>, Fault> {
    let head = head(sql)?;
    if feed != head.feed || after > head.pos || after < min_pos(sql)? {
        return Ok(None);
    }
    let (mut rows, next) = page(sql, after, head.pos, rows_max.max(1))?;
    rows.retain(|row| row.table != Table::Till);
    let (sum, log) = totals(sql)?;
    let up_to_date = next == head.pos;
    if up_to_date {
        rows.extend(own_till(sql, terminal, after, next)?);
    }
    Ok(Some(PullAnswer {
        feed: head.feed,
        rows,
        next,
        up_to_date,
        contained: if up_to_date { contained(sql, Some(terminal))? } else { Vec::new() },
        sum: up_to_date.then_some(sum),
        parked: if up_to_date { parking::parked(sql, Some(terminal))? } else { Vec::new() },
        resettled: parking::resettled(sql, terminal, after, next)?,
        known: None,
        hub_time_ms: now_ms,
        head: SignedHead::unsigned(log),
    }))
}

/// Cursors before this may have missed deletions.
fn min_pos(sql: &mut dyn Sql) -> Result<u64, Fault> {
    Ok(first(sql, "SELECT feed_pos_min FROM hub WHERE only_one = 1", &[])?.map_or(0, |row| row[0].as_count()))
}

/// Forgets which rows were deleted at or before `pos`: whoever has not come that far starts anew.
pub(super) fn forget_deletions(sql: &mut dyn Sql, pos: u64) -> Result<u64, Fault> {
    let forgotten = sql.exec("DELETE FROM record WHERE del = 1 AND pos <= $1", &[pos.into()])?;
    if forgotten > 0 {
        sql.exec("UPDATE hub SET feed_pos_min = $1 WHERE feed_pos_min < $1", &[pos.into()])?;
    }
    Ok(forgotten)
}

/// Where the feed stood when the last op before `before_ms` had come.
pub(super) fn pos_at(sql: &mut dyn Sql, before_ms: i64) -> Result<u64, Fault> {
    let text = "SELECT pos FROM op WHERE received_ms < $1 ORDER BY number DESC LIMIT 1";
    Ok(first(sql, text, &[before_ms.into()])?.map_or(0, |row| row[0].as_count()))
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
    FeedRow { pos: change.pos, table: change.key.table(), key: change.key.text(), ver: change.ver, data: change.row.map(|row| row.to_raw()) }
}
