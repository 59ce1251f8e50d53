//! Hearing other terminals of the warehouse while the hub is away, and telling them. Their ops are
//! believed as far as the overlay goes: they are folded in as a witness folds, and forgotten once the
//! hub tells their effect. No peer is told what another one told; the hub may be, see [`super::passing`].
//!
//! What an author told nobody may be missing here; what it told stays, because it has happened.

use super::forks::{self, Told};
use super::overlay::{self, Effective};
use super::peer_ops::{self, HLC_MAX, PeerOp};
use super::{Doubtful, TerminalStore, journal, marks, outbox};
use crate::fault::Fault;
use crate::rows::{self, Held, RowSource, held};
use crate::sql::{Sql, first, transaction};
use ledger::apply::{Stance, apply};
use ledger::id::{Sku, TerminalId};
use ledger::op::{Envelope, Hash, Op};
use ledger::row::{Conflict, Key, Row};
use ledger::serial::Serial;
use ledger::slice::{Versioned, footprint};
use ledger::sync::peer::{OFFERS_MAX, Offer, PEER_ACKED_MAX, PEER_PUSH_OPS_MAX, PeerAnswer, PeerHead, PeerPush, RESERVED_MAX, Reserved, Tidings, had};
use ledger::sync::wire::{Contained, PUSH_BYTES_MAX, Peer, PushHead, QUARANTINE_FIRST, SEQ_MAX};
use ledger::verdict::Verdict;
use std::collections::{BTreeMap, BTreeSet};

/// Most ops of one terminal that are kept: days of selling without the hub.
pub const PEER_OPS_MAX: u64 = 5_000;
/// Most bytes of all of them: they are all in memory while the overlay is computed.
pub const PEER_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// A cart of which nothing was heard for so long is taken for empty: its terminal is off.
pub const RESERVED_MS: i64 = 60_000;

/// What became of a peer's request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeerTaken {
    pub answer: PeerAnswer,
    /// Own ops that became doubtful by it.
    pub doubtful: Vec<Doubtful>,
}

/// Why nothing of a peer's request was taken. The sentence goes back to it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeerRefusal {
    #[error("Op {seq} is not in the form of an op ({reason}).")]
    NotAnOp { seq: u64, reason: String },
    #[error("Op {seq} is not the sender's own, or stands in another place. Terminals tell only what they made themselves.")]
    Foreign { seq: u64 },
    #[error("{what} is none that a terminal can have.")]
    OutOfRange { what: &'static str },
    #[error("This terminal speaks in the name of the one it calls: one of the two is a copy. Enrol it anew.")]
    Namesake,
    #[error("{terminal} has told so much that nothing more is kept until the hub has heard it too.")]
    Full { terminal: TerminalId },
}

/// A unit that lies in the cart of another terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    pub terminal: TerminalId,
    /// When that was heard last, by the clock that the caller gave.
    pub at_ms: i64,
}

/// What lies in the carts of other terminals. In memory alone: who comes back tells it again.
#[derive(Default)]
pub struct Carts(BTreeMap<TerminalId, (i64, BTreeSet<Reserved>)>);

impl TerminalStore {
    /// The other terminals of this warehouse, as the hub named them last.
    pub fn peers(&mut self) -> Result<Vec<Peer>, Fault> {
        self.read(|source| peer_ops::peers(source.overlay))
    }

    /// Takes what a peer tells, in one transaction, and answers what is known of its ops then. The
    /// caller has made sure that it is `from`. Ops that do not follow on what is known are left: the
    /// answer makes the peer begin earlier.
    pub fn peer_take(&mut self, from: &TerminalId, head: &PeerHead, ops: &[Vec<u8>], now_ms: i64) -> Result<Result<PeerTaken, PeerRefusal>, Fault> {
        if let Err(refusal) = self.check_range(from, head) {
            return Ok(Err(refusal));
        }
        let read = match read_ops(from, head, ops) {
            Ok(read) => read,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Err(refusal) = self.check_room(from, &read) {
            return Ok(Err(refusal));
        }
        self.carts.hear(from, &head.reserved, now_ms);
        let doubtful = self.keep(from, head, read)?;
        let have = self.have(from, &head.offers)?;
        Ok(Ok(PeerTaken { answer: PeerAnswer { have, next_nonce: String::new() }, doubtful }))
    }

    /// Answers a peer's greeting, of which nothing is taken.
    pub fn peer_greeted(&mut self, from: &TerminalId, head: &PeerHead) -> Result<Result<PeerAnswer, PeerRefusal>, Fault> {
        match self.check_range(from, head) {
            Ok(()) => Ok(Ok(PeerAnswer { have: self.have(from, &head.offers)?, next_nonce: String::new() })),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// What is known of the ops that are offered.
    fn have(&mut self, from: &TerminalId, offers: &[Offer]) -> Result<Vec<Contained>, Fault> {
        let known = offers.iter().map(|offer| {
            let seq = self.known_to(from, offer.incarnation, offer.after)?;
            Ok(Contained { device: from.clone(), incarnation: offer.incarnation, seq })
        });
        known.collect()
    }

    /// The last op of a chain that is known here, without a gap after `after`: in the rows, or from its
    /// author. What the hub has parked is in no rows, so the author has to tell it.
    fn known_to(&mut self, from: &TerminalId, incarnation: u32, after: u64) -> Result<u64, Fault> {
        let contained = self.standing.contains(from, incarnation);
        let parked = self.standing.parked_of(from, incarnation);
        let standing = self.standing.clone();
        self.read(|source| {
            for seq in parked.into_iter().filter(|seq| *seq > after) {
                if peer_ops::hash_at(source.overlay, from, incarnation, seq)?.is_none() {
                    return Ok(seq - 1);
                }
            }
            let mut end = peer_ops::gapless_end(source.overlay, from, incarnation, contained.max(after))?;
            // A copied disk goes on behind what has the numbers, and the hub tells of that op by op.
            while forks::settled_at(source.catalogue, &standing, from, incarnation, end + 1)? {
                end = peer_ops::gapless_end(source.overlay, from, incarnation, end + 1)?;
            }
            Ok(end)
        })
    }

    /// What there is to tell peers: own ops, but for those that the hub has had for long, and what
    /// lies in the carts here.
    pub fn tidings(&mut self) -> Result<Tidings, Fault> {
        let offers = self.read(|source| offers(source.overlay))?;
        let held = self.held()?.into_iter().map(|held| held.cart);
        let carts = held.chain(self.draft_load()?);
        let units = carts.flat_map(|cart| cart.lines).flat_map(|line| line.units);
        let reserved: BTreeSet<Reserved> = units.map(|unit| Reserved { sku: unit.sku, serial: unit.serial }).collect();
        Ok(Tidings { offers, reserved: reserved.into_iter().take(RESERVED_MAX).collect() })
    }

    /// What to tell a peer that has so much: the next own ops that it misses, as many as fit.
    pub fn peer_request(&mut self, have: &[Contained], nonce: &str, wall_ms: i64) -> Result<PeerPush, Fault> {
        let (terminal, incarnation) = (self.identity.terminal.clone(), self.identity.incarnation);
        let Tidings { offers, reserved } = self.tidings()?;
        let next = |offer: &Offer| offer.after.max(had(have, &terminal, offer.incarnation)) + 1;
        // Before the nonce is known nothing is taken.
        let missed = offers.iter().find(|offer| !nonce.is_empty() && next(offer) <= offer.last);
        let (incarnation, first_seq) = missed.map_or((incarnation, self.head.seq + 1), |offer| (offer.incarnation, next(offer)));
        let ops = match missed {
            Some(_) => self.read(|source| outbox::chain(source.overlay, incarnation, first_seq, PEER_PUSH_OPS_MAX, PUSH_BYTES_MAX))?,
            None => Vec::new(),
        };
        let push = PushHead { incarnation, first_seq, count: ops.len() as u32, nonce: nonce.to_owned(), wall_ms };
        Ok(PeerPush { head: PeerHead { push, offers, reserved }, ops })
    }

    /// Who else has the unit in a cart.
    pub fn reservation(&self, sku: &Sku, serial: &Serial, now_ms: i64) -> Option<Reservation> {
        let wanted = Reserved { sku: sku.clone(), serial: serial.clone() };
        let fresh = self.carts.0.iter().find(|(_, (at_ms, units))| now_ms - at_ms < RESERVED_MS && units.contains(&wanted));
        fresh.map(|(terminal, (at_ms, _))| Reservation { terminal: terminal.clone(), at_ms: *at_ms })
    }

    /// How many ops of each peer wait for the hub to tell them.
    pub fn peer_ops(&self) -> &BTreeMap<TerminalId, u64> {
        &self.peer_kept.ops
    }

    fn check_range(&self, from: &TerminalId, head: &PeerHead) -> Result<(), PeerRefusal> {
        let incarnations = head.offers.iter().map(|offer| offer.incarnation).chain([head.push.incarnation]);
        let seqs = head.offers.iter().flat_map(|offer| [offer.after, offer.last]).chain([head.push.first_seq]);
        let wrong = |what| Err(PeerRefusal::OutOfRange { what });
        match () {
            () if *from == self.identity.terminal => Err(PeerRefusal::Namesake),
            () if incarnations.into_iter().any(|incarnation| incarnation == 0 || incarnation >= QUARANTINE_FIRST) => wrong("An incarnation"),
            () if seqs.into_iter().any(|seq| seq > SEQ_MAX) => wrong("A number of an op"),
            () if head.offers.len() > OFFERS_MAX => wrong("So many incarnations"),
            () if head.reserved.len() > RESERVED_MAX => wrong("So full a cart"),
            () => Ok(()),
        }
    }

    fn check_room(&self, from: &TerminalId, ops: &[PeerOp]) -> Result<(), PeerRefusal> {
        let bytes: u64 = ops.iter().map(|op| op.bytes.len() as u64).sum();
        let known = self.peer_kept.ops.get(from).copied().unwrap_or(0);
        let full = known + ops.len() as u64 > PEER_OPS_MAX || self.peer_kept.bytes + bytes > PEER_BYTES_MAX;
        if full && !ops.is_empty() { Err(PeerRefusal::Full { terminal: from.clone() }) } else { Ok(()) }
    }

    /// Stores what is new of the ops and folds it into the overlay.
    fn keep(&mut self, from: &TerminalId, head: &PeerHead, ops: Vec<PeerOp>) -> Result<Vec<Doubtful>, Fault> {
        let Some(first) = ops.first().map(|op| op.seq) else { return Ok(Vec::new()) };
        let incarnation = head.push.incarnation;
        let begins = head.offers.iter().find(|offer| offer.incarnation == incarnation).map_or(0, |offer| offer.after);
        if first > self.known_to(from, incarnation, begins)? + 1 {
            return Ok(Vec::new());
        }
        let mut fresh = Vec::with_capacity(ops.len());
        for op in ops {
            if !self.is_told(&op)? {
                fresh.push(op);
            }
        }
        self.store_and_fold(fresh)
    }

    /// Whether the rows tell the op's effect.
    fn is_told(&mut self, op: &PeerOp) -> Result<bool, Fault> {
        let PeerOp { device, incarnation, seq, bytes, .. } = *op;
        Ok(match forks::told(&mut *self.catalogue, &self.standing, (device, incarnation, seq), Hash::of(bytes))? {
            Some(told) => told == Told::Settled,
            None if !self.standing.tells(device, incarnation, seq) => false,
            None => match &op.op {
                Some(op) => self.read(|source| Ok(!marks::lack(&rows::slice(source, op)?, op)))?,
                None => true,
            },
        })
    }

    fn store_and_fold(&mut self, ops: Vec<PeerOp>) -> Result<Vec<Doubtful>, Fault> {
        self.writable()?;
        let mut heard = Heard { stale: self.overlay_stale, hlc: self.head.hlc, kept: self.peer_kept.clone(), ..Heard::default() };
        let catalogue = &mut *self.catalogue;
        let done = transaction(&mut *self.journal, |sql| ops.iter().try_for_each(|op| heard.take(sql, catalogue, op)));
        self.watch(done)?;
        self.head.hlc = self.head.hlc.max(heard.hlc);
        self.peer_kept = heard.kept;
        if heard.products {
            self.products = None;
        }
        if heard.stale {
            return self.replay();
        }
        let mut doubtful = self.doubtful.clone();
        overlay::add_overtaken(&mut *self.journal, &heard.conflicts, &mut doubtful)?;
        let fresh = doubtful.split_off(self.doubtful.len());
        self.doubtful.extend(fresh.iter().cloned());
        Ok(fresh)
    }
}

/// What comes of ops while they are taken one by one.
#[derive(Default)]
struct Heard {
    /// The overlay has to be computed anew.
    stale: bool,
    /// No op that the overlay holds has a later logical clock.
    hlc: u64,
    kept: peer_ops::Kept,
    conflicts: Vec<Conflict>,
    products: bool,
}

impl Heard {
    fn take(&mut self, sql: &mut dyn Sql, catalogue: &mut dyn Sql, op: &PeerOp) -> Result<(), Fault> {
        if let Some(known) = peer_ops::hash_at(sql, op.device, op.incarnation, op.seq)? {
            if known != Hash::of(op.bytes) {
                tracing::error!(device = %op.device, op.incarnation, op.seq, "a peer tells another op under a known number; the first is kept");
            }
            return Ok(());
        }
        peer_ops::insert(sql, op)?;
        *self.kept.ops.entry(op.device.clone()).or_default() += 1;
        self.kept.bytes += op.bytes.len() as u64;
        match &op.op {
            Some(op) if !self.stale => self.fold(sql, catalogue, op),
            _ => Ok(()),
        }
    }

    /// Folds the op over what is there. That is what a replay would do if it is the last one, or if
    /// no op of the overlay has to do with it: quantities add up in any order.
    fn fold(&mut self, sql: &mut dyn Sql, catalogue: &mut dyn Sql, op: &Op) -> Result<(), Fault> {
        let hlc = op.at.hlc.min(HLC_MAX);
        if hlc <= self.hlc && entangled(sql, op)? {
            self.stale = true;
            return Ok(());
        }
        self.hlc = self.hlc.max(hlc);
        let mut source = Effective { overlay: sql, catalogue, vers: BTreeMap::new() };
        let mut slice = rows::slice(&mut source, op)?;
        match apply(&mut slice, op, Stance::Witness) {
            Verdict::Refused(_) => return Ok(()),
            Verdict::Conflict(conflicts) => self.conflicts.extend(conflicts),
            Verdict::Applied | Verdict::Duplicate => {}
        }
        let vers = source.vers;
        let written = slice.written().filter(|row| !matches!(row, Row::Till(_)));
        let found: Vec<Versioned> = written.map(|row| Versioned { row: row.clone(), ver: vers.get(&row.key()).copied().flatten() }).collect();
        self.products |= found.iter().any(|found| matches!(found.row, Row::Product(_)));
        overlay::save(sql, &found)
    }
}

/// Whether an op that is in the overlay may bear on this one.
fn entangled(overlay: &mut dyn Sql, op: &Op) -> Result<bool, Fault> {
    for key in footprint(op).iter().filter(|key| !matches!(key, Key::Stock(..) | Key::Till(_))) {
        if held(overlay, key)? != Held::Nothing {
            return Ok(true);
        }
    }
    for (_, serial) in op.body.units() {
        if !RowSource::skus_bearing(overlay, &serial)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads all ops of a request, or none.
fn read_ops<'a>(from: &'a TerminalId, head: &PeerHead, ops: &'a [Vec<u8>]) -> Result<Vec<PeerOp<'a>>, PeerRefusal> {
    let PushHead { incarnation, first_seq, .. } = head.push;
    let read = ops.iter().zip(first_seq..).map(|(bytes, seq)| {
        let envelope = Envelope::read(bytes).map_err(|e| PeerRefusal::NotAnOp { seq, reason: e.to_string() })?;
        if (&envelope.device, envelope.incarnation, envelope.seq) != (from, incarnation, seq) {
            return Err(PeerRefusal::Foreign { seq });
        }
        Ok(PeerOp { device: from, incarnation, seq, bytes, op: Op::read(bytes).ok() })
    });
    read.collect()
}

/// The own chains, each from where a peer may have to hear of it: from what the hub has had for long,
/// or from an op before that it has parked. Behind lost ops a chain begins anew: nobody waits for them.
fn offers(sql: &mut dyn Sql) -> Result<Vec<Offer>, Fault> {
    let mut offers = Vec::new();
    for incarnation in journal::incarnations(sql)?.into_iter().rev().take(OFFERS_MAX) {
        let stream = journal::stream(sql, incarnation)?;
        let newest = first(sql, "SELECT max(seq) FROM op WHERE incarnation = $1", &[journal::number(incarnation)])?;
        let last = newest.map_or(0, |row| row[0].as_count());
        let settled = stream.acked_seq.saturating_sub(PEER_ACKED_MAX);
        let begins = outbox::first_parked(sql, incarnation, settled.saturating_sub(PEER_ACKED_MAX), settled)?.map_or(settled, |seq| seq - 1);
        let text = "SELECT max(seq) FROM (SELECT seq, lag(seq, 1, $2) OVER (ORDER BY seq) AS before FROM op WHERE incarnation = $1 AND seq > $2) AS chain \
            WHERE seq <> before + 1";
        let gap = first(sql, text, &[journal::number(incarnation), begins.into()])?.map_or(0, |row| row[0].as_count());
        offers.push(Offer { incarnation, after: begins.max(gap.saturating_sub(1)), last });
    }
    Ok(offers)
}

impl Carts {
    fn hear(&mut self, from: &TerminalId, reserved: &[Reserved], now_ms: i64) {
        self.0.insert(from.clone(), (now_ms, reserved.iter().cloned().collect()));
    }
}
