//! What a person should know about, and the ops that wait for one.

use super::table;
use engine::hub::ParkedOp;
use hub::config::Config;
use hub::now_ms;
use hub::say;
use hub::when::when;
use ledger::verdict::Outcome;

/// Most incidents shown.
const INCIDENTS_MAX: u32 = 1_000;

pub fn incidents(config: &Config) -> anyhow::Result<()> {
    let found = super::reader(config)?.incidents(INCIDENTS_MAX)?;
    if found.is_empty() {
        say!("Nothing has happened that a person should know.");
        return Ok(());
    }
    let rows: Vec<_> = found.into_iter().map(|one| [when(one.last_ms), one.times.to_string(), one.kind, one.device.to_string(), one.detail]).collect();
    table::print(["last", "times", "kind", "terminal", "what"], &rows);
    Ok(())
}

pub fn parked(config: &Config) -> anyhow::Result<()> {
    let found = super::reader(config)?.parked()?;
    if found.is_empty() {
        say!("No op is parked.");
        return Ok(());
    }
    list(found);
    say!("Take them up again with `counterfoil-hub replay` once the reason is gone.");
    Ok(())
}

/// Takes parked ops up again, all or the one with that number.
pub fn replay(config: &Config, number: Option<u64>) -> anyhow::Result<()> {
    let taken = crate::store(config)?.replay(now_ms(), number)?;
    if taken.is_empty() {
        match number {
            Some(number) => anyhow::bail!("Op {number} of the log is not parked. `counterfoil-hub parked` lists those that are."),
            None => say!("No op is parked."),
        }
        return Ok(());
    }
    let waiting = taken.iter().filter(|op| matches!(op.outcome, Outcome::Parked { .. })).count();
    let all = taken.len();
    list(taken);
    say!("{} of {all} have their final outcome now, {waiting} still wait.", all - waiting);
    Ok(())
}

fn list(ops: Vec<ParkedOp>) {
    let rows: Vec<_> = ops.into_iter().map(row).collect();
    table::print(["op", "place", "kind", "received", "outcome", "why"], &rows);
}

fn row(op: ParkedOp) -> [String; 6] {
    let place = format!("{} {}-{}", op.device, op.incarnation, op.seq);
    let kind = if op.kind.is_empty() { "?".into() } else { op.kind };
    let (outcome, why) = match op.outcome {
        Outcome::Parked { code, reason } => (format!("parked: {code}"), reason),
        Outcome::Rejected { code, reason } => (format!("rejected: {code}"), reason),
        Outcome::Conflict { units } => ("conflict".into(), units.join(", ")),
        Outcome::Applied => ("applied".into(), String::new()),
    };
    [op.number.to_string(), place, kind, when(op.received_ms), outcome, why]
}
