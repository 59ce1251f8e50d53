//! What the shop sells and which units it has, made from the list and a seed.

use super::numbers::{SerialKind, ean13};
use super::random::Random;
use ledger::id::Sku;
use ledger::money::Money;
use ledger::row::{Part, Product, SerialPolicy};
use std::collections::BTreeSet;

const LIST: &str = include_str!("products.txt");
/// One unit in this many came damaged.
const DEFECTIVE_ONE_IN: usize = 70;

/// A SKU with what the shop received of it.
pub struct Goods {
    pub product: Product,
    pub kind: SerialKind,
    /// Pieces received.
    pub received: u32,
    /// Serials of good units received, not sold yet. Under [`SerialPolicy::AtStockOut`] nobody has
    /// looked at them before they leave.
    pub good: Vec<String>,
    pub defective: Vec<String>,
}

/// Every SKU of the shop, in the order of the list.
pub fn all(random: &mut Random) -> Vec<Goods> {
    let lines = LIST.lines().filter(|line| !line.starts_with('#'));
    let mut goods = Vec::new();
    let mut taken = BTreeSet::new();
    for line in lines {
        let line = Line::read(line);
        for (variant, text) in line.variants.iter().enumerate() {
            let model = goods.len();
            let mut one = line.goods(variant, text, model);
            fill(&mut one, model, random, &mut taken);
            goods.push(one);
        }
    }
    goods
}

fn fill(goods: &mut Goods, model: usize, random: &mut Random, taken: &mut BTreeSet<String>) {
    if goods.kind == SerialKind::None {
        return;
    }
    while ((goods.good.len() + goods.defective.len()) as u32) < goods.received {
        let serial = goods.kind.serial(model, random);
        if !taken.insert(serial.clone()) {
            continue;
        }
        let damaged = goods.product.policy == SerialPolicy::StockInOut && random.one_in(DEFECTIVE_ONE_IN);
        if damaged { goods.defective.push(serial) } else { goods.good.push(serial) }
    }
}

/// One line of the list.
struct Line<'a> {
    sku: &'a str,
    category: &'a str,
    policy: SerialPolicy,
    kind: SerialKind,
    stock: u32,
    price: i64,
    step: i64,
    name: &'a str,
    variants: Vec<&'a str>,
    parts: Vec<Part>,
}

impl<'a> Line<'a> {
    /// The list is part of the program, so a line that cannot be read is a bug; a test reads all.
    fn read(line: &'a str) -> Line<'a> {
        let mut fields = line.split(';');
        let mut field = || fields.next().expect("a line of the list has nine fields");
        let number = |text: &str| text.parse::<i64>().expect("stock, price and step are numbers");
        let line = Line {
            sku: field(),
            category: field(),
            policy: policy(field()),
            kind: kind(field()),
            stock: number(field()) as u32,
            price: number(field()),
            step: number(field()),
            name: field(),
            variants: field().split('|').collect(),
            parts: Vec::new(),
        };
        Line { parts: fields.next().unwrap_or_default().split_whitespace().map(part).collect(), ..line }
    }

    fn goods(&self, variant: usize, text: &str, model: usize) -> Goods {
        let product = Product {
            sku: Sku::new(format!("{}-{}", self.sku, variant + 1)),
            name: self.name.replace("{}", text),
            codes: vec![ean13(4_070_000 + model * 13)],
            price: Money(self.price + self.step * variant as i64),
            policy: self.policy,
            parts: self.parts.clone(),
            category: self.category.to_owned(),
            active: true,
        };
        Goods { product, kind: self.kind, received: self.stock, good: Vec::new(), defective: Vec::new() }
    }
}

fn policy(text: &str) -> SerialPolicy {
    match text {
        "in-out" => SerialPolicy::StockInOut,
        "out" => SerialPolicy::AtStockOut,
        "off" => SerialPolicy::Off,
        other => panic!("the list has an unknown policy {other:?}"),
    }
}

fn kind(text: &str) -> SerialKind {
    match text {
        "imei" => SerialKind::Luhn,
        "iccid" => SerialKind::Iccid,
        "plate" => SerialKind::Plate,
        "-" => SerialKind::None,
        other => panic!("the list has unknown serials {other:?}"),
    }
}

fn part(text: &str) -> Part {
    let (sku, quantity) = text.split_once('*').expect("a part is SKU*QUANTITY");
    Part { sku: Sku::from(sku), quantity: quantity.parse().expect("the quantity of a part is a number") }
}
