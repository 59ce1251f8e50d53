//! What the auditor saw with its own eyes while things went on: every receipt, every answer of the
//! hub, every cursor. It remembers hashes of bytes and believes no store.

use super::hearsay::{self, Author, Hearsay};
use super::kept::{self, HubOp};
use crate::disk::Image;
use anyhow::{Result, ensure};
use ledger::id::TerminalId;
use ledger::op::Hash;
use ledger::sync::wire::{Cursor, PushAnswer};
use ledger::verdict::Outcome;
use std::collections::{BTreeMap, BTreeSet};

/// A receipt that was printed, or anything else that was said to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    pub machine: usize,
    pub op: String,
    pub place: kept::Place,
    /// The serial that was sold.
    pub sold: Option<(String, String)>,
}

/// An op by its author and the hash of its bytes.
type Known = (TerminalId, String);

#[derive(Default)]
pub struct Record {
    /// By the hash of the bytes.
    pub promises: BTreeMap<String, Promise>,
    /// What somebody wanted once, by the names of the ops that were tried for it.
    pub wishes: Vec<BTreeSet<String>>,
    /// What somebody newer sent, by hash, with the unit that it is about.
    pub strange: BTreeMap<String, Option<(String, String)>>,
    /// Promises whose every copy a mishap destroyed.
    pub destroyed: BTreeSet<String>,
    /// What the hub acknowledged, by place.
    acknowledged: BTreeMap<Author, String>,
    /// The same, and what a restored hub has lost of it.
    once_acknowledged: BTreeSet<Author>,
    /// What tills know of each other.
    pub hearsay: Hearsay,
    /// Which machines said that they have an op of another one, by its hash, and can still have it.
    keepers: BTreeMap<String, BTreeSet<usize>>,
    outcomes: BTreeMap<Known, Outcome>,
    cursors: BTreeMap<usize, Cursor>,
    feeds: BTreeMap<usize, String>,
    pub findings: Vec<String>,
}

impl Record {
    pub fn find(&mut self, what: String) {
        self.findings.push(what);
    }

    /// Somebody confirmed something, as this op. `wish` is what it was tried as before.
    pub fn wished(&mut self, wish: Option<usize>, op: String) -> usize {
        let wish = wish.unwrap_or_else(|| {
            self.wishes.push(BTreeSet::new());
            self.wishes.len() - 1
        });
        self.wishes[wish].insert(op);
        wish
    }

    /// The hub answered a push. What it once said it may not take back.
    pub fn answered(&mut self, device: &TerminalId, incarnation: u32, first_seq: u64, ops: &[Vec<u8>], told: &PushAnswer) {
        for answer in &told.outcomes {
            let Some(bytes) = answer.seq.checked_sub(first_seq).and_then(|index| ops.get(index as usize)) else { continue };
            let hash = Hash::of(bytes).to_string();
            let place = (device.clone(), incarnation, answer.seq);
            self.once_acknowledged.insert(place.clone());
            self.acknowledged.entry(place).or_insert_with(|| hash.clone());
            let known = self.outcomes.insert((device.clone(), hash), answer.outcome.clone());
            if let Some(known) = known.filter(|known| *known != answer.outcome && !matches!(known, Outcome::Parked { .. })) {
                self.find(format!("the outcome of {device} {incarnation}-{} was {known:?} and is now {:?}", answer.seq, answer.outcome));
            }
        }
    }

    pub fn hub_has(&self, device: &TerminalId, incarnation: u32, seq: u64) -> bool {
        self.acknowledged.contains_key(&(device.clone(), incarnation, seq))
    }

    pub fn hub_hash(&self, device: &TerminalId, incarnation: u32, seq: u64) -> Option<String> {
        self.acknowledged.get(&(device.clone(), incarnation, seq)).cloned()
    }

    /// A terminal's disk names the hub's answer only for ops of which the hub has ever answered.
    pub fn check_outcomes(&self, device: &TerminalId, disk: &Image) -> Result<()> {
        let unheard = |(incarnation, seq): &kept::Place| !self.once_acknowledged.contains(&(device.clone(), *incarnation, *seq));
        let found = hearsay::answered(disk)?.into_iter().find(unheard);
        ensure!(found.is_none(), "op {found:?} counts as answered, and the hub never answered");
        Ok(())
    }

    /// A machine's catalogue may be another one now. What the hub told of its peers may be missing in
    /// it; what only the peers told may not.
    pub fn catalogue_changed(&mut self, machine: usize) {
        self.hearsay.forget(machine, |place| self.once_acknowledged.contains(place));
    }

    /// The hub came back after a stop: what it acknowledged must be there.
    pub fn hub_reopened(&mut self, hub: &Image) {
        match kept::hub(hub) {
            Ok(ops) => self.check_acknowledged(&ops),
            Err(fault) => self.find(format!("the hub's ops cannot be read: {fault:#}")),
        }
    }

    fn check_acknowledged(&mut self, ops: &[HubOp]) {
        let there: BTreeSet<String> = ops.iter().map(|op| kept::hash(&op.bytes)).collect();
        let missing = self.acknowledged.iter().find(|(_, hash)| !there.contains(*hash));
        if let Some(((device, incarnation, seq), _)) = missing {
            let text = format!("the hub acknowledged {device} {incarnation}-{seq} and lost it in a stop");
            self.find(text);
        }
    }

    /// The hub was put back to an older state: what it said since is no longer held against it.
    pub fn hub_restored(&mut self, hub: &Image) {
        let ops = kept::hub(hub).unwrap_or_default();
        let there: BTreeSet<String> = ops.iter().map(|op| kept::hash(&op.bytes)).collect();
        self.acknowledged.retain(|_, hash| there.contains(hash));
        self.outcomes.retain(|(_, hash), _| there.contains(hash));
        for op in ops {
            if let Ok(outcome) = serde_json::from_str(&op.outcome) {
                self.outcomes.insert((op.device.as_str().into(), kept::hash(&op.bytes)), outcome);
            }
        }
    }

    /// A machine says that it has an op of another one, and keeps it.
    pub fn kept_by(&mut self, machine: usize, hash: String) {
        self.keepers.entry(hash).or_default().insert(machine);
    }

    /// A machine has let go of an op, as it may.
    pub fn lost_by(&mut self, machine: usize, hash: &str) {
        self.keepers.entry(hash.to_owned()).or_default().remove(&machine);
    }

    /// What a machine heard of others is gone, or may be.
    pub fn gone(&mut self, machine: usize) {
        self.keepers.values_mut().for_each(|keepers| keepers.retain(|keeper| *keeper != machine));
    }

    /// Whether anybody has to have it still.
    pub fn has_keeper(&self, hash: &str) -> bool {
        self.keepers.get(hash).is_some_and(|keepers| !keepers.is_empty())
    }

    /// A mishap destroyed a disk's content. What is on no disk any more is gone, and forgiven.
    pub fn destroyed(&mut self, copies: &BTreeSet<String>) {
        let gone = self.promises.keys().filter(|hash| !copies.contains(*hash));
        self.destroyed.extend(gone.cloned());
    }

    /// A terminal's cursor never goes back within a feed, unless its catalogue was lost or put back.
    pub fn cursor_at(&mut self, machine: usize, cursor: Option<Cursor>) {
        let Some(cursor) = cursor else {
            self.cursors.remove(&machine);
            return;
        };
        if self.feeds.insert(machine, cursor.feed.clone()).is_some_and(|before| before != cursor.feed) {
            self.catalogue_changed(machine);
        }
        let before = self.cursors.insert(machine, cursor.clone());
        if let Some(before) = before.filter(|before| before.feed == cursor.feed && before.pos > cursor.pos) {
            self.find(format!("the cursor of machine {machine} went back from {} to {}", before.pos, cursor.pos));
        }
    }

    pub fn forget_cursor(&mut self, machine: usize) {
        self.cursors.remove(&machine);
    }
}
