//! A terminal of a newer version, as far as the hub sees it: its ops are of kinds and forms that this
//! version does not know.

use super::{Event, World};
use crate::audit::kept;
use crate::audit::record::Promise;
use crate::dice::Dice;
use crate::shop::{PHONE, phone};
use crate::wire::{Letter, Reply};
use engine::terminal::TerminalIdentity;
use ledger::op::Hash;
use ledger::sync::wire::{PushAnswer, PushHead};
use serde_json::json;
use uuid::Uuid;

/// Its place among the machines.
pub const STRANGER: usize = usize::MAX;
const EVERY_MS: i64 = 15_000;
const OPS_MAX: usize = 6;

pub struct Stranger {
    identity: TerminalIdentity,
    pub ops: Vec<Vec<u8>>,
    acked: usize,
    /// Answers to letters up to this one are of a hub that is no more.
    unheeded: u64,
    nonce: String,
    dice: Dice,
}

impl Stranger {
    pub fn new(identity: TerminalIdentity, dice: Dice) -> Stranger {
        Stranger { identity, ops: Vec::new(), acked: 0, unheeded: 0, nonce: String::new(), dice }
    }

    /// The hub is an older one, to which no letter has been sent yet: `flight` is the last.
    pub fn send_again(&mut self, flight: u64) {
        self.acked = 0;
        self.unheeded = flight;
    }

    pub fn is_done(&self) -> bool {
        self.acked >= self.ops.len()
    }

    /// One more op that nobody here understands; and the unit that it is about, if that shows.
    fn author(&mut self) -> (Vec<u8>, Option<(String, String)>) {
        let mut name = [0; 16];
        self.dice.fill(&mut name);
        let serial = phone(self.dice.index(super::PHONES));
        let prev = self.ops.last().map_or(Hash::default(), |bytes| Hash::of(bytes));
        let (kind, payload) = match self.dice.below(3) {
            0 => ("swap@7", json!({"number": format!("N-{}", self.ops.len()), "sku": PHONE, "serial": serial})),
            1 => ("sale@1", json!({"odd": true, "sku": PHONE, "serials": [serial]})),
            _ => return (format!("no op at all, number {}", self.ops.len()).into_bytes(), None),
        };
        let op = json!({
            "id": Uuid::from_bytes(name), "device": self.identity.terminal, "incarnation": self.identity.incarnation, "seq": self.ops.len() + 1,
            "actor": "ana", "at": {"wall_ms": 0, "hlc": 0, "mono_ms": 0, "boot": "", "clock": "unset"}, "base": {"feed": "", "pos": 0},
            "prev": prev, "kind": kind, "payload": payload,
        });
        (op.to_string().into_bytes(), Some((PHONE.to_owned(), serial)))
    }

    fn letter(&self) -> Letter {
        let unsent = &self.ops[self.acked..];
        let TerminalIdentity { terminal, incarnation, .. } = self.identity.clone();
        let head = PushHead { incarnation, first_seq: self.acked as u64 + 1, count: unsent.len() as u32, nonce: self.nonce.clone(), wall_ms: 0 };
        let mut body = serde_json::to_vec(&head).expect("a head holds only text and numbers");
        for bytes in unsent {
            body.push(b'\n');
            body.extend_from_slice(bytes);
        }
        Letter { device: terminal, path: "/api/v1/sync/push".into(), body }
    }
}

impl World {
    /// Makes an op now and then, and sends what is not acknowledged.
    pub(super) fn strange(&mut self) {
        let more = !self.is_healed() && self.dice.one_in(2);
        let Some(stranger) = &mut self.stranger else { return };
        if more && stranger.ops.len() < OPS_MAX {
            let (bytes, about) = stranger.author();
            let (seq, hash) = (stranger.ops.len() as u64 + 1, kept::hash(&bytes));
            stranger.ops.push(bytes);
            self.record.strange.insert(hash.clone(), about);
            self.record.promises.insert(hash, Promise { machine: STRANGER, op: String::new(), place: (1, seq), sold: None });
        }
        let letter = self.stranger.as_ref().filter(|stranger| !stranger.is_done()).map(Stranger::letter);
        if let Some(letter) = letter {
            self.flights += 1;
            self.send(STRANGER, self.flights, letter);
        }
        self.plan(EVERY_MS, Event::Strange);
    }

    pub(super) fn stranger_hears(&mut self, flight: u64, reply: &Reply) {
        let (Some(stranger), Ok(_)) = (&mut self.stranger, reply.checked()) else { return };
        if flight <= stranger.unheeded {
            return;
        }
        let Ok(told) = serde_json::from_slice::<PushAnswer>(&reply.body) else { return };
        // A hub restored from a backup asks for what it lost.
        let known = told.expected_seq.map_or(told.acked_seq, |expected| expected.saturating_sub(1));
        stranger.acked = (known as usize).min(stranger.ops.len());
        if !told.next_nonce.is_empty() {
            stranger.nonce = told.next_nonce;
        }
    }
}
