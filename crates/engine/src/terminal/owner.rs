//! Whose journal it is, in which incarnation, and what was last heard of the hub's log.

use super::journal::{as_u32, hash, number};
use crate::fault::Fault;
use crate::sql::{Record, Sql, first};
use ledger::id::TerminalId;
use ledger::op::Hash;
use ledger::sync::wire::{LogHead, Seen, SignedHead};

const FOUND: &str = "INSERT INTO owner (only_one, terminal, hub, incarnation, till_stale, seen_feed, seen_number, seen_hash, seen_signature, \
    greeted_feed, greeted_number, greeted_hash, repairs) VALUES (1, $1, $2, 0, 0, '', 0, $3, '', '', 0, $3, 0) ON CONFLICT (only_one) DO NOTHING";

/// The terminal a journal is of, and the hub that it tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Owner {
    pub terminal: String,
    pub hub: String,
}

/// Makes the journal this terminal's, unless it is somebody's already.
pub fn found(sql: &mut dyn Sql, terminal: &TerminalId, hub: &str) -> Result<(), Fault> {
    sql.exec(FOUND, &[terminal.as_str().into(), hub.into(), Hash::default().0.to_vec().into()]).map(drop)
}

/// Whose journal it is; nobody's before it was founded.
pub fn owner(sql: &mut dyn Sql) -> Result<Owner, Fault> {
    let read = |row: Record| Owner { terminal: row[0].as_text().to_owned(), hub: row[1].as_text().to_owned() };
    Ok(first(sql, "SELECT terminal, hub FROM owner WHERE only_one = 1", &[])?.map(read).unwrap_or_default())
}

/// The incarnation taken since enrolment; 0 if none was.
pub fn incarnation(sql: &mut dyn Sql) -> Result<u32, Fault> {
    Ok(first(sql, "SELECT incarnation FROM owner WHERE only_one = 1", &[])?.map_or(0, |row| as_u32(&row[0])))
}

/// Goes on in a new incarnation. The till has to be booked anew: the hub may know of sales that this
/// disk does not.
pub fn set_incarnation(sql: &mut dyn Sql, incarnation: u32) -> Result<(), Fault> {
    sql.exec("UPDATE owner SET incarnation = $1, till_stale = 1", &[number(incarnation)]).map(drop)
}

pub fn till_is_stale(sql: &mut dyn Sql) -> Result<bool, Fault> {
    Ok(first(sql, "SELECT till_stale FROM owner WHERE only_one = 1", &[])?.is_some_and(|row| row[0].as_int() != 0))
}

pub fn set_till_stale(sql: &mut dyn Sql, stale: bool) -> Result<(), Fault> {
    sql.exec("UPDATE owner SET till_stale = $1", &[stale.into()]).map(drop)
}

/// The last head of the hub's log that was told; none before the first.
pub fn seen(sql: &mut dyn Sql) -> Result<Option<Seen>, Fault> {
    let row = first(sql, "SELECT seen_feed, seen_number, seen_hash FROM owner WHERE only_one = 1", &[])?;
    let read = |row: Record| Seen { feed: row[0].as_text().to_owned(), log: LogHead { number: row[1].as_count(), hash: hash(&row[2]) } };
    Ok(row.map(read).filter(|seen| seen.log.number > 0))
}

/// The head that came with the last greeting. A later one may be of a hub that was put back and has
/// grown since, and would hide what it forgot.
pub fn greeted(sql: &mut dyn Sql) -> Result<Option<Seen>, Fault> {
    let row = first(sql, "SELECT greeted_feed, greeted_number, greeted_hash FROM owner WHERE only_one = 1", &[])?;
    let read = |row: Record| Seen { feed: row[0].as_text().to_owned(), log: LogHead { number: row[1].as_count(), hash: hash(&row[2]) } };
    Ok(row.map(read).filter(|seen| seen.log.number > 0))
}

/// A greeting was answered: the hub has looked for the heads that it was told.
pub fn greet(sql: &mut dyn Sql, feed: &str, head: &SignedHead) -> Result<(), Fault> {
    see(sql, feed, head)?;
    let text = "UPDATE owner SET greeted_feed = $1, greeted_number = $2, greeted_hash = $3 WHERE only_one = 1";
    sql.exec(text, &[feed.into(), head.number.into(), head.hash.0.to_vec().into()]).map(drop)
}

/// The last head with the hub's signature.
pub fn seen_head(sql: &mut dyn Sql) -> Result<Option<SignedHead>, Fault> {
    let row = first(sql, "SELECT seen_number, seen_hash, seen_signature FROM owner WHERE only_one = 1", &[])?;
    let read = |row: Record| SignedHead { number: row[0].as_count(), hash: hash(&row[1]), signature: row[2].as_text().to_owned() };
    Ok(row.map(read).filter(|head| head.number > 0))
}

/// Keeps a head as evidence. Within one feed an older head never replaces a newer one.
pub fn see(sql: &mut dyn Sql, feed: &str, head: &SignedHead) -> Result<(), Fault> {
    let text = "UPDATE owner SET seen_feed = $1, seen_number = $2, seen_hash = $3, seen_signature = $4 \
        WHERE only_one = 1 AND (seen_feed <> $1 OR seen_number < $2)";
    sql.exec(text, &[feed.into(), head.number.into(), head.hash.0.to_vec().into(), head.signature.as_str().into()]).map(drop)
}

/// How often the catalogue was found to differ from the hub's rows.
pub fn repairs(sql: &mut dyn Sql) -> Result<u64, Fault> {
    Ok(first(sql, "SELECT repairs FROM owner WHERE only_one = 1", &[])?.map_or(0, |row| row[0].as_count()))
}

pub fn count_repair(sql: &mut dyn Sql) -> Result<(), Fault> {
    sql.exec("UPDATE owner SET repairs = repairs + 1", &[]).map(drop)
}
