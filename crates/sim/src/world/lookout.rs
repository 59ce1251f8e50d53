//! A till's uplink: looks how things stand, asks what is due, takes the answer in. The same rounds as
//! the terminal's own, with events instead of waiting.

use super::bugs::delete_ops;
use super::stranger::STRANGER;
use super::till::{Errand, Flight};
use super::{Event, World};
use crate::audit::hearsay;
use crate::breaks::Break;
use crate::shop::{CASE, sku, warehouse};
use crate::wire::{Letter, Reply};
use engine::terminal::Disk;
use ledger::op::Hash;
use ledger::sync::message::{Answer, Push, Request};
use ledger::sync::uplink::{Ask, Failure, Step, Success};
use ledger::sync::wire::{Contained, OpOutcome, PullAnswer, PushAnswer, SignedHead, SnapshotManifest};
use ledger::verdict::Outcome;

/// Longest wait for an answer that is not held back.
const REQUEST_MS: i64 = 30_000;
/// Longest pause between two looks.
const LOOK_MS: i64 = 1_000;
/// Of how many times the cases are counted once.
const CASES_LOOKED_AT: u64 = 4;
const SNAPSHOT: &str = "snapshot.db";

impl World {
    pub(super) fn look_soon(&mut self, at: usize, in_ms: i64) {
        let due_ms = self.now_ms + in_ms;
        self.tills[at].look_at_ms = due_ms;
        self.plan(in_ms, Event::Look(at));
    }

    pub(super) fn look(&mut self, at: usize) {
        if self.tills[at].look_at_ms != self.now_ms || self.tills[at].flight.is_some() || self.tills[at].store.is_none() {
            return;
        }
        let now_ms = self.now_ms;
        let Some(mut standing) = self.on_store(at, |store| store.sync_standing(now_ms)) else { return self.look_soon(at, LOOK_MS) };
        standing.passes_on &= self.bug != Some(Break::NothingPassedOn);
        match self.tills[at].uplink.step(self.now_ms, standing) {
            Step::Do(ask) => self.ask(at, ask),
            Step::WaitUntil(at_ms) => self.look_soon(at, (at_ms - self.now_ms).max(10)),
        }
    }

    fn ask(&mut self, at: usize, ask: Ask) {
        let wall_ms = self.tills[at].wall_ms(self.now_ms);
        if self.tills[at].store.is_none() {
            return;
        }
        match self.on_store(at, |store| store.request(ask, wall_ms)) {
            Some(Some(request)) => self.take_off(at, ask, Errand::Ask(request)),
            Some(None) => self.ended(at, ask, Ok(Success::Pushed)),
            None => self.storage_failed(at, ask),
        }
    }

    fn take_off(&mut self, at: usize, ask: Ask, errand: Errand) {
        self.flights += 1;
        let flight = self.flights;
        let device = &self.tills[at].identity.terminal;
        let letter = match &errand {
            Errand::Ask(request) => Letter::of(device, request),
            Errand::File(manifest) => Letter { device: device.clone(), path: format!("/api/v1/sync/snapshot/{}", manifest.sha256), body: Vec::new() },
        };
        let waiting_ms = if let Ask::Pull { wait_ms } = ask { REQUEST_MS + i64::from(wait_ms) } else { REQUEST_MS };
        self.tills[at].flight = Some(Flight { number: flight, ask, errand });
        self.plan(waiting_ms, Event::TimeOut(at, flight));
        self.send(at, flight, letter);
    }

    pub(super) fn time_out(&mut self, at: usize, flight: u64) {
        let Some(Flight { ask, errand, .. }) = self.land(at, flight) else { return };
        if self.bug == Some(Break::TimeoutIsYes)
            && let Errand::Ask(Request::Push(push)) = &errand
        {
            return self.forget_ops(at, push);
        }
        self.ended(at, ask, Err(Failure::TimedOut));
    }

    /// The flight of that number, if it is still waited for.
    fn land(&mut self, at: usize, flight: u64) -> Option<Flight> {
        let till = self.tills.get_mut(at)?;
        till.flight.take_if(|waiting| waiting.number == flight)
    }

    pub(super) fn at_till(&mut self, at: usize, flight: u64, reply: &Reply) {
        if at == STRANGER {
            return self.stranger_hears(flight, reply);
        }
        let Some(Flight { ask, errand, .. }) = self.land(at, flight) else { return };
        if self.bug == Some(Break::GiveUpOnStatus)
            && (400..500).contains(&reply.status)
            && let Errand::Ask(Request::Push(push)) = &errand
        {
            return self.forget_ops(at, push);
        }
        match errand {
            Errand::File(manifest) => self.take_file(at, ask, &manifest, reply),
            Errand::Ask(request) => match reply.read(&request) {
                Err(failure) => self.ended(at, ask, Err(failure)),
                Ok(mut answer) => {
                    self.spoil(at, &request, &mut answer);
                    self.take(at, ask, &request, answer);
                }
            },
        }
    }

    fn take(&mut self, at: usize, ask: Ask, request: &Request, answer: Answer) {
        if let Answer::Snapshot(manifest) = answer {
            return self.take_off(at, ask, Errand::File(manifest));
        }
        let wall_ms = self.tills[at].wall_ms(self.now_ms);
        self.go_on(at, ask, request);
        let Some(taken) = self.on_store(at, |store| store.take(request, &answer, wall_ms)) else { return self.storage_failed(at, ask) };
        let mut end = taken.end;
        if self.bug == Some(Break::NoRenewal) && matches!(end, Ok(Success::MustRenew(_))) {
            end = Ok(if matches!(request, Request::Hello(_)) { Success::Greeted } else { Success::Pushed });
        }
        if self.bug == Some(Break::DropOverlay)
            && let Answer::Pushed(told) = &answer
        {
            self.drop_overlay(at, told);
        }
        self.watch_cursor(at);
        if end == Ok(Success::Pulled { up_to_date: true }) {
            self.check_cases(at);
        }
        if end != Ok(Success::Pushed) || self.tills[at].flight.is_none() {
            self.ended(at, ask, end);
        }
    }

    /// What may be on its way while an answer is noted is sent first: the machine may stop in between.
    fn go_on(&mut self, at: usize, ask: Ask, request: &Request) {
        let wall_ms = self.tills[at].wall_ms(self.now_ms);
        let Request::Push(push) = request else { return };
        if let Some(Some(next)) = self.on_store(at, |store| store.request_behind(ask, push, wall_ms)) {
            self.take_off(at, ask, Errand::Ask(next));
        }
    }

    fn watch_cursor(&mut self, at: usize) {
        if let Some(cursor) = self.on_store(at, |store| store.cursor()) {
            self.record.cursor_at(at, cursor);
        }
    }

    /// What peers told and the hub tells, too, counts once. One look in some: each reads whole disks.
    fn check_cases(&mut self, at: usize) {
        if !self.weather.peers || self.server.hub.is_none() || !self.dice.one_in(CASES_LOOKED_AT) {
            return;
        }
        let stands = self.on_store(at, |store| Ok((store.cursor()?, store.on_hand(&sku(CASE), &warehouse())?)));
        let feed = self.server.hub.as_mut().and_then(|hub| hub.reader.feed().ok()).map(|base| base.feed);
        let Some((Some(cursor), on_hand)) = stands.filter(|(cursor, _)| cursor.as_ref().map(|cursor| &cursor.feed) == feed.as_ref()) else { return };
        let name = self.tills[at].name.clone();
        match hearsay::cases(&self.server.disk.image(), cursor.pos, &self.tills[at].disk.image()) {
            Ok(expected) if expected.contains(&on_hand) => {}
            Ok(expected) => self.record.find(format!("{name} counts {on_hand} cases and should count one of {expected:?}")),
            Err(fault) => self.record.find(format!("the cases of {name} cannot be counted: {fault:#}")),
        }
    }

    fn take_file(&mut self, at: usize, ask: Ask, manifest: &SnapshotManifest, reply: &Reply) {
        if let Err(failure) = reply.checked() {
            return self.ended(at, ask, Err(failure));
        }
        if Hash::of(&reply.body) != manifest.sha256 {
            return self.ended(at, ask, Err(Failure::Garbage { detail: "the snapshot's hash is not the one in its manifest".into() }));
        }
        let disk = self.tills[at].disk.clone();
        let path = disk.root().join(SNAPSHOT);
        let installed = self.on_store(at, |store| {
            disk.remove(&path)?;
            let mut file = disk.log(&path)?;
            file.append(&reply.body)?;
            file.sync()?;
            drop(file);
            store.install_snapshot(&path, manifest).map(drop)
        });
        if installed.is_none() {
            return self.storage_failed(at, ask);
        }
        self.record.forget_cursor(at);
        self.watch_cursor(at);
        self.ended(at, ask, Ok(Success::SnapshotTaken));
    }

    fn storage_failed(&mut self, at: usize, ask: Ask) {
        self.ended(at, ask, Err(Failure::Storage { detail: String::new() }));
    }

    /// Tells the scheduler how an ask ended and looks again at once.
    fn ended(&mut self, at: usize, ask: Ask, end: Result<Success, Failure>) {
        let name = self.tills[at].name.clone();
        self.say(format_args!("{name}: {ask:?} → {end:?}"));
        let now_ms = self.now_ms;
        let till = &mut self.tills[at];
        // Nobody waits for the answer to what went on behind something that did not end well.
        till.flight = None;
        match end {
            Ok(success) => till.uplink.succeeded(now_ms, success),
            Err(failure) => till.uplink.failed(now_ms, ask, failure, till.dice.throw()),
        }
        self.check_sold(at);
        self.check_told(at);
        self.look_soon(at, 0);
    }

    /// Makes answers say less than they do, for the bugs that a terminal may have.
    fn spoil(&mut self, at: usize, request: &Request, answer: &mut Answer) {
        match (self.bug, request, answer) {
            (Some(Break::NoRewind), Request::Hello(hello), Answer::Hello(told)) if told.head_seq < hello.acked_seq => {
                // The hub's hash belongs to an older op: beside this number it would look like a copied
                // disk, and the renewal would send everything again.
                (told.head_seq, told.head_hash) = (hello.acked_seq, Hash::default());
            }
            (Some(Break::NoRewind), Request::Push(push), Answer::Pushed(told)) if told.expected_seq.is_some() => {
                told.expected_seq = None;
                told.acked_seq = push.last_seq();
                told.outcomes = (push.head.first_seq..=push.last_seq()).map(|seq| OpOutcome { seq, outcome: Outcome::Applied }).collect();
            }
            (Some(Break::PeerKeep), _, Answer::Page(page)) => self.keep_own(at, page),
            (Some(Break::CursorFirst), Request::Pull(_), Answer::Page(page)) if self.dice.one_in(5) => {
                let bare = PullAnswer { rows: Vec::new(), sum: None, ..(**page).clone() };
                let wall_ms = self.tills[at].wall_ms(self.now_ms);
                self.on_store(at, |store| store.ingest(&bare, wall_ms));
                page.rows.clear();
                page.sum = None;
            }
            _ => {}
        }
    }

    /// Hears which own ops the hub has, and of nobody else's.
    fn keep_own(&self, at: usize, page: &mut PullAnswer) {
        let own = &self.tills[at].identity.terminal;
        page.contained.retain(|chain| chain.device == *own);
        page.known.iter_mut().for_each(|known| known.retain(|op| op.device == *own));
    }

    /// Takes what was sent for done with, and deletes it.
    fn forget_ops(&mut self, at: usize, push: &Push) {
        self.program_ends(at, "it gives up");
        delete_ops(&self.tills[at].disk, push.head.incarnation, push.head.first_seq);
    }

    /// Believes that what was acknowledged is in the rows, too.
    fn drop_overlay(&mut self, at: usize, told: &PushAnswer) {
        let device = self.tills[at].identity.terminal.clone();
        let wall_ms = self.tills[at].wall_ms(self.now_ms);
        self.on_store(at, |store| {
            let incarnation = store.identity().incarnation;
            let Some(cursor) = store.cursor()? else { return Ok(()) };
            let contained = vec![Contained { device, incarnation, seq: told.acked_seq }];
            let page = PullAnswer {
                feed: cursor.feed,
                rows: Vec::new(),
                next: cursor.pos,
                up_to_date: true,
                contained,
                sum: None,
                parked: Vec::new(),
                resettled: Vec::new(),
                known: None,
                hub_time_ms: 0,
                head: SignedHead::default(),
            };
            store.ingest(&page, wall_ms).map(drop)
        });
    }
}
