//! The shop that is synced: products and units whose names follow from their numbers.

use super::{Done, random_op};
use engine::database::Database;
use engine::hub::HubStore;
use hub::now_ms;
use ledger::catalogue::{OperatorsChange, ProductsChange};
use ledger::id::{OperatorId, Sku};
use ledger::money::Money;
use ledger::op::Body;
use ledger::role::Role;
use ledger::row::{Operator, Product, SerialPolicy};
use ledger::serial::Serial;
use ledger::stock_in::{StockIn, StockInLine, UNITS_MAX};
use ledger::verdict::Outcome;

pub const PRODUCTS: u32 = 200;
pub const WAREHOUSE: &str = "main";
pub const CASHIER: &str = "ana";
pub const PRICE: Money = Money(9_99);

/// Makes a hub with people, products and units.
pub fn found(database: &Database, units: u32) -> Done<()> {
    let mut store = database.store()?;
    let cashier = Operator { id: OperatorId::from(CASHIER), name: "Ana".into(), role: Role::Cashier, pin_hash: String::new(), active: true };
    submit(&mut store, Body::Operators(OperatorsChange { operators: vec![cashier] }))?;
    submit(&mut store, Body::Products(ProductsChange { products: (0..PRODUCTS).map(product).collect() }))?;
    (0..units).step_by(UNITS_MAX).try_for_each(|first| submit(&mut store, Body::StockIn(delivery(first))))
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

fn product(number: u32) -> Product {
    Product {
        sku: sku(number),
        name: name(number),
        codes: vec![format!("400{number:010}")],
        price: PRICE,
        policy: SerialPolicy::StockInOut,
        parts: Vec::new(),
        category: String::new(),
        active: true,
    }
}

pub fn name(product: u32) -> String {
    format!("Some thing of model {product}")
}

pub fn sku(product: u32) -> Sku {
    Sku::new(format!("P{product:05}"))
}

pub fn serial(unit: u32) -> Serial {
    Serial::parse(&format!("SN{:010}", u64::from(unit) * 7_368_787 % 10_000_000_000)).expect("letters and digits keep the rule")
}
