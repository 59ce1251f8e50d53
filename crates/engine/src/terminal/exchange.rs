//! The terminal's side of the protocol: builds each request from what stands here, and takes each
//! answer in. When to ask what is decided by [`ledger::sync::uplink`]; who carries the messages does
//! not matter.
//!
//! No answer makes an op be given up. The worst that one can do is to have everything sent again.

use super::journal::{self, Head};
use super::{Ingested, TerminalStore, at_hub, outbox, owner, peer_ops};
use crate::fault::Fault;
use ledger::op::Hash;
use ledger::sync::message::{Answer, Pull, Push, Request};
use ledger::sync::uplink::{Ask, Failure, Standing, Success};
use ledger::sync::wire::{
    ASKED_MAX, Hello, HelloAnswer, Lost, PROTOCOL, PULL_ROWS_MAX, PUSH_BYTES_MAX, PullAnswer, PushAnswer, QUARANTINE_FIRST, Renew, RenewAnswer, RenewReason,
    Seen, SignedHead,
};

/// Rows of one page: small enough that a scan never waits long behind it.
const PAGE_ROWS: usize = 1_000;
const _: () = assert!(PAGE_ROWS <= PULL_ROWS_MAX);
/// Bits of a hybrid logical clock below the millisecond.
const HLC_COUNTER_BITS: u32 = 16;

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// How the ask ended, for the scheduler.
    pub end: Result<Success, Failure>,
    /// What it changed in the catalogue.
    pub ingested: Ingested,
}

impl TerminalStore {
    /// What the scheduler looks at. `now_ms` is by the clock by which peers are heard.
    pub fn sync_standing(&mut self, now_ms: i64) -> Result<Standing, Fault> {
        let (pending, passes_on) = (self.outbox_status()?.pending, self.passes_on(now_ms)?);
        Ok(Standing { pending, passes_on, has_cursor: self.standing.cursor.is_some(), suspect: self.standing.suspect })
    }

    /// The last head of the hub's log that this terminal was told, as evidence against a log that was
    /// changed later; none before the first.
    pub fn log_head(&mut self) -> Result<Option<SignedHead>, Fault> {
        self.read(|source| owner::seen_head(&mut *source.overlay))
    }

    /// The request that asks this, as things stand; none if there is nothing to ask any more.
    pub fn request(&mut self, ask: Ask, wall_ms: i64) -> Result<Option<Request>, Fault> {
        Ok(match ask {
            Ask::Hello => Some(Request::Hello(self.hello(wall_ms)?)),
            Ask::Renew(why) => Some(Request::Renew(self.renew(why))),
            Ask::Push { ops_max } => self.push(ops_max, wall_ms)?,
            Ask::PassOn { ops_max, park } => self.pass_on(ops_max, park, wall_ms)?,
            Ask::Park => self.next_push(1, PUSH_BYTES_MAX, wall_ms)?.map(Request::Park),
            Ask::Pull { wait_ms } => {
                let cursor = self.standing.cursor.clone().unwrap_or_default();
                let log = Some(self.standing.log).filter(|log| log.number > 0);
                let asked = self.asked()?;
                // What a peer told shows as the rows have it by number alone until the hub has said more.
                let is_open = asked.len() < ASKED_MAX && at_hub::any_unasked(&mut *self.journal)?;
                let wait_ms = if is_open { 0 } else { wait_ms };
                Some(Request::Pull(Pull { cursor, log, rows_max: PAGE_ROWS, wait_ms, asked }))
            }
            Ask::Snapshot => Some(Request::Snapshot),
        })
    }

    /// The push that may go out while the one before is still on its way, or its answer being noted;
    /// none if there is nothing more to send. A long backlog keeps the hub busy the whole time then.
    ///
    /// It says the nonce that the one before said, which is still good when that was answered: whoever
    /// stops in between has heard nothing and sends both again.
    pub fn request_behind(&mut self, ask: Ask, before: &Push, wall_ms: i64) -> Result<Option<Request>, Fault> {
        // One op at a time means that the one is looked for on which the hub fails.
        let Ask::Push { ops_max: ops_max @ 2.. } = ask else { return Ok(None) };
        let (incarnation, first_seq) = (before.head.incarnation, before.last_seq() + 1);
        let push = self.read(|source| outbox::push(&mut *source.overlay, incarnation, first_seq, (ops_max, PUSH_BYTES_MAX), wall_ms))?;
        Ok((!push.ops.is_empty()).then_some(Request::Push(push)))
    }

    /// Takes in the hub's answer to `request`. An answer that makes no sense changes nothing and is
    /// told as a failure. A snapshot's file is installed by [`TerminalStore::install_snapshot`].
    pub fn take(&mut self, request: &Request, answer: &Answer, wall_ms: i64) -> Result<Taken, Fault> {
        let ended = |end| Ok(Taken { end, ingested: Ingested::default() });
        match (request, answer) {
            (Request::Hello(_), Answer::Hello(told)) => ended(self.take_hello(told)?),
            (Request::Push(push) | Request::Park(push), Answer::Pushed(told)) => ended(self.take_push(push, told)?),
            (Request::Lost(lost), Answer::Pushed(told)) => ended(self.take_lost(lost, told)?),
            (Request::PassOn(passed), Answer::Pushed(told)) => ended(Ok(self.take_passed_on(passed, told)?)),
            (Request::Renew(_), Answer::Renewed(told)) => ended(self.take_renewal(told)?),
            (Request::Pull(pull), Answer::Page(page)) => self.take_pulled(pull, page, wall_ms),
            (Request::Pull(_), Answer::Gone) => ended(Ok(Success::Gone)),
            _ => ended(garbage("the answer is to another question")),
        }
    }

    fn hello(&mut self, wall_ms: i64) -> Result<Hello, Fault> {
        let parked = self.parked()?;
        let (incarnation, head) = (self.identity.incarnation, self.head);
        let page = self.standing.cursor.clone().filter(|_| self.standing.log.number > 0);
        let page = page.map(|cursor| Seen { feed: cursor.feed, log: self.standing.log });
        self.read(|source| {
            let sql = &mut *source.overlay;
            let stream = journal::stream(sql, incarnation)?;
            Ok(Hello {
                protocol: PROTOCOL,
                program: env!("CARGO_PKG_VERSION").into(),
                incarnation,
                head_seq: head.seq,
                head_hash: head.hash,
                acked_seq: stream.acked_seq.min(head.seq),
                nonce: stream.nonce,
                wall_ms,
                seen: owner::seen(sql)?.into_iter().chain(owner::greeted(sql)?).chain(page).collect(),
                repairs: owner::repairs(sql)?,
                parked,
            })
        })
    }

    fn take_hello(&mut self, told: &HelloAnswer) -> Result<Result<Success, Failure>, Fault> {
        self.hear(told.hub_time_ms);
        self.resettle(&told.resettled)?;
        if let Some(reason) = self.copied(told)? {
            return Ok(Ok(Success::MustRenew(reason)));
        }
        let incarnation = self.identity.incarnation;
        self.write(|sql| {
            if owner::seen(sql)?.is_some_and(|seen| seen.feed != told.feed) {
                send_older_again(sql, incarnation)?;
            }
            ask_for_outcomes(sql)?;
            let mut stream = journal::stream(sql, incarnation)?;
            // A hub restored from a backup has less than it once acknowledged: it gets it again.
            stream.rewind(told.head_seq);
            journal::forget_outcomes(sql, incarnation, stream.acked_seq)?;
            stream.safe_seq = told.safe_seq.min(stream.acked_seq);
            journal::save_stream(sql, incarnation, &stream)?;
            peer_ops::save_peers(sql, &told.peers)?;
            owner::greet(sql, &told.feed, &told.head)
        })?;
        self.hub_feed = Some(told.feed.clone());
        Ok(Ok(Success::Greeted))
    }

    /// What shows that this disk is a copy or an older state of itself, if anything does. Going on
    /// would give known numbers to new ops.
    fn copied(&mut self, told: &HelloAnswer) -> Result<Option<RenewReason>, Fault> {
        if told.head_seq > self.head.seq {
            return Ok(Some(RenewReason::HubAhead));
        }
        let own = journal::hash_at(&mut *self.journal, self.identity.incarnation, told.head_seq)?;
        // A hub that went on behind lost ops has no hash to compare with.
        if told.head_hash != Hash::default() && own.is_some_and(|own| own != told.head_hash) {
            return Ok(Some(RenewReason::Forked));
        }
        Ok(told.exposed.then_some(RenewReason::Exposed))
    }

    fn push(&mut self, ops_max: usize, wall_ms: i64) -> Result<Option<Request>, Fault> {
        if let Some(lost) = self.hole()? {
            tracing::error!(lost.incarnation, lost.first_seq, lost.last_seq, "these ops are lost; the hub is told");
            return Ok(Some(Request::Lost(lost)));
        }
        Ok(self.next_push(ops_max, PUSH_BYTES_MAX, wall_ms)?.map(Request::Push))
    }

    fn take_push(&mut self, push: &Push, told: &PushAnswer) -> Result<Result<Success, Failure>, Fault> {
        self.hear(told.hub_time_ms);
        let (first_seq, last_seq) = (push.head.first_seq, push.last_seq());
        if let Some(odd) = told.outcomes.iter().find(|outcome| outcome.seq < first_seq || outcome.seq > last_seq) {
            return Ok(garbage(format!("the hub answers for op {}, but {first_seq} to {last_seq} were sent", odd.seq)));
        }
        let asked_back = told.outcomes.is_empty();
        if asked_back && told.expected_seq.is_none_or(|expected| expected >= first_seq) {
            return Ok(trouble("the hub took none of the ops and says nothing against them".into()));
        }
        if !asked_back && told.outcomes.last().is_none_or(|last| last.seq != told.acked_seq) {
            return Ok(garbage(format!("the hub acknowledges op {}, which is not the last one it answers for", told.acked_seq)));
        }
        self.acknowledge(push.head.incarnation, told)?;
        if asked_back {
            // Trying again is right, but not at once: a hub that asks for ever must not be hammered.
            return Ok(trouble(format!("the hub misses ops before number {first_seq} and asks for them first")));
        }
        let copied = told.exposed && push.head.incarnation == self.identity.incarnation;
        Ok(Ok(if copied { Success::MustRenew(RenewReason::Exposed) } else { Success::Pushed }))
    }

    fn take_lost(&mut self, lost: &Lost, told: &PushAnswer) -> Result<Result<Success, Failure>, Fault> {
        self.acknowledge(lost.incarnation, told)?;
        Ok(if told.acked_seq < lost.last_seq { trouble("the hub misses ops before those that are lost".into()) } else { Ok(Success::Pushed) })
    }

    fn renew(&self, why: RenewReason) -> Renew {
        Renew { incarnation: self.identity.incarnation, head_seq: self.head.seq, head_hash: self.head.hash, why }
    }

    /// Goes on under a new name. What was not sent under the old one still will be.
    fn take_renewal(&mut self, told: &RenewAnswer) -> Result<Result<Success, Failure>, Fault> {
        let (old, new) = (self.identity.incarnation, told.incarnation);
        if new <= old || new >= QUARANTINE_FIRST {
            return Ok(garbage(format!("the hub gives incarnation {new} after {old}")));
        }
        tracing::warn!(old, new, "this disk is a copy or an older state; going on in a new incarnation");
        self.write(|sql| {
            let mut stream = journal::stream(sql, old)?;
            stream.fork();
            journal::save_stream(sql, old, &stream)?;
            owner::set_incarnation(sql, new)
        })?;
        self.identity.incarnation = new;
        self.head = Head { hlc: self.head.hlc, ..Head::default() };
        self.overlay_stale = true;
        Ok(Ok(Success::Renewed))
    }

    fn take_pulled(&mut self, pull: &Pull, page: &PullAnswer, wall_ms: i64) -> Result<Taken, Fault> {
        if page.feed != pull.cursor.feed || page.next < pull.cursor.pos {
            return Ok(Taken { end: garbage("the page is not the one that was asked for"), ingested: Ingested::default() });
        }
        self.hear(page.hub_time_ms);
        self.resettle(&page.resettled)?;
        let ingested = self.ingest_asked(page, &pull.asked, wall_ms)?;
        Ok(Taken { end: Ok(Success::Pulled { up_to_date: page.up_to_date }), ingested })
    }

    /// The logical clock never runs behind what the hub has seen. Evidence only.
    fn hear(&mut self, hub_time_ms: i64) {
        let told = u64::try_from(hub_time_ms).unwrap_or(0) << HLC_COUNTER_BITS;
        self.head.hlc = self.head.hlc.max(told);
    }
}

/// After a restored hub nothing is known of what it has of older incarnations. The same op twice is
/// one op.
fn send_older_again(sql: &mut dyn crate::sql::Sql, current: u32) -> Result<(), Fault> {
    for older in journal::incarnations(sql)?.into_iter().filter(|incarnation| *incarnation != current) {
        journal::rewind(sql, older, 0)?;
        journal::forget_outcomes(sql, older, 0)?;
    }
    Ok(())
}

/// Sends again what was acknowledged but has no outcome here: after the journal was built anew from
/// `ops.log`, nothing else would tell that a sale was a conflict.
fn ask_for_outcomes(sql: &mut dyn crate::sql::Sql) -> Result<(), Fault> {
    for incarnation in journal::incarnations(sql)? {
        if let Some(seq) = journal::unanswered(sql, incarnation)? {
            journal::rewind(sql, incarnation, seq - 1)?;
        }
    }
    Ok(())
}

fn garbage(detail: impl Into<String>) -> Result<Success, Failure> {
    Err(Failure::Garbage { detail: detail.into() })
}

fn trouble(detail: String) -> Result<Success, Failure> {
    Err(Failure::HubTrouble { detail, retry_after_ms: None })
}
