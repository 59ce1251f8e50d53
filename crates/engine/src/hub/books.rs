//! Ops of the log and the history of units, as far as one transaction has them in memory still. They
//! are only added to, so what many ops add is written by few statements.

use super::arrival::name_bytes;
use crate::bulk::{Insert, Select};
use crate::fault::Fault;
use crate::sql::{Record, Sql, Value, first};
use ledger::id::{OpId, Sku};
use ledger::serial::Serial;
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

/// Ops kept in memory; beyond it they are written.
const OPS_MAX: usize = 1_000;

const OP_COLUMNS: usize = 15;
const OP: &str =
    "INSERT INTO op (number, device, incarnation, seq, op_id, kind, bytes, hash, outcome, pos, broken, log_hash, settled_pos, offset_ms, received_ms) VALUES";
const UNIT: &str = "INSERT INTO op_unit (sku, serial, number) VALUES";

static ADD_OPS: LazyLock<Insert> = LazyLock::new(|| Insert::new(OP, OP_COLUMNS, ""));
static ADD_UNITS: LazyLock<Insert> = LazyLock::new(|| Insert::new(UNIT, 3, " ON CONFLICT (sku, serial, number) DO NOTHING"));
static TAKEN: LazyLock<Select> = LazyLock::new(|| Select::new("SELECT op_id FROM op WHERE op_id IN ({keys})", 1));

#[derive(Debug, Default)]
pub(super) struct Books {
    ops: Vec<Record>,
    /// In the order in which a database keeps them.
    units: BTreeSet<(Sku, Serial, u64)>,
    /// Ids that were looked for, and whether an op bears them.
    names: HashMap<OpId, bool>,
}

impl Books {
    /// Looks for many ids at once.
    pub fn fetch_names(&mut self, sql: &mut dyn Sql, ids: &[OpId]) -> Result<(), Fault> {
        for id in ids {
            self.names.entry(*id).or_insert(false);
        }
        let keys: Vec<Record> = ids.iter().map(|id| vec![name_bytes(*id).into()]).collect();
        for row in TAKEN.run(sql, keys)? {
            let id = uuid::Uuid::from_slice(row[0].as_bytes()).map(OpId).map_err(|e| Fault::corrupt(sql.path(), format!("an op's id: {e}")))?;
            self.names.insert(id, true);
        }
        Ok(())
    }

    /// Whether an op bears the id already.
    pub fn is_taken(&self, sql: &mut dyn Sql, id: OpId) -> Result<bool, Fault> {
        if let Some(taken) = self.names.get(&id) {
            return Ok(*taken);
        }
        Ok(first(sql, "SELECT 1 FROM op WHERE op_id = $1", &[name_bytes(id).into()])?.is_some())
    }

    /// Appends an op, all of its columns.
    pub fn add(&mut self, sql: &mut dyn Sql, name: Option<OpId>, op: [Value; OP_COLUMNS]) -> Result<(), Fault> {
        self.names.extend(name.map(|id| (id, true)));
        self.ops.push(op.into());
        if self.ops.len() < OPS_MAX { Ok(()) } else { self.write(sql) }
    }

    /// Writes an op into the history of a unit that it names.
    pub fn add_unit(&mut self, sku: Sku, serial: Serial, number: u64) {
        self.units.insert((sku, serial, number));
    }

    /// Writes what was added: in the end, and before anybody looks for ops in the database.
    pub fn write(&mut self, sql: &mut dyn Sql) -> Result<(), Fault> {
        ADD_OPS.run(sql, std::mem::take(&mut self.ops))?;
        let unit = |(sku, serial, number): (Sku, Serial, u64)| vec![sku.as_str().into(), serial.as_str().into(), number.into()];
        ADD_UNITS.run(sql, std::mem::take(&mut self.units).into_iter().map(unit).collect())
    }
}
