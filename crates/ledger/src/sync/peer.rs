//! What the terminals of one warehouse tell each other while the hub is away: the same sealed ops as
//! in a push, and which units lie in their carts. And when one calls another, without I/O.
//!
//! A peer acknowledges nothing. That it has an op spares sending it again, no more: an op is given
//! up on the hub's answer alone.

use super::message::{NotAPush, Push, body};
use super::wire::{Contained, PushHead};
use crate::id::{Sku, TerminalId};
use crate::op::SealedOp;
use crate::serial::Serial;
use serde::{Deserialize, Serialize};

/// Where a terminal listens to its peers.
pub const PEER_PATH: &str = "/api/v1/peer/ops";
/// Most ops told at once: a scan never waits long behind them.
pub const PEER_PUSH_OPS_MAX: usize = 100;
/// Acknowledged ops that are still told: a peer may have heard less of the hub than we have. From one
/// that is parked, up to twice as many.
pub const PEER_ACKED_MAX: u64 = 2_000;
/// Most peers: no shop has more tills.
pub const PEERS_MAX: usize = 200;
/// Most incarnations of one chain that are offered; each stands for a disk that was copied or lost.
pub const OFFERS_MAX: usize = 100;
/// Most units in the carts of one terminal that are told: ten sales of the greatest length.
pub const RESERVED_MAX: usize = 2_000;

/// What a peer told is passed on to a hub that has lacked it for so long: twice as long as the author pauses
/// between two tries.
pub const PASS_ON_AFTER_MS: i64 = 600_000;

/// A peer that misses something and did not get further is called again after this.
pub const PEER_AGAIN_MS: i64 = 1_000;
/// A peer that misses nothing is called after this, so that both know that the other is there.
pub const PEER_IDLE_MS: i64 = 10_000;
/// Longest delay after the first failure; doubled with each further one.
pub const PEER_BACKOFF_FIRST_MS: i64 = 250;
/// Longest delay between calls: a peer that was switched on is noticed within this.
pub const PEER_BACKOFF_MAX_MS: i64 = 10_000;

/// First line of `POST /api/v1/peer/ops`: the head of a push, and what a peer wants to know besides.
/// Its nonce is the one of the receiver's last answer. Without one the request is a greeting: nothing
/// of it is taken, and the answer tells the nonce.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerHead {
    #[serde(flatten)]
    pub push: PushHead,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<Offer>,
    /// Units in the cart and in the sales put aside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reserved: Vec<Reserved>,
}

/// What the sender has of one incarnation: the ops after `after` up to `last`. What came before is
/// with the hub, or lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub incarnation: u32,
    pub after: u64,
    pub last: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reserved {
    pub sku: Sku,
    pub serial: Serial,
}

/// What the receiver has of each chain that was offered, without a gap from where the offer begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct PeerAnswer {
    pub have: Vec<Contained>,
    /// To be said with the next request.
    #[serde(default)]
    pub next_nonce: String,
}

/// A request to a peer. Without ops it only shows that we are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerPush {
    pub head: PeerHead,
    pub ops: Vec<SealedOp>,
}

impl PeerPush {
    /// The body of a push, under a longer head.
    pub fn body(&self) -> Vec<u8> {
        body(&self.head, &self.ops)
    }

    /// Reads what [`PeerPush::body`] wrote. The ops are not looked into.
    pub fn read(body: &[u8]) -> Result<(PeerHead, Vec<Vec<u8>>), NotAPush> {
        let (_, ops) = Push::read(body)?;
        let head = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
        Ok((serde_json::from_slice(head)?, ops))
    }
}

/// What a terminal has to tell its peers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tidings {
    pub offers: Vec<Offer>,
    pub reserved: Vec<Reserved>,
}

impl Tidings {
    /// How many ops are offered that are not in `have`.
    pub fn missing(&self, device: &TerminalId, have: &[Contained]) -> u64 {
        self.offers.iter().map(|offer| offer.last.saturating_sub(offer.after.max(had(have, device, offer.incarnation)))).sum()
    }
}

/// The last op of a chain that stands in a list.
pub fn had(have: &[Contained], device: &TerminalId, incarnation: u32) -> u64 {
    have.iter().find(|chain| chain.device == *device && chain.incarnation == incarnation).map_or(0, |chain| chain.seq)
}

/// When to call one peer. Level-triggered: it looks at what the peer has and at what there is to
/// tell, and remembers no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerLink {
    device: TerminalId,
    have: Vec<Contained>,
    /// What the peer said last; empty while it is not greeted.
    nonce: String,
    told: Vec<Reserved>,
    failures: u32,
    next_try_ms: i64,
    last_heard_ms: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerStep {
    Call,
    /// Nothing to do before this time.
    WaitUntil(i64),
}

impl PeerLink {
    /// For the ops of `device`, which is the one that calls.
    pub fn new(device: TerminalId, now_ms: i64) -> PeerLink {
        PeerLink { device, have: Vec::new(), nonce: String::new(), told: Vec::new(), failures: 0, next_try_ms: now_ms, last_heard_ms: None }
    }

    pub fn step(&self, now_ms: i64, tidings: &Tidings) -> PeerStep {
        let news = self.nonce.is_empty() || self.missing(tidings) > 0 || self.told != tidings.reserved;
        let idle_until_ms = self.last_heard_ms.map_or(now_ms, |heard_ms| heard_ms + PEER_IDLE_MS);
        let at_ms = if news { self.next_try_ms } else { self.next_try_ms.max(idle_until_ms) };
        if now_ms >= at_ms { PeerStep::Call } else { PeerStep::WaitUntil(at_ms) }
    }

    /// What to say first: the nonce and what the peer has.
    pub fn standing(&self) -> (&str, &[Contained]) {
        (&self.nonce, &self.have)
    }

    /// The peer answered `push`. One that did not get further is not asked again at once.
    pub fn answered(&mut self, now_ms: i64, push: &PeerPush, answer: &PeerAnswer) {
        let greeting = push.head.push.nonce.is_empty();
        let stuck = !push.ops.is_empty() && answer.have == self.have;
        self.have.clone_from(&answer.have);
        self.nonce.clone_from(&answer.next_nonce);
        if !greeting {
            self.told.clone_from(&push.head.reserved);
        }
        self.failures = 0;
        self.last_heard_ms = Some(now_ms);
        let misled = self.nonce.is_empty();
        self.next_try_ms = if stuck || misled { now_ms + PEER_AGAIN_MS } else { now_ms };
    }

    /// The peer knows another nonce: it was started anew, or its answer was lost. It is greeted.
    pub fn forgotten(&mut self, now_ms: i64) {
        // A greeting that is met with this again and again must not be repeated without a pause.
        let delay_ms = if self.nonce.is_empty() { PEER_AGAIN_MS } else { 0 };
        self.nonce.clear();
        self.next_try_ms = now_ms + delay_ms;
    }

    /// Nobody answered, or with a refusal. `jitter` is any random number.
    pub fn failed(&mut self, now_ms: i64, jitter: u64) {
        let ceiling = PEER_BACKOFF_FIRST_MS.saturating_mul(1 << self.failures.min(20)).min(PEER_BACKOFF_MAX_MS);
        self.failures = self.failures.saturating_add(1);
        self.nonce.clear();
        let spread = i64::try_from(jitter % (ceiling.unsigned_abs() + 1)).unwrap_or(ceiling);
        self.next_try_ms = now_ms + spread;
    }

    /// Own ops that the peer does not have.
    pub fn missing(&self, tidings: &Tidings) -> u64 {
        tidings.missing(&self.device, &self.have)
    }

    pub fn reachable(&self) -> bool {
        self.failures == 0 && self.last_heard_ms.is_some()
    }

    pub fn last_heard_ms(&self) -> Option<i64> {
        self.last_heard_ms
    }
}
