//! Terminals and a hub, real stores all of them, telling each other in every order: in the end
//! everybody knows the same, every sale is there once, and every double sale is a conflict.

use crate::support::*;
use engine::database::Database;
use engine::hub::{Batch, HubReader, HubStore, SnapshotHead, Which};
use engine::terminal::{TerminalIdentity, TerminalStore};
use ledger::catalogue::{OperatorsChange, ProductsChange, SettingsChange};
use ledger::id::TerminalId;
use ledger::op::{Body, HUB_DEVICE, Hash, Op};
use ledger::row::{Conflict, Key, Row, UnitStatus};
use ledger::stock_in::{StockIn, StockInLine};
use ledger::sync::message::{Answer, PassOn, Request};
use ledger::sync::peer::PeerPush;
use ledger::sync::uplink::{Ask, Success};
use ledger::sync::wire::{Contained, PassOnHead, PushHead, SnapshotManifest};
use ledger::verdict::{Outcome, Verdict};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

mod passing;

const UNITS: usize = 30;
const TERMINALS: usize = 3;
const STEPS: usize = 150;

struct Fleet {
    dir: TempDir,
    database: Database,
    hub: HubStore,
    reader: HubReader,
    terminals: Vec<(TerminalIdentity, Option<TerminalStore>)>,
    random: u64,
    ops: u128,
    /// Acknowledged to the person at the till.
    sold: Vec<(TerminalId, String)>,
    /// What a terminal knows of what another one has.
    told: BTreeMap<(usize, usize), Vec<Contained>>,
    /// What was said to a peer and may still arrive: from whom, to whom.
    on_the_way: Vec<(usize, usize, PeerPush)>,
}

impl Fleet {
    fn new(seed: u64) -> Fleet {
        let dir = TempDir::new().unwrap();
        let database = crate::database(dir.path());
        let mut hub = database.store().unwrap();
        for (number, body) in (1..).zip(scene_ops()) {
            assert_eq!(hub.submit(1, op_id(number), body).unwrap(), Outcome::Applied);
        }
        let enrol = |number: usize| {
            let key = [u8::try_from(number).unwrap(); 32];
            let enrolled = hub.add_device(1, &format!("till {number}"), &"main".into(), key).unwrap();
            (TerminalIdentity { terminal: enrolled.terminal, incarnation: enrolled.incarnation, warehouse: enrolled.warehouse, hub: "hub".into() }, None)
        };
        let terminals = (1..=TERMINALS).map(enrol).collect();
        let reader = database.reader().unwrap();
        let nobody = BTreeMap::new();
        let mut fleet = Fleet { dir, database, hub, reader, terminals, random: seed, ops: 1_000, sold: Vec::new(), told: nobody, on_the_way: Vec::new() };
        for at in 0..TERMINALS {
            fleet.restart(at);
            fleet.take_snapshot(at);
            fleet.open_till(at);
        }
        fleet
    }

    fn below(&mut self, limit: usize) -> usize {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as usize % limit
    }

    fn folder(&self, at: usize) -> PathBuf {
        self.dir.path().join(self.terminals[at].0.terminal.as_str())
    }

    fn store(&mut self, at: usize) -> &mut TerminalStore {
        self.terminals[at].1.as_mut().unwrap()
    }

    fn restart(&mut self, at: usize) {
        self.terminals[at].1 = None;
        let (store, told) = TerminalStore::open(&self.folder(at), &self.terminals[at].0).unwrap();
        assert_eq!(told, []);
        self.terminals[at].1 = Some(store);
        assert_eq!(self.exchange(at, Ask::Hello, false), Some(Success::Greeted), "nothing looks like a copied disk");
    }

    fn open_till(&mut self, at: usize) {
        let number = self.store(at).next_number(engine::terminal::DocumentKind::Shift).unwrap();
        let body = Body::ShiftOpen(ledger::shift::ShiftOpen { number, opening_float: ledger::money::Money(0) });
        self.ops += 1;
        let id = op_id(self.ops);
        assert_eq!(self.store(at).submit(id, &ana(), None, body, stamp(1)).unwrap().verdict, Verdict::Applied);
    }

    fn sell(&mut self, at: usize) {
        let name = format!("A{}", self.below(UNITS));
        self.ops += 1;
        let number = self.ops;
        let submitted = sell(self.store(at), number, &name).unwrap();
        match submitted.verdict {
            Verdict::Applied => self.sold.push((self.terminals[at].0.terminal.clone(), name)),
            Verdict::Refused(refusal) => assert!(["already_sold", "disputed_unit"].contains(&refusal.code()), "{refusal}"),
            other => panic!("{other:?}"),
        }
    }

    /// One request with its answer; with `lost`, the answer never arrives. None if there was nothing to ask.
    fn exchange(&mut self, at: usize, ask: Ask, lost: bool) -> Option<Success> {
        let request = self.store(at).request(ask, 2).unwrap()?;
        let answer = self.answer(at, &request);
        if lost {
            return None;
        }
        Some(self.store(at).take(&request, &answer, 2).unwrap().end.unwrap())
    }

    fn answer(&mut self, at: usize, request: &Request) -> Answer {
        let terminal = self.terminals[at].0.terminal.clone();
        match request {
            Request::Hello(hello) => Answer::Hello(self.hub.hello(2, &terminal, hello).unwrap()),
            Request::Push(push) => {
                let PushHead { incarnation, first_seq, nonce, .. } = push.head.clone();
                let ops = push.ops.iter().map(|op| op.bytes.clone()).collect();
                let batch = Batch { device: terminal, incarnation, first_seq, ops, nonce: Some(nonce), ..Batch::default() };
                Answer::Pushed(self.hub.receive(2, &[batch]).unwrap().remove(0))
            }
            Request::PassOn(passed) => {
                let batch = batch_of(passed);
                Answer::Pushed(self.hub.pass_on(2, &terminal, &batch).unwrap())
            }
            Request::Renew(renew) => Answer::Renewed(self.hub.renew(2, &terminal, renew).unwrap()),
            Request::Pull(pull) => {
                let rows_max = 1 + self.below(5) as u32;
                let page = self.reader.pull_asking(&terminal, (&pull.cursor.feed, pull.cursor.pos), &pull.asked, rows_max, 3).unwrap();
                page.map_or(Answer::Gone, |page| Answer::Page(Box::new(page)))
            }
            other => panic!("{other:?}"),
        }
    }

    /// Passes on what is due, if anything is; answers how many ops it was.
    fn pass_on(&mut self, at: usize, now_ms: i64) -> usize {
        if !self.store(at).sync_standing(now_ms).unwrap().passes_on {
            return 0;
        }
        let ask = Ask::PassOn { ops_max: 2, park: false };
        let Some(Request::PassOn(passed)) = self.store(at).request(ask, 2).unwrap() else { panic!("it was due") };
        let request = Request::PassOn(passed.clone());
        let answer = self.answer(at, &request);
        assert_eq!(self.store(at).take(&request, &answer, 2).unwrap().end, Ok(Success::PassedOn));
        passed.ops.len()
    }

    /// Sends some ops; with `lost`, the hub's answer never arrives.
    fn push(&mut self, at: usize, lost: bool) {
        let ops_max = 1 + self.below(4);
        self.exchange(at, Ask::Push { ops_max }, lost);
    }

    /// Sends two pushes before either is answered, as for a long backlog. The second may overtake, and
    /// the terminal may stop with any of the answers unheard.
    fn push_two(&mut self, at: usize) {
        let ask = Ask::Push { ops_max: 2 + self.below(3) };
        let Some(first) = self.store(at).request(ask, 2).unwrap() else { return };
        let Some(second) = self.behind(at, ask, &first) else { return };
        match self.below(4) {
            0 => {
                drop(self.answer(at, &second));
                self.hear(at, &first);
            }
            1 => [first, second].iter().for_each(|request| self.hear(at, request)),
            2 => {
                [first, second].iter().for_each(|request| drop(self.answer(at, request)));
                self.restart(at);
            }
            _ => {
                self.hear(at, &first);
                let third = self.behind(at, ask, &second);
                third.into_iter().chain([second]).rev().for_each(|request| drop(self.answer(at, &request)));
                self.restart(at);
            }
        }
    }

    fn behind(&mut self, at: usize, ask: Ask, before: &Request) -> Option<Request> {
        let Request::Push(push) = before else { panic!("{before:?}") };
        self.store(at).request_behind(ask, push, 2).unwrap()
    }

    fn hear(&mut self, at: usize, request: &Request) {
        let answer = self.answer(at, request);
        assert_eq!(self.store(at).take(request, &answer, 2).unwrap().end, Ok(Success::Pushed), "nothing looks like a copied disk");
    }

    /// Takes one page of the feed and answers whether that was the last.
    fn pull(&mut self, at: usize) -> bool {
        match self.exchange(at, Ask::Pull { wait_ms: 0 }, false) {
            Some(Success::Gone) => {
                self.take_snapshot(at);
                false
            }
            success => success == Some(Success::Pulled { up_to_date: true }),
        }
    }

    /// Tells another terminal what it lacks. What was said may be lost, come twice or come late.
    fn tell_peer(&mut self, at: usize, to: usize) {
        let known = self.told.get(&(at, to)).cloned().unwrap_or_default();
        let push = self.store(at).peer_request(&known, "n", 2).unwrap();
        self.on_the_way.push((at, to, push));
        let fate = self.below(10);
        let chosen = self.below(self.on_the_way.len());
        match fate {
            0 => drop(self.on_the_way.remove(chosen)),
            1 => drop(self.hear_peer(self.on_the_way[chosen].clone())),
            2 => {}
            _ => {
                let (from, to, push) = self.on_the_way.remove(chosen);
                let have = self.hear_peer((from, to, push));
                if self.below(5) > 0 {
                    self.told.insert((from, to), have);
                }
            }
        }
    }

    fn hear_peer(&mut self, (from, to, push): (usize, usize, PeerPush)) -> Vec<Contained> {
        let author = self.terminals[from].0.terminal.clone();
        let ops: Vec<Vec<u8>> = push.ops.iter().map(|op| op.bytes.clone()).collect();
        self.store(to).peer_take(&author, &push.head, &ops, 2).unwrap().unwrap().answer.have
    }

    /// Everybody has told everybody everything.
    fn talk_it_over(&mut self) {
        self.on_the_way.clear();
        for (at, to) in (0..TERMINALS).flat_map(|at| (0..TERMINALS).map(move |to| (at, to))).filter(|(at, to)| at != to) {
            let mut known = self.told.remove(&(at, to)).unwrap_or_default();
            for round in 0.. {
                let push = self.store(at).peer_request(&known, "n", 2).unwrap();
                if push.ops.is_empty() && round > 0 {
                    break;
                }
                known = self.hear_peer((at, to, push));
            }
        }
    }

    /// What a terminal believes of every phone and of their number.
    fn beliefs(&mut self, at: usize) -> (Vec<(bool, bool)>, i64, Vec<Conflict>) {
        let store = self.store(at);
        let belief = |number| {
            let (unit, _) = store.unit(&"PHONE".into(), &serial(&format!("A{number}"))).unwrap().unwrap();
            (unit.status == UnitStatus::StockedOut, unit.disputed())
        };
        let units = (0..UNITS).map(belief).collect();
        (units, store.on_hand(&"PHONE".into(), &"main".into()).unwrap(), store.conflicts(1_000).unwrap())
    }

    fn take_snapshot(&mut self, at: usize) {
        let file = self.folder(at).join("snapshot.tmp");
        let SnapshotHead { cursor, contained, parked, log, sum } = self.reader.snapshot(&file).unwrap();
        let unpacked_bytes = fs::metadata(&file).unwrap().len();
        let manifest = SnapshotManifest { feed: cursor.feed, pos: cursor.pos, sha256: Hash::default(), bytes: 0, unpacked_bytes, contained, parked, log, sum };
        self.store(at).install_snapshot(&file, &manifest).unwrap();
    }

    fn step(&mut self) {
        let at = self.below(TERMINALS);
        match self.below(13) {
            0..=4 => self.sell(at),
            5 => self.push(at, false),
            6..=7 => self.push_two(at),
            8 => self.push(at, true),
            9..=10 => drop(self.pull(at)),
            11 => self.restart(at),
            _ => self.take_snapshot(at),
        }
    }

    /// A copy of a terminal's disk, which knows no better than to be the terminal. Answers its place.
    fn copy(&mut self, at: usize) -> usize {
        self.terminals[at].1 = None;
        let folder = self.dir.path().join("copy");
        fs::create_dir(&folder).unwrap();
        for entry in fs::read_dir(self.folder(at)).unwrap().flatten() {
            fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
        self.restart(at);
        let identity = self.terminals[at].0.clone();
        let (store, _) = TerminalStore::open(&folder, &identity).unwrap();
        self.terminals.push((identity, Some(store)));
        self.terminals.len() - 1
    }

    fn sell_until(&mut self, at: usize, sales: usize) {
        let before = self.sold.len();
        while self.sold.len() < before + sales {
            self.sell(at);
        }
    }

    fn settle_down(&mut self) {
        for at in 0..self.terminals.len() {
            while self.store(at).outbox_status().unwrap().pending > 0 {
                self.push(at, false);
            }
        }
        for at in 0..self.terminals.len() {
            while !self.pull(at) {}
        }
    }

    fn check(&mut self) {
        for number in 0..UNITS {
            let name = format!("A{number}");
            let key = Key::Unit("PHONE".into(), serial(&name));
            let Some(Row::Unit(truth)) = self.reader.row(&key).unwrap().map(|found| found.row) else { panic!("{name} is unknown") };
            let sales = self.sold.iter().filter(|(_, sold)| *sold == name).count();
            assert_eq!((truth.status == UnitStatus::StockedOut, truth.disputed()), (sales > 0, sales > 1), "{name} was sold {sales} times");
            for at in 0..TERMINALS {
                let (unit, _) = self.store(at).unit(&"PHONE".into(), &serial(&name)).unwrap().unwrap();
                assert_eq!(unit, truth, "terminal {at}");
            }
        }
        let expected = UNITS as i64 - self.sold.len() as i64;
        let conflicts = self.reader.conflicts(Which::All, 1_000).unwrap().len();
        let units_sold = (0..UNITS).filter(|number| self.sold.iter().any(|(_, sold)| *sold == format!("A{number}"))).count();
        assert_eq!(conflicts, self.sold.len() - units_sold, "one conflict for every further sale");
        for at in 0..TERMINALS {
            let terminal = self.terminals[at].0.terminal.clone();
            let own = self.sold.iter().filter(|(by, _)| *by == terminal).count();
            let store = self.store(at);
            assert_eq!(store.on_hand(&"PHONE".into(), &"main".into()).unwrap(), expected);
            assert_eq!(store.till().unwrap().receipts as usize, own);
            assert_eq!(store.conflicts(1_000).unwrap().len(), conflicts);
            assert_eq!(store.doubtful(), []);
            assert!(store.peer_ops().is_empty(), "the hub has told all of them");
            assert!(!store.sync_standing(0).unwrap().suspect, "the catalogue adds up");
            let truth = self.reader.row(&Key::Till(terminal)).unwrap().map(|found| found.row);
            assert_eq!(truth, Some(Row::Till(self.store(at).till().unwrap())), "the hub booked the same");
        }
    }
}

fn batch_of(passed: &PassOn) -> Batch {
    let PassOnHead { push: PushHead { incarnation, first_seq, .. }, device, park } = passed.head.clone();
    let ops = passed.ops.iter().map(|op| op.bytes.clone()).collect();
    Batch { device, incarnation, first_seq, ops, uninterpreted: park, ..Batch::default() }
}

/// The scene as the hub's own ops.
fn scene_ops() -> Vec<Body> {
    let (mut products, mut operators, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    for row in scene(0) {
        match row {
            Row::Product(row) => products.push(row),
            Row::Operator(row) => operators.push(row),
            Row::Settings(settings) => bodies.push(Body::Settings(SettingsChange { settings })),
            _ => {}
        }
    }
    bodies.push(Body::Products(ProductsChange { products }));
    bodies.push(Body::Operators(OperatorsChange { operators }));
    let serials = (0..UNITS).map(|number| serial(&format!("A{number}"))).collect();
    let line = StockInLine { sku: "PHONE".into(), quantity: UNITS as u32, condition: Default::default(), serials };
    bodies.push(Body::StockIn(StockIn { number: format!("{HUB_DEVICE}-1").as_str().into(), warehouse: "main".into(), lines: vec![line] }));
    bodies
}

#[test]
fn everybody_ends_up_knowing_the_same() {
    let mut conflicts = 0;
    for seed in 1..=6 {
        println!("seed {seed}");
        let mut fleet = Fleet::new(seed);
        (0..STEPS).for_each(|_| fleet.step());
        fleet.settle_down();
        fleet.check();
        conflicts += fleet.reader.conflicts(Which::All, 1_000).unwrap().len();
    }
    assert!(conflicts > 0, "no unit was ever sold twice: the steps prove too little");
}

#[test]
fn a_hub_restored_from_a_backup_is_filled_again() {
    let mut fleet = Fleet::new(7);
    (0..40).for_each(|_| fleet.step());
    fleet.settle_down();
    let backup = crate::back_up(&fleet.database, fleet.dir.path());
    (0..60).for_each(|_| fleet.step());
    fleet.settle_down();
    fleet.reader = backup.reader().unwrap();
    fleet.hub = backup.store().unwrap();
    // Nobody told the hub: it learns from its terminals, who were told of more than it knows.
    for at in 0..TERMINALS {
        assert_eq!(fleet.exchange(at, Ask::Hello, false), Some(Success::Greeted));
    }
    assert_eq!(fleet.reader.incidents(9).unwrap().iter().map(|incident| incident.kind.as_str()).collect::<Vec<_>>(), ["hub_restored"]);
    fleet.settle_down();
    fleet.check();
    let ops = chain(fleet.store(0));
    assert_eq!(ops.iter().map(|op: &Op| op.seq).max().unwrap() as usize, ops.len());
}

/// Peers tell each other in any order, with losses and repetitions, and the hub comes and goes.
#[test]
fn terminals_that_talk_to_each_other_end_like_those_that_do_not() {
    for seed in 1..=6 {
        println!("seed {seed}");
        let mut fleet = Fleet::new(seed);
        for _ in 0..STEPS {
            let (at, other) = (fleet.below(TERMINALS), 1 + fleet.below(TERMINALS - 1));
            if fleet.below(2) == 0 {
                fleet.tell_peer(at, (at + other) % TERMINALS);
            } else {
                fleet.step();
            }
        }
        fleet.settle_down();
        fleet.check();
    }
}

/// Without a hub: whoever has heard everything believes the same, however it came, and still does
/// after computing it anew. What was sold twice meanwhile is one conflict for each further sale.
#[test]
fn without_a_hub_all_terminals_come_to_believe_the_same() {
    let mut conflicts = 0;
    for seed in 1..=6 {
        println!("seed {seed}");
        let mut fleet = Fleet::new(seed);
        for _ in 0..STEPS {
            let (at, other) = (fleet.below(TERMINALS), 1 + fleet.below(TERMINALS - 1));
            match fleet.below(8) {
                0..=3 => fleet.sell(at),
                4 => fleet.restart(at),
                _ => fleet.tell_peer(at, (at + other) % TERMINALS),
            }
        }
        fleet.talk_it_over();
        let believed: Vec<_> = (0..TERMINALS).map(|at| fleet.beliefs(at)).collect();
        let twice = (0..UNITS).filter(|number| fleet.sold.iter().filter(|(_, name)| *name == format!("A{number}")).count() > 1).count();
        assert_eq!(believed[0].0.iter().filter(|(_, disputed)| *disputed).count(), twice);
        assert_eq!(believed[0].1, UNITS as i64 - fleet.sold.len() as i64);
        for at in 0..TERMINALS {
            assert_eq!(believed[at], believed[0], "terminal {at}");
            let doubtful = fleet.store(at).doubtful().len();
            fleet.restart(at);
            assert_eq!((fleet.beliefs(at), fleet.store(at).doubtful().len()), (believed[0].clone(), doubtful), "terminal {at} computed anew");
        }
        conflicts += believed[0].2.len();
        fleet.settle_down();
        fleet.check();
    }
    assert!(conflicts > 0, "no unit was ever sold twice: the steps prove too little");
}
