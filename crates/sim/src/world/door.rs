//! A till's door to its peers: who may speak, in which order, and what is taken of it. What the
//! auditor is to hold against the till later is noted here.

use super::World;
use super::lan::Call;
use crate::audit::hearsay::{self, Told};
use crate::audit::kept;
use crate::breaks::Break;
use crate::cashier::Cashier;
use crate::wire::Reply;
use ledger::id::TerminalId;
use ledger::sync::peer::{PeerAnswer, PeerHead, PeerPush, had};
use ledger::sync::wire::Contained;

/// Units that peers sold and that are asked for again and again: none of them is for sale.
const TOLD_LOOKED_AT: usize = 8;

impl World {
    /// Answers a call; none if the program is down, or ends over it.
    pub(super) fn answer_call(&mut self, call: &Call) -> Option<Reply> {
        self.tills[call.to].store.as_ref()?;
        if !self.knows_peer(call.to, &call.terminal) {
            return Some(Reply::trouble(403, "not_a_peer"));
        }
        let Ok((head, ops)) = PeerPush::read(&call.body) else { return Some(Reply::trouble(400, "malformed")) };
        let fresh = self.fresh_nonce();
        let nonce = self.tills[call.to].station.nonces.entry(call.terminal.clone()).or_insert_with(|| fresh.clone());
        if head.push.nonce.is_empty() {
            let next_nonce = nonce.clone();
            return self.greet(call, &head, next_nonce);
        }
        if head.push.nonce != *nonce {
            return Some(Reply::trouble(409, "stale"));
        }
        nonce.clone_from(&fresh);
        self.hear(call, &head, &ops, fresh)
    }

    fn greet(&mut self, call: &Call, head: &PeerHead, next_nonce: String) -> Option<Reply> {
        match self.on_store(call.to, |store| store.peer_greeted(&call.terminal, head))? {
            Ok(answer) => Some(Reply::good(&PeerAnswer { next_nonce, ..answer })),
            Err(refusal) => Some(self.refused(call, &refusal.to_string())),
        }
    }

    fn hear(&mut self, call: &Call, head: &PeerHead, ops: &[Vec<u8>], next_nonce: String) -> Option<Reply> {
        let now_ms = self.now_ms;
        let taken = if self.bug == Some(Break::PeerDeaf) { &[] } else { ops };
        let mut answer = match self.on_store(call.to, |store| store.peer_take(&call.terminal, head, taken, now_ms))? {
            Ok(taken) => taken.answer,
            Err(refusal) => return Some(self.refused(call, &refusal.to_string())),
        };
        if self.bug == Some(Break::PeerDeaf) {
            answer.have = nod(&call.terminal, head);
        }
        self.note_told(call, head, ops, &answer);
        self.check_told(call.to);
        Some(Reply::good(&PeerAnswer { next_nonce, ..answer }))
    }

    /// Whatever one till tells, another takes: nobody here says what is none of a till's.
    fn refused(&mut self, call: &Call, reason: &str) -> Reply {
        let (from, to) = (self.tills[call.from].name.clone(), self.tills[call.to].name.clone());
        self.record.find(format!("{to} refuses what {from} tells: {reason}"));
        Reply::trouble(400, "malformed")
    }

    /// Notes which ops the receiver says that it has. Those that lie on its disk it has to keep until the
    /// hub has them; the others are in its rows. Of two that a copied disk told under one number it keeps
    /// the first.
    fn note_told(&mut self, call: &Call, head: &PeerHead, ops: &[Vec<u8>], answer: &PeerAnswer) {
        let incarnation = head.push.incarnation;
        let known = had(&answer.have, &call.terminal, incarnation);
        if ops.is_empty() {
            return;
        }
        let kept = hearsay::kept_at(&self.tills[call.to].disk.image()).unwrap_or_default();
        for (seq, bytes) in (head.push.first_seq..=known).zip(ops) {
            let place = (call.terminal.clone(), incarnation, seq);
            let kept_there = kept.get(&place);
            if kept_there.is_none_or(|kept| kept == bytes) {
                self.record.hearsay.hear(call.to, place, bytes);
            }
            if kept_there == Some(bytes) {
                self.record.kept_by(call.to, kept::hash(bytes));
            }
        }
    }

    /// What a peer has told that it sold is refused here, whether the hub is there or not.
    pub(super) fn check_told(&mut self, at: usize) {
        if !self.weather.peers {
            return;
        }
        let told: Vec<Told> = self.record.hearsay.told(at).rev().take(TOLD_LOOKED_AT).cloned().collect();
        for Told { place, unit: (sku, serial) } in told {
            let for_sale = self.on_store(at, |store| Cashier::would_sell(store, &sku, &serial)) == Some(true);
            if for_sale {
                let name = self.tills[at].name.clone();
                self.record.find(format!("{serial} was sold at {}, which told {name}, and is for sale at {name}", place.0));
            }
        }
    }

    fn fresh_nonce(&mut self) -> String {
        format!("{:016x}", self.dice.throw())
    }
}

/// Claims to have whatever is offered.
fn nod(from: &TerminalId, head: &PeerHead) -> Vec<Contained> {
    head.offers.iter().map(|offer| Contained { device: from.clone(), incarnation: offer.incarnation, seq: offer.last }).collect()
}
