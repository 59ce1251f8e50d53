//! Which of the ops that are kept here the hub's rows contain. Numbers alone do not tell: a copied disk
//! gives the same numbers to other ops. So the hub is asked for the bytes, with each pull that could tell.

use super::catalogue::Standing;
use super::{TerminalStore, at_hub, journal, peer_ops};
use crate::fault::Fault;
use crate::sql::transaction;
use ledger::op::Hash;
use ledger::sync::wire::{ASKED_MAX, Contained, KNOWN_MAX, Known};
use std::collections::BTreeMap;

impl TerminalStore {
    /// The chains of which ops are kept that the hub may have: own ones beyond what it has acknowledged, and
    /// what peers told.
    pub(super) fn asked(&mut self) -> Result<Vec<Contained>, Fault> {
        let journal = &mut *self.journal;
        let mut asked = Vec::new();
        for incarnation in journal::incarnations(journal)? {
            let seq = self.standing.contains_own(incarnation).max(journal::stream(journal, incarnation)?.sure_seq());
            if journal::last(journal, incarnation)? > seq {
                asked.push(Contained { device: self.identity.terminal.clone(), incarnation, seq });
            }
        }
        asked.extend(at_hub::chains(journal)?);
        asked.truncate(ASKED_MAX);
        Ok(asked)
    }

    /// Notes which own ops the rows of `standing` contain. `known` is what the hub said of single ops; one of
    /// an older version tells only numbers, which are believed as far as no copy of this disk has shown.
    pub(super) fn learn_own(&mut self, standing: &mut Standing, known: Option<&[Known]>) -> Result<(), Fault> {
        let own = &self.identity.terminal;
        for incarnation in journal::incarnations(&mut *self.journal)? {
            let stream = journal::stream(&mut *self.journal, incarnation)?;
            let contained = standing.contains(own, incarnation);
            let upto = match known {
                Some(_) => contained.min(stream.sure_seq()),
                None if stream.forked_after.is_some() => stream.acked_seq,
                None => contained,
            };
            let mut beyond = Vec::new();
            for op in known.unwrap_or_default().iter().filter(|op| op.device == *own && op.incarnation == incarnation && !op.parked) {
                if journal::hash_at(&mut *self.journal, incarnation, op.seq)? == Some(op.hash) {
                    beyond.push(op.seq);
                }
            }
            standing.learn_own(incarnation, upto, &beyond);
        }
        Ok(())
    }

    /// Leaves out of what a page says is parked the ops of a copy of this disk under the same numbers: of its
    /// own the hub would not have given a final answer.
    pub(super) fn own_parked(&mut self, parked: &[Contained]) -> Result<Vec<Contained>, Fault> {
        let mut own = Vec::with_capacity(parked.len());
        for place in parked {
            if place.device != self.identity.terminal || !journal::is_settled(&mut *self.journal, place.incarnation, place.seq)? {
                own.push(place.clone());
            }
        }
        Ok(own)
    }

    /// Drops what peers told and the rows contain, and notes what the hub says of the rest. Answers whether
    /// the overlay may be another by it.
    pub(super) fn settle_heard(&mut self, asked: &[Contained], known: Option<&[Known]>) -> Result<bool, Fault> {
        if peer_ops::is_empty(&mut *self.journal)? {
            return Ok(false);
        }
        let (standing, own) = (&self.standing, &self.identity.terminal);
        let settled = transaction(&mut *self.journal, |sql| {
            let Some(known) = known else { return at_hub::forget_contained(sql, standing) };
            let of = |chain: &Contained| -> BTreeMap<(u64, Hash), bool> {
                let told = known.iter().filter(|op| op.device == chain.device && op.incarnation == chain.incarnation);
                told.map(|op| ((op.seq, op.hash), op.parked)).collect()
            };
            let heard = asked.iter().filter(|chain| chain.device != *own);
            heard.map(|chain| at_hub::settle(sql, chain, &of(chain), known.len() < KNOWN_MAX)).sum()
        });
        Ok(self.watch(settled)? > 0)
    }
}
