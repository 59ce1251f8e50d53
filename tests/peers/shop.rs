//! A shop whose hub is a database that nobody serves: it names the terminals, and is away.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use counterfoil::app::PeerNews;
use counterfoil::config::LanConfig;
use counterfoil::identity::{DeviceKey, Identity};
use counterfoil::peers;
use counterfoil::writer::{Answer, Command, UnitFacts, Writer};
use ed25519_dalek::SigningKey;
use engine::hub::{HubReader, HubStore, SnapshotHead};
use engine::port::{Ids as _, RandomIds};
use engine::terminal::TerminalStore;
use ledger::cart::{Candidate, Cart, Vantage};
use ledger::catalogue::{OperatorsChange, ProductsChange};
use ledger::id::{OpId, TerminalId};
use ledger::money::Money;
use ledger::op::{Body, Hash};
use ledger::payment::{Payment, PaymentMethod};
use ledger::role::Role;
use ledger::row::{Operator, Product, SerialPolicy, Settings, UnitStatus};
use ledger::sale::SoldUnit;
use ledger::serial::Serial;
use ledger::stock_in::{StockIn, StockInLine};
use ledger::sync::message::{Answer as HubAnswer, Request};
use ledger::sync::uplink::Ask;
use ledger::sync::wire::{EnrolAnswer, SnapshotManifest};
use ledger::verdict::Outcome;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Nothing two terminals tell each other takes longer, on the slowest machine.
const LIMIT: Duration = Duration::from_secs(60);
const WAREHOUSE: &str = "main";

pub struct Shop {
    folder: TempDir,
    pub hub: HubStore,
}

/// A terminal that is enrolled and has its catalogue, but is off.
#[derive(Clone)]
pub struct Prepared {
    pub identity: Identity,
    folder: PathBuf,
}

/// A running terminal without a screen.
pub struct Till {
    prepared: Prepared,
    writer: Option<Writer>,
    answers: Receiver<Answer>,
    news: Option<Receiver<Vec<PeerNews>>>,
}

pub fn op_id() -> OpId {
    RandomIds.op_id()
}

impl Shop {
    pub fn new() -> Shop {
        let folder = TempDir::new().unwrap();
        let mut hub = HubStore::open(&folder.path().join("hub.db")).unwrap();
        let phone = Product {
            sku: "PHONE".into(),
            name: "Pixel 9".into(),
            codes: Vec::new(),
            price: Money(50_000),
            policy: SerialPolicy::StockInOut,
            parts: Vec::new(),
            category: String::new(),
            active: true,
        };
        let ana = Operator { id: "ana".into(), name: "Ana".into(), role: Role::Supervisor, pin_hash: String::new(), active: true };
        let serials: Vec<Serial> = (0..4).map(|number| Serial::parse(&format!("A{number}")).unwrap()).collect();
        let line = StockInLine { sku: "PHONE".into(), quantity: 4, condition: Default::default(), serials };
        let bodies = [
            Body::Products(ProductsChange { products: vec![phone] }),
            Body::Operators(OperatorsChange { operators: vec![ana] }),
            Body::StockIn(StockIn { number: "HUB-1".into(), warehouse: WAREHOUSE.into(), lines: vec![line] }),
        ];
        for body in bodies {
            assert_eq!(hub.submit(1, op_id(), body).unwrap(), Outcome::Applied);
        }
        Shop { folder, hub }
    }

    /// An address where nobody listens.
    pub fn address(&mut self) -> SocketAddr {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
    }

    /// A terminal with a name and a key of its own.
    pub fn enrol(&mut self, name: &str) -> Prepared {
        let device = DeviceKey::generate();
        let terminal = self.add_key(name, BASE64.decode(device.public()).unwrap().try_into().unwrap());
        let hub_key = SigningKey::from_bytes(&[7; 32]).verifying_key();
        let answer = EnrolAnswer {
            terminal: terminal.clone(),
            name: name.into(),
            incarnation: 1,
            warehouse: WAREHOUSE.into(),
            hub: self.hub.identity().unwrap().id,
            hub_key: BASE64.encode(hub_key.as_bytes()),
        };
        let folder = self.folder.path().join(terminal.as_str());
        std::fs::create_dir_all(&folder).unwrap();
        Prepared { identity: Identity::new("http://hub.invalid", &device, &answer), folder }
    }

    /// Makes a key known to the hub.
    pub fn add_key(&mut self, name: &str, key: [u8; 32]) -> TerminalId {
        self.hub.add_device(1, name, &WAREHOUSE.into(), key).unwrap().terminal
    }

    /// The terminal has spoken to the hub once: it has the catalogue, and knows who its peers are.
    pub fn greet(&mut self, till: &Prepared) {
        let (mut store, _) = TerminalStore::open(&till.folder, &till.identity.for_store()).unwrap();
        let Some(Request::Hello(hello)) = store.request(Ask::Hello, 1).unwrap() else { panic!("a greeting") };
        let answer = self.hub.hello(1, &till.identity.terminal, &hello).unwrap();
        store.take(&Request::Hello(hello), &HubAnswer::Hello(answer), 1).unwrap().end.unwrap();
        let file = till.folder.join("snapshot.tmp");
        let mut reader = HubReader::open(&self.folder.path().join("hub.db")).unwrap();
        let SnapshotHead { cursor, contained, parked, log, sum } = reader.snapshot(&file).unwrap();
        let unpacked_bytes = std::fs::metadata(&file).unwrap().len();
        let manifest = SnapshotManifest { feed: cursor.feed, pos: cursor.pos, sha256: Hash::default(), bytes: 0, unpacked_bytes, contained, parked, log, sum };
        store.install_snapshot(&file, &manifest).unwrap();
    }
}

impl Prepared {
    pub fn start(self, listen: SocketAddr, peers: Vec<String>) -> Till {
        let mut till = self.start_alone();
        let (sender, news) = channel();
        let writer = till.writer.as_ref().unwrap().handle();
        peers::start(LanConfig { listen, peers }, &till.prepared.identity, writer, move |news| drop(sender.send(news))).unwrap();
        till.news = Some(news);
        till
    }

    /// Without ears or mouth, and with an open shift.
    pub fn start_alone(self) -> Till {
        let (sender, answers) = channel();
        let writer = Writer::start(&self.folder, &self.identity.for_store(), move |answer| drop(sender.send(answer))).unwrap();
        let till = Till { prepared: self, writer: Some(writer), answers, news: None };
        till.order(Command::OpenShift { op: op_id(), actor: "ana".into(), opening_float: Money(0) });
        let answer = till.answer();
        assert!(matches!(answer, Answer::Shift(_) | Answer::Refused(_)), "{answer:?}");
        till
    }
}

impl Till {
    /// Ends in order and starts again.
    pub fn restart(mut self, listen: SocketAddr, peers: Vec<String>) -> Till {
        self.writer.take().unwrap().stop();
        self.prepared.clone().start(listen, peers)
    }

    fn order(&self, command: Command) {
        assert!(self.writer.as_ref().unwrap().handle().send(command).is_ok());
    }

    fn answer(&self) -> Answer {
        self.answers.recv_timeout(LIMIT).unwrap()
    }

    /// The next answer to what was ordered, whatever the peers cause to be told meanwhile.
    fn reply(&self) -> Answer {
        loop {
            match self.answer() {
                Answer::SoldTwice { .. } | Answer::Outbox(_) => {}
                other => return other,
            }
        }
    }

    #[track_caller]
    pub fn news(&mut self, what: &str, wanted: impl Fn(&[PeerNews]) -> bool) {
        let (until, mut last) = (Instant::now() + LIMIT, Vec::new());
        let news = self.news.as_ref().unwrap();
        while !wanted(&last) {
            let Ok(next) = news.recv_timeout(until.saturating_duration_since(Instant::now())) else { panic!("waited in vain for {what}: {last:?}") };
            last = next;
        }
    }

    fn settle(&mut self, name: &str) -> Answer {
        self.order(Command::Resolve { text: name.into() });
        let Answer::Resolved(found) = self.reply() else { panic!("an answer to {name}") };
        let facts = &found.units[0];
        let serial = Serial::parse(name).unwrap();
        let mut cart = Cart::new(op_id());
        let settings = Settings::default();
        cart.add(&facts.product, &[], &settings).unwrap();
        let candidate = Candidate { product: &facts.product, serial: &serial, unit: Some(&facts.unit), ver: facts.ver, reserved: None, confirmed: false };
        let vantage = Vantage { settings: &settings, warehouse: &WAREHOUSE.into(), age_ms: None };
        if cart.take_unit(0, candidate, vantage).is_err() {
            // The cart says no already; the store has to as well.
            cart.lines[0].units.push(SoldUnit { sku: "PHONE".into(), serial, believed: facts.ver, confirmed: false });
        }
        cart.payments = vec![Payment { method: PaymentMethod::Cash, amount: Money(50_000), reference: String::new() }];
        self.order(Command::Settle { cart, actor: "ana".into() });
        self.reply()
    }

    #[track_caller]
    pub fn sell(&mut self, name: &str) {
        let answer = self.settle(name);
        assert!(matches!(answer, Answer::Settled(_)), "{answer:?}");
    }

    #[track_caller]
    pub fn refused(&mut self, name: &str) -> &'static str {
        match self.settle(name) {
            Answer::Refused(refusal) => refusal.code(),
            other => panic!("{other:?}"),
        }
    }

    /// Looks again and again until the unit is so.
    #[track_caller]
    pub fn sees(&mut self, name: &str, status: UnitStatus) {
        let until = Instant::now() + LIMIT;
        while self.status(name) != status {
            assert!(Instant::now() < until, "{name} is not {status:?}");
        }
    }

    pub fn status(&mut self, name: &str) -> UnitStatus {
        self.facts(name).unit.status
    }

    fn facts(&mut self, name: &str) -> UnitFacts {
        self.order(Command::Resolve { text: name.into() });
        let Answer::Resolved(mut found) = self.reply() else { panic!("an answer to {name}") };
        found.units.remove(0)
    }

    /// Puts the unit into the cart on the screen.
    pub fn take(&mut self, name: &str) {
        let facts = self.facts(name);
        let (serial, settings) = (Serial::parse(name).unwrap(), Settings::default());
        let mut cart = Cart::new(op_id());
        cart.add(&facts.product, &[], &settings).unwrap();
        cart.lines[0].units.push(SoldUnit { sku: "PHONE".into(), serial, believed: facts.ver, confirmed: false });
        self.order(Command::KeepCart(cart));
    }

    /// Looks again and again until the unit lies in another till's cart; answers whose.
    #[track_caller]
    pub fn sees_reserved(&mut self, name: &str) -> TerminalId {
        let until = Instant::now() + LIMIT;
        loop {
            if let Some(terminal) = self.facts(name).reserved {
                return terminal;
            }
            assert!(Instant::now() < until, "{name} is in nobody's cart");
        }
    }

    /// Waits to be told that a unit was sold twice; answers its serial.
    pub fn told_twice(&mut self) -> String {
        loop {
            if let Answer::SoldTwice { serials, .. } = self.answer() {
                return serials;
            }
        }
    }
}

impl Drop for Till {
    fn drop(&mut self) {
        if let Some(writer) = self.writer.take() {
            writer.stop();
        }
    }
}
