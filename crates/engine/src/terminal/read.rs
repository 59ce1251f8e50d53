//! What the screens ask: always the effective rows, the overlay over the catalogue.

use super::overlay::Effective;
use super::{Counts, OpenConflict, ProductFacts, Resolved, TerminalStore, UnitFacts, till};
use crate::fault::Fault;
use crate::rows::{VersionedUnit, open_conflicts, product_skus_by_codes, records};
use crate::sql::first;
use ledger::gtin::spellings;
use ledger::id::{Sku, WarehouseId};
use ledger::row::{Conflict, Key, Operator, Product, Row, Settings, Table, Till, Unit};
use ledger::serial::Serial;
use std::collections::{BTreeMap, BTreeSet};

/// Most operators of one shop that a terminal lists.
const OPERATORS_MAX: u32 = 1_000;
/// Most conflicts that ops which the hub has not told yet are part of.
const FOUND_CONFLICTS_MAX: u32 = 10_000;

impl TerminalStore {
    /// What a scanned or typed text means: products by barcode or SKU, units by serial. Empty if
    /// nothing is known by it.
    pub fn resolve(&mut self, text: &str) -> Result<Resolved, Fault> {
        self.look_up(|source| {
            let products = source.products_by_code(text)?;
            let products = products.into_iter().map(|product| Ok(ProductFacts { parts: source.parts(&product)?, product }));
            let products = products.collect::<Result<_, Fault>>()?;
            let Ok(serial) = Serial::parse(text) else { return Ok(Resolved { products, units: Vec::new() }) };
            let units = source.units_by_serial(&serial)?.into_iter().map(|(unit, ver)| {
                let product = source.product(&unit.sku)?;
                Ok(UnitFacts { unit, ver, product })
            });
            Ok(Resolved { units: units.collect::<Result<_, Fault>>()?, products })
        })
    }

    /// A unit with the hub's version of it; none while the hub has not seen it.
    pub fn unit(&mut self, sku: &Sku, serial: &Serial) -> Result<Option<(Unit, Option<u64>)>, Fault> {
        self.look_up(|source| source.unit(sku, serial))
    }

    pub fn product(&mut self, sku: &Sku) -> Result<Option<Product>, Fault> {
        self.look_up(|source| source.product(sku))
    }

    /// The products that a combination stands for, as far as they are known.
    pub fn parts(&mut self, product: &Product) -> Result<Vec<Product>, Fault> {
        self.look_up(|source| source.parts(product))
    }

    pub fn settings(&mut self) -> Result<Settings, Fault> {
        self.read(|source| match source.load(&Key::Settings)?.map(|found| found.row) {
            Some(Row::Settings(settings)) => Ok(settings),
            _ => Ok(Settings::default()),
        })
    }

    /// Everybody known here, in order of their ids; those no longer active too.
    pub fn operators(&mut self) -> Result<Vec<Operator>, Fault> {
        let rows = self.read(|source| source.records(Table::Operator, OPERATORS_MAX))?;
        Ok(rows.into_iter().filter_map(|row| if let Row::Operator(row) = row { Some(row) } else { None }).collect())
    }

    /// This terminal's till.
    pub fn till(&mut self) -> Result<Till, Fault> {
        let identity = self.identity.clone();
        self.read(|source| till::load(source, &identity))
    }

    /// The quantity of a SKU in a warehouse; may be negative.
    pub fn on_hand(&mut self, sku: &Sku, warehouse: &WarehouseId) -> Result<i64, Fault> {
        self.look_up(|source| source.on_hand(sku, warehouse))
    }

    /// Units that two documents claim, as far as it is known here.
    pub fn conflicts(&mut self, rows_max: usize) -> Result<Vec<Conflict>, Fault> {
        let rows = self.look_up(|source| source.records(Table::Conflict, rows_max as u32))?;
        Ok(rows.into_iter().filter_map(|row| if let Row::Conflict(row) = row { Some(row) } else { None }).take(rows_max).collect())
    }

    /// Those that nobody has resolved, as far as it is known here.
    pub fn open_conflicts(&mut self, rows_max: usize) -> Result<Vec<OpenConflict>, Fault> {
        let (told, found) = self.look_up(|source| {
            // What was found here is little: all of it is read, since it may hide what was told.
            Ok((open_conflicts(source.catalogue, rows_max as u32)?, records(source.overlay, Table::Conflict, FOUND_CONFLICTS_MAX)?))
        })?;
        let by_the_hub: BTreeSet<Key> = told.iter().map(Row::key).collect();
        let by_key: BTreeMap<Key, Row> = told.into_iter().chain(found).map(|row| (row.key(), row)).collect();
        let open = by_key.into_iter().filter_map(|(key, row)| match row {
            Row::Conflict(conflict) if conflict.resolved.is_none() => Some(OpenConflict { conflict, told: by_the_hub.contains(&key) }),
            _ => None,
        });
        Ok(open.take(rows_max).collect())
    }

    /// How much is known here. Cheap at any size.
    pub fn counts(&mut self) -> Result<Counts, Fault> {
        let told = self.standing.counts;
        self.look_up(|source| {
            let text = "SELECT (SELECT count(*) FROM unit WHERE ver IS NULL), (SELECT count(*) FROM product WHERE ver IS NULL)";
            let own = first(source.overlay, text, &[])?.map_or((0, 0), |row| (row[0].as_count(), row[1].as_count()));
            Ok(Counts { units: told.units + own.0, products: told.products + own.1 })
        })
    }
}

impl Effective<'_> {
    pub fn unit(&mut self, sku: &Sku, serial: &Serial) -> Result<Option<VersionedUnit>, Fault> {
        let found = self.load(&Key::Unit(sku.clone(), serial.clone()))?;
        Ok(found.and_then(|found| if let Row::Unit(unit) = found.row { Some((unit, found.ver)) } else { None }))
    }

    pub fn product(&mut self, sku: &Sku) -> Result<Option<Product>, Fault> {
        let found = self.load(&Key::Product(sku.clone()))?;
        Ok(found.and_then(|found| if let Row::Product(product) = found.row { Some(product) } else { None }))
    }

    pub fn parts(&mut self, product: &Product) -> Result<Vec<Product>, Fault> {
        product.parts.iter().filter_map(|part| self.product(&part.sku).transpose()).collect()
    }

    pub fn on_hand(&mut self, sku: &Sku, warehouse: &WarehouseId) -> Result<i64, Fault> {
        let found = self.load(&Key::Stock(sku.clone(), warehouse.clone()))?;
        Ok(found.map_or(0, |found| if let Row::Stock(stock) = found.row { stock.quantity } else { 0 }))
    }

    /// Rows of a kind that is few, in key order.
    fn records(&mut self, table: Table, rows_max: u32) -> Result<Vec<Row>, Fault> {
        let told = records(self.catalogue, table, rows_max)?;
        let own = records(self.overlay, table, rows_max)?;
        let by_key: BTreeMap<Key, Row> = told.into_iter().chain(own).map(|row| (row.key(), row)).collect();
        Ok(by_key.into_values().collect())
    }

    /// A number is found however it is written. A product of the overlay may have lost a code that the catalogue still has for it.
    fn products_by_code(&mut self, text: &str) -> Result<Vec<Product>, Fault> {
        let codes = spellings(text);
        let mut skus = product_skus_by_codes(self.catalogue, &codes)?;
        skus.extend(product_skus_by_codes(self.overlay, &codes)?);
        let bears = |product: &Product| codes.iter().any(|code| product.sku.as_str() == code || product.codes.contains(code));
        let mut products = Vec::new();
        for sku in skus {
            products.extend(self.product(&sku)?.filter(bears));
        }
        Ok(products)
    }
}
