//! A till's program and the person before it: starting, working, and what happens when the store or
//! the machine fails.

use super::lan::Station;
use super::till::Wish;
use super::{Event, World, short};
use crate::audit::kept;
use crate::audit::record::Promise;
use crate::breaks::Break;
use crate::cashier::{Cashier, Intent};
use engine::fault::Fault;
use engine::terminal::{Recovery, Submitted, TerminalStore};
use ledger::id::OpId;
use ledger::op::Body;
use ledger::row::UnitStatus;
use ledger::sync::uplink::Uplink;
use ledger::verdict::Verdict;
use uuid::Uuid;

/// Sales that are looked at again and again: they must stay sold.
const SOLD_LOOKED_AT: usize = 8;

impl World {
    /// Lets the store do something. None if it could not: then the program ends, unless the fault
    /// passes by itself.
    pub(super) fn on_store<T>(&mut self, at: usize, work: impl FnOnce(&mut TerminalStore) -> Result<T, Fault>) -> Option<T> {
        let store = self.tills[at].store.as_mut()?;
        let done = work(store);
        if self.tills[at].disk.is_stopped() {
            self.program_ends(at, "its machine stops");
            return None;
        }
        match done {
            Ok(done) => Some(done),
            Err(fault) if fault.is_transient() => None,
            Err(fault) => {
                let why = short(&fault);
                self.program_ends(at, &why);
                None
            }
        }
    }

    pub(super) fn program_ends(&mut self, at: usize, why: &str) {
        let till = &mut self.tills[at];
        (till.store, till.flight) = (None, None);
        let name = till.name.clone();
        self.say(format_args!("{name}: the program ends: {why}"));
        let pause_ms = self.dice.between(500, 15_000);
        self.plan(pause_ms, Event::Start(at));
    }

    /// Starts the machine, if it stopped, and the program on it.
    pub(super) fn start(&mut self, at: usize) {
        if self.tills[at].store.is_some() || self.tills[at].is_gone {
            return;
        }
        let now_ms = self.now_ms;
        let till = &mut self.tills[at];
        if till.disk.is_stopped() {
            till.disk.restart(till.stop);
            till.boots += 1;
        }
        till.disk.set_wall_ms(till.wall_ms(now_ms));
        let opened = TerminalStore::open_on(Box::new(till.disk.clone()), till.disk.root(), &till.identity);
        let name = till.name.clone();
        match opened {
            Ok((store, told)) if !self.tills[at].disk.is_stopped() => self.opened(at, store, &told),
            Ok(_) => self.program_ends(at, "its machine stops while it starts"),
            Err(fault) => {
                self.say(format_args!("{name}: does not start: {}", short(&fault)));
                self.plan(5_000, Event::Start(at));
            }
        }
    }

    fn opened(&mut self, at: usize, store: TerminalStore, told: &[Recovery]) {
        let now_ms = self.now_ms;
        let till = &mut self.tills[at];
        till.store = Some(store);
        till.uplink = Uplink::new(now_ms);
        till.flight = None;
        till.station = Station::default();
        let name = till.name.clone();
        let kinds: Vec<String> = told.iter().map(|told| format!("{told:?}").split(' ').next().unwrap_or_default().to_owned()).collect();
        self.say(format_args!("{name}: started {kinds:?}"));
        if let Some(lost) = told.iter().find(|told| matches!(told, Recovery::OpsLost { .. })) {
            self.record.find(format!("{name} has lost ops: {lost:?}"));
        }
        // The catalogue may have lost its last commits; the hub tells them again.
        self.record.forget_cursor(at);
        self.record.catalogue_changed(at);
        self.take_up_draft(at);
        if self.bug == Some(Break::NewNameOnRetry) {
            self.rename_wish(at);
        }
        let pause_ms = self.tills[at].dice.between(500, 8_000);
        self.plan(pause_ms, Event::Work(at));
        self.look_soon(at, 1);
        self.stir_peers(at, 1);
    }

    /// The sale on the screen goes on; whatever else was confirmed, somebody remembers.
    fn take_up_draft(&mut self, at: usize) {
        let Some(draft) = self.on_store(at, |store| store.draft_load()).flatten() else { return };
        let known = self.tills[at].unanswered.as_ref().is_some_and(|wish| wish.intent.op() == draft.op);
        if !known {
            let number = self.record.wished(None, draft.op.to_string());
            self.tills[at].unanswered = Some(Wish { number, intent: Intent::Sale(draft) });
        }
    }

    fn rename_wish(&mut self, at: usize) {
        let mut name = [0; 16];
        self.dice.fill(&mut name);
        let op = OpId(Uuid::from_bytes(name));
        if let Some(Wish { number, intent: Intent::Sale(cart) }) = &mut self.tills[at].unanswered {
            cart.op = op;
            self.record.wished(Some(*number), op.to_string());
        }
    }

    pub(super) fn work(&mut self, at: usize) {
        if self.tills[at].store.is_none() || self.is_healed() {
            return;
        }
        if let Some(wish) = self.next_wish(at) {
            self.confirm(at, wish);
        }
        if self.tills[at].store.is_some() {
            let pause_ms = self.tills[at].dice.between(500, 12_000);
            self.plan(pause_ms, Event::Work(at));
        }
    }

    fn next_wish(&mut self, at: usize) -> Option<Wish> {
        if let Some(wish) = self.tills[at].unanswered.clone() {
            return Some(wish);
        }
        let mut cashier = std::mem::replace(&mut self.tills[at].cashier, Cashier::new(self.dice.clone(), "", 0));
        let chosen = self.on_store(at, |store| cashier.choose(store));
        self.tills[at].cashier = cashier;
        let intent = chosen.flatten()?;
        let number = self.record.wished(None, intent.op().to_string());
        Some(Wish { number, intent })
    }

    fn confirm(&mut self, at: usize, wish: Wish) {
        self.tills[at].unanswered = Some(wish.clone());
        if self.bug == Some(Break::PrintFirst) {
            self.promise_early(at, &wish.intent);
        }
        let stamp = self.tills[at].stamp(self.now_ms);
        let Some(submitted) = self.on_store(at, |store| Cashier::confirm(store, &wish.intent, stamp)) else { return };
        self.tills[at].unanswered = None;
        let name = self.tills[at].name.clone();
        let verdict = if let Verdict::Refused(refusal) = &submitted.verdict { refusal.code() } else { "done" };
        self.say(format_args!("{name}: {} {:?} {verdict}", kind_of(&wish.intent), submitted.seq));
        match submitted.seq {
            Some(seq) => self.promise(at, &wish.intent, seq),
            // A sale that a rule refuses goes off the screen.
            None => drop(self.on_store(at, |store| store.draft_clear())),
        }
        self.check_verdict(at, &submitted);
        self.hurry(at);
        self.stir_peers(at, 0);
    }

    fn check_verdict(&mut self, at: usize, submitted: &Submitted) {
        if !matches!(submitted.verdict, Verdict::Applied | Verdict::Duplicate | Verdict::Refused(_)) {
            self.record.find(format!("machine {at} was told {:?}", submitted.verdict));
        }
    }

    /// The receipt is printed.
    fn promise(&mut self, at: usize, intent: &Intent, seq: u64) {
        let till = &self.tills[at];
        let Some(store) = &till.store else { return };
        let place = (store.identity().incarnation, seq);
        let op = intent.op().to_string();
        match self.bytes_of(at, &op) {
            Some(bytes) => {
                let promise = Promise { machine: at, op, place, sold: sold(intent) };
                self.record.promises.insert(kept::hash(&bytes), promise);
            }
            None => {
                let name = till.name.clone();
                self.record.find(format!("{name} says that {op} is done, but no file has it"));
            }
        }
        self.check_sold(at);
    }

    /// What a till says that prints before it saves.
    fn promise_early(&mut self, at: usize, intent: &Intent) {
        let promise = Promise { machine: at, op: intent.op().to_string(), place: (0, 0), sold: None };
        self.record.promises.insert(format!("printed {}", promise.op), promise);
    }

    /// The op's bytes as they lie on the disk.
    fn bytes_of(&self, at: usize, op: &str) -> Option<Vec<u8>> {
        let disk = &self.tills[at].disk;
        let log = disk.get("ops.log").and_then(|bytes| kept::log(&bytes).ok()).unwrap_or_default();
        let named = |kept: kept::Kept| kept.into_values().rev().find(|bytes| kept::name_of(bytes).is_ok_and(|name| name == op));
        named(log).or_else(|| kept::journal(&disk.image()).ok().and_then(named))
    }

    /// What was sold at a till is never for sale there again.
    pub(super) fn check_sold(&mut self, at: usize) {
        let of_till = self.record.promises.values().filter(|promise| promise.machine == at);
        let sold: Vec<(String, String)> = of_till.filter_map(|promise| promise.sold.clone()).rev().take(SOLD_LOOKED_AT).collect();
        for (sku, serial) in sold {
            let seen = self.on_store(at, |store| store.unit(&sku.as_str().into(), &crate::shop::serial(&serial)));
            let Some(seen) = seen else { return };
            if seen.is_none_or(|(unit, _)| unit.status != UnitStatus::StockedOut) {
                let name = self.tills[at].name.clone();
                self.record.find(format!("{serial} was sold at {name} and is for sale there again"));
            }
        }
    }

    /// There is something to send: whoever listens stops, whoever pauses looks.
    fn hurry(&mut self, at: usize) {
        let now_ms = self.now_ms;
        let till = &mut self.tills[at];
        match &till.flight {
            Some(flight) if flight.is_listening() => {
                till.flight = None;
                till.uplink.interrupted(now_ms);
            }
            Some(_) => return,
            None => till.uplink.hurry(now_ms),
        }
        if self.tills[at].store.is_some() {
            self.look_soon(at, 0);
        }
    }
}

fn kind_of(intent: &Intent) -> &'static str {
    match intent {
        Intent::Sale(_) => "sale",
        Intent::Other { body, .. } => body.kind(),
    }
}

fn sold(intent: &Intent) -> Option<(String, String)> {
    match intent {
        Intent::Sale(cart) => cart.lines.iter().flat_map(|line| &line.units).map(|unit| (unit.sku.to_string(), unit.serial.to_string())).next(),
        Intent::Other { body: Body::Sale(_), .. } => None,
        Intent::Other { .. } => None,
    }
}
