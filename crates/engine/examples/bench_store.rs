//! How long a terminal's store takes, beside what the disk itself takes. One line a measurement:
//! `figure`, name, value, unit. `cargo run --release -p engine --example bench_store [FOLDER [ingest]]`; the
//! folder decides which disk is measured, and the word leaves everything out but the feed.

use engine::rows;
use engine::sql::{Sql, transaction};
use engine::sqlite::{Durability, Sqlite};
use engine::terminal::{TerminalIdentity, TerminalStore};
use ledger::cart::{Candidate, Cart, Vantage};
use ledger::id::{OpId, OperatorId, Sku, TerminalId};
use ledger::money::Money;
use ledger::op::{Body, Hash, Stamp};
use ledger::payment::{Payment, PaymentMethod};
use ledger::role::Role;
use ledger::row::{DocumentRef, Operator, Product, Row, SerialPolicy, Unit, UnitStatus};
use ledger::serial::Serial;
use ledger::shift::ShiftOpen;
use ledger::stock_in::{StockIn, StockInLine};
use ledger::sync::wire::{FeedRow, LogHead, PULL_ROWS_MAX, PullAnswer, ScopeSum, SignedHead, SnapshotManifest};
use ledger::verdict::Verdict;
use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

type Done<T> = Result<T, Box<dyn Error>>;

const SALES: u64 = 1_000;
const LOOK_UPS: u64 = 20_000;
const PRODUCTS: u64 = 5_000;
/// Units of one SKU that come with one stock-in list.
const LIST_UNITS: u64 = 200;
const SEARCHES: usize = 200;
const INGESTED: u64 = 100_000;

fn main() -> Done<()> {
    let base = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let dir = tempfile::TempDir::new_in(base)?;
    if std::env::args().nth(2).as_deref() == Some("ingest") {
        return ingest(&dir.path().join("ingest"));
    }
    disk(dir.path())?;
    for units in [10_000, 1_000_000] {
        let mut store = shop(&dir.path().join(units.to_string()), units)?;
        look_ups(&mut store, units)?;
        sales(&mut store, units)?;
        if units == 1_000_000 {
            searches(&mut store)?;
            stock_in(&mut store)?;
        }
    }
    ingest(&dir.path().join("ingest"))
}

/// What everything else is measured against: one page appended and synced.
fn disk(dir: &Path) -> Done<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(dir.join("raw"))?;
    let times = measure(SALES, |_| {
        file.write_all(&[7; 4096])?;
        Ok(file.sync_data()?)
    })?;
    report("raw_write_fdatasync", times);
    Ok(())
}

/// A terminal that fetched a snapshot of so many units.
fn shop(dir: &Path, units: u64) -> Done<TerminalStore> {
    fs::create_dir_all(dir)?;
    let file = dir.join("snapshot.tmp");
    let began = Instant::now();
    let mut sql = Sqlite::open(&file, Durability::Scratch)?;
    sql.schema(rows::SCHEMA)?;
    transaction(&mut sql, |sql| {
        people_and_products().iter().try_for_each(|row| rows::save(sql, row, Some(1), 1))?;
        (0..units).try_for_each(|number| rows::save(sql, &Row::Unit(unit(number)), Some(1), number))
    })?;
    drop(sql);
    line(&format!("snapshot_build_{units}"), began.elapsed().as_secs_f64(), "s");
    let unpacked_bytes = fs::metadata(&file)?.len();
    let manifest = SnapshotManifest {
        feed: "bench".into(),
        pos: units,
        sha256: Hash::default(),
        bytes: 0,
        unpacked_bytes,
        contained: Vec::new(),
        parked: Vec::new(),
        log: LogHead::default(),
        sum: ScopeSum::default(),
    };
    let identity = TerminalIdentity { terminal: TerminalId::from("T01"), incarnation: 1, warehouse: "main".into(), hub: "hub".into() };
    let (mut store, _) = TerminalStore::open(dir, &identity)?;
    let began = Instant::now();
    store.install_snapshot(&file, &manifest)?;
    line(&format!("snapshot_install_{units}"), began.elapsed().as_secs_f64(), "s");
    let open = Body::ShiftOpen(ShiftOpen { number: "T01-S000001".into(), opening_float: Money(0) });
    expect(&store.submit(op(1), &ana(), None, open, Stamp::default())?.verdict)?;
    Ok(store)
}

fn look_ups(store: &mut TerminalStore, units: u64) -> Done<()> {
    let mut number = 1;
    let times = measure(LOOK_UPS, |_| {
        number = scatter(number) % units;
        let (sku, serial) = name(number);
        store.unit(&sku, &serial)?.ok_or("a unit of the snapshot")?;
        Ok(())
    })?;
    report(&format!("unit_look_up_{units}"), times);
    let times = measure(LOOK_UPS, |_| {
        number = scatter(number) % units;
        let (_, serial) = name(number);
        if store.resolve(serial.as_str())?.units.len() != 1 {
            return Err("one unit by its serial".into());
        }
        Ok(())
    })?;
    report(&format!("scan_resolve_{units}"), times);
    Ok(())
}

/// Durable sales of one unit each. The cart is made outside of the time.
fn sales(store: &mut TerminalStore, units: u64) -> Done<()> {
    let settings = store.settings()?;
    let vantage = Vantage { settings: &settings, warehouse: &"main".into(), age_ms: Some(0) };
    let mut times = Vec::new();
    for number in 0..SALES {
        let (sku, serial) = name(number * (units / SALES));
        let product = store.product(&sku)?.ok_or("a product")?;
        let (unit, ver) = store.unit(&sku, &serial)?.ok_or("a unit")?;
        let mut cart = Cart::new(op(1_000 + number));
        let index = cart.add(&product, &[], &settings).map_err(|refusal| refusal.to_string())?;
        let candidate = Candidate { product: &product, serial: &serial, unit: Some(&unit), ver, reserved: None, confirmed: false };
        cart.take_unit(index, candidate, vantage).map_err(|refusal| refusal.to_string())?;
        cart.payments = vec![Payment { method: PaymentMethod::Cash, amount: product.price, reference: String::new() }];
        let began = Instant::now();
        let verdict = store.settle(&cart, &ana(), Stamp::default())?.verdict;
        times.push(began.elapsed());
        expect(&verdict)?;
    }
    report(&format!("sale_commit_{units}"), times);
    Ok(())
}

fn searches(store: &mut TerminalStore) -> Done<()> {
    store.search("warm", 50)?;
    let times = measure(SEARCHES as u64, |number| {
        store.search(&format!("thing {}", number % 100), 50)?;
        Ok(())
    })?;
    report(&format!("search_{PRODUCTS}_products"), times);
    Ok(())
}

fn stock_in(store: &mut TerminalStore) -> Done<()> {
    let serials = |from: u64, count: u64| (from..from + count).map(|n| Serial::parse(&format!("NEW{n:07}"))).collect::<Result<Vec<_>, _>>();
    let line_of = |sku: &str, from, count: u32| {
        let serials = serials(from, u64::from(count)).map_err(|refusal| refusal.to_string())?;
        Ok::<_, String>(StockInLine { sku: sku.into(), quantity: count, condition: Default::default(), serials })
    };
    let lines = vec![line_of("P00001", 0, 9_000)?, line_of("P00002", 9_000, 1_000)?];
    let body = Body::StockIn(StockIn { number: "T01-IN000001".into(), warehouse: "main".into(), lines });
    let began = Instant::now();
    expect(&store.submit(op(500_000), &ana(), None, body, Stamp::default())?.verdict)?;
    line("stock_in_10000_units", began.elapsed().as_secs_f64() * 1_000.0, "ms");
    Ok(())
}

/// A fresh terminal that takes everything from the feed.
fn ingest(dir: &Path) -> Done<()> {
    let identity = TerminalIdentity { terminal: TerminalId::from("T01"), incarnation: 1, warehouse: "main".into(), hub: "hub".into() };
    let (mut store, _) = TerminalStore::open(dir, &identity)?;
    let pages: Vec<PullAnswer> = (0..INGESTED).step_by(PULL_ROWS_MAX).map(page).collect::<Result<_, _>>()?;
    let began = Instant::now();
    for page in &pages {
        store.ingest(page, 0)?;
    }
    line("ingest", INGESTED as f64 / began.elapsed().as_secs_f64(), "rows/s");
    Ok(())
}

fn page(from: u64) -> Done<PullAnswer> {
    let to = from + PULL_ROWS_MAX as u64;
    let row = |number| {
        let row = Row::Unit(unit(number));
        let data = serde_json::value::RawValue::from_string(row.to_json())?;
        Ok(FeedRow { pos: number + 1, table: row.key().table(), key: row.key().text(), ver: 1, data: Some(data) })
    };
    let rows = (from..to).map(row).collect::<Done<_>>()?;
    Ok(PullAnswer {
        feed: "bench".into(),
        rows,
        next: to,
        up_to_date: to >= INGESTED,
        contained: Vec::new(),
        sum: None,
        parked: Vec::new(),
        resettled: Vec::new(),
        known: None,
        hub_time_ms: 0,
        head: SignedHead::default(),
    })
}

fn people_and_products() -> Vec<Row> {
    let ana = Operator { id: ana(), name: "Ana".into(), role: Role::Cashier, pin_hash: String::new(), active: true };
    let product = |number: u64| Product {
        sku: Sku::new(format!("P{number:05}")),
        name: format!("Some thing {number} of model {}", scatter(number) % 1_000),
        codes: vec![format!("400{number:010}")],
        price: Money(999),
        policy: SerialPolicy::StockInOut,
        parts: Vec::new(),
        category: String::new(),
        active: true,
    };
    (0..PRODUCTS).map(|number| Row::Product(product(number))).chain([Row::Operator(ana)]).collect()
}

fn unit(number: u64) -> Unit {
    let (sku, serial) = name(number);
    let came = DocumentRef { op: op(number), number: "T01-IN000001".into(), at_ms: 1, ..DocumentRef::default() };
    Unit {
        sku,
        serial,
        status: UnitStatus::InStock,
        condition: Default::default(),
        warehouse: "main".into(),
        notes: String::new(),
        created_at_ms: 1,
        came: Some(came),
        left: None,
        disputes: 0,
    }
}

fn name(number: u64) -> (Sku, Serial) {
    let serial = Serial::parse(&format!("SN{:010}", number * 7_368_787_713 % 10_000_000_000)).expect("digits keep the rule");
    (Sku::new(format!("P{:05}", number / LIST_UNITS % PRODUCTS)), serial)
}

/// A fixed spread of numbers, so that neighbours are not stored as neighbours.
fn scatter(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 8
}

fn op(number: u64) -> OpId {
    OpId(uuid::Uuid::from_u128(u128::from(number)))
}

fn ana() -> OperatorId {
    OperatorId::from("ana")
}

fn expect(verdict: &Verdict) -> Done<()> {
    if *verdict == Verdict::Applied { Ok(()) } else { Err(format!("{verdict:?}").into()) }
}

fn measure(times: u64, mut work: impl FnMut(u64) -> Done<()>) -> Done<Vec<Duration>> {
    let one = |number| {
        let began = Instant::now();
        work(number)?;
        Ok(began.elapsed())
    };
    (0..times).map(one).collect()
}

fn report(name: &str, mut times: Vec<Duration>) {
    times.sort();
    for (quantile, share) in [("p50", 50), ("p99", 99)] {
        line(&format!("{name}_{quantile}"), times[times.len() * share / 100].as_secs_f64() * 1e6, "us");
    }
}

fn line(name: &str, value: f64, unit: &str) {
    println!("figure {name} {value:.1} {unit}");
}
