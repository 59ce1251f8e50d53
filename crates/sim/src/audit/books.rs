//! The auditor's books: what must be true after some ops, worked out from their JSON by the rules
//! as the README tells them. Written apart from the ledger on purpose; nothing is shared.

use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A SKU and a serial.
pub type UnitName = (String, String);

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnitBook {
    pub sold: bool,
    pub defective: bool,
    pub notes: String,
    pub disputed: bool,
    /// The ops that brought it in and took it out.
    pub came: Option<String>,
    pub left: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TillBook {
    pub receipts: u64,
    pub shifts: u64,
    /// Sales and cash of the open shift.
    pub open: Option<(u64, i64)>,
}

/// What an op came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    Applied,
    Conflict(Vec<UnitName>),
    Rejected,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Books {
    pub units: BTreeMap<UnitName, UnitBook>,
    /// By SKU; the shop has one warehouse.
    pub stock: BTreeMap<String, i64>,
    pub tills: BTreeMap<String, TillBook>,
    /// Second op, SKU, serial.
    pub conflicts: BTreeSet<(String, String, String)>,
    policies: BTreeMap<String, String>,
    /// Names of ops; each counts once.
    names: BTreeSet<String>,
}

impl Books {
    /// Enters one op as something that has happened.
    pub fn enter(&mut self, bytes: &[u8]) -> Result<Entry> {
        let op: Value = serde_json::from_slice(bytes).context("an op is JSON")?;
        if !self.names.insert(text(&op["id"])) {
            return Ok(Entry::Rejected);
        }
        let before = self.clone();
        let payload = &op["payload"];
        let entry = match text(&op["kind"]).as_str() {
            "sale@1" => self.sale(&op, payload),
            "stock_in@1" => self.stock_in(&op, payload),
            "shift_open@1" => self.shift_open(&op),
            "shift_close@1" => self.shift_close(&op),
            "unit_edit@1" => self.unit_edit(payload),
            "products@1" => self.products(payload),
            _ => Entry::Applied,
        };
        if entry == Entry::Rejected {
            let names = std::mem::take(&mut self.names);
            *self = Books { names, ..before };
        }
        Ok(entry)
    }

    fn sale(&mut self, op: &Value, sale: &Value) -> Entry {
        let mut conflicts = Vec::new();
        for line in items(&sale["lines"]) {
            for sold in items(&line["units"]) {
                let name = (text(&sold["sku"]), text(&sold["serial"]));
                if self.take_out(op, &name) {
                    conflicts.push(name);
                }
            }
            *self.stock.entry(text(&line["sku"])).or_default() -= number(&line["quantity"]);
        }
        let till = self.tills.entry(text(&op["device"])).or_default();
        till.receipts += 1;
        if let Some((sales, cash)) = &mut till.open {
            *sales += 1;
            *cash += number(&sale["total"]);
        }
        if conflicts.is_empty() { Entry::Applied } else { Entry::Conflict(conflicts) }
    }

    /// Whether somebody else had taken it out before.
    fn take_out(&mut self, op: &Value, name: &UnitName) -> bool {
        let tracked = self.policies.get(&name.0).is_none_or(|policy| policy != "off");
        let unit = self.units.entry(name.clone()).or_default();
        let twice = unit.sold && tracked;
        if twice {
            unit.disputed = true;
            self.conflicts.insert((text(&op["id"]), name.0.clone(), name.1.clone()));
        } else {
            unit.sold = true;
            unit.left = Some(text(&op["id"]));
        }
        twice
    }

    fn stock_in(&mut self, op: &Value, list: &Value) -> Entry {
        for line in items(&list["lines"]) {
            let sku = text(&line["sku"]);
            for serial in items(&line["serials"]) {
                let unit = UnitBook { defective: text(&line["condition"]) == "defective", came: Some(text(&op["id"])), ..UnitBook::default() };
                if self.units.insert((sku.clone(), text(serial)), unit).is_some() {
                    return Entry::Rejected;
                }
            }
            *self.stock.entry(sku).or_default() += number(&line["quantity"]);
        }
        Entry::Applied
    }

    fn shift_open(&mut self, op: &Value) -> Entry {
        let till = self.tills.entry(text(&op["device"])).or_default();
        till.shifts += 1;
        till.open = Some((0, 0));
        Entry::Applied
    }

    fn shift_close(&mut self, op: &Value) -> Entry {
        let till = self.tills.entry(text(&op["device"])).or_default();
        if till.open.take().is_some() { Entry::Applied } else { Entry::Rejected }
    }

    fn unit_edit(&mut self, edit: &Value) -> Entry {
        let Some(unit) = self.units.get_mut(&(text(&edit["sku"]), text(&edit["serial"]))) else { return Entry::Rejected };
        if let Some(condition) = edit["condition"].as_str() {
            unit.defective = condition == "defective";
        }
        if let Some(notes) = edit["notes"].as_str() {
            unit.notes = notes.to_owned();
        }
        Entry::Applied
    }

    fn products(&mut self, change: &Value) -> Entry {
        for product in items(&change["products"]) {
            self.policies.insert(text(&product["sku"]), text(&product["policy"]));
        }
        Entry::Applied
    }
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}
