//! Ops that come from another terminal than their author, which told them to it and may be destroyed. They
//! take their author's places as if it had sent them itself, and get the same outcomes should it still do so.
//!
//! Only the key of the terminal that passes them on vouches for them, so they have to go on where the
//! author's chain ends here, and a person is told.

use super::arrival::{self, Arrival};
use super::chain::{self, Chain};
use super::incident::{self, IncidentKind};
use super::reading::ReadBatch;
use super::{Batch, Chance, devices, heads, receive};
use crate::fault::Fault;
use crate::sql::Sql;
use ledger::id::TerminalId;
use ledger::op::Hash;
use ledger::sync::wire::{PushAnswer, SignedHead};
use std::slice;

pub(super) fn pass_on(sql: &mut dyn Sql, chance: &mut dyn Chance, now_ms: i64, by: &TerminalId, batch: &Batch) -> Result<PushAnswer, Fault> {
    let (chain, log) = (chain::load(sql, &batch.device, batch.incarnation)?, heads::load(sql)?.log);
    let read = ReadBatch::from(batch.clone());
    let neighbours = *by != batch.device && devices::are_neighbours(sql, by, &batch.device)?;
    if !neighbours || !goes_on(sql, &chain, &read, now_ms)? {
        tracing::warn!(%by, device = %batch.device, batch.incarnation, batch.first_seq, "what is passed on does not go on where the chain ends; it is left");
        let expected_seq = Some(chain.head_seq + 1);
        let (acked_seq, outcomes, head) = (chain.head_seq, Vec::new(), SignedHead::unsigned(log));
        return Ok(PushAnswer {
            acked_seq,
            outcomes,
            expected_seq,
            safe_seq: chain.safe_seq,
            next_nonce: String::new(),
            exposed: false,
            hub_time_ms: now_ms,
            head,
        });
    }
    let answer = receive::receive(sql, chance, now_ms, slice::from_ref(&read))?.pop().expect("one batch has one answer");
    let stored = answer.head.number - log.number;
    if stored > 0 {
        let Batch { device, incarnation, first_seq, .. } = batch;
        let detail = format!(
            "{by} passed on {stored} ops of incarnation {incarnation}, from number {first_seq} on. {device} told it and not the hub: only {by} vouches for them."
        );
        incident::note(sql, now_ms, IncidentKind::PassedOn, device, &detail)?;
    }
    // That the author's disk was copied is nothing that whoever passes on could do anything about.
    Ok(PushAnswer { exposed: false, ..answer })
}

/// Whether these are ops at their places, each naming the one before it, and the first of them has its place
/// at the end of the chain or before.
fn goes_on(sql: &mut dyn Sql, chain: &Chain, read: &ReadBatch, now_ms: i64) -> Result<bool, Fault> {
    let ReadBatch { batch, ops } = read;
    let arrivals: Vec<Arrival<'_>> = (batch.first_seq..).zip(ops).map(|(seq, op)| Arrival::new(batch, seq, op, now_ms)).collect();
    let Some(first) = arrivals.first() else { return Ok(false) };
    let linked = arrivals.windows(2).all(|pair| pair[1].prev() == Some(pair[0].read.hash));
    if !linked || !arrivals.iter().all(Arrival::is_in_place) {
        return Ok(false);
    }
    // Behind ops that were given up as lost nothing shows what came before.
    let follows = first.prev() == Some(chain.head_hash) || chain.head_hash == Hash::default();
    Ok(first.seq <= chain.head_seq || first.seq == chain.head_seq + 1 && follows || arrival::follows_fork(sql, first)?)
}
