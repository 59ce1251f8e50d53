//! Products: JSON with the name beside it, found by SKU and by any of their barcodes.

use super::{Found, unreadable, ver_value};
use crate::bulk::Select;
use crate::fault::Fault;
use crate::sql::{Record, Sql, Value, first};
use ledger::id::Sku;
use ledger::row::{Product, Row, Table};
use ledger::slice::Versioned;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Most products that one barcode may name before the rest is left out.
const CODE_SKUS_MAX: i64 = 50;

const SAVE: &str = "INSERT INTO product (sku, name, data, ver, pos) VALUES ($1, $2, $3, $4, $5) \
    ON CONFLICT (sku) DO UPDATE SET name = excluded.name, data = excluded.data, ver = excluded.ver, pos = excluded.pos";

static LOAD: LazyLock<Select> = LazyLock::new(|| Select::new("SELECT sku, data, ver FROM product WHERE sku IN ({keys})", 1));

/// The SKUs that one of the codes names, as a barcode or as the SKU itself.
pub fn product_skus_by_codes(sql: &mut dyn Sql, codes: &[String]) -> Result<BTreeSet<Sku>, Fault> {
    let mut skus = BTreeSet::new();
    for code in codes {
        let coded = sql.rows("SELECT sku FROM code WHERE code = $1 ORDER BY sku LIMIT $2", &[code.as_str().into(), Value::Int(CODE_SKUS_MAX)])?;
        let named = sql.rows("SELECT sku FROM product WHERE sku = $1", &[code.as_str().into()])?;
        skus.extend(coded.iter().chain(&named).map(|row| Sku::from(row[0].as_text())));
    }
    Ok(skus)
}

/// A page of products in SKU order, beginning after `after`.
pub fn products_after(sql: &mut dyn Sql, after: &Sku, rows_max: u32) -> Result<Vec<Product>, Fault> {
    let text = "SELECT sku, data FROM product WHERE sku > $1 ORDER BY sku LIMIT $2";
    let found = sql.rows(text, &[after.as_str().into(), Value::Int(i64::from(rows_max))])?;
    found.iter().map(|row| read(row[0].as_text(), row[1].as_text())).collect()
}

pub(super) fn load(sql: &mut dyn Sql, sku: &Sku) -> Result<Option<Versioned>, Fault> {
    let Some(row) = first(sql, "SELECT data, ver FROM product WHERE sku = $1", &[sku.as_str().into()])? else { return Ok(None) };
    let product = read(sku.as_str(), row[0].as_text())?;
    Ok(Some(Versioned { row: Row::Product(product), ver: row[1].as_optional_count() }))
}

/// Those of many products that there are, each unless it cannot be read.
pub(super) fn load_many(sql: &mut dyn Sql, wanted: &[&Sku]) -> Result<Vec<Found<Sku>>, Fault> {
    let keys: Vec<Record> = wanted.iter().map(|sku| vec![sku.as_str().into()]).collect();
    let found = LOAD.run(sql, keys)?.into_iter().map(|row| {
        let product = read(row[0].as_text(), row[1].as_text());
        (Sku::from(row[0].as_text()), product.map(|product| Versioned { row: Row::Product(product), ver: row[2].as_optional_count() }))
    });
    Ok(found.collect())
}

pub(super) fn save(sql: &mut dyn Sql, product: &Product, ver: Option<u64>, pos: u64) -> Result<(), Fault> {
    let data = Row::Product(product.clone()).to_json();
    let params = [product.sku.as_str().into(), product.name.as_str().into(), data.into(), ver_value(ver), Value::count(pos)];
    sql.exec(SAVE, &params)?;
    drop_codes(sql, &product.sku)?;
    for code in &product.codes {
        let text = "INSERT INTO code (code, sku) VALUES ($1, $2) ON CONFLICT (code, sku) DO NOTHING";
        sql.exec(text, &[code.as_str().into(), product.sku.as_str().into()])?;
    }
    Ok(())
}

pub(super) fn delete(sql: &mut dyn Sql, sku: &Sku) -> Result<(), Fault> {
    drop_codes(sql, sku)?;
    sql.exec("DELETE FROM product WHERE sku = $1", &[sku.as_str().into()]).map(drop)
}

fn drop_codes(sql: &mut dyn Sql, sku: &Sku) -> Result<(), Fault> {
    sql.exec("DELETE FROM code WHERE sku = $1", &[sku.as_str().into()]).map(drop)
}

fn read(sku: &str, data: &str) -> Result<Product, Fault> {
    serde_json::from_str(data).map_err(|e| unreadable(Table::Product, sku, e))
}
