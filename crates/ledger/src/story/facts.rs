//! `expect` lines: what a row says, as words.

use super::scribe::Scribe;
use super::words::Words;
use super::{Shop, Surprise};
use crate::id::{DocumentNumber, Sku, TerminalId, WarehouseId};
use crate::resolve::Resolution;
use crate::row::{Condition, Conflict, DocumentRef, Key, Product, Resolved, Row, SerialPolicy, ShiftTotals, Till, Unit, UnitStatus};
use crate::serial::Serial;

/// What is true of a row: single words, and names with their value after a blank.
type Facts = Vec<String>;

/// Reads an `expect` line and compares it with the row it names. The outer error is a line that
/// cannot be read, the inner one a row that says otherwise.
pub(super) fn check(words: &mut Words, scribe: &Scribe, shop: &impl Shop) -> Result<Result<(), Surprise>, String> {
    words.next();
    let kind = words.need("what to expect of what")?;
    let name = words.need("the name of a row")?;
    let facts = match kind.as_str() {
        "unit" => match shop.row(&Key::Unit(Sku::new(name), serial(words)?)) {
            Some(Row::Unit(row)) => unit(&row),
            _ => none(),
        },
        "stock" => match shop.row(&Key::Stock(Sku::new(name), WarehouseId::new(words.need("a warehouse")?))) {
            Some(Row::Stock(row)) => vec![row.quantity.to_string()],
            _ => none(),
        },
        "till" => match shop.row(&Key::Till(TerminalId::new(name))) {
            Some(Row::Till(row)) => till(&row),
            _ => none(),
        },
        "closed" => match shop.row(&Key::Till(TerminalId::new(name))) {
            Some(Row::Till(row)) => closed_shift(&row),
            _ => none(),
        },
        "product" => match shop.row(&Key::Product(Sku::new(name))) {
            Some(Row::Product(row)) => product(&row),
            _ => none(),
        },
        "conflict" => {
            let of = words.option("of");
            one_conflict(&conflicts(Sku::new(name), serial(words)?, scribe, shop), of.as_deref())
        }
        "conflicts" => {
            let all = conflicts(Sku::new(name), serial(words)?, scribe, shop);
            vec![all.len().to_string(), format!("open {}", all.iter().filter(|conflict| conflict.resolved.is_none()).count())]
        }
        _ => return Err("unit, stock, till, closed, product, conflict or conflicts".into()),
    };
    Ok(compare(words, &facts))
}

fn compare(words: &mut Words, facts: &Facts) -> Result<(), Surprise> {
    while let Some(mut expected) = words.next() {
        if facts.iter().any(|fact| fact.split_once(' ').is_some_and(|(name, _)| name == expected)) {
            expected = format!("{expected} {}", words.next().unwrap_or_default());
        }
        if !facts.contains(&expected) {
            return Err(Surprise { expected, got: facts.join(", ") });
        }
    }
    Ok(())
}

fn none() -> Facts {
    vec!["none".into()]
}

fn serial(words: &mut Words) -> Result<Serial, String> {
    Serial::parse(&words.need("a serial")?).map_err(|refusal| refusal.to_string())
}

fn unit(unit: &Unit) -> Facts {
    let status = match unit.status {
        UnitStatus::InStock => "in-stock",
        UnitStatus::StockedOut => "stocked-out",
    };
    let condition = match unit.condition {
        Condition::Good => "good",
        Condition::Defective => "defective",
    };
    let disputed = if unit.disputed() { "disputed" } else { "undisputed" };
    let came = unit.came.as_ref().map_or("never-came".into(), |came| format!("came {}", came.number));
    let left = unit.left.as_ref().map_or("never-left".into(), |left| format!("left {}", left.number));
    let (at, notes) = (format!("at {}", unit.warehouse), format!("notes {}", unit.notes));
    vec![status.into(), condition.into(), disputed.into(), format!("disputes {}", unit.disputes), at, notes, came, left]
}

fn till(till: &Till) -> Facts {
    let mut facts = vec![format!("receipts {}", till.receipts), format!("shifts {}", till.shifts)];
    match &till.open {
        None => facts.push("shut".into()),
        Some(shift) => {
            let drawer = shift.opening_float.plus(shift.totals.cash).unwrap_or_default();
            facts.extend(["open".into(), format!("operator {}", shift.operator)]);
            facts.extend([format!("float {}", shift.opening_float), format!("drawer {drawer}")]);
            facts.extend(totals(&shift.totals));
        }
    }
    facts
}

fn closed_shift(till: &Till) -> Facts {
    let Some(closed) = &till.closed else { return none() };
    let mut facts = vec![format!("number {}", closed.shift.number), format!("counted {}", closed.cash_counted)];
    facts.push(format!("drawer {}", closed.cash_expected()));
    facts.extend(totals(&closed.shift.totals));
    facts
}

fn totals(totals: &ShiftTotals) -> Facts {
    let number = |number: &Option<DocumentNumber>| number.as_ref().map_or("none".to_owned(), ToString::to_string);
    vec![
        format!("sales {}", totals.sales),
        format!("units {}", totals.units),
        format!("gross {}", totals.gross),
        format!("discounts {}", totals.discounts),
        format!("cash {}", totals.cash),
        format!("card {}", totals.card),
        format!("wallet {}", totals.wallet),
        format!("first {}", number(&totals.first_receipt)),
        format!("last {}", number(&totals.last_receipt)),
    ]
}

fn product(product: &Product) -> Facts {
    let policy = match product.policy {
        SerialPolicy::Off => "off",
        SerialPolicy::AtStockOut => "out",
        SerialPolicy::StockInOut => "in-out",
    };
    let active = if product.active { "active" } else { "inactive" };
    let parts = product.parts.iter().map(|part| format!("{}*{}", part.sku, part.quantity));
    let mut facts: Facts = vec![policy.into(), active.into(), format!("price {}", product.price)];
    facts.extend(parts);
    facts
}

/// Every conflict over one unit, in the order in which the second documents arrived.
fn conflicts(sku: Sku, serial: Serial, scribe: &Scribe, shop: &impl Shop) -> Vec<Conflict> {
    let rows = scribe.accepted().filter_map(|op| shop.row(&Key::Conflict(op, sku.clone(), serial.clone())));
    let conflicts = rows.filter_map(|row| if let Row::Conflict(conflict) = row { Some(conflict) } else { None });
    conflicts.collect()
}

/// The conflict whose second document is `of`, else the last one.
fn one_conflict(conflicts: &[Conflict], of: Option<&str>) -> Facts {
    let mut found = conflicts.iter().rev().filter(|conflict| of.is_none_or(|of| conflict.second.number.as_str() == of));
    let Some(conflict) = found.next() else { return none() };
    let mut facts = vec![format!("first {}", conflict.first.number), format!("second {}", conflict.second.number)];
    facts.extend(evidence("", &conflict.second));
    facts.extend(evidence("first-", &conflict.first));
    match &conflict.resolved {
        None => facts.push("open".into()),
        Some(resolved) => facts.extend(resolution(resolved)),
    }
    facts
}

fn evidence(side: &str, document: &DocumentRef) -> Facts {
    let number = |number: Option<u64>| number.map_or("none".to_owned(), |number| number.to_string());
    let terminal = document.terminal.as_ref().map_or("none".to_owned(), ToString::to_string);
    vec![format!("{side}terminal {terminal}"), format!("{side}believed {}", number(document.believed)), format!("{side}base {}", number(document.base))]
}

fn resolution(resolved: &Resolved) -> Facts {
    let how = match &resolved.resolution {
        Resolution::Reassign { serial } => format!("reassigned {serial}"),
        Resolution::MisScan => "mis-scan".into(),
        Resolution::Refund { warehouse } => format!("refunded {warehouse}"),
    };
    let (wrong, right) = (format!("wrong {}", resolved.wrong.number), format!("right {}", resolved.right.number));
    vec![how, wrong, right, format!("by {}", resolved.by), format!("reason {}", resolved.reason)]
}
