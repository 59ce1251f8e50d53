//! Both databases, empty or with a small shop in them.

use crate::cluster::cluster;
use engine::database::Database;
use engine::hub::{Batch, HubStore};
use ledger::catalogue::{OperatorsChange, ProductsChange};
use ledger::id::{OpId, OperatorId, TerminalId};
use ledger::money::Money;
use ledger::op::{Base, Body, Hash, Op, Stamp};
use ledger::role::Role;
use ledger::row::{Operator, Product, SerialPolicy};
use ledger::serial::Serial;
use ledger::stock_in::{StockIn, StockInLine};
use ledger::verdict::Outcome;
use tempfile::TempDir;

/// Each kind once, new and empty. The folder holds the file.
pub fn both() -> (TempDir, [Database; 2]) {
    let folder = TempDir::new().unwrap();
    let file = Database::Sqlite(folder.path().join("hub.db"));
    (folder, [file, postgres()])
}

pub fn postgres() -> Database {
    cluster().database().parse().unwrap()
}

pub fn op_id(number: u128) -> OpId {
    OpId(uuid::Uuid::from_u128(number))
}

pub fn product(sku: &str) -> Product {
    Product {
        sku: sku.into(),
        name: format!("The {sku}"),
        codes: vec![format!("code-{sku}"), "shared".into()],
        price: Money(50_000),
        policy: SerialPolicy::StockInOut,
        parts: Vec::new(),
        category: String::new(),
        active: true,
    }
}

pub fn stock_in(number: &str, sku: &str, serials: &[String]) -> Body {
    let serials: Vec<Serial> = serials.iter().map(|text| Serial::parse(text).unwrap()).collect();
    let line = StockInLine { sku: sku.into(), quantity: serials.len() as u32, condition: Default::default(), serials };
    Body::StockIn(StockIn { number: number.into(), warehouse: "main".into(), lines: vec![line] })
}

/// People, goods and `units` units, by ops of the hub's own; one terminal and what it sent.
pub fn fill(store: &mut HubStore, units: usize) {
    let person = Operator { id: OperatorId::from("ana"), name: "Ana".into(), role: Role::Cashier, pin_hash: String::new(), active: true };
    let serials: Vec<String> = (0..units).map(|number| format!("U{number:06}")).collect();
    let products = ["PHONE", "phone", "été", "Zebra"].map(product).to_vec();
    let bodies =
        [Body::Operators(OperatorsChange { operators: vec![person] }), Body::Products(ProductsChange { products }), stock_in("HUB-1", "PHONE", &serials)];
    for (number, body) in (1..).zip(bodies) {
        assert_eq!(store.submit(1, op_id(number), body).unwrap(), Outcome::Applied);
    }
    let terminal = store.add_device(1, "Till 1", &"main".into(), [7; 32]).unwrap().terminal;
    let ops = vec![sealed(&terminal, 1, Hash::default(), stock_in("T-1", "Zebra", &["Z1".into()])), b"no op at all".to_vec()];
    store.receive(2, &[Batch { device: terminal, incarnation: 1, first_seq: 1, ops, ..Batch::default() }]).unwrap();
}

pub fn sealed(device: &TerminalId, seq: u64, prev: Hash, body: Body) -> Vec<u8> {
    let id = Hash::of(format!("{device} {seq}").as_bytes()).0;
    let op = Op {
        id: OpId(uuid::Uuid::from_slice(&id[..16]).unwrap()),
        device: device.clone(),
        incarnation: 1,
        seq,
        actor: OperatorId::from("ana"),
        approved_by: None,
        at: Stamp::default(),
        base: Base::default(),
        prev,
        body,
    };
    op.seal().bytes
}
