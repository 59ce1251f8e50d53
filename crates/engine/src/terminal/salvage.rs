//! Reading what can still be read of a damaged database. Best effort: it ends where SQLite gives up,
//! and takes only what proves itself whole.

use super::Counts;
use super::catalogue;
use super::disk::Disk;
use super::journal::{self, Stored};
use super::owner;
use crate::fault::Fault;
use crate::rows::{self, products_after, records, unit_from_record};
use crate::sql::{Record, Sql, Value, transaction};
use ledger::cart::Cart;
use ledger::id::Sku;
use ledger::op::Hash;
use ledger::row::{Row, Table};
use std::path::Path;

/// Rows read at a time: a page that cannot be read costs at most as many.
const PAGE_ROWS: u32 = 200;
/// Most records of one kind that a salvaged catalogue takes.
const RECORDS_MAX: u32 = 100_000;

/// Brings ops of the damaged journal into the new one and answers how many it lacked.
pub fn ops(disk: &dyn Disk, journal: &mut dyn Sql, damaged: &Path) -> Result<u64, Fault> {
    let Some(mut old) = ruins(disk, damaged) else { return Ok(0) };
    let mut taken = 0;
    let mut place = (0, 0);
    while let Ok(page) = journal::after(&mut *old, place.0, place.1, PAGE_ROWS) {
        let Some(last) = page.last() else { break };
        place = (last.incarnation, last.seq);
        taken += transaction(journal, |sql| import_whole(sql, &page))?;
    }
    Ok(taken)
}

/// Brings drafts, acknowledgements and peers of the damaged journal into the new one and answers how many
/// drafts came.
pub fn drafts(disk: &dyn Disk, journal: &mut dyn Sql, damaged: &Path) -> Result<u64, Fault> {
    let Some(mut old) = ruins(disk, damaged) else { return Ok(0) };
    let mut drafts = whole(&mut *old, "SELECT op, held, label, operator, at_ms, cart FROM draft", "bittit");
    drafts.retain(|row| serde_json::from_str::<Cart>(row[5].as_text()).is_ok());
    let throttles = whole(&mut *old, "SELECT operator, tries, until_ms, last_ms FROM throttle", "tiii");
    let streams = whole(&mut *old, "SELECT incarnation, acked_seq, safe_seq, nonce, coalesce(forked_after, -1) FROM stream", "iiiti");
    let peers = whole(&mut *old, "SELECT terminal, name, key FROM peer", "ttt");
    let incarnation = owner::incarnation(&mut *old).unwrap_or(0);
    transaction(journal, |sql| {
        for row in &streams {
            let text = "INSERT INTO stream (incarnation, acked_seq, safe_seq, nonce, forked_after) VALUES ($1, $2, $3, $4, NULLIF($5, -1)) ON CONFLICT (incarnation) DO NOTHING";
            sql.exec(text, row)?;
        }
        if incarnation > 0 {
            owner::set_incarnation(sql, incarnation)?;
        }
        for row in &drafts {
            let text = "INSERT INTO draft (op, held, label, operator, at_ms, cart) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (op) DO NOTHING";
            sql.exec(text, row)?;
        }
        for row in &throttles {
            let text = "INSERT INTO throttle (operator, tries, until_ms, last_ms) VALUES ($1, $2, $3, $4) ON CONFLICT (operator) DO NOTHING";
            sql.exec(text, row)?;
        }
        for row in &peers {
            sql.exec("INSERT INTO peer (terminal, name, key) VALUES ($1, $2, $3) ON CONFLICT (terminal) DO NOTHING", row)?;
        }
        Ok(drafts.len() as u64)
    })
}

/// Brings rows of the damaged catalogue into the new one. Enough to go on selling until the hub's
/// snapshot replaces all of it.
pub fn catalogue(disk: &dyn Disk, fresh: &mut dyn Sql, damaged: &Path) -> Result<Counts, Fault> {
    let Some(mut old) = ruins(disk, damaged) else { return Ok(Counts::default()) };
    for table in [Table::Settings, Table::Operator, Table::Stock, Table::Till, Table::Conflict] {
        let found = records(&mut *old, table, RECORDS_MAX).unwrap_or_default();
        keep(fresh, found)?;
    }
    let mut after = Sku::default();
    while let Ok(page) = products_after(&mut *old, &after, PAGE_ROWS) {
        let Some(last) = page.last() else { break };
        after = last.sku.clone();
        keep(fresh, page.into_iter().map(Row::Product).collect())?;
    }
    let mut place = (String::new(), String::new());
    while let Ok(page) = units_after(&mut *old, &place) {
        let Some(last) = page.last() else { break };
        place = (last[0].as_text().to_owned(), last[1].as_text().to_owned());
        keep(fresh, page.into_iter().filter_map(|row| unit_from_record(row).ok()).map(|(unit, _)| Row::Unit(unit)).collect())?;
    }
    catalogue::count(fresh)
}

/// Rows without a version: whatever the hub tells later is newer.
fn keep(fresh: &mut dyn Sql, found: Vec<Row>) -> Result<(), Fault> {
    transaction(fresh, |sql| found.iter().try_for_each(|row| rows::save(sql, row, None, 0)))
}

fn units_after(old: &mut dyn Sql, place: &(String, String)) -> Result<Vec<Record>, Fault> {
    let params = [place.0.as_str().into(), place.1.as_str().into(), Value::Int(i64::from(PAGE_ROWS))];
    old.rows(rows::select_unit!("WHERE (sku, serial) > ($1, $2) ORDER BY sku, serial LIMIT $3"), &params)
}

fn import_whole(sql: &mut dyn Sql, page: &[Stored]) -> Result<u64, Fault> {
    let mut taken = 0;
    for stored in page.iter().filter(|stored| Hash::of(&stored.sealed.bytes) == stored.sealed.hash) {
        taken += u64::from(journal::import(sql, &stored.sealed.bytes, 0)?);
    }
    Ok(taken)
}

/// Rows whose every value is of its column's kind: `b` bytes, `i` a number, `t` text. Damage may leave
/// any other, and a new table would not take it.
fn whole(old: &mut dyn Sql, text: &'static str, kinds: &str) -> Vec<Record> {
    let fits = |(value, kind): (&Value, char)| match value {
        Value::Null => false,
        Value::Int(_) => kind == 'i',
        Value::Text(_) => kind == 't',
        Value::Blob(_) => kind == 'b',
    };
    let mut found = old.rows(text, &[]).unwrap_or_default();
    found.retain(|row| row.iter().zip(kinds.chars()).all(fits));
    found
}

fn ruins(disk: &dyn Disk, damaged: &Path) -> Option<Box<dyn Sql>> {
    disk.ruins(damaged).inspect_err(|fault| tracing::warn!(%fault, "nothing could be read of the damaged file")).ok()
}
