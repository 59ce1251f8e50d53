//! A terminal and its hub compare where they stand.

use super::incident::{self, IncidentKind};
use super::{Chance, hash_of};
use super::{chain, devices, feed, heads, identity, parking, renew_feed};
use crate::fault::Fault;
use crate::sql::{Sql, Value, first};
use ledger::id::TerminalId;
use ledger::op::{Base, Hash};
use ledger::sync::wire::{Hello, HelloAnswer, LogHead, PARKED_MAX, PROTOCOL, PULL_PROTOCOL_MIN, Renew, RenewAnswer, SEEN_MAX, Seen, SignedHead};

pub(super) fn hello(sql: &mut dyn Sql, chance: &mut dyn Chance, now_ms: i64, terminal: &TerminalId, hello: &Hello) -> Result<HelloAnswer, Fault> {
    for seen in hello.seen.iter().take(SEEN_MAX) {
        if forgot(sql, seen)? {
            come_back_to_life(sql, chance, now_ms, terminal, seen)?;
        }
    }
    note_device(sql, now_ms, terminal, hello)?;
    let chain = chain::load(sql, terminal, hello.incarnation)?;
    let Base { feed, pos, .. } = feed::head(sql)?;
    let parked = &hello.parked[..hello.parked.len().min(PARKED_MAX)];
    Ok(HelloAnswer {
        hub: identity(sql)?.id,
        feed,
        feed_pos: pos,
        protocol: PROTOCOL,
        pull_protocol_min: PULL_PROTOCOL_MIN,
        head_seq: chain.head_seq,
        head_hash: chain.head_hash,
        safe_seq: chain.safe_seq,
        exposed: chain.exposes(&hello.nonce),
        resettled: parking::settled_of(sql, terminal, parked)?,
        peers: devices::peers(sql, terminal)?,
        hub_time_ms: now_ms,
        head: SignedHead::unsigned(heads::load(sql)?.log),
    })
}

/// Gives the terminal a new incarnation. Asked twice, because the first answer was lost, it gives
/// two, which does no harm.
pub(super) fn renew(sql: &mut dyn Sql, now_ms: i64, terminal: &TerminalId, renew: &Renew) -> Result<RenewAnswer, Fault> {
    let detail =
        format!("Incarnation {} ended at op {}: {:?}. If this was no repair, two machines share one identity.", renew.incarnation, renew.head_seq, renew.why);
    incident::note(sql, now_ms, IncidentKind::Renewed, terminal, &detail)?;
    Ok(RenewAnswer { incarnation: devices::next_incarnation(sql, terminal, renew.incarnation)? })
}

/// Whether the log does not contain what it once was. What was told in the days of another feed was
/// dealt with when that feed ended.
fn forgot(sql: &mut dyn Sql, seen: &Seen) -> Result<bool, Fault> {
    if seen.log.number == 0 || seen.feed != feed::head(sql)?.feed {
        return Ok(false);
    }
    Ok(log_hash_at(sql, seen.log.number)? != Some(seen.log.hash))
}

/// This hub is an older state of itself. Positions that terminals know may now mean something else,
/// and nonces that they know were never given out.
fn come_back_to_life(sql: &mut dyn Sql, chance: &mut dyn Chance, now_ms: i64, terminal: &TerminalId, seen: &Seen) -> Result<(), Fault> {
    let LogHead { number, .. } = heads::load(sql)?.log;
    let detail =
        format!("The terminal was told of {} ops, the log has {number}. A new feed begins, and terminals send again what is missing.", seen.log.number);
    incident::note(sql, now_ms, IncidentKind::HubRestored, terminal, &detail)?;
    chain::forget_nonces(sql)?;
    renew_feed(sql, chance)
}

/// The hash of the log after so many ops.
pub(super) fn log_hash_at(sql: &mut dyn Sql, number: u64) -> Result<Option<Hash>, Fault> {
    Ok(first(sql, "SELECT log_hash FROM op WHERE number = $1", &[number.into()])?.map(|row| hash_of(&row[0])))
}

fn note_device(sql: &mut dyn Sql, now_ms: i64, terminal: &TerminalId, hello: &Hello) -> Result<(), Fault> {
    let row = first(sql, "SELECT repairs FROM device WHERE terminal = $1", &[terminal.as_str().into()])?;
    let known = row.map_or(0, |row| row[0].as_count());
    if hello.repairs > known {
        let detail = format!("Its catalogue differed from the hub's rows and was fetched anew, {} times by now.", hello.repairs);
        incident::note(sql, now_ms, IncidentKind::Repair, terminal, &detail)?;
    }
    let text = "UPDATE device SET seen_ms = $2, program = $3, offset_ms = $4, repairs = $5 WHERE terminal = $1";
    let offset_ms = Value::Int(now_ms.saturating_sub(hello.wall_ms));
    sql.exec(text, &[terminal.as_str().into(), now_ms.into(), hello.program.as_str().into(), offset_ms, hello.repairs.into()]).map(drop)
}
