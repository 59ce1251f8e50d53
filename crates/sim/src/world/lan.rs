//! The shop's own network: terminals call each other and tell what the hub has not heard yet. The same
//! calls as the terminal's own, with events instead of waiting; [`super::door`] is the other end. Who
//! calls and who answers is believed, as on the way to the hub.

use super::{Event, World};
use crate::breaks::Break;
use crate::wire::Reply;
use ledger::id::TerminalId;
use ledger::sync::message::{Answer, Push, Request};
use ledger::sync::peer::{PeerAnswer, PeerLink, PeerPush, PeerStep, Tidings};
use ledger::sync::wire::{OpOutcome, PushAnswer, SignedHead};
use ledger::verdict::Outcome;
use std::collections::BTreeMap;

/// One call with its answer.
const CALL_MS: i64 = 10_000;
/// Longest pause between two looks at what there is to tell.
const LOOK_MS: i64 = 5_000;
/// How long the shop's line to the hub is whole, and how long it is cut: only then do peers matter.
const WHOLE_MS: (i64, i64) = (10_000, 90_000);
const CUT_MS: (i64, i64) = (5_000, 60_000);

/// Something that is going to happen in the shop's network.
pub(crate) enum LanEvent {
    /// A till looks what to tell whom.
    Look(usize),
    /// A call reaches the till that it is for.
    Ring(Call),
    Answered(Call, TerminalId, Reply),
    /// Nobody waits for the answer any longer.
    TimeOut(Call),
    LineCut,
    LineWhole,
}

/// What one till says to another. Machines are named by their index.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub from: usize,
    pub to: usize,
    number: u64,
    /// Who calls.
    pub terminal: TerminalId,
    pub body: Vec<u8>,
}

/// A till's end of the network. In memory alone: a program that starts has met nobody.
#[derive(Default)]
pub struct Station {
    /// By the machine at the other end.
    lines: BTreeMap<usize, Line>,
    /// What each caller has to say next.
    pub nonces: BTreeMap<TerminalId, String>,
    /// The next look; others that were planned do not count.
    look_at_ms: i64,
}

struct Line {
    link: PeerLink,
    waits: Option<(u64, PeerPush)>,
}

impl World {
    pub(super) fn in_lan(&mut self, event: LanEvent) {
        match event {
            LanEvent::Look(at) => self.look_at_peers(at),
            LanEvent::Ring(call) => self.ring(&call),
            LanEvent::Answered(call, by, reply) => self.peer_answered(&call, &by, &reply),
            LanEvent::TimeOut(call) => self.call_failed(&call),
            LanEvent::LineCut => self.cut_line(),
            LanEvent::LineWhole => self.mend_line(),
        }
    }

    /// The line to the hub, which all tills of the shop share, is cut from time to time.
    pub(super) fn mend_line(&mut self) {
        self.is_line_cut = false;
        let whole_ms = self.dice.between(WHOLE_MS.0, WHOLE_MS.1);
        self.plan(whole_ms, Event::Lan(LanEvent::LineCut));
    }

    fn cut_line(&mut self) {
        if self.is_healed() {
            return;
        }
        self.say(format_args!("— the line to the hub is cut"));
        self.is_line_cut = true;
        let cut_ms = self.dice.between(CUT_MS.0, CUT_MS.1);
        self.plan(cut_ms, Event::Lan(LanEvent::LineWhole));
    }

    /// There may be something to tell.
    pub(super) fn stir_peers(&mut self, at: usize, in_ms: i64) {
        if self.weather.peers && self.tills[at].store.is_some() {
            self.tills[at].station.look_at_ms = self.now_ms + in_ms;
            self.plan(in_ms, Event::Lan(LanEvent::Look(at)));
        }
    }

    fn look_at_peers(&mut self, at: usize) {
        if self.tills[at].station.look_at_ms != self.now_ms {
            return;
        }
        // Of two looks at one time one is enough.
        self.tills[at].station.look_at_ms = 0;
        let tidings = self.on_store(at, |store| store.tidings());
        let pauses = tidings.map(|tidings| (0..self.tills.len()).filter(|to| *to != at).map(|to| self.look_at_peer(at, to, &tidings)).min());
        self.stir_peers(at, pauses.flatten().unwrap_or(LOOK_MS).clamp(1, LOOK_MS));
    }

    /// Calls one peer if it is time to, and answers how long to wait otherwise.
    fn look_at_peer(&mut self, at: usize, to: usize, tidings: &Tidings) -> i64 {
        let now_ms = self.now_ms;
        let till = &mut self.tills[at];
        let terminal = &till.identity.terminal;
        let line = till.station.lines.entry(to).or_insert_with(|| Line { link: PeerLink::new(terminal.clone(), now_ms), waits: None });
        if line.waits.is_some() {
            return LOOK_MS;
        }
        match line.link.step(now_ms, tidings) {
            PeerStep::WaitUntil(at_ms) => at_ms - now_ms,
            PeerStep::Call => {
                let (nonce, have) = line.link.standing();
                let (nonce, have) = (nonce.to_owned(), have.to_vec());
                let wall_ms = till.wall_ms(now_ms);
                if let Some(push) = self.on_store(at, |store| store.peer_request(&have, &nonce, wall_ms)) {
                    self.call(at, to, push);
                }
                LOOK_MS
            }
        }
    }

    fn call(&mut self, at: usize, to: usize, push: PeerPush) {
        self.flights += 1;
        let number = self.flights;
        let till = &mut self.tills[at];
        let call = Call { from: at, to, number, terminal: till.identity.terminal.clone(), body: push.body() };
        let Some(line) = till.station.lines.get_mut(&to) else { return };
        line.waits = Some((number, push));
        self.plan(CALL_MS, Event::Lan(LanEvent::TimeOut(Call { body: Vec::new(), ..call.clone() })));
        if self.dice.percent(self.weather.drop) {
            return;
        }
        if self.dice.percent(self.weather.twice) {
            let delay_ms = self.delay_ms();
            self.plan(delay_ms, Event::Lan(LanEvent::Ring(call.clone())));
        }
        let delay_ms = self.delay_ms();
        self.plan(delay_ms, Event::Lan(LanEvent::Ring(call)));
    }

    fn ring(&mut self, call: &Call) {
        let Some(mut reply) = self.answer_call(call) else { return };
        if self.dice.percent(self.weather.drop) {
            return;
        }
        if self.dice.percent(self.weather.cut) {
            // What is cut no longer bears its signature.
            reply.signed = false;
        }
        let by = self.tills[call.to].identity.terminal.clone();
        let delay_ms = self.delay_ms();
        self.plan(delay_ms, Event::Lan(LanEvent::Answered(Call { body: Vec::new(), ..call.clone() }, by, reply)));
    }

    fn peer_answered(&mut self, call: &Call, by: &TerminalId, reply: &Reply) {
        let is_peer = *by != call.terminal && self.knows_peer(call.from, by);
        if !reply.signed || !is_peer || !matches!(reply.status, 200 | 409) {
            return self.call_failed(call);
        }
        let Some(push) = self.hang_up(call) else { return };
        let (at, now_ms) = (call.from, self.now_ms);
        let Some(line) = self.tills[at].station.lines.get_mut(&call.to) else { return };
        match serde_json::from_slice::<PeerAnswer>(&reply.body) {
            Ok(answer) if reply.status == 200 => line.link.answered(now_ms, &push, &answer),
            _ => line.link.forgotten(now_ms),
        }
        let name = self.tills[at].name.clone();
        self.say(format_args!("{name}: told {} ops to {by} → {}", push.ops.len(), reply.status));
        if self.bug == Some(Break::PeerAck) && reply.status == 200 {
            self.take_for_acknowledged(at, &push);
        }
        if !push.ops.is_empty() {
            self.check_unacknowledged(at);
        }
        self.stir_peers(at, 0);
    }

    fn call_failed(&mut self, call: &Call) {
        if self.hang_up(call).is_none() {
            return;
        }
        let now_ms = self.now_ms;
        let till = &mut self.tills[call.from];
        let jitter = till.dice.throw();
        till.station.lines.entry(call.to).and_modify(|line| line.link.failed(now_ms, jitter));
        self.stir_peers(call.from, 0);
    }

    /// What was said, if its answer is still waited for.
    fn hang_up(&mut self, call: &Call) -> Option<PeerPush> {
        let line = self.tills[call.from].station.lines.get_mut(&call.to)?;
        line.waits.take_if(|(number, _)| *number == call.number).map(|(_, push)| push)
    }

    /// Whether the hub named that terminal.
    pub(super) fn knows_peer(&mut self, at: usize, terminal: &TerminalId) -> bool {
        let named = self.on_store(at, |store| store.peers());
        named.is_some_and(|named| named.iter().any(|peer| peer.terminal == *terminal))
    }

    /// Nothing that a peer says is an answer of the hub.
    fn check_unacknowledged(&mut self, at: usize) {
        let till = &self.tills[at];
        if let Err(finding) = self.record.check_outcomes(&till.identity.terminal, &till.disk.image()) {
            let name = till.name.clone();
            self.record.find(format!("{name}: {finding:#}"));
        }
    }

    /// Believes that what a peer has is as good as with the hub.
    fn take_for_acknowledged(&mut self, at: usize, push: &PeerPush) {
        let push = Push { head: push.head.push.clone(), ops: push.ops.clone() };
        if push.ops.is_empty() {
            return;
        }
        let outcomes = (push.head.first_seq..=push.last_seq()).map(|seq| OpOutcome { seq, outcome: Outcome::Applied }).collect();
        let told = PushAnswer {
            acked_seq: push.last_seq(),
            outcomes,
            expected_seq: None,
            safe_seq: 0,
            next_nonce: String::new(),
            exposed: false,
            hub_time_ms: 0,
            head: SignedHead::default(),
        };
        let wall_ms = self.tills[at].wall_ms(self.now_ms);
        self.on_store(at, |store| store.take(&Request::Push(push), &Answer::Pushed(told), wall_ms));
    }
}
