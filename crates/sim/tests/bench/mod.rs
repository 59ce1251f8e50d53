//! A terminal, a faultless hub, and a disk that misbehaves by seed.

use anyhow::{Context, Result, bail, ensure};
use engine::fault::Fault;
use engine::hub::Batch;
use engine::terminal::{Recovery, Submitted, TerminalIdentity, TerminalStore};
use ledger::op::{Hash, Stamp};
use ledger::row::{Condition, UnitStatus};
use ledger::sync::wire::{PushHead, SnapshotManifest};
use ledger::verdict::Verdict;
use sim::audit::books::{Books, TillBook, UnitBook};
use sim::audit::kept::{self, Kept, Place};
use sim::cashier::{Cashier, Intent};
use sim::dice::Dice;
use sim::disk::{Lie, SimDisk, Stop, seed_sqlite};
use sim::hub::{SimHub, snapshot};
use sim::shop::{PHONE, opening, phone, serial, sku, warehouse};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hasher};

const PHONES: usize = 12;
/// Files that a bit may flip in. The catalogue is none: its values have no checksum and may change
/// unnoticed; it holds only what the hub could send again.
const FILES: [&str; 3] = ["journal.db", "journal.db-wal", "ops.log"];

pub struct Bench {
    dice: Dice,
    disk: SimDisk,
    store: Option<TerminalStore>,
    identity: TerminalIdentity,
    hub: SimHub,
    cashier: Cashier,
    /// What somebody confirmed and has no answer to.
    unanswered: Option<Intent>,
    lie: Option<Lie>,
    clock_ms: i64,
    /// The feed was read to its end since the last stop. In the middle of several pages, rows of own
    /// ops may be there that do not count as such yet, and a stop may lead back there.
    caught_up: bool,
    opening: Vec<Vec<u8>>,
    /// By name: where it stands, and the hash of the bytes.
    pub acknowledged: BTreeMap<String, (Place, String)>,
    attempted: BTreeSet<String>,
    pub stops: BTreeMap<Stop, u64>,
    pub failed_syncs: u64,
    pub trace: u64,
}

impl Bench {
    pub fn new(seed: u64, lie: Option<Lie>) -> Bench {
        seed_sqlite(seed);
        let mut dice = Dice::new(seed);
        let hub_disk = SimDisk::new(dice.fork());
        let mut hub = SimHub::open(&hub_disk, dice.fork()).unwrap();
        for (number, body) in (1..).zip(opening(PHONES)) {
            hub.store.submit(1, ledger::id::OpId(uuid::Uuid::from_u128(number)), body).unwrap();
        }
        let enrolled = hub.store.add_device(1, "till", &warehouse(), [1; 32]).unwrap();
        let identity = TerminalIdentity { terminal: enrolled.terminal, incarnation: enrolled.incarnation, warehouse: enrolled.warehouse, hub: "hub".into() };
        let disk = SimDisk::new(dice.fork());
        let cashier = Cashier::new(dice.fork(), "T", PHONES);
        let mut bench = Bench {
            dice,
            store: None,
            identity,
            opening: hub_ops(&hub_disk),
            hub,
            cashier,
            unanswered: None,
            lie,
            clock_ms: 1_000,
            caught_up: false,
            acknowledged: BTreeMap::new(),
            attempted: BTreeSet::new(),
            stops: BTreeMap::from([(Stop::Kill, 0), (Stop::PowerCut, 0)]),
            failed_syncs: 0,
            trace: 0,
            disk,
        };
        bench.open().unwrap();
        bench.disk.lie(lie);
        bench
    }

    pub fn step(&mut self) -> Result<()> {
        self.clock_ms += 1_000;
        self.disk.set_wall_ms(self.clock_ms);
        self.arm();
        let done = match self.dice.below(10) {
            0..=6 => self.work(),
            7 => self.push(),
            8 => self.pull(),
            _ => self.close(),
        };
        self.disk.set_room(None);
        self.say(|| format!("{done:?}"));
        match done {
            Ok(()) if !self.disk.is_stopped() => {}
            Ok(()) => self.stop()?,
            Err(fault) if fault.is_transient() && !self.disk.is_stopped() => {}
            Err(_) => self.stop()?,
        }
        if self.store.is_none() { self.open() } else { Ok(()) }
    }

    /// Prepares the disk for its next misdeed, mostly none.
    fn arm(&mut self) {
        match self.dice.below(10) {
            0..=2 => self.disk.stop_after(self.dice.below(60)),
            // A lie about one witness is as much as the other can make good.
            3 if self.lie.is_none() => {
                self.failed_syncs += 1;
                self.disk.fail_next_sync();
            }
            4 => self.disk.set_room(Some(self.dice.below(20_000))),
            _ => {}
        }
    }

    fn work(&mut self) -> Result<(), Fault> {
        let Some(store) = &mut self.store else { return Ok(()) };
        let chosen = match self.unanswered.take() {
            Some(intent) => Some(intent),
            None => self.cashier.choose(store)?,
        };
        let Some(intent) = chosen else { return Ok(()) };
        self.attempted.insert(intent.op().to_string());
        self.unanswered = Some(intent.clone());
        let stamp = Stamp { wall_ms: self.clock_ms, ..Stamp::default() };
        let submitted = Cashier::confirm(store, &intent, stamp)?;
        self.unanswered = None;
        self.note(&intent, &submitted);
        Ok(())
    }

    fn note(&mut self, intent: &Intent, submitted: &Submitted) {
        let Some(seq) = submitted.seq else { return };
        assert!(matches!(submitted.verdict, Verdict::Applied | Verdict::Duplicate), "{submitted:?}");
        // A log on a lying disk may have lost what lies before it.
        let kept = match self.lie {
            None => kept::log(&self.disk.get("ops.log").unwrap()),
            Some(_) => kept::journal(&self.disk.image()),
        };
        let kept = kept.unwrap_or_default();
        let place = (self.identity.incarnation, seq);
        let hash = kept.get(&place).map(|bytes| kept::hash(bytes)).unwrap_or_default();
        self.acknowledged.insert(intent.op().to_string(), (place, hash));
    }

    fn push(&mut self) -> Result<(), Fault> {
        let Some(store) = &mut self.store else { return Ok(()) };
        let Some(push) = store.next_push(5, usize::MAX, self.clock_ms)? else { return Ok(()) };
        let ops = push.ops.into_iter().map(|op| op.bytes).collect();
        let PushHead { incarnation, first_seq, nonce, .. } = push.head;
        let batch = Batch { device: self.identity.terminal.clone(), incarnation, first_seq, ops, nonce: Some(nonce), ..Batch::default() };
        let answer = self.hub.store.receive(self.clock_ms, &[batch]).unwrap().remove(0);
        let acknowledged = store.acknowledge(incarnation, &answer);
        self.caught_up &= !self.may_forget();
        acknowledged
    }

    fn pull(&mut self) -> Result<(), Fault> {
        let Some(store) = &mut self.store else { return Ok(()) };
        self.caught_up = false;
        loop {
            let Some(cursor) = store.cursor()? else { return self.take_snapshot() };
            let page = self.hub.reader.pull(&self.identity.terminal, &cursor.feed, cursor.pos, 7, self.clock_ms).unwrap().unwrap();
            store.ingest(&page, self.clock_ms)?;
            if page.up_to_date {
                self.caught_up = true;
                return Ok(());
            }
        }
    }

    fn take_snapshot(&mut self) -> Result<(), Fault> {
        let Some(store) = &mut self.store else { return Ok(()) };
        let (head, bytes) = snapshot(&mut self.hub.reader, self.dice.fork()).unwrap();
        self.disk.put("snapshot.tmp", &bytes);
        let manifest = SnapshotManifest {
            feed: head.cursor.feed,
            pos: head.cursor.pos,
            sha256: Hash::default(),
            bytes: 0,
            unpacked_bytes: bytes.len() as u64,
            contained: head.contained,
            parked: head.parked,
            log: head.log,
            sum: head.sum,
        };
        store.install_snapshot(&self.disk.root().join("snapshot.tmp"), &manifest).map(drop)
    }

    /// Leaves in order.
    fn close(&mut self) -> Result<(), Fault> {
        self.store = None;
        Ok(())
    }

    /// The process ends at once, or the power goes. While it lies there a bit may flip.
    fn stop(&mut self) -> Result<()> {
        let stop = if self.dice.one_in(2) { Stop::Kill } else { Stop::PowerCut };
        *self.stops.entry(stop).or_default() += 1;
        self.caught_up = false;
        self.say(|| format!("{stop:?}"));
        self.disk.stop_after(0);
        self.store = None;
        self.disk.restart(stop);
        if self.lie.is_none() && self.is_whole()? && self.dice.one_in(3) {
            let file = FILES[self.dice.index(FILES.len())];
            let at = self.disk.flip(file);
            self.say(|| format!("a bit flips in {file} at {at:?}"));
        }
        Ok(())
    }

    fn say(&self, what: impl FnOnce() -> String) {
        if std::env::var_os("SIM_TRACE").is_some() {
            println!("{:>8} {}", self.clock_ms, what());
        }
    }

    /// Whether both witnesses have everything and the next opening compares them: only then may one
    /// be damaged. After an orderly end a damaged log would be found later, or never be needed.
    fn is_whole(&self) -> Result<bool> {
        if self.disk.get("store.lock").is_none_or(|said| said.is_empty()) {
            return Ok(false);
        }
        let Ok(log) = kept::log(&self.disk.get("ops.log").unwrap_or_default()) else { return Ok(false) };
        let Ok(journal) = kept::journal(&self.disk.image()) else { return Ok(false) };
        let has = |kept: &Kept| self.acknowledged.values().all(|(place, hash)| kept.get(place).is_some_and(|bytes| kept::hash(bytes) == *hash));
        Ok(has(&log) && has(&journal))
    }

    /// Opens the store; the machine may stop while it does.
    fn open(&mut self) -> Result<()> {
        for again in 0.. {
            if again < 3 && self.dice.one_in(4) {
                self.disk.stop_after(self.dice.below(80));
            }
            match TerminalStore::open_on(Box::new(self.disk.clone()), self.disk.root(), &self.identity) {
                Ok((store, told)) if !self.disk.is_stopped() => return self.opened(store, &told),
                // Whoever is told of a fault starts the program again.
                Err(fault) if !self.disk.is_stopped() && again > 0 => return Err(fault).context("the store does not open"),
                _ => {
                    let stop = if self.dice.one_in(2) { Stop::Kill } else { Stop::PowerCut };
                    self.say(|| format!("{stop:?} while opening"));
                    self.disk.restart(stop);
                }
            }
        }
        unreachable!("after three times the machine stays on")
    }

    fn opened(&mut self, mut store: TerminalStore, told: &[Recovery]) -> Result<()> {
        self.say(|| format!("opened {told:?}"));
        if let Some(lost) = told.iter().find(|told| matches!(told, Recovery::OpsLost { .. })) {
            bail!("acknowledged ops are lost, as the store itself says: {lost:?}");
        }
        // The draft on the screen is what somebody confirmed last, or nothing.
        if let Some(cart) = store.draft_load()? {
            self.unanswered = Some(Intent::Sale(cart));
        }
        self.store = Some(store);
        while self.store.as_mut().context("it is open")?.cursor()?.is_none() {
            self.disk.behave();
            self.take_snapshot()?;
        }
        Ok(())
    }

    /// With nothing going wrong any more everything is told and learnt.
    pub fn settle_down(&mut self) -> Result<()> {
        self.disk.behave();
        self.pull()?;
        while self.store.as_mut().is_some_and(|store| store.outbox_status().is_ok_and(|status| status.pending > 0)) {
            self.push()?;
        }
        self.pull()?;
        self.audit()
    }

    pub fn audit(&mut self) -> Result<()> {
        let journal = kept::journal(&self.disk.image())?;
        for (name, (place, hash)) in &self.acknowledged {
            let bytes = journal.get(place).with_context(|| format!("the acknowledged op {name} at {place:?} is not in the journal"))?;
            ensure!(kept::hash(bytes) == *hash, "the acknowledged op {name} has changed");
        }
        kept::check_chains(&journal)?;
        if self.lie.is_none() {
            let log = kept::log(&self.disk.get("ops.log").unwrap_or_default())?;
            ensure!(journal == log, "journal and log differ: {:?} and {:?}", journal.keys(), log.keys());
        }
        for bytes in journal.values() {
            let name = kept::name_of(bytes)?;
            ensure!(self.attempted.contains(&name), "nobody ever confirmed {name}");
        }
        self.check_books(&journal)?;
        self.note_trace(&journal);
        Ok(())
    }

    /// Whether what the journal knows of the hub's answers may be lost: the log does not have it.
    fn may_forget(&self) -> bool {
        self.lie.is_some_and(|lie| lie != Lie::About("ops.log"))
    }

    /// What the screens show is what the ops say. A disk that lied may have forgotten what the hub has
    /// acknowledged: whether the hub's quantities contain an op shows when that was sent again, and the feed
    /// read after it.
    fn check_books(&mut self, journal: &Kept) -> Result<()> {
        let may_forget = self.may_forget();
        let mut books = Books::default();
        for bytes in self.opening.iter().chain(journal.values()) {
            books.enter(bytes)?;
        }
        let store = self.store.as_mut().context("the store is open")?;
        for number in 0..PHONES {
            let name = phone(number);
            let (unit, _) = store.unit(&sku(PHONE), &serial(&name))?.with_context(|| format!("{name} is unknown"))?;
            let shown = UnitBook {
                sold: unit.status == UnitStatus::StockedOut,
                defective: unit.condition == Condition::Defective,
                disputed: unit.disputed(),
                notes: unit.notes,
                came: unit.came.map(|document| document.op.to_string()),
                left: unit.left.map(|document| document.op.to_string()),
            };
            let expected = &books.units[&(PHONE.to_owned(), name.clone())];
            ensure!(shown == *expected, "{name} is shown as {shown:?} and should be {expected:?}");
        }
        let till = store.till()?;
        let open = till.open.map(|shift| (u64::from(shift.totals.sales), shift.totals.cash.0));
        let shown = TillBook { receipts: till.receipts.into(), shifts: till.shifts.into(), open };
        let expected = books.tills.get(self.identity.terminal.as_str()).cloned().unwrap_or_default();
        ensure!(shown == expected, "the till is shown as {shown:?} and should be {expected:?}");
        let (on_hand, expected) = (store.on_hand(&sku(PHONE), &warehouse())?, books.stock[PHONE]);
        let known = self.caught_up && (!may_forget || store.outbox_status()?.pending == 0);
        ensure!(on_hand == expected || !known, "{on_hand} phones are on hand and should be {expected}");
        Ok(())
    }

    fn note_trace(&mut self, journal: &Kept) {
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(self.trace);
        hasher.write_u64(self.disk.changes());
        journal.values().for_each(|bytes| hasher.write(bytes));
        for file in FILES {
            hasher.write(&self.disk.get(file).unwrap_or_default());
        }
        self.trace = hasher.finish();
    }
}

/// The hub's ops as they lie on its disk.
fn hub_ops(disk: &SimDisk) -> Vec<Vec<u8>> {
    kept::hub(&disk.image()).unwrap().into_iter().map(|op| op.bytes).collect()
}
