//! A shop that lives in memory.

use super::Shop;
use crate::apply::{Stance, apply};
use crate::id::{OpId, Sku};
use crate::op::{Hash, Op};
use crate::refusal::Refusal;
use crate::row::{Key, Row, SerialScope, Settings};
use crate::serial::Serial;
use crate::slice::{Slice, Versioned, footprint};
use crate::verdict::Verdict;
use std::collections::{BTreeMap, BTreeSet};

/// The smallest store there is, and the model that the others are compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryShop {
    rows: BTreeMap<Key, Versioned>,
    /// Which SKUs have a unit bearing a serial.
    bearers: BTreeMap<Serial, BTreeSet<Sku>>,
    taken: BTreeMap<OpId, Hash>,
}

impl MemoryShop {
    /// Every row, in key order.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values().map(|found| &found.row)
    }

    fn load(&self, op: &Op) -> Slice {
        let mut slice = Slice::default();
        for key in footprint(op) {
            let found = self.rows.get(&key).cloned();
            slice.load(key, found);
        }
        if self.settings().serial_scope == SerialScope::Merchant {
            for (_, serial) in op.body.units() {
                let skus = self.bearers.get(&serial).into_iter().flatten().cloned().collect();
                slice.load_namesakes(serial, skus);
            }
        }
        slice
    }

    fn save(&mut self, slice: &Slice) {
        for row in slice.written() {
            if let Row::Unit(unit) = row {
                self.bearers.entry(unit.serial.clone()).or_default().insert(unit.sku.clone());
            }
            let ver = self.rows.get(&row.key()).and_then(|found| found.ver).unwrap_or(0) + 1;
            self.rows.insert(row.key(), Versioned { row: row.clone(), ver: Some(ver) });
        }
    }

    fn settings(&self) -> Settings {
        match self.row(&Key::Settings) {
            Some(Row::Settings(settings)) => settings,
            _ => Settings::default(),
        }
    }
}

impl Shop for MemoryShop {
    fn run(&mut self, op: Op, stance: Stance) -> Verdict {
        let hash = op.seal().hash;
        match self.taken.get(&op.id) {
            Some(known) if *known == hash => return Verdict::Duplicate,
            Some(_) => return Verdict::Refused(Refusal::IdReused),
            None => {}
        }
        let mut slice = self.load(&op);
        let verdict = apply(&mut slice, &op, stance);
        if !matches!(verdict, Verdict::Refused(_)) {
            self.save(&slice);
            self.taken.insert(op.id, hash);
        }
        verdict
    }

    fn row(&self, key: &Key) -> Option<Row> {
        self.rows.get(key).map(|found| found.row.clone())
    }
}
