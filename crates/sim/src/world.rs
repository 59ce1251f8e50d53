//! The world: machines, the network between them, and one clock. Everything that happens is an event
//! in a queue; between two events nothing happens.

mod bugs;
mod desk;
mod door;
mod heal;
mod lan;
mod lookout;
mod mishaps;
mod net;
mod queue;
mod server;
mod stranger;
pub(crate) mod till;
mod weather;

use crate::audit::record::Record;
use crate::breaks::Break;
use crate::dice::Dice;
use crate::disk::{Stop, seed_sqlite};
use crate::shop::{opening, warehouse};
use crate::trace::Trace;
use crate::wire::{Letter, Reply};
use engine::terminal::TerminalIdentity;
use ledger::id::OpId;
use queue::Queue;
use server::Server;
use std::fmt::Arguments;
use stranger::Stranger;
use till::Till;
use uuid::Uuid;
use weather::Weather;

/// When the world begins: some morning in 2026.
const BEGIN_MS: i64 = 1_767_225_600_000;
/// Phones in the shop at the beginning: few, so that tills meet.
const PHONES: usize = 12;
/// A run of a few thousand events is usual. One that does not end is a finding, too.
const EVENTS_MAX: u64 = 100_000;
/// How long things go wrong.
const TROUBLE_MS: (i64, i64) = (120_000, 480_000);

/// Something that is going to happen. Machines are named by their index.
pub(crate) enum Event {
    /// Somebody does something at a till.
    Work(usize),
    /// A till looks what to ask the hub.
    Look(usize),
    /// A request reaches the hub: from whom, and under which number it waits for the answer.
    AtHub(usize, u64, Letter),
    AtTill(usize, u64, Reply),
    /// Nobody waits for the answer any longer.
    TimeOut(usize, u64),
    Lan(lan::LanEvent),
    /// A machine that stopped, or a program that ended, starts.
    Start(usize),
    StartHub,
    /// The hub answers what it held back.
    Release(u64),
    Mishap,
    /// A trouble of a while is over.
    Relief(mishaps::Relief),
    Strange,
    Backup,
    Heal,
    /// Whether everything is told and learnt.
    LookRound,
}

/// What one run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scenario {
    pub seed: u64,
    pub bug: Option<Break>,
    pub shown: bool,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    pub findings: Vec<String>,
    pub trace: u64,
    pub events: u64,
    pub promises: usize,
    pub conflicts: usize,
}

pub struct World {
    now_ms: i64,
    queue: Queue,
    dice: Dice,
    weather: Weather,
    bug: Option<Break>,
    tills: Vec<Till>,
    server: Server,
    stranger: Option<Stranger>,
    held: Vec<net::Held>,
    flights: u64,
    /// No till of the shop reaches the hub.
    is_line_cut: bool,
    record: Record,
    trace: Trace,
    /// Since when nothing goes wrong any more.
    healed_ms: Option<i64>,
    replayed: bool,
    is_quiet: bool,
    /// When the disks are to be looked at again.
    look_at_disks_ms: i64,
    events: u64,
}

impl World {
    pub fn run(scenario: Scenario) -> Ending {
        let mut world = World::new(scenario);
        while world.record.findings.is_empty() && !world.is_quiet {
            let Some((at_ms, event)) = world.queue.next() else { break };
            world.now_ms = world.now_ms.max(at_ms);
            world.events += 1;
            world.happen(event);
            if world.events == EVENTS_MAX {
                world.record.find(format!("it goes on and on: {EVENTS_MAX} events and no end"));
            }
        }
        world.end()
    }

    fn new(scenario: Scenario) -> World {
        let Scenario { seed, bug, shown } = scenario;
        seed_sqlite(seed);
        let mut dice = Dice::new(seed);
        let weather = Weather::of(&mut dice);
        let mut world = World {
            now_ms: BEGIN_MS,
            queue: Queue::default(),
            server: Server::new(dice.fork(), bug),
            stranger: None,
            weather,
            bug,
            tills: Vec::new(),
            held: Vec::new(),
            flights: 0,
            is_line_cut: false,
            record: Record::default(),
            trace: Trace::new(BEGIN_MS, shown),
            healed_ms: None,
            replayed: false,
            is_quiet: false,
            look_at_disks_ms: 0,
            events: 0,
            dice,
        };
        world.found();
        world
    }

    fn found(&mut self) {
        let weather = format!("{:?}", self.weather);
        self.say(format_args!("{weather}"));
        self.server.open().expect("a new hub on a new disk opens");
        let hub = &mut self.server.hub.as_mut().expect("it was opened").store;
        for (number, body) in (1..).zip(opening(PHONES)) {
            let id = OpId(Uuid::from_u128(number));
            hub.submit(BEGIN_MS, id, body).expect("a new disk takes ops");
        }
        let tills = self.dice.between(2, 4) as u8;
        for number in 1..=tills {
            let identity = self.enrol(number);
            let till = Till::new(&identity.terminal.to_string(), identity, self.dice.fork(), PHONES);
            self.tills.push(till);
            self.plan(0, Event::Start(usize::from(number) - 1));
        }
        if self.weather.mishaps.contains(&weather::Mishap::Stranger) {
            let identity = self.enrol(tills + 1);
            self.stranger = Some(Stranger::new(identity, self.dice.fork()));
            self.plan(10_000, Event::Strange);
        }
        if self.weather.peers {
            self.mend_line();
        }
        let trouble_ms = self.dice.between(TROUBLE_MS.0, TROUBLE_MS.1);
        self.plan(self.weather.mishap_every_ms, Event::Mishap);
        self.plan(30_000, Event::Backup);
        self.plan(trouble_ms, Event::Heal);
    }

    fn enrol(&mut self, number: u8) -> TerminalIdentity {
        let hub = &mut self.server.hub.as_mut().expect("it was opened").store;
        let enrolled = hub.add_device(BEGIN_MS, &format!("till {number}"), &warehouse(), [number; 32]).expect("a new disk takes terminals");
        TerminalIdentity { terminal: enrolled.terminal, incarnation: enrolled.incarnation, warehouse: enrolled.warehouse, hub: "hub".into() }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Work(at) => self.work(at),
            Event::Look(at) => self.look(at),
            Event::AtHub(from, flight, letter) => self.at_hub(from, flight, letter),
            Event::AtTill(at, flight, reply) => self.at_till(at, flight, &reply),
            Event::TimeOut(at, flight) => self.time_out(at, flight),
            Event::Lan(event) => self.in_lan(event),
            Event::Start(at) => self.start(at),
            Event::StartHub => self.start_hub(),
            Event::Release(flight) => self.release(flight),
            Event::Mishap => self.mishap(),
            Event::Relief(relief) => self.relieve(relief),
            Event::Strange => self.strange(),
            Event::Backup => self.back_up(),
            Event::Heal => self.heal(),
            Event::LookRound => self.look_round(),
        }
    }

    fn plan(&mut self, in_ms: i64, event: Event) {
        self.queue.plan(self.now_ms.saturating_add(in_ms), event);
    }

    fn say(&mut self, what: Arguments<'_>) {
        self.trace.say(self.now_ms, what);
    }

    fn is_healed(&self) -> bool {
        self.healed_ms.is_some()
    }

    /// Starts the hub's machine, if it stopped, and the program on it.
    fn start_hub(&mut self) {
        if self.server.hub.is_some() {
            return;
        }
        if self.server.disk.is_stopped() {
            self.server.disk.restart(self.server.stop);
        }
        match self.server.open() {
            Ok(()) => {
                self.say(format_args!("hub: opened"));
                let image = self.server.disk.image();
                self.record.hub_reopened(&image);
            }
            Err(fault) => {
                self.say(format_args!("hub: does not open: {}", short(&fault)));
                self.plan(5_000, Event::StartHub);
            }
        }
    }

    fn back_up(&mut self) {
        if let Some(hub) = &mut self.server.hub
            && let Ok(number) = hub.store.op_count()
        {
            let image = self.server.disk.image();
            self.server.backups.push(image);
            // A backup that was verified may be told; one that cannot be noted is merely not told of.
            let _ = hub.store.mark_safe(number);
            self.say(format_args!("hub: backed up {number} ops"));
        }
        if !self.is_healed() {
            self.plan(60_000, Event::Backup);
        }
    }
}

/// A fault without the path of its disk, which is another in each run of one process.
fn short(fault: &engine::fault::Fault) -> String {
    let text = format!("{fault:?}");
    text.split([' ', '(']).next().unwrap_or_default().to_owned()
}

/// Kills and power cuts are as likely.
fn any_stop(dice: &mut Dice) -> Stop {
    if dice.one_in(2) { Stop::Kill } else { Stop::PowerCut }
}
