//! Tills whose ops did not come in the order in which they happened: some were parked meanwhile, or
//! this hub was put back to an older state and heard of later ones first. A sale belongs to the shift
//! in which it was made.

use super::heads::Heads;
use crate::fault::Fault;
use crate::sql::{Sql, Value, first};
use crate::till;
use ledger::id::TerminalId;
use ledger::op::Op;
use ledger::row::{Key, Row, Till};
use ledger::sync::wire::QUARANTINE_FIRST;

/// Ops read at a time.
const PAGE_OPS: i64 = 1_000;

/// Whether ops of a later incarnation are here already.
pub(super) fn is_late(sql: &mut dyn Sql, device: &TerminalId, incarnation: u32) -> Result<bool, Fault> {
    let text = "SELECT 1 FROM chain WHERE device = $1 AND incarnation > $2 AND incarnation < $3 AND head_seq > 0 LIMIT 1";
    let number = |incarnation: u32| Value::Int(i64::from(incarnation));
    Ok(first(sql, text, &[device.as_str().into(), number(incarnation), number(QUARANTINE_FIRST)])?.is_some())
}

/// Books the till of a terminal in the order in which its ops happened.
pub(super) fn book_anew(sql: &mut dyn Sql, device: &TerminalId, heads: &mut Heads) -> Result<(), Fault> {
    let mut booked = Till::new(device.clone());
    let mut place = (0, 0);
    loop {
        let text = "SELECT incarnation, seq, bytes FROM op WHERE device = $1 AND (incarnation, seq) > ($2, $3) \
            AND outcome NOT LIKE '{\"outcome\":\"parked\"%' AND outcome NOT LIKE '{\"outcome\":\"rejected\"%' ORDER BY incarnation, seq LIMIT $4";
        let params = [device.as_str().into(), Value::Int(place.0), place.1.into(), Value::Int(PAGE_OPS)];
        let page = sql.rows(text, &params)?;
        let Some(last) = page.last() else { break };
        place = (last[0].as_int(), last[1].as_count());
        booked = page.iter().filter_map(|row| Op::read(row[2].as_bytes()).ok()).fold(booked, |till, op| till::book(till, &op));
    }
    match till::load(sql, &Key::Till(device.clone()))? {
        Some(stands) if stands != booked => heads.write(sql, &Row::Till(booked)),
        _ => Ok(()),
    }
}
