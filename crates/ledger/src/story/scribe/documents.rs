//! The documents: shifts, stock-in lists, sales, corrections of a unit.

use super::super::Shop;
use super::super::words::{Words, amount, count, serials};
use super::Stop;
use crate::id::{DocumentNumber, OpId, Sku, WarehouseId};
use crate::money::Money;
use crate::op::Body;
use crate::payment::{Payment, PaymentMethod};
use crate::resolve::{Resolution, Resolve};
use crate::row::{Condition, Key, Product, Row};
use crate::sale::{Sale, SaleLine, SoldUnit};
use crate::serial::Serial;
use crate::shift::{ShiftClose, ShiftOpen};
use crate::stock_in::{StockIn, StockInLine};
use crate::unit_edit::UnitEdit;
use std::collections::BTreeMap;

pub(super) fn open(number: DocumentNumber, words: &mut Words) -> Result<Body, String> {
    let opening_float = amount(&words.need("a float")?)?;
    Ok(Body::ShiftOpen(ShiftOpen { number, opening_float }))
}

pub(super) fn close(words: &mut Words) -> Result<Body, String> {
    let cash_counted = amount(&words.need("the cash counted")?)?;
    Ok(Body::ShiftClose(ShiftClose { cash_counted }))
}

pub(super) fn edit(words: &mut Words) -> Result<Body, Stop> {
    let sku = Sku::new(words.need("a SKU")?);
    let serial = Serial::parse(&words.need("a serial")?)?;
    let notes = words.option("notes");
    let reason = words.option("reason").unwrap_or_else(|| "told by a story".into());
    let condition = words.flag("defective").then_some(Condition::Defective).or(words.flag("good").then_some(Condition::Good));
    Ok(Body::UnitEdit(UnitEdit { sku, serial, condition, notes, reason }))
}

/// `documents` are those that had an effect, by their numbers; another one is nobody's op.
pub(super) fn resolve(words: &mut Words, documents: &BTreeMap<DocumentNumber, OpId>) -> Result<Body, Stop> {
    let mut document = |name: &str| {
        let number = words.option(name).ok_or(format!("{name} and a document"))?;
        Ok::<OpId, String>(documents.get(&DocumentNumber::new(number)).copied().unwrap_or_default())
    };
    let (second, wrong) = (document("of")?, document("wrong")?);
    let reason = words.option("reason").unwrap_or_else(|| "told by a story".into());
    let (sku, serial) = (Sku::new(words.need("a SKU")?), Serial::parse(&words.need("a serial")?)?);
    let resolution = match words.need("reassign, mis-scan or refund")?.as_str() {
        "reassign" => Resolution::Reassign { serial: Serial::parse(&words.need("a serial")?)? },
        "mis-scan" => Resolution::MisScan,
        "refund" => Resolution::Refund { warehouse: warehouse(words) },
        other => return Err(Stop::Malformed(format!("reassign, mis-scan or refund, not {other}"))),
    };
    Ok(Body::Resolve(Resolve { second, sku, serial, wrong, resolution, reason }))
}

pub(super) fn stock_in(number: DocumentNumber, words: &mut Words) -> Result<Body, Stop> {
    let warehouse = warehouse(words);
    let mut lines: Vec<(StockInLine, Item)> = Vec::new();
    while let Some(word) = words.next() {
        match (Item::read(&word, lines.is_empty())?, lines.last_mut()) {
            (Some(item), _) => lines.push((StockInLine { sku: item.sku.clone(), quantity: 0, condition: Condition::Good, serials: Vec::new() }, item)),
            (None, Some((line, _))) if word == "defective" => line.condition = Condition::Defective,
            (None, Some((line, _))) => line.serials.extend(serials(&word)?),
            (None, None) => return Err(Stop::Malformed("a line such as PHONE*2".into())),
        }
    }
    let lines = lines.into_iter().flat_map(|(line, item)| {
        let quantity = item.quantity(line.serials.len());
        std::iter::repeat_n(StockInLine { quantity, ..line }, item.times)
    });
    Ok(Body::StockIn(StockIn { number, warehouse, lines: lines.collect() }))
}

pub(super) fn sale(number: DocumentNumber, words: &mut Words, shop: &impl Shop) -> Result<Body, Stop> {
    let warehouse = warehouse(words);
    let (unpaid, payments) = (words.flag("unpaid"), payments(words)?);
    let (stated_total, stated_change) = (words.option("total"), words.option("change"));
    let lines = sale_lines(words, shop)?;
    let total = match stated_total {
        Some(stated) => amount(&stated)?,
        None => lines.iter().try_fold(Money::ZERO, |sum, line| sum.plus(line.total().ok()?)).unwrap_or_default(),
    };
    let exact = payments.is_empty() && !unpaid && total > Money::ZERO;
    let payments = if exact { vec![Payment { method: PaymentMethod::Cash, amount: total, reference: String::new() }] } else { payments };
    let change = match stated_change {
        Some(stated) => amount(&stated)?,
        None => crate::payment::change(total, &payments).unwrap_or_default(),
    };
    Ok(Body::Sale(Sale { number, warehouse, lines, payments, total, change }))
}

fn sale_lines(words: &mut Words, shop: &impl Shop) -> Result<Vec<SaleLine>, Stop> {
    let mut lines: Vec<(SaleLine, Item)> = Vec::new();
    while let Some(word) = words.next() {
        let begins = Item::read(&word, lines.is_empty())?;
        match (begins, lines.last_mut()) {
            (Some(item), _) => lines.push((sale_line(&item.sku, shop), item)),
            (None, Some((line, _))) => line_word(line, &word, words)?,
            (None, None) => return Err(Stop::Malformed("a line such as PHONE*1".into())),
        }
    }
    let lines = lines.into_iter().flat_map(|(line, item)| {
        let quantity = item.quantity(line.units.len());
        std::iter::repeat_n(SaleLine { quantity, ..line }, item.times)
    });
    Ok(lines.collect())
}

/// A word after `SKU*1`: its price, its discount or one of its units.
fn line_word(line: &mut SaleLine, word: &str, words: &mut Words) -> Result<(), Stop> {
    match word {
        "price" => line.price = amount(&words.need("a price")?)?,
        "list" => line.list_price = amount(&words.need("a list price")?)?,
        "discount" => line.discount = amount(&words.need("a discount")?)?,
        _ => {
            let (word, confirmed) = word.strip_suffix('!').map_or((word, false), |word| (word, true));
            let (word, believed) = word.split_once('@').map_or((word, None), |(word, ver)| (word, Some(ver)));
            let believed = believed.map(|ver| count(ver).map(u64::from)).transpose()?;
            let (sku, text) = word.split_once(':').unwrap_or((line.sku.as_str(), word));
            let sku = Sku::from(sku);
            line.units.extend(serials(text)?.into_iter().map(|serial| SoldUnit { sku: sku.clone(), serial, believed, confirmed }));
        }
    }
    Ok(())
}

/// The line as a till would begin it, from what the shop's catalogue says.
fn sale_line(sku: &Sku, shop: &impl Shop) -> SaleLine {
    let known = match shop.row(&Key::Product(sku.clone())) {
        Some(Row::Product(product)) => Some(product),
        _ => None,
    };
    let Product { name, price, parts, .. } = known.unwrap_or_else(|| Product {
        sku: sku.clone(),
        name: sku.to_string(),
        codes: Vec::new(),
        price: Money::ZERO,
        policy: Default::default(),
        parts: Vec::new(),
        category: String::new(),
        active: true,
    });
    SaleLine { sku: sku.clone(), name, quantity: 0, price, list_price: price, discount: Money::ZERO, parts, units: Vec::new() }
}

fn payments(words: &mut Words) -> Result<Vec<Payment>, String> {
    let mut payments = Vec::new();
    while let Some(text) = words.option("cash") {
        payments.push(Payment { method: PaymentMethod::Cash, amount: amount(&text)?, reference: String::new() });
    }
    for (name, method) in [("card", PaymentMethod::Card), ("wallet", PaymentMethod::Wallet)] {
        while let Some((text, reference)) = words.option_pair(name) {
            payments.push(Payment { method, amount: amount(&text)?, reference });
        }
    }
    Ok(payments)
}

fn warehouse(words: &mut Words) -> WarehouseId {
    words.option("at").map_or_else(|| WarehouseId::from("main"), WarehouseId::new)
}

/// The word that begins a line of a document.
struct Item {
    sku: Sku,
    /// As many as there are serials, when not stated.
    quantity: Option<u32>,
    times: usize,
}

impl Item {
    /// Reads `SKU*QUANTITY*TIMES`; the first line of a document may be the bare SKU.
    fn read(word: &str, first: bool) -> Result<Option<Item>, String> {
        let mut pieces = word.split('*');
        let sku = Sku::from(pieces.next().unwrap_or_default());
        let quantity = pieces.next().map(count).transpose()?;
        let times = pieces.next().map_or(Ok(1), count)? as usize;
        Ok((first || quantity.is_some()).then_some(Item { sku, quantity, times }))
    }

    fn quantity(&self, serials: usize) -> u32 {
        self.quantity.unwrap_or_else(|| u32::try_from(serials).unwrap_or(u32::MAX))
    }
}
