//! A believable phone and appliance shop to try things on: goods with names in five languages,
//! units in stock, defective and sold, people with PINs that everybody may know.
//!
//! Everything follows from a seed, down to the bytes of the ops, so a script can ask
//! [`SampleShop::of`] for its cases instead of knowing serials by heart.

mod goods;
mod history;
mod more;
mod numbers;
mod random;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, SaltString};
use engine::fault::Fault;
use engine::hub::HubStore;
use goods::Goods;
use history::Sold;
use ledger::id::{OpId, OperatorId};
use ledger::op::Body;
use ledger::role::Role;
use ledger::row::{Operator, SerialPolicy};
use ledger::verdict::Outcome;
use more::More;
use random::Random;
use serde::Serialize;

pub use more::MORE_UNITS_MAX;

/// The seed used when none is named.
pub const SEED: u64 = 1848;
/// The shop's only warehouse.
pub const WAREHOUSE: &str = "main";
/// Serials that each example shows at most.
const SERIALS_SHOWN: usize = 12;
/// Units beyond the story that are shown: enough for a script that scans for some minutes.
const MORE_SHOWN: u32 = 1_000;

/// Somebody who works here. The PINs are for trying out and printed in the manual.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Person {
    pub id: &'static str,
    pub name: &'static str,
    pub role: Role,
    pub pin: &'static str,
}

pub const PEOPLE: [Person; 5] = [
    Person { id: "ana", name: "Ana Wijaya", role: Role::Cashier, pin: "1111" },
    Person { id: "bao", name: "Nguyễn Bảo", role: Role::Cashier, pin: "2222" },
    Person { id: "chai", name: "ชัย สุขใจ", role: Role::Picker, pin: "3333" },
    Person { id: "mei", name: "陈美玲", role: Role::Supervisor, pin: "4444" },
    Person { id: "sari", name: "Sari Lestari", role: Role::Admin, pin: "9999" },
];

impl Person {
    pub fn role_name(&self) -> &'static str {
        match self.role {
            Role::Picker => "picker",
            Role::Cashier => "cashier",
            Role::Supervisor => "supervisor",
            Role::Admin => "admin",
        }
    }

    fn operator(&self, random: &mut Random) -> Operator {
        let salt = SaltString::encode_b64(&random.bytes::<16>()).expect("16 bytes are a good salt");
        let hash = Argon2::default().hash_password(self.pin.as_bytes(), &salt).expect("the default costs can be met");
        Operator { id: OperatorId::from(self.id), name: self.name.into(), role: self.role, pin_hash: hash.to_string(), active: true }
    }
}

/// What was put into the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeded {
    pub products: usize,
    /// Units with a serial, in stock or sold.
    pub units: usize,
    pub sales: usize,
    pub people: usize,
}

/// Why the shop was not put in. The hub is then as it was.
#[derive(Debug, thiserror::Error)]
pub enum SeedFault {
    #[error("This hub has {0} ops already. The sample shop goes only into a new one; name an empty folder with --data.")]
    NotEmpty(u64),
    #[error(transparent)]
    Store(#[from] Fault),
}

/// Puts the whole shop into a new hub, in one transaction.
pub fn seed(store: &mut HubStore, now_ms: i64, seed: u64) -> Result<Seeded, SeedFault> {
    let ops = store.op_count()?;
    if ops > 0 {
        return Err(SeedFault::NotEmpty(ops));
    }
    let mut story = Story::new(seed);
    let openings = history::openings(&story.goods, &mut story.random);
    let (sales, sold) = history::sales(&mut story.goods, &mut story.random);
    let answers = store.receive(now_ms, &[openings, sales])?;
    let outcomes = answers.iter().flat_map(|answer| &answer.outcomes);
    debug_assert!(outcomes.clone().all(|op| op.outcome == Outcome::Applied), "the story keeps the rules");
    Ok(Seeded {
        products: story.goods.len(),
        units: story.registered() + sold.len(),
        sales: sold.iter().map(|sold| &sold.receipt).collect::<std::collections::BTreeSet<_>>().len(),
        people: PEOPLE.len(),
    })
}

/// Adds `count` units to a shop just seeded with the same seed, by stock-in lists of the longest
/// length allowed, each in a transaction of its own.
pub fn seed_more(store: &mut HubStore, now_ms: i64, seed: u64, count: u32) -> Result<(), SeedFault> {
    let Story { goods, mut random } = Story::new(seed);
    for list in More::of(&goods).deliveries(count) {
        let unix_ms = u64::try_from(now_ms).unwrap_or_default();
        let id = OpId(uuid::Builder::from_unix_timestamp_millis(unix_ms, &random.bytes()).into_uuid());
        let outcome = store.submit(now_ms, id, Body::StockIn(list))?;
        debug_assert_eq!(outcome, Outcome::Applied, "the lists keep the rules");
    }
    Ok(())
}

/// The generator's state: goods, and the numbers still to come.
struct Story {
    goods: Vec<Goods>,
    random: Random,
}

impl Story {
    fn new(seed: u64) -> Story {
        let mut random = Random::new(seed);
        Story { goods: goods::all(&mut random), random }
    }

    fn registered(&self) -> usize {
        let registered = self.goods.iter().filter(|goods| goods.product.policy == SerialPolicy::StockInOut);
        registered.map(|goods| goods.good.len() + goods.defective.len()).sum()
    }
}

/// Examples of every case that the ledger knows, as they are right after seeding.
#[derive(Debug, Clone, Serialize)]
pub struct SampleShop {
    pub warehouse: &'static str,
    pub people: [Person; 5],
    /// A phone with registered serials in stock.
    pub phone: ProductExample,
    /// Another product with registered serials: its serials are wrong for the phone.
    pub other: ProductExample,
    /// A unit that may not be sold.
    pub defective: UnitExample,
    /// A unit that was sold already.
    pub sold: UnitExample,
    /// Several goods in one, with the parts that bear serials among others.
    pub combination: ProductExample,
    pub parts: Vec<ProductExample>,
    /// A product whose serials are recorded only when it leaves; these were never seen.
    pub at_stock_out: ProductExample,
    /// One of that policy which left already.
    pub at_stock_out_sold: UnitExample,
    /// A product without serials.
    pub off: ProductExample,
    /// A barcode and a serial that nothing here bears.
    pub unknown_barcode: String,
    pub unknown_serial: String,
    /// Units that came by [`seed_more`], if any did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<UnitExample>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ProductExample {
    pub sku: String,
    pub name: String,
    pub barcode: String,
    pub price_minor: i64,
    pub policy: SerialPolicy,
    /// Serials that can be sold.
    pub serials: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct UnitExample {
    pub sku: String,
    pub barcode: String,
    pub serial: String,
    /// The receipt it left with, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
}

impl SampleShop {
    /// The examples of the shop that this seed makes, with so many units added.
    pub fn of(seed: u64, more: u32) -> SampleShop {
        let mut story = Story::new(seed);
        // The deliveries draw numbers too, and the sales must draw the same ones as in the hub.
        history::openings(&story.goods, &mut story.random);
        let (_, sold) = history::sales(&mut story.goods, &mut story.random);
        SampleShop { more: More::of(&story.goods).examples(more, MORE_SHOWN), ..Examples { goods: &story.goods, sold: &sold }.shop() }
    }
}

struct Examples<'a> {
    goods: &'a [Goods],
    sold: &'a [Sold],
}

impl Examples<'_> {
    fn shop(&self) -> SampleShop {
        let set = self.goods("SETP-1");
        let damaged = self.first(|goods| goods.product.category == "Phones" && !goods.defective.is_empty());
        SampleShop {
            warehouse: WAREHOUSE,
            people: PEOPLE,
            phone: product(self.goods("ORN9-2")),
            other: product(self.goods("LAPA-2")),
            defective: unit(damaged, &damaged.defective[0], None),
            sold: self.sold_under(SerialPolicy::StockInOut),
            combination: product(set),
            parts: set.product.parts.iter().map(|part| product(self.goods(part.sku.as_str()))).collect(),
            at_stock_out: product(self.goods("EARB-2")),
            at_stock_out_sold: self.sold_under(SerialPolicy::AtStockOut),
            off: product(self.goods("USBC-1")),
            unknown_barcode: numbers::ean13(9_999_999),
            unknown_serial: "NOBODY-HAS-THIS".into(),
            more: Vec::new(),
        }
    }

    fn goods(&self, sku: &str) -> &Goods {
        self.first(|goods| goods.product.sku.as_str() == sku)
    }

    fn first(&self, wanted: impl Fn(&Goods) -> bool) -> &Goods {
        self.goods.iter().find(|goods| wanted(goods)).expect("the list has every example; a test asks for all")
    }

    fn sold_under(&self, policy: SerialPolicy) -> UnitExample {
        let found = self.sold.iter().find(|sold| self.goods(&sold.sku).product.policy == policy);
        let sold = found.expect("two months sell something of every policy; a test asks for all");
        unit(self.goods(&sold.sku), &sold.serial, Some(sold.receipt.clone()))
    }
}

fn product(goods: &Goods) -> ProductExample {
    let product = &goods.product;
    ProductExample {
        sku: product.sku.to_string(),
        name: product.name.clone(),
        barcode: product.codes[0].clone(),
        price_minor: product.price.0,
        policy: product.policy,
        serials: goods.good.iter().take(SERIALS_SHOWN).cloned().collect(),
    }
}

fn unit(goods: &Goods, serial: &str, receipt: Option<String>) -> UnitExample {
    UnitExample { sku: goods.product.sku.to_string(), barcode: goods.product.codes[0].clone(), serial: serial.to_owned(), receipt }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::hub::HubReader;
    use ledger::row::{Condition, UnitStatus};
    use ledger::serial::Serial;

    #[test]
    fn the_shop_is_what_its_examples_say() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hub.db");
        let mut store = HubStore::open(&path).expect("a new hub");
        let seeded = seed(&mut store, 1_800_000_000_000, SEED).expect("an empty hub");
        assert!(seeded.products >= 200 && seeded.units >= 5_000 && seeded.sales >= 100, "{seeded:?}");
        assert!(matches!(seed(&mut store, 0, SEED), Err(SeedFault::NotEmpty(_))));
        let mut reader = HubReader::open(&path).expect("the hub");
        let counts = reader.counts().expect("counts");
        assert_eq!((counts.products, counts.units, counts.conflicts), (seeded.products as u64, seeded.units as u64, 0));

        let shop = SampleShop::of(SEED, 0);
        let mut find = |serial: &str| reader.units(&Serial::parse(serial).expect("a serial")).expect("read");
        for example in [&shop.phone, &shop.other] {
            assert!(example.serials.len() >= 3, "{example:?}");
            for serial in &example.serials {
                let found = find(serial);
                let unit = &found[0].unit;
                assert_eq!((unit.sku.as_str(), unit.status, unit.condition), (&*example.sku, UnitStatus::InStock, Condition::Good));
            }
        }
        assert_eq!(find(&shop.defective.serial)[0].unit.condition, Condition::Defective);
        for sold in [&shop.sold, &shop.at_stock_out_sold] {
            let found = find(&sold.serial);
            let left = found[0].unit.left.as_ref().map(|left| left.number.to_string());
            assert_eq!((found[0].unit.status, left), (UnitStatus::StockedOut, sold.receipt.clone()));
        }
        for unseen in shop.at_stock_out.serials.iter().chain([&shop.unknown_serial]) {
            assert!(find(unseen).is_empty(), "{unseen}");
        }
        assert_eq!(shop.parts.len(), 3);
        assert!(shop.off.serials.is_empty());
    }

    #[test]
    fn more_units_are_in_stock_and_shown() {
        const MORE: u32 = 10_500;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hub.db");
        let mut store = HubStore::open(&path).expect("a new hub");
        let seeded = seed(&mut store, 1_800_000_000_000, SEED).expect("an empty hub");
        let ops = store.op_count().expect("a count");
        seed_more(&mut store, 1_800_000_000_000, SEED, MORE).expect("a seeded hub");
        assert_eq!(store.op_count().expect("a count") - ops, 2, "10,000 units a list");
        let mut reader = HubReader::open(&path).expect("the hub");
        assert_eq!(reader.counts().expect("counts").units, seeded.units as u64 + u64::from(MORE));
        let shown = SampleShop::of(SEED, MORE).more;
        assert_eq!(shown.len(), MORE_SHOWN as usize);
        for example in shown {
            let found = reader.units(&Serial::parse(&example.serial).expect("a serial")).expect("read");
            let skus: Vec<&str> = found.iter().map(|found| found.unit.sku.as_str()).collect();
            assert_eq!(skus, [example.sku.as_str()], "{}", example.serial);
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_bytes() {
        let bytes = |seed| {
            let mut story = Story::new(seed);
            let openings = history::openings(&story.goods, &mut story.random);
            [openings.ops, history::sales(&mut story.goods, &mut story.random).0.ops]
        };
        assert_eq!(bytes(7), bytes(7));
        assert_ne!(bytes(7), bytes(8));
    }
}
