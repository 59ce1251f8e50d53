//! How fast a terminal's backlog reaches a hub, and a hub's shop a fresh terminal: real stores on a
//! real disk, real requests over the loopback, both ends durable before they go on. One line a
//! measurement: `figure`, name, value, unit.
//!
//! `cargo run --release -p hub --example bench_push [FOLDER]`; the folder decides which disk is used.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use engine::hub::{Enrolled, HubStore};
use engine::terminal::{DocumentKind, TerminalIdentity, TerminalStore};
use hub::config::Config;
use hub::{HubState, now_ms, serve};
use ledger::cart::{Candidate, Cart};
use ledger::catalogue::{OperatorsChange, ProductsChange};
use ledger::id::{OpId, OperatorId, Sku, WarehouseId};
use ledger::money::Money;
use ledger::op::{Body, Stamp};
use ledger::payment::{Payment, PaymentMethod};
use ledger::role::Role;
use ledger::row::{Operator, Product, SerialPolicy};
use ledger::serial::Serial;
use ledger::shift::ShiftOpen;
use ledger::stock_in::{StockIn, StockInLine, UNITS_MAX};
use ledger::sync::uplink::Ask;
use ledger::sync::wire::*;
use ledger::verdict::{Outcome, Verdict};
use reqwest::{Client, Method};
use serde::de::DeserializeOwned;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

type Done<T> = Result<T, Box<dyn Error>>;

/// Ops of the backlog: one shift and sales of one unit each.
const BACKLOG_OPS: u32 = 10_000;
/// Units in the shop, all of which a fresh terminal is told.
const UNITS: u32 = 100_000;
const PRODUCTS: u32 = 200;
/// Rows of one page, as a terminal asks for them.
const PAGE_ROWS: usize = 1_000;
const WAREHOUSE: &str = "main";
const CASHIER: &str = "ana";

#[tokio::main]
async fn main() -> Done<()> {
    let base = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::TempDir::new_in(base)?;
    let config = Config { data: folder.path().join("hub"), ..Config::default() };
    let keys = [(); 2].map(|()| SigningKey::from_bytes(&random()));
    let enrolled = found(&config, &keys)?;
    let hub = HubState::open(&config)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    let (stop, stopped) = oneshot::channel::<()>();
    let hub_key = hub.key.public();
    let served = tokio::spawn(serve(listener, hub, async move { drop(stopped.await) }));
    let [seller, fresh] = [0, 1].map(|n| Line::new(&base, &keys[n], &enrolled[n], &hub_key));

    let mut store = pull(&folder.path().join("fresh"), &fresh?, &enrolled[1]).await?;
    store.doubtful().iter().for_each(|doubt| eprintln!("doubtful: {doubt:?}"));
    drop(store);
    let seller = seller?;
    store = fetch(&folder.path().join("seller"), &seller, &enrolled[0]).await?;
    sell(&mut store)?;
    push(&mut store, &seller).await?;
    stop.send(()).map_err(|()| "the hub ended by itself")?;
    Ok(served.await??)
}

/// A hub with people, products and units, and a place for each key's terminal.
fn found(config: &Config, keys: &[SigningKey; 2]) -> Done<[Enrolled; 2]> {
    hub::folder::prepare(&config.data)?;
    let mut store = config.database().store()?;
    let cashier = Operator { id: OperatorId::from(CASHIER), name: "Ana".into(), role: Role::Cashier, pin_hash: String::new(), active: true };
    submit(&mut store, Body::Operators(OperatorsChange { operators: vec![cashier] }))?;
    submit(&mut store, Body::Products(ProductsChange { products: (0..PRODUCTS).map(product).collect() }))?;
    for first in (0..UNITS).step_by(UNITS_MAX) {
        submit(&mut store, Body::StockIn(delivery(first)))?;
    }
    let mut add = |name: &str, key: &SigningKey| store.add_device(now_ms(), name, &WAREHOUSE.into(), key.verifying_key().to_bytes());
    Ok([add("Seller", &keys[0])?, add("Fresh", &keys[1])?])
}

fn submit(store: &mut HubStore, body: Body) -> Done<()> {
    match store.submit(now_ms(), random_op(), body)? {
        Outcome::Applied => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}

fn delivery(first: u32) -> StockIn {
    let units: Vec<u32> = (first..first + UNITS_MAX as u32).collect();
    let each = units.len() as u32 / PRODUCTS;
    let line = |product: u32| StockInLine {
        sku: sku(product),
        quantity: each,
        condition: Default::default(),
        serials: units.iter().filter(|unit| *unit % PRODUCTS == product).map(|unit| serial(*unit)).collect(),
    };
    StockIn { number: format!("HUB-{first}").as_str().into(), warehouse: WAREHOUSE.into(), lines: (0..PRODUCTS).map(line).collect() }
}

/// A fresh terminal takes the whole feed.
async fn pull(folder: &Path, line: &Line, enrolled: &Enrolled) -> Done<TerminalStore> {
    let mut store = open(folder, enrolled)?;
    let mut cursor = Cursor { feed: line.hello(&mut store).await?.feed, pos: 0 };
    let (mut rows, began) = (0, Instant::now());
    loop {
        let path = format!("/api/v1/sync/pull?feed={}&after={}&rows={PAGE_ROWS}", cursor.feed, cursor.pos);
        let page: PullAnswer = line.ask(Method::GET, &path, Vec::new()).await?;
        rows += page.rows.len();
        store.ingest(&page, 0)?;
        cursor.pos = page.next;
        if page.up_to_date {
            break;
        }
    }
    figure("pull_rows_per_s", rows as f64 / began.elapsed().as_secs_f64(), "rows/s");
    Ok(store)
}

/// The same by the file that terminals begin with.
async fn fetch(folder: &Path, line: &Line, enrolled: &Enrolled) -> Done<TerminalStore> {
    let mut store = open(folder, enrolled)?;
    let manifest: SnapshotManifest = line.ask(Method::GET, "/api/v1/sync/snapshot", Vec::new()).await?;
    let (status, packed, ..) = line.send(Method::GET, &format!("/api/v1/sync/snapshot/{}", manifest.sha256), Vec::new()).await?;
    let file = folder.join("snapshot.db");
    std::fs::write(&file, zstd::decode_all(&packed[..]).map_err(|e| format!("{status}: {e}"))?)?;
    store.install_snapshot(&file, &manifest)?;
    Ok(store)
}

fn open(folder: &Path, enrolled: &Enrolled) -> Done<TerminalStore> {
    std::fs::create_dir_all(folder)?;
    let identity = TerminalIdentity { terminal: enrolled.terminal.clone(), incarnation: enrolled.incarnation, warehouse: enrolled.warehouse.clone() };
    Ok(TerminalStore::open(folder, &identity)?.0)
}

/// A long offline stretch: each sale durable on the terminal before the next.
fn sell(store: &mut TerminalStore) -> Done<()> {
    let (cashier, settings) = (OperatorId::from(CASHIER), store.settings()?);
    let open = Body::ShiftOpen(ShiftOpen { number: store.next_number(DocumentKind::Shift)?, opening_float: Money(0) });
    expect(&store.submit(random_op(), &cashier, None, open, Stamp::default())?.verdict)?;
    for unit in 1..BACKLOG_OPS {
        let (sku, serial) = (sku(unit % PRODUCTS), serial(unit));
        let product = store.product(&sku)?.ok_or("a product of the snapshot")?;
        let (unit, ver) = store.unit(&sku, &serial)?.ok_or("a unit of the snapshot")?;
        let mut cart = Cart::new(random_op());
        let line = cart.add(&product, &[], &settings).map_err(|refusal| refusal.to_string())?;
        let candidate = Candidate { product: &product, serial: &serial, unit: Some(&unit), ver };
        cart.take_unit(line, candidate, &WarehouseId::from(WAREHOUSE)).map_err(|refusal| refusal.to_string())?;
        cart.payments = vec![Payment { method: PaymentMethod::Cash, amount: product.price, reference: String::new() }];
        expect(&store.settle(&cart, &cashier, Stamp::default())?.verdict)?;
    }
    Ok(())
}

/// Sends everything as the uplink does, one request in flight, each answer noted durably before the
/// next.
async fn push(store: &mut TerminalStore, line: &Line) -> Done<()> {
    let (mut ops, mut waiting_s, began) = (0, 0.0, Instant::now());
    while let Some(push) = store.next_push(PUSH_OPS_MAX, PUSH_BYTES_MAX, 0)? {
        let asked = Instant::now();
        let answer: PushAnswer = line.ask(Method::POST, "/api/v1/sync/push", push.body()).await?;
        waiting_s += asked.elapsed().as_secs_f64();
        if let Some(other) = answer.outcomes.iter().find(|op| op.outcome != Outcome::Applied) {
            return Err(format!("{other:?}").into());
        }
        ops += answer.outcomes.len();
        store.acknowledge(push.head.incarnation, &answer)?;
    }
    let seconds = began.elapsed().as_secs_f64();
    if ops != BACKLOG_OPS as usize || store.outbox_status()?.pending > 0 {
        return Err(format!("{ops} ops went of {BACKLOG_OPS}").into());
    }
    figure("push_ops_per_s", ops as f64 / seconds, "ops/s");
    figure("push_hub_ops_per_s", ops as f64 / waiting_s, "ops/s");
    Ok(())
}

/// One terminal's line to the hub: signs what it asks, checks who answers.
struct Line {
    client: Client,
    base: String,
    terminal: String,
    key: SigningKey,
    hub_key: VerifyingKey,
}

impl Line {
    fn new(base: &str, key: &SigningKey, enrolled: &Enrolled, hub_key: &str) -> Done<Line> {
        let hub_key: [u8; 32] = BASE64.decode(hub_key)?.try_into().map_err(|bytes: Vec<u8>| format!("a key has 32 bytes, this one {}", bytes.len()))?;
        let client = Client::builder().no_proxy().build()?;
        Ok(Line { client, base: base.to_owned(), terminal: enrolled.terminal.to_string(), key: key.clone(), hub_key: VerifyingKey::from_bytes(&hub_key)? })
    }

    async fn hello(&self, store: &mut TerminalStore) -> Done<HelloAnswer> {
        let (_, path, body) = store.request(Ask::Hello, now_ms())?.ok_or("there is always something to say hello with")?.parts();
        self.ask(Method::POST, &path, body).await
    }

    async fn ask<T: DeserializeOwned>(&self, method: Method, path: &str, body: Vec<u8>) -> Done<T> {
        let (status, body, nonce, signature) = self.send(method, path, body).await?;
        let signature = Signature::from_slice(&BASE64.decode(signature.ok_or("an unsigned answer")?)?)?;
        self.hub_key.verify_strict(&signed_answer(&nonce, status, &body), &signature)?;
        if status != 200 {
            return Err(format!("{path}: {status} {}", String::from_utf8_lossy(&body)).into());
        }
        Ok(serde_json::from_slice(&body)?)
    }

    async fn send(&self, method: Method, path: &str, body: Vec<u8>) -> Done<(u16, Vec<u8>, String, Option<String>)> {
        let nonce = BASE64.encode(random::<16>());
        let signature = self.key.sign(&signed_request(method.as_str(), path, &nonce, &body));
        let request = self.client.request(method, format!("{}{path}", self.base)).header(HEADER_TERMINAL, &self.terminal);
        let request = request.header(HEADER_NONCE, &nonce).header(HEADER_SIGNATURE, BASE64.encode(signature.to_bytes()));
        let response = request.body(body).send().await?;
        let signature = response.headers().get(HEADER_SIGNATURE).map(|value| value.to_str().map(str::to_owned)).transpose()?;
        Ok((response.status().as_u16(), response.bytes().await?.to_vec(), nonce, signature))
    }
}

fn product(number: u32) -> Product {
    Product {
        sku: sku(number),
        name: format!("Some thing of model {number}"),
        codes: vec![format!("400{number:010}")],
        price: Money(9_99),
        policy: SerialPolicy::StockInOut,
        parts: Vec::new(),
        category: String::new(),
        active: true,
    }
}

fn sku(number: u32) -> Sku {
    Sku(format!("P{number:05}"))
}

fn serial(unit: u32) -> Serial {
    Serial::parse(&format!("SN{:010}", u64::from(unit) * 7_368_787 % 10_000_000_000)).expect("letters and digits keep the rule")
}

fn expect(verdict: &Verdict) -> Done<()> {
    if *verdict == Verdict::Applied { Ok(()) } else { Err(format!("{verdict:?}").into()) }
}

fn random_op() -> OpId {
    OpId(uuid::Builder::from_unix_timestamp_millis(now_ms().unsigned_abs(), &random()).into_uuid())
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system always has random numbers to give");
    bytes
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure {name} {value:.1} {unit}");
}
