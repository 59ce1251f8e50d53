//! What went wrong in a way that a person should know, however well it was mended.

use crate::fault::Fault;
use crate::sql::{Sql, Value};
use ledger::id::TerminalId;
use serde::Serialize;

/// Longest detail kept, in characters.
const DETAIL_CHARS_MAX: usize = 500;

/// What happened, by its stable name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentKind {
    /// Two different ops claim one number: a copy of a disk is at work.
    Fork,
    /// A terminal was told to take a new incarnation, because its disk is a copy or an older state.
    Renewed,
    /// A terminal that had lost its key was given another one.
    KeyReplaced,
    /// This hub does not know what it once told: it was restored from an older backup.
    HubRestored,
    /// A terminal lost ops in both of its witnesses.
    OpsLost,
    /// A terminal sent ops of another one, which told it and not the hub.
    PassedOn,
    /// An op does not name the one before it.
    BrokenChain,
    /// A terminal's catalogue differed from the hub's rows and was fetched anew.
    Repair,
    /// An op is kept but not understood.
    Parked,
}

impl IncidentKind {
    pub fn name(self) -> &'static str {
        match self {
            IncidentKind::Fork => "fork",
            IncidentKind::Renewed => "renewed",
            IncidentKind::KeyReplaced => "key_replaced",
            IncidentKind::HubRestored => "hub_restored",
            IncidentKind::OpsLost => "ops_lost",
            IncidentKind::PassedOn => "passed_on",
            IncidentKind::BrokenChain => "broken_chain",
            IncidentKind::Repair => "repair",
            IncidentKind::Parked => "parked",
        }
    }
}

/// As it stands in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Incident {
    pub kind: String,
    pub device: TerminalId,
    pub detail: String,
    pub first_ms: i64,
    pub last_ms: i64,
    pub times: u64,
}

pub(super) fn note(sql: &mut dyn Sql, now_ms: i64, kind: IncidentKind, device: &TerminalId, detail: &str) -> Result<(), Fault> {
    tracing::warn!(kind = kind.name(), %device, detail, "an incident");
    let detail: String = detail.chars().take(DETAIL_CHARS_MAX).collect();
    let text = "INSERT INTO incident (kind, device, detail, first_ms, last_ms, times) VALUES ($1, $2, $3, $4, $4, 1) \
        ON CONFLICT (kind, device, detail) DO UPDATE SET last_ms = excluded.last_ms, times = incident.times + 1";
    sql.exec(text, &[kind.name().into(), device.as_str().into(), detail.into(), now_ms.into()]).map(drop)
}

/// The latest first, at most `rows_max`.
pub(super) fn latest(sql: &mut dyn Sql, rows_max: u32) -> Result<Vec<Incident>, Fault> {
    let text = "SELECT kind, device, detail, first_ms, last_ms, times FROM incident ORDER BY last_ms DESC, kind, device, detail LIMIT $1";
    let found = sql.rows(text, &[Value::Int(i64::from(rows_max))])?;
    let read = |row: Vec<Value>| Incident {
        kind: row[0].as_text().to_owned(),
        device: TerminalId::from(row[1].as_text()),
        detail: row[2].as_text().to_owned(),
        first_ms: row[3].as_int(),
        last_ms: row[4].as_int(),
        times: row[5].as_count(),
    };
    Ok(found.into_iter().map(read).collect())
}
