//! The goods and people of the simulated shop, as the hub's own first ops.

use ledger::catalogue::{OperatorsChange, ProductsChange, SettingsChange};
use ledger::id::{OperatorId, Sku, WarehouseId};
use ledger::money::Money;
use ledger::op::Body;
use ledger::role::Role;
use ledger::row::{Operator, Product, SerialPolicy, Settings};
use ledger::serial::Serial;
use ledger::stock_in::{StockIn, StockInLine};

pub const WAREHOUSE: &str = "main";
/// Every unit is registered when it comes in.
pub const PHONE: &str = "PHONE";
/// A serial is noted when it is sold.
pub const CABLE: &str = "CABLE";
/// No serials.
pub const CASE: &str = "CASE";

pub const CASHIER: &str = "ana";
pub const SUPERVISOR: &str = "sam";

/// Settings, people, goods, and the phones that are there from the beginning.
pub fn opening(phones: usize) -> Vec<Body> {
    let settings = Settings { shop: "Corner".into(), ..Settings::default() };
    let operators = vec![operator(CASHIER, Role::Cashier), operator(SUPERVISOR, Role::Supervisor)];
    let products = vec![product(PHONE, SerialPolicy::StockInOut), product(CABLE, SerialPolicy::AtStockOut), product(CASE, SerialPolicy::Off)];
    let serials: Vec<Serial> = (0..phones).map(|number| serial(&phone(number))).collect();
    let line = StockInLine { sku: sku(PHONE), quantity: phones as u32, condition: Default::default(), serials };
    vec![
        Body::Settings(SettingsChange { settings }),
        Body::Operators(OperatorsChange { operators }),
        Body::Products(ProductsChange { products }),
        Body::StockIn(StockIn { number: "hub-1".into(), warehouse: warehouse(), lines: vec![line] }),
    ]
}

/// The serial of a phone that is there from the beginning.
pub fn phone(number: usize) -> String {
    format!("A{number}")
}

pub fn sku(text: &str) -> Sku {
    Sku::from(text)
}

pub fn warehouse() -> WarehouseId {
    WarehouseId::from(WAREHOUSE)
}

pub fn person(id: &str) -> OperatorId {
    OperatorId::from(id)
}

/// A serial of ours, which keeps the rule for serials.
pub fn serial(text: &str) -> Serial {
    Serial::parse(text).expect("the simulator's serials are letters, digits and dashes")
}

fn operator(id: &str, role: Role) -> Operator {
    Operator { id: person(id), name: id.into(), role, pin_hash: String::new(), active: true }
}

fn product(id: &str, policy: SerialPolicy) -> Product {
    let codes = vec![format!("code-{id}")];
    Product { sku: sku(id), name: id.into(), codes, price: Money(50_000), policy, parts: Vec::new(), category: String::new(), active: true }
}
