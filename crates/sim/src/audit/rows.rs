//! The rows in a file, read without the engine, and compared.

use super::books::{Books, TillBook, UnitBook};
use super::kept::open_copy;
use crate::disk::Image;
use anyhow::{Result, ensure};
use engine::sql::{Sql, Value};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// The rows of a hub, a catalogue or an overlay.
#[derive(Debug, Default)]
pub struct Rows {
    /// SKU and serial, with all columns.
    units: BTreeMap<(String, String), Vec<Value>>,
    products: BTreeMap<String, Vec<Value>>,
    /// Table and key, with content and version.
    records: BTreeMap<(String, String), (String, u64)>,
    /// Content alone: only the hub gives a till versions.
    pub tills: BTreeMap<String, Json>,
}

const UNITS: &str = "SELECT sku, serial, status, condition, warehouse, notes, created_at_ms, came_op, came_number, came_at_ms, \
    left_op, left_number, left_at_ms, disputes, ver, left_terminal, left_believed, left_base FROM unit";
const STATUS: usize = 2;
const CONDITION: usize = 3;
const NOTES: usize = 5;
const CAME: usize = 7;
const LEFT: usize = 10;
const DISPUTES: usize = 13;

pub fn read(image: &Image, file: &str) -> Result<Rows> {
    let mut sql = open_copy(image, file)?;
    let mut rows = Rows::default();
    for unit in sql.rows(UNITS, &[])? {
        rows.units.insert((unit[0].as_text().to_owned(), unit[1].as_text().to_owned()), unit);
    }
    for product in sql.rows("SELECT sku, data, ver FROM product", &[])? {
        rows.products.insert(product[0].as_text().to_owned(), product);
    }
    for record in sql.rows("SELECT tbl, key, data, ver FROM record WHERE del = 0", &[])? {
        let (table, key) = (record[0].as_text().to_owned(), record[1].as_text().to_owned());
        if table == "till" {
            rows.tills.insert(key, serde_json::from_str(record[2].as_text())?);
        } else {
            rows.records.insert((table, key), (record[2].as_text().to_owned(), record[3].as_count()));
        }
    }
    Ok(rows)
}

/// Every own op of a terminal has the hub's answer.
pub fn check_outcomes(image: &Image) -> Result<()> {
    let mut sql = open_copy(image, "journal.db")?;
    let open = sql.rows("SELECT incarnation, seq FROM op WHERE outcome IS NULL ORDER BY incarnation, seq LIMIT 1", &[])?;
    ensure!(open.is_empty(), "the op {open:?} has no outcome");
    Ok(())
}

impl Rows {
    pub fn check_against(&self, books: &Books) -> Result<()> {
        let units: BTreeMap<_, UnitBook> = self.units.iter().map(|(name, columns)| (name.clone(), unit_book(columns))).collect();
        for name in units.keys().chain(books.units.keys()) {
            let (is, should) = (units.get(name), books.units.get(name));
            ensure!(is == should, "the hub has {name:?} as {is:?} and should have {should:?}");
        }
        let of = |table: &str| -> Vec<Json> {
            let rows = self.records.iter().filter(|((name, _), _)| name == table);
            rows.map(|(_, (data, _))| serde_json::from_str(data).unwrap_or_default()).collect()
        };
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        let stock: BTreeMap<String, i64> = of("stock").iter().map(|row| (text(&row["sku"]), row["quantity"].as_i64().unwrap_or(0))).collect();
        ensure!(stock == books.stock, "the hub's stock is {stock:?} and should be {:?}", books.stock);
        let conflicts: BTreeSet<_> = of("conflict").iter().map(|row| (text(&row["second"]["op"]), text(&row["sku"]), text(&row["serial"]))).collect();
        ensure!(conflicts == books.conflicts, "the hub's conflicts are {conflicts:?} and should be {:?}", books.conflicts);
        Ok(())
    }

    /// The tills are booked right. Where a disk was copied two drawers have one till, and the order of
    /// their ops is anybody's: then it is only counted what was sold and opened.
    pub fn check_tills(&self, books: &BTreeMap<String, TillBook>, copied: &BTreeSet<String>) -> Result<()> {
        let tills: BTreeMap<_, TillBook> = self.tills.iter().map(|(name, row)| (name.clone(), till_book(row))).collect();
        for name in tills.keys().chain(books.keys()) {
            let counted = |till: &TillBook| if copied.contains(name) { TillBook { open: None, ..till.clone() } } else { till.clone() };
            let (is, should) = (tills.get(name).map(counted), books.get(name).map(counted));
            ensure!(is == should, "the hub's till {name} is {is:?} and should be {should:?}");
        }
        Ok(())
    }

    /// Another file has the same rows, but for tills.
    pub fn check_same(&self, truth: &Rows) -> Result<()> {
        same(&self.units, &truth.units)?;
        same(&self.products, &truth.products)?;
        same(&self.records, &truth.records)
    }

    fn is_bare(&self) -> bool {
        self.units.is_empty() && self.products.is_empty() && self.records.is_empty()
    }

    /// Nothing hides the hub's rows any more.
    pub fn check_bare(&self) -> Result<()> {
        ensure!(self.is_bare(), "the overlay still hides {:?} {:?}", self.units.keys(), self.records.keys());
        Ok(())
    }
}

fn same<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(is: &BTreeMap<K, V>, should: &BTreeMap<K, V>) -> Result<()> {
    for key in is.keys().chain(should.keys()) {
        let (is, should) = (is.get(key), should.get(key));
        ensure!(is == should, "the catalogue has {key:?} as {is:?} and should have {should:?}");
    }
    Ok(())
}

fn unit_book(columns: &[Value]) -> UnitBook {
    let op = |value: &Value| uuid::Uuid::from_slice(value.as_bytes()).ok().map(|name| name.to_string());
    UnitBook {
        sold: columns[STATUS].as_int() == 1,
        defective: columns[CONDITION].as_int() == 1,
        notes: columns[NOTES].as_text().to_owned(),
        disputed: columns[DISPUTES].as_int() > 0,
        came: op(&columns[CAME]),
        left: op(&columns[LEFT]),
    }
}

fn till_book(row: &Json) -> TillBook {
    let open = row["open"]["totals"].as_object();
    let number = |value: &Json| value.as_u64().unwrap_or(0);
    TillBook {
        receipts: number(&row["receipts"]),
        shifts: number(&row["shifts"]),
        open: open.map(|totals| (number(&totals["sales"]), totals["cash"].as_i64().unwrap_or(0))),
    }
}
