//! The rows one op may touch, handed to the rules. Named first, read once, decided on in memory,
//! written back in the same transaction.

use crate::id::{OpId, OperatorId, Sku, TerminalId, WarehouseId};
use crate::op::{Body, HUB_DEVICE, Op};
use crate::row::{Conflict, Key, Operator, Product, Row, Settings, Stock, Till, Unit};
use crate::serial::Serial;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Names every row that applying `op` may read or write. The same op names the same rows on every
/// machine, whatever those rows hold.
pub fn footprint(op: &Op) -> BTreeSet<Key> {
    let mut keys = BTreeSet::from([Key::Settings, Key::Operator(op.actor.clone())]);
    keys.extend(op.approved_by.clone().map(Key::Operator));
    match &op.body {
        Body::StockIn(body) => crate::stock_in::footprint(body, &mut keys),
        Body::Sale(body) => crate::sale::footprint(op, body, &mut keys),
        Body::ShiftOpen(_) | Body::ShiftClose(_) => {
            keys.insert(Key::Till(op.device.clone()));
        }
        Body::UnitEdit(body) => crate::unit_edit::footprint(body, &mut keys),
        Body::Products(body) => crate::catalogue::products_footprint(body, &mut keys),
        Body::Settings(_) => {}
        Body::Resolve(body) => crate::resolve::footprint(body, &mut keys),
        Body::Operators(body) => keys.extend(body.operators.iter().map(|o| Key::Operator(o.id.clone()))),
    }
    keys
}

/// A loaded row with the hub's version of it: none while the hub has not seen it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    pub row: Row,
    pub ver: Option<u64>,
}

/// Rows in memory. Reading a row that was not named is a bug and panics: a rule that did it would
/// decide on less than it believes to know.
#[derive(Debug, Clone, Default)]
pub struct Slice {
    rows: BTreeMap<Key, Option<Arc<Versioned>>>,
    /// For each serial named by the op, the SKUs that have a unit bearing it. Loaded only where the
    /// shop keeps serials unique across SKUs.
    namesakes: BTreeMap<Serial, Vec<Sku>>,
    written: BTreeSet<Key>,
}

impl Slice {
    /// States that `key` was looked up, and what was found.
    pub fn load(&mut self, key: Key, found: Option<impl Into<Arc<Versioned>>>) {
        self.rows.insert(key, found.map(Into::into));
    }

    pub fn load_namesakes(&mut self, serial: Serial, skus: Vec<Sku>) {
        self.namesakes.insert(serial, skus);
    }

    /// The rows that were written, in key order.
    pub fn written(&self) -> impl Iterator<Item = &Row> {
        self.written.iter().map(|key| &self.found(key).as_ref().expect("a written row is there").row)
    }

    pub(crate) fn put(&mut self, row: Row) {
        let key = row.key();
        let ver = self.found(&key).as_ref().and_then(|v| v.ver);
        self.rows.insert(key.clone(), Some(Arc::new(Versioned { row, ver })));
        self.written.insert(key);
    }

    fn found(&self, key: &Key) -> &Option<Arc<Versioned>> {
        self.rows.get(key).unwrap_or_else(|| panic!("{key:?} is outside the op's footprint"))
    }

    fn row(&self, key: &Key) -> Option<&Row> {
        self.found(key).as_ref().map(|v| &v.row)
    }

    /// The hub's version of a unit, if it has one.
    pub fn unit_ver(&self, sku: &Sku, serial: &Serial) -> Option<u64> {
        self.found(&Key::Unit(sku.clone(), serial.clone())).as_ref().and_then(|v| v.ver)
    }

    pub fn settings(&self) -> Settings {
        match self.row(&Key::Settings) {
            Some(Row::Settings(row)) => row.clone(),
            _ => Settings::default(),
        }
    }

    pub fn operator(&self, id: &OperatorId) -> Option<&Operator> {
        match self.row(&Key::Operator(id.clone())) {
            Some(Row::Operator(row)) => Some(row),
            _ => None,
        }
    }

    pub fn product(&self, sku: &Sku) -> Option<&Product> {
        match self.row(&Key::Product(sku.clone())) {
            Some(Row::Product(row)) => Some(row),
            _ => None,
        }
    }

    pub fn unit(&self, sku: &Sku, serial: &Serial) -> Option<&Unit> {
        match self.row(&Key::Unit(sku.clone(), serial.clone())) {
            Some(Row::Unit(row)) => Some(row),
            _ => None,
        }
    }

    /// The stock row, or one of zero.
    pub fn stock(&self, sku: &Sku, warehouse: &WarehouseId) -> Stock {
        match self.row(&Key::Stock(sku.clone(), warehouse.clone())) {
            Some(Row::Stock(row)) => row.clone(),
            _ => Stock { sku: sku.clone(), warehouse: warehouse.clone(), quantity: 0 },
        }
    }

    /// The till of a terminal, or a new one.
    pub fn till(&self, terminal: &TerminalId) -> Till {
        match self.row(&Key::Till(terminal.clone())) {
            Some(Row::Till(row)) => row.clone(),
            _ => Till::new(terminal.clone()),
        }
    }

    /// SKUs other than `sku` with a unit bearing `serial`.
    pub(crate) fn other_namesake(&self, sku: &Sku, serial: &Serial) -> Option<&Sku> {
        self.namesakes.get(serial).and_then(|skus| skus.iter().find(|other| *other != sku))
    }

    /// States that `sku` has a unit bearing `serial` from now on, for the rest of the same op.
    pub(crate) fn add_namesake(&mut self, sku: &Sku, serial: &Serial) {
        self.namesakes.entry(serial.clone()).or_default().push(sku.clone());
    }

    /// What to call a SKU in a sentence: its name, or its code where the op does not name the SKU
    /// and its row is not at hand.
    pub(crate) fn name_of(&self, sku: &Sku) -> String {
        match self.rows.get(&Key::Product(sku.clone())) {
            Some(Some(found)) if let Row::Product(product) = &found.row => product.name.clone(),
            _ => sku.to_string(),
        }
    }

    /// The conflict that the op `second` came into over a unit.
    pub fn conflict(&self, second: OpId, sku: &Sku, serial: &Serial) -> Option<&Conflict> {
        match self.row(&Key::Conflict(second, sku.clone(), serial.clone())) {
            Some(Row::Conflict(row)) => Some(row),
            _ => None,
        }
    }

    pub(crate) fn move_stock(&mut self, sku: &Sku, warehouse: &WarehouseId, by: i64) {
        let mut stock = self.stock(sku, warehouse);
        stock.quantity = stock.quantity.saturating_add(by);
        self.put(Row::Stock(stock));
    }

    /// Whether the op's actor, or whoever approved it, has `right`. The hub's own ops have all.
    pub(crate) fn permits(&self, op: &Op, right: crate::role::Right) -> bool {
        let has = |id: &OperatorId| self.operator(id).is_some_and(|o| o.active && o.role.has(right));
        op.device.as_str() == HUB_DEVICE || has(&op.actor) || op.approved_by.as_ref().is_some_and(has)
    }
}
