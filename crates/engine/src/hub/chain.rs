//! How far each author's chain of ops goes.

use super::hash_of;
use crate::fault::Fault;
use crate::sql::{Sql, Value, first};
use ledger::id::TerminalId;
use ledger::op::Hash;

/// The end of one incarnation's chain; all zeros before its first op.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Chain {
    pub head_seq: u64,
    pub head_hash: Hash,
}

pub(super) fn load(sql: &mut dyn Sql, device: &TerminalId, incarnation: u32) -> Result<Chain, Fault> {
    let text = "SELECT head_seq, head_hash FROM chain WHERE device = $1 AND incarnation = $2";
    let row = first(sql, text, &[device.as_str().into(), Value::Int(i64::from(incarnation))])?;
    Ok(row.map_or_else(Chain::default, |row| Chain { head_seq: row[0].as_count(), head_hash: hash_of(&row[1]) }))
}

pub(super) fn save(sql: &mut dyn Sql, device: &TerminalId, incarnation: u32, chain: Chain) -> Result<(), Fault> {
    let text = "INSERT INTO chain (device, incarnation, head_seq, head_hash) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (device, incarnation) DO UPDATE SET head_seq = excluded.head_seq, head_hash = excluded.head_hash";
    let params = [device.as_str().into(), Value::Int(i64::from(incarnation)), chain.head_seq.into(), chain.head_hash.0.to_vec().into()];
    sql.exec(text, &params).map(drop)
}
