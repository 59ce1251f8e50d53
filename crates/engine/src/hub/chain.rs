//! How far each author's chain of ops goes, and which nonce its next push has to say.
//!
//! The nonce changes with every push. Whoever says neither the present one nor the one before (its
//! last answer was lost) has an older state of the disk or a copy of it.

use super::{Chance, hash_of, name};
use crate::fault::Fault;
use crate::sql::{Record, Sql, Value, first};
use ledger::id::TerminalId;
use ledger::op::Hash;

/// One incarnation's chain; empty before its first op.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chain {
    pub head_seq: u64,
    pub head_hash: Hash,
    /// None if anything will do: after this hub was restored from a backup.
    pub nonce: Option<String>,
    pub nonce_before: Option<String>,
    pub safe_seq: u64,
}

impl Default for Chain {
    fn default() -> Chain {
        Chain { head_seq: 0, head_hash: Hash::default(), nonce: Some(String::new()), nonce_before: None, safe_seq: 0 }
    }
}

impl Chain {
    /// Whether the nonce shows that somebody else spoke with us since.
    pub fn exposes(&self, said: &str) -> bool {
        self.nonce.as_deref().is_some_and(|nonce| nonce != said) && self.nonce_before.as_deref() != Some(said)
    }

    /// Takes the nonce that was said and answers the next one: none for a copy.
    pub fn roll(&mut self, said: &str, chance: &mut dyn Chance) -> String {
        if self.exposes(said) {
            return String::new();
        }
        if self.nonce.as_deref().is_none_or(|nonce| nonce == said) {
            self.nonce_before = Some(said.to_owned());
            self.nonce = Some(name(chance));
        }
        self.nonce.clone().unwrap_or_default()
    }
}

pub(super) fn load(sql: &mut dyn Sql, device: &TerminalId, incarnation: u32) -> Result<Chain, Fault> {
    let text = "SELECT head_seq, head_hash, nonce, nonce_before, safe_seq FROM chain WHERE device = $1 AND incarnation = $2";
    let row = first(sql, text, &[device.as_str().into(), Value::Int(i64::from(incarnation))])?;
    Ok(row.map_or_else(Chain::default, read))
}

pub(super) fn save(sql: &mut dyn Sql, device: &TerminalId, incarnation: u32, chain: &Chain) -> Result<(), Fault> {
    let text = "INSERT INTO chain (device, incarnation, head_seq, head_hash, nonce, nonce_before, safe_seq) VALUES ($1, $2, $3, $4, $5, $6, $7) \
        ON CONFLICT (device, incarnation) DO UPDATE SET head_seq = excluded.head_seq, head_hash = excluded.head_hash, nonce = excluded.nonce, \
        nonce_before = excluded.nonce_before, safe_seq = excluded.safe_seq";
    let params = [
        device.as_str().into(),
        Value::Int(i64::from(incarnation)),
        chain.head_seq.into(),
        chain.head_hash.0.to_vec().into(),
        Value::optional(chain.nonce.as_deref()),
        Value::optional(chain.nonce_before.as_deref()),
        chain.safe_seq.into(),
    ];
    sql.exec(text, &params).map(drop)
}

/// Accepts any nonce from everybody once: what was given out since the backup is not known here.
pub(super) fn forget_nonces(sql: &mut dyn Sql) -> Result<(), Fault> {
    sql.exec("UPDATE chain SET nonce = NULL, nonce_before = NULL", &[]).map(drop)
}

/// States that every op up to `number` is in a verified backup.
pub(super) fn mark_safe(sql: &mut dyn Sql, number: u64) -> Result<(), Fault> {
    let text = "UPDATE chain SET safe_seq = coalesce((SELECT max(seq) FROM op \
        WHERE op.device = chain.device AND op.incarnation = chain.incarnation AND op.number <= $1), 0)";
    sql.exec(text, &[number.into()])?;
    sql.exec("UPDATE hub SET safe_number = $1", &[number.into()]).map(drop)
}

fn read(row: Record) -> Chain {
    let text = |value: &Value| (*value != Value::Null).then(|| value.as_text().to_owned());
    Chain { head_seq: row[0].as_count(), head_hash: hash_of(&row[1]), nonce: text(&row[2]), nonce_before: text(&row[3]), safe_seq: row[4].as_count() }
}
