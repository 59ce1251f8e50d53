//! Which of the ops that a terminal keeps are here, by their bytes: under their number there may be
//! another.

use super::{devices, hash_of, interpret};
use crate::fault::Fault;
use crate::sql::{Sql, Value};
use ledger::id::TerminalId;
use ledger::sync::wire::{ASKED_MAX, Contained, KNOWN_MAX, Known};
use ledger::verdict::Outcome;

/// The ops behind those that each chain names, of terminals in the warehouse of `terminal`.
pub(super) fn known(sql: &mut dyn Sql, terminal: &TerminalId, asked: &[Contained]) -> Result<Vec<Known>, Fault> {
    let mut found = Vec::new();
    for chain in asked.iter().take(ASKED_MAX) {
        if devices::are_neighbours(sql, terminal, &chain.device)? {
            found.extend(of_chain(sql, chain, KNOWN_MAX - found.len())?);
        }
    }
    Ok(found)
}

fn of_chain(sql: &mut dyn Sql, chain: &Contained, ops_max: usize) -> Result<Vec<Known>, Fault> {
    let text = "SELECT seq, hash, outcome FROM op WHERE device = $1 AND incarnation = $2 AND seq > $3 \
        UNION ALL SELECT fork.seq, fork.hash, op.outcome FROM fork JOIN op ON op.number = fork.number \
        WHERE fork.device = $1 AND fork.incarnation = $2 AND fork.seq > $3 ORDER BY 1, 2 LIMIT $4";
    let Contained { device, incarnation, seq } = chain;
    let params = [device.as_str().into(), Value::Int(i64::from(*incarnation)), (*seq).into(), Value::count(ops_max as u64)];
    let read = |row: Vec<Value>| {
        let parked = matches!(interpret::stored_outcome(&row[2])?, Outcome::Parked { .. });
        Ok(Known { device: device.clone(), incarnation: *incarnation, seq: row[0].as_count(), hash: hash_of(&row[1]), parked })
    };
    sql.rows(text, &params)?.into_iter().map(read).collect()
}
