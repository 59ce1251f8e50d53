//! How many ops a second a hub takes, on either database: batches as a terminal with a backlog sends
//! them, each a durable transaction. One line a measurement: `figure`, name, value, unit.
//!
//! `cargo run --release -p engine --example bench_hub -- sqlite:FILE` or `-- postgres://USER@/DATABASE?host=SOCKET_FOLDER`

use engine::database::Database;
use engine::hub::{Batch, Enrolled, HubStore};
use ledger::catalogue::{OperatorsChange, ProductsChange};
use ledger::id::{OpId, OperatorId};
use ledger::money::Money;
use ledger::op::{Base, Body, Hash, Op, Stamp};
use ledger::payment::{Payment, PaymentMethod};
use ledger::role::Role;
use ledger::row::{Operator, Product, SerialPolicy};
use ledger::sale::{Sale, SaleLine, SoldUnit};
use ledger::serial::Serial;
use ledger::shift::ShiftOpen;
use ledger::stock_in::{StockIn, StockInLine};
use ledger::sync::wire::PUSH_OPS_MAX;
use ledger::verdict::Outcome;
use std::error::Error;
use std::time::Instant;

type Done<T> = Result<T, Box<dyn Error>>;

const BATCHES: usize = 10;
const PRODUCTS: usize = 50;
const PRICE: Money = Money(9_99);

fn main() -> Done<()> {
    let name = std::env::args().nth(1).ok_or("name a database: sqlite:FILE or postgres://…")?;
    let database: Database = name.parse()?;
    let mut store = database.store()?;
    let units = BATCHES * PUSH_OPS_MAX;
    let began = Instant::now();
    let till = found(&mut store, units)?;
    figure("stock_in_units_per_s", units as f64 / began.elapsed().as_secs_f64(), "units/s");
    let mut author = Author { till, seq: 0, prev: Hash::default() };
    let open = author.batch([Body::ShiftOpen(ShiftOpen { number: "S1".into(), opening_float: Money(0) })]);
    receive(&mut store, open)?;
    let batches: Vec<Batch> = (0..BATCHES).map(|batch| author.batch((0..PUSH_OPS_MAX).map(|op| sale(batch * PUSH_OPS_MAX + op)))).collect();
    let began = Instant::now();
    batches.into_iter().try_for_each(|batch| receive(&mut store, batch))?;
    figure("receive_ops_per_s", units as f64 / began.elapsed().as_secs_f64(), "ops/s");
    let mut reader = database.reader()?;
    let (feed, began, mut after, mut rows) = (reader.feed()?.feed, Instant::now(), 0, 0);
    loop {
        let page = reader.pull(&author.till.terminal, &feed, after, 1_000, 1)?.ok_or("the feed goes on")?;
        (after, rows) = (page.next, rows + page.rows.len());
        if page.up_to_date {
            break;
        }
    }
    figure("pull_rows_per_s", rows as f64 / began.elapsed().as_secs_f64(), "rows/s");
    Ok(())
}

/// People, goods, units, and one terminal.
fn found(store: &mut HubStore, units: usize) -> Done<Enrolled> {
    let person = Operator { id: OperatorId::from("ana"), name: "Ana".into(), role: Role::Cashier, pin_hash: String::new(), active: true };
    let products = (0..PRODUCTS).map(product).collect();
    let lists = (0..units).step_by(1_000).map(|first| delivery(first, (first + 1_000).min(units)));
    let bodies = [Body::Operators(OperatorsChange { operators: vec![person] }), Body::Products(ProductsChange { products })];
    for (number, body) in (1..).zip(bodies.into_iter().chain(lists)) {
        if store.submit(1, OpId(uuid::Uuid::from_u128(number)), body)? != Outcome::Applied {
            return Err("the database is not new".into());
        }
    }
    Ok(store.add_device(1, "Till", &"main".into(), [7; 32])?)
}

fn receive(store: &mut HubStore, batch: Batch) -> Done<()> {
    let answers = store.receive(1, &[batch])?;
    let other = answers.iter().flat_map(|answer| &answer.outcomes).find(|op| op.outcome != Outcome::Applied);
    other.map_or(Ok(()), |op| Err(format!("{op:?}").into()))
}

struct Author {
    till: Enrolled,
    seq: u64,
    prev: Hash,
}

impl Author {
    fn batch(&mut self, bodies: impl IntoIterator<Item = Body>) -> Batch {
        let first_seq = self.seq + 1;
        let ops = bodies.into_iter().map(|body| self.op(body)).collect();
        Batch { device: self.till.terminal.clone(), incarnation: self.till.incarnation, first_seq, ops, ..Batch::default() }
    }

    fn op(&mut self, body: Body) -> Vec<u8> {
        self.seq += 1;
        let op = Op {
            id: OpId(uuid::Uuid::from_u128(1 << 64 | u128::from(self.seq))),
            device: self.till.terminal.clone(),
            incarnation: self.till.incarnation,
            seq: self.seq,
            actor: OperatorId::from("ana"),
            approved_by: None,
            at: Stamp::default(),
            base: Base::default(),
            prev: self.prev,
            body,
        };
        let sealed = op.seal();
        self.prev = sealed.hash;
        sealed.bytes
    }
}

fn product(number: usize) -> Product {
    let sku = sku(number);
    Product {
        name: sku.clone(),
        sku: sku.as_str().into(),
        codes: vec![],
        price: PRICE,
        policy: SerialPolicy::StockInOut,
        parts: vec![],
        category: String::new(),
        active: true,
    }
}

fn delivery(first: usize, end: usize) -> Body {
    let line = |product: usize| {
        let serials: Vec<Serial> = (first..end).filter(|unit| unit % PRODUCTS == product).map(serial).collect();
        StockInLine { sku: sku(product).as_str().into(), quantity: serials.len() as u32, condition: Default::default(), serials }
    };
    Body::StockIn(StockIn { number: format!("HUB-{first}").as_str().into(), warehouse: "main".into(), lines: (0..PRODUCTS).map(line).collect() })
}

fn sale(unit: usize) -> Body {
    let sku = sku(unit % PRODUCTS);
    let line = SaleLine {
        sku: sku.as_str().into(),
        name: sku.clone(),
        quantity: 1,
        price: PRICE,
        list_price: PRICE,
        discount: Money::ZERO,
        parts: Vec::new(),
        units: vec![SoldUnit { sku: sku.as_str().into(), serial: serial(unit), believed: None, confirmed: false }],
    };
    let payment = Payment { method: PaymentMethod::Cash, amount: PRICE, reference: String::new() };
    let number = format!("R{unit}");
    Body::Sale(Sale { number: number.as_str().into(), warehouse: "main".into(), lines: vec![line], payments: vec![payment], total: PRICE, change: Money::ZERO })
}

fn sku(product: usize) -> String {
    format!("P{product:03}")
}

fn serial(unit: usize) -> Serial {
    Serial::parse(&format!("SN{:09}", unit * 7_368_787 % 1_000_000_000)).expect("letters and digits keep the rule")
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure {name} {value:.1} {unit}");
}
