//! A small shop, and a terminal in it.

use engine::fault::Fault;
use engine::terminal::{Recovery, Submitted, TerminalIdentity, TerminalStore};
use ledger::cart::{Candidate, Cart, Vantage};
use ledger::id::{DocumentNumber, OpId, OperatorId, Sku, TerminalId};
use ledger::money::Money;
use ledger::op::{Body, Hash, Op, SealedOp, Stamp};
use ledger::payment::{Payment, PaymentMethod};
use ledger::role::Role;
use ledger::row::{Operator, Part, Product, Row, SerialPolicy, Settings, Stock, Unit, UnitStatus};
use ledger::serial::Serial;
use ledger::shift::ShiftOpen;
use ledger::sync::wire::{Contained, FeedRow, PullAnswer, PushAnswer, SignedHead};
use ledger::verdict::Verdict;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub const FEED: &str = "feed-1";

pub fn identity() -> TerminalIdentity {
    TerminalIdentity { terminal: TerminalId::from("T01"), incarnation: 1, warehouse: "main".into(), hub: "hub".into() }
}

pub fn op_id(number: u128) -> OpId {
    OpId(uuid::Uuid::from_u128(number))
}

pub fn serial(text: &str) -> Serial {
    Serial::parse(text).unwrap()
}

pub fn ana() -> OperatorId {
    OperatorId::from("ana")
}

pub fn stamp(wall_ms: i64) -> Stamp {
    Stamp { wall_ms, ..Stamp::default() }
}

pub fn product(sku: &str, name: &str, policy: SerialPolicy) -> Product {
    Product {
        sku: sku.into(),
        name: name.into(),
        codes: vec![format!("code-{sku}")],
        price: Money(50_000),
        policy,
        parts: Vec::new(),
        category: String::new(),
        active: true,
    }
}

pub fn unit(sku: &str, name: &str) -> Unit {
    Unit {
        sku: sku.into(),
        serial: serial(name),
        status: UnitStatus::InStock,
        condition: Default::default(),
        warehouse: "main".into(),
        notes: String::new(),
        created_at_ms: 1,
        came: None,
        left: None,
        disputes: 0,
    }
}

/// Settings, a cashier and a supervisor, three products and a combination, `units` phones A0, A1 ….
pub fn scene(units: usize) -> Vec<Row> {
    let operator = |id: &str, role| Row::Operator(Operator { id: id.into(), name: id.into(), role, pin_hash: String::new(), active: true });
    let mut set = product("SET", "Phone set", SerialPolicy::Off);
    set.parts = vec![Part { sku: "PHONE".into(), quantity: 1 }, Part { sku: "CABLE".into(), quantity: 1 }];
    let mut rows = vec![
        Row::Settings(Settings { shop: "Corner".into(), ..Settings::default() }),
        operator("ana", Role::Cashier),
        operator("sam", Role::Supervisor),
        Row::Product(product("PHONE", "Pixel 9", SerialPolicy::StockInOut)),
        Row::Product(product("CABLE", "Cable", SerialPolicy::AtStockOut)),
        Row::Product(product("CASE", "Case", SerialPolicy::Off)),
        Row::Product(set),
        Row::Stock(Stock { sku: "PHONE".into(), warehouse: "main".into(), quantity: units as i64 }),
    ];
    rows.extend((0..units).map(|number| Row::Unit(unit("PHONE", &format!("A{number}")))));
    rows
}

pub fn feed_row(pos: u64, ver: u64, row: &Row) -> FeedRow {
    let data = serde_json::value::RawValue::from_string(row.to_json()).unwrap();
    FeedRow { pos, table: row.key().table(), key: row.key().text(), ver, data: Some(data) }
}

/// A page whose rows all have version `ver`; the last of the feed for now.
pub fn page(rows: &[Row], after: u64, ver: u64, own_seq: u64) -> PullAnswer {
    let rows: Vec<FeedRow> = rows.iter().zip(after + 1..).map(|(row, pos)| feed_row(pos, ver, row)).collect();
    let next = after + rows.len() as u64;
    PullAnswer {
        feed: FEED.into(),
        rows,
        next,
        up_to_date: true,
        contained: contained(own_seq),
        sum: None,
        parked: Vec::new(),
        resettled: Vec::new(),
        known: None,
        hub_time_ms: 0,
        head: SignedHead::default(),
    }
}

/// The rows contain the own ops up to here.
pub fn contained(own_seq: u64) -> Vec<Contained> {
    vec![Contained { device: identity().terminal, incarnation: identity().incarnation, seq: own_seq }]
}

/// A terminal in its own folder.
pub struct Counter {
    pub dir: TempDir,
    pub store: TerminalStore,
}

impl Counter {
    /// With the scene known, no shift yet.
    pub fn new(units: usize) -> Counter {
        let dir = TempDir::new().unwrap();
        let (mut store, told) = TerminalStore::open(dir.path(), &identity()).unwrap();
        assert_eq!(told, []);
        store.ingest(&page(&scene(units), 0, 1, 0), 0).unwrap();
        Counter { dir, store }
    }

    /// With a shift open: op 1.
    pub fn open_for_business(units: usize) -> Counter {
        let mut counter = Counter::new(units);
        assert_eq!(open_shift(&mut counter.store).unwrap().verdict, Verdict::Applied);
        counter
    }

    /// Closes in order and opens again.
    pub fn restart(self) -> (Counter, Vec<Recovery>) {
        let Counter { dir, store } = self;
        drop(store);
        let (store, told) = TerminalStore::open(dir.path(), &identity()).unwrap();
        (Counter { dir, store }, told)
    }

    /// What a killed process leaves, opened: a copy of the folder as it is now.
    pub fn killed(&self) -> PathBuf {
        let copy = self.dir.path().join("killed");
        copy_dir(self.dir.path(), &copy);
        copy
    }
}

pub fn open_shift(store: &mut TerminalStore) -> Result<Submitted, Fault> {
    let body = Body::ShiftOpen(ShiftOpen { number: DocumentNumber::from("T01-S000001"), opening_float: Money(10_000) });
    store.submit(op_id(1), &ana(), None, body, stamp(1_000))
}

/// A cart with one phone, paid in cash. Its op id is made from `number`.
pub fn cart(store: &mut TerminalStore, number: u128, name: &str) -> Cart {
    let settings = store.settings().unwrap();
    let phone = store.product(&Sku::from("PHONE")).unwrap().unwrap();
    let mut cart = Cart::new(op_id(number));
    let line = cart.add(&phone, &[], &settings).unwrap();
    let serial = serial(name);
    let found = store.unit(&phone.sku, &serial).unwrap();
    let ver = found.as_ref().and_then(|(_, ver)| *ver);
    let vantage = Vantage { settings: &settings, warehouse: &"main".into(), age_ms: Some(0) };
    // A unit that may not be sold is put on all the same: the store has to notice.
    let _ = cart.take_unit(line, Candidate { product: &phone, serial: &serial, unit: None, ver, reserved: None, confirmed: false }, vantage);
    if cart.lines[0].units.is_empty() {
        cart.lines[0].units.push(ledger::sale::SoldUnit { sku: phone.sku.clone(), serial, believed: ver, confirmed: false });
    }
    cart.payments = vec![Payment { method: PaymentMethod::Cash, amount: Money(50_000), reference: String::new() }];
    cart
}

pub fn sell(store: &mut TerminalStore, number: u128, name: &str) -> Result<Submitted, Fault> {
    let cart = cart(store, number, name);
    store.settle(&cart, &ana(), stamp(1_000 + number as i64))
}

/// Sells A0, A1 … as ops 2, 3 ….
pub fn sell_many(store: &mut TerminalStore, count: usize) {
    for number in 0..count {
        assert_eq!(sell(store, 100 + number as u128, &format!("A{number}")).unwrap().verdict, Verdict::Applied);
    }
}

/// All own ops, with their chain checked link by link.
pub fn chain(store: &mut TerminalStore) -> Vec<Op> {
    store.rewind(0).unwrap();
    let sealed: Vec<SealedOp> = match store.next_push(10_000, usize::MAX, 0).unwrap() {
        Some(push) => push.ops,
        None => Vec::new(),
    };
    let mut prev = Hash::default();
    let mut ops = Vec::new();
    for (sealed, seq) in sealed.iter().zip(1..) {
        assert_eq!(Hash::of(&sealed.bytes), sealed.hash, "op {seq} has its hash");
        let op = Op::read(&sealed.bytes).unwrap();
        assert_eq!((op.seq, op.prev), (seq, prev), "op {seq} follows the one before");
        prev = sealed.hash;
        ops.push(op);
    }
    ops
}

pub fn status(store: &mut TerminalStore, sku: &str, name: &str) -> Option<UnitStatus> {
    store.unit(&sku.into(), &serial(name)).unwrap().map(|(unit, _)| unit.status)
}

/// The hub says that it has everything up to `seq`.
pub fn acked(seq: u64) -> PushAnswer {
    PushAnswer {
        acked_seq: seq,
        outcomes: Vec::new(),
        expected_seq: None,
        safe_seq: 0,
        next_nonce: String::new(),
        exposed: false,
        hub_time_ms: 0,
        head: SignedHead::default(),
    }
}

/// Copies the files of a folder, not its subfolders.
pub fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap).filter(|entry| entry.file_type().unwrap().is_file()) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Turns one bit of a file over.
pub fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

pub fn cut(path: &Path, length: u64) {
    fs::OpenOptions::new().write(true).open(path).unwrap().set_len(length).unwrap();
}

pub fn length(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}
