//! Receiving pushes: each op is stored under its place with one outcome, and nothing that arrives is
//! dropped or stops the line.

use super::Chance;
use super::arrival::{self, Arrival};
use super::chain::{self, Chain};
use super::heads::{self, Heads};
use super::incident::{self, IncidentKind};
use super::reading::ReadBatch;
use super::tills;
use crate::fault::Fault;
use crate::sql::{Sql, Value};
use ledger::id::{OpId, TerminalId};
use ledger::op::Hash;
use ledger::sync::wire::{Lost, OpOutcome, PushAnswer, SignedHead};
use std::collections::BTreeSet;

/// Ops of one author in order, the first standing at `first_seq`. The author is known to be who it
/// says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    pub device: TerminalId,
    pub incarnation: u32,
    pub first_seq: u64,
    /// The sealed bytes, each as it was sent.
    pub ops: Vec<Vec<u8>>,
    /// As the terminal said it; the hub's own batches say none.
    pub nonce: Option<String>,
    /// The author's clock when it sent; none if it did not say.
    pub wall_ms: Option<i64>,
    /// Store the ops without looking into them.
    pub uninterpreted: bool,
}

pub(super) fn receive(sql: &mut dyn Sql, chance: &mut dyn Chance, now_ms: i64, batches: &[ReadBatch]) -> Result<Vec<PushAnswer>, Fault> {
    let mut heads = heads::load(sql)?;
    let answers = batches.iter().map(|batch| take_batch(sql, chance, now_ms, batch, &mut heads)).collect::<Result<_, Fault>>()?;
    heads.save(sql)?;
    Ok(answers)
}

fn take_batch(sql: &mut dyn Sql, chance: &mut dyn Chance, now_ms: i64, read: &ReadBatch, heads: &mut Heads) -> Result<PushAnswer, Fault> {
    let ReadBatch { batch, ops } = read;
    let mut chain = chain::load(sql, &batch.device, batch.incarnation)?;
    let mut exposed = batch.nonce.as_deref().is_some_and(|nonce| chain.exposes(nonce));
    let mut outcomes = Vec::with_capacity(ops.len());
    let known = heads.log.number;
    let mut expected_seq = None;
    let arrivals: Vec<Arrival<'_>> = (batch.first_seq..).zip(ops).map(|(seq, op)| Arrival::new(batch, seq, op, now_ms)).collect();
    fetch(sql, &arrivals, &chain, heads)?;
    for arrival in arrivals {
        let seq = arrival.seq;
        if seq > chain.head_seq + 1 && !arrival::follows_fork(sql, &arrival)? {
            expected_seq = Some(chain.head_seq + 1);
            break;
        }
        let taken = arrival::take(sql, &arrival, &mut chain, heads)?;
        exposed |= taken.forked;
        outcomes.push(OpOutcome { seq, outcome: taken.outcome });
    }
    if heads.log.number > known && tills::is_late(sql, &batch.device, batch.incarnation)? {
        heads.books.write(sql)?;
        tills::book_anew(sql, &batch.device, heads)?;
    }
    let next_nonce = match &batch.nonce {
        Some(said) if !exposed => chain.roll(said, chance),
        _ => String::new(),
    };
    chain::save(sql, &batch.device, batch.incarnation, &chain)?;
    // Who says nothing of its clock did not send this itself.
    if let Some(wall_ms) = batch.wall_ms {
        let seen = "UPDATE device SET seen_ms = $2, offset_ms = $3 WHERE terminal = $1";
        sql.exec(seen, &[batch.device.as_str().into(), now_ms.into(), Value::Int(now_ms.saturating_sub(wall_ms))])?;
    }
    Ok(PushAnswer {
        acked_seq: outcomes.last().map_or(chain.head_seq, |last| last.seq),
        outcomes,
        expected_seq,
        safe_seq: chain.safe_seq,
        next_nonce,
        exposed,
        hub_time_ms: now_ms,
        head: SignedHead::unsigned(heads.log),
    })
}

/// Reads at once what the ops that are new here will ask for one by one.
fn fetch(sql: &mut dyn Sql, arrivals: &[Arrival<'_>], chain: &Chain, heads: &mut Heads) -> Result<(), Fault> {
    let new = || arrivals.iter().filter(|arrival| arrival.seq > chain.head_seq);
    let ids: BTreeSet<OpId> = new().filter_map(|arrival| arrival.read.envelope.as_ref().ok()).map(|envelope| envelope.id).collect();
    heads.books.fetch_names(sql, &ids.into_iter().collect::<Vec<_>>())?;
    heads.desk.fetch(sql, new().flat_map(|arrival| &arrival.read.footprint))
}

/// Goes on behind numbers whose ops exist nowhere any more. What is here already stays.
pub(super) fn lost(sql: &mut dyn Sql, now_ms: i64, device: &TerminalId, lost: &Lost) -> Result<PushAnswer, Fault> {
    let mut chain = chain::load(sql, device, lost.incarnation)?;
    let heads = heads::load(sql)?;
    let mut expected_seq = None;
    if lost.first_seq > chain.head_seq + 1 {
        expected_seq = Some(chain.head_seq + 1);
    } else if lost.last_seq > chain.head_seq {
        let detail = format!("Ops {} to {} of incarnation {} are lost on the terminal.", chain.head_seq + 1, lost.last_seq, lost.incarnation);
        incident::note(sql, now_ms, IncidentKind::OpsLost, device, &detail)?;
        // The op behind names one that nobody has; the break is noted when it comes.
        chain = Chain { head_seq: lost.last_seq, head_hash: Hash::default(), ..chain };
        chain::save(sql, device, lost.incarnation, &chain)?;
    }
    Ok(PushAnswer {
        acked_seq: chain.head_seq,
        outcomes: Vec::new(),
        expected_seq,
        safe_seq: chain.safe_seq,
        next_nonce: chain.nonce.unwrap_or_default(),
        exposed: false,
        hub_time_ms: now_ms,
        head: SignedHead::unsigned(heads.log),
    })
}
