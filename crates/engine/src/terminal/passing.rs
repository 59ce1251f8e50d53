//! Passing on what a peer told and has not told the hub: its disk may be destroyed. The hub takes it as if
//! its author had sent it; should the author come after all, that is the same ops once more.
//!
//! Passed on is only what the hub, asked for so long, did not have. Whether the author is still heard does
//! not matter: of two copies of a disk the other one may be, and who reaches peers but not its hub is helped.

use super::{TerminalStore, at_hub, owner};
use crate::fault::Fault;
use ledger::id::TerminalId;
use ledger::sync::message::{PassOn, Request};
use ledger::sync::peer::PASS_ON_AFTER_MS;
use ledger::sync::uplink::Success;
use ledger::sync::wire::{Contained, PUSH_BYTES_MAX, PassOnHead, PushAnswer, PushHead};
use std::collections::BTreeMap;

/// What a terminal has in mind to pass on. In memory alone: whoever starts anew waits anew.
#[derive(Default)]
pub struct Passing {
    /// Since when an op is the first of its chain that the hub lacks; without a number, the one that comes
    /// first next has waited as long.
    waits: BTreeMap<Chain, (Option<u64>, i64)>,
    /// Ops that the hub did not take up, with how far it had their chain then.
    left: BTreeMap<(Chain, u64), u64>,
    /// The first op of what is due.
    due: Option<Contained>,
}

type Chain = (TerminalId, u32);

impl TerminalStore {
    /// Whether it is time to pass something on.
    pub(super) fn passes_on(&mut self, now_ms: i64) -> Result<bool, Fault> {
        let absent = at_hub::places_absent(&mut *self.journal)?;
        let before = std::mem::take(&mut self.passing.waits);
        for Contained { device, incarnation, seq } in absent {
            let (contained, chain) = (self.standing.contains(&device, incarnation), (device, incarnation));
            if self.passing.waits.contains_key(&chain) || self.passing.left.get(&(chain.clone(), seq)) == Some(&contained) {
                continue;
            }
            // Another first op shows that the author sends them.
            let known = before.get(&chain).filter(|(known, _)| known.is_none_or(|known| known == seq));
            self.passing.waits.insert(chain, (Some(seq), known.map_or(now_ms, |(_, since_ms)| *since_ms)));
        }
        let due = self.passing.waits.iter().find(|(_, (_, since_ms))| now_ms - since_ms >= PASS_ON_AFTER_MS);
        self.passing.due =
            due.and_then(|((device, incarnation), (seq, _))| Some(Contained { device: device.clone(), incarnation: *incarnation, seq: (*seq)? }));
        Ok(self.passing.due.is_some())
    }

    /// What is due, as many ops as fit; with `park`, one that is not to be looked into.
    pub(super) fn pass_on(&mut self, ops_max: usize, park: bool, wall_ms: i64) -> Result<Option<Request>, Fault> {
        let Some(due) = self.passing.due.clone() else { return Ok(None) };
        let ops = self.read(|source| at_hub::absent(source.overlay, &due, ops_max, PUSH_BYTES_MAX))?;
        if ops.is_empty() {
            return Ok(None);
        }
        let Contained { device, incarnation, seq } = due;
        let push = PushHead { incarnation, first_seq: seq, count: ops.len() as u32, nonce: String::new(), wall_ms };
        Ok(Some(Request::PassOn(PassOn { head: PassOnHead { push, device, park }, ops })))
    }

    /// The hub has taken some of it, or none. That its rows tell it comes with a page, as ever.
    pub(super) fn take_passed_on(&mut self, passed: &PassOn, told: &PushAnswer) -> Result<Success, Fault> {
        let PassOnHead { push: PushHead { incarnation, .. }, device, .. } = passed.head.clone();
        let feed = self.hub_feed.clone();
        self.write(|sql| {
            let there = |seq| Contained { device: device.clone(), incarnation, seq };
            told.outcomes.iter().try_for_each(|outcome| at_hub::note_there(sql, &there(outcome.seq)))?;
            feed.map_or(Ok(()), |feed| owner::see(sql, &feed, &told.head))
        })?;
        let chain = (device, incarnation);
        let contained = self.standing.contains(&chain.0, chain.1);
        if told.outcomes.is_empty() {
            let ops = (passed.head.push.first_seq..).take(passed.ops.len());
            self.passing.left.extend(ops.map(|seq| ((chain.clone(), seq), contained)));
        }
        self.passing.waits.entry(chain).and_modify(|(seq, _)| *seq = None);
        Ok(Success::PassedOn)
    }
}
