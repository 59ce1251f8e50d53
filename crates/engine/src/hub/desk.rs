//! The rows that one transaction works on, in memory until it ends.
//!
//! Many ops of one transaction touch the same few rows: the till, the stock of a SKU, the settings.
//! Each is read once and written once, in its last state. That spares a server most of the way back
//! and forth, and PostgreSQL the versions: within a transaction it keeps every one, and would look
//! through all of them at each reading.

use crate::fault::Fault;
use crate::rows::{self, Held, RowSource};
use crate::sql::Sql;
use foldhash::fast::RandomState;
use ledger::id::Sku;
use ledger::row::{Key, Row};
use ledger::serial::Serial;
use ledger::slice::Versioned;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Rows kept in memory; beyond it they are written, and read again when they are wanted.
const ROWS_MAX: usize = 100_000;

#[derive(Debug, Default)]
pub(super) struct Desk {
    /// None for a row that is not there.
    rows: HashMap<Key, Option<Arc<Versioned>>, RandomState>,
    /// Rows to write with their positions, in the order in which a database keeps them.
    changed: BTreeMap<Key, u64>,
    /// Whether any row was ever deleted, once that was asked: mostly none, which spares each new row a
    /// look. Ops write rows and delete none.
    graves: OnceCell<bool>,
}

impl Desk {
    /// Reads rows through what is on the desk.
    pub fn over<'a>(&'a mut self, sql: &'a mut dyn Sql) -> impl RowSource + 'a {
        Over { desk: self, sql }
    }

    /// What there is of a row, in the database or on the desk.
    pub fn held(&self, sql: &mut dyn Sql, key: &Key) -> Result<Held, Fault> {
        match self.rows.get(key) {
            Some(Some(found)) => Ok(found.ver.map_or(Held::Nothing, Held::Row)),
            // A deletion leaves a version behind.
            Some(None) if !self.any_removed(sql)? => Ok(Held::Nothing),
            _ => rows::held(sql, key),
        }
    }

    /// Puts a row down in its new state.
    pub fn put(&mut self, row: &Row, ver: u64, pos: u64) {
        let key = row.key();
        self.changed.insert(key.clone(), pos);
        self.rows.insert(key, Some(Arc::new(Versioned { row: row.clone(), ver: Some(ver) })));
    }

    /// Writes what changed.
    pub fn write(&mut self, sql: &mut dyn Sql) -> Result<(), Fault> {
        let changed = std::mem::take(&mut self.changed);
        let state = |(key, pos): (&Key, &u64)| {
            let found = self.rows.get(key).and_then(Option::as_ref).expect("a changed row was put down");
            (&found.row, found.ver, *pos)
        };
        rows::save_many(sql, &changed.iter().map(state).collect::<Vec<_>>())
    }

    /// Fetches the rows that ops will touch, all at once.
    pub fn fetch<'a>(&mut self, sql: &mut dyn Sql, keys: impl Iterator<Item = &'a Key>) -> Result<(), Fault> {
        let wanted: HashSet<&Key, RandomState> = keys.filter(|key| !self.rows.contains_key(key)).take(ROWS_MAX).collect();
        let mut wanted: Vec<&Key> = wanted.into_iter().collect();
        wanted.sort_unstable();
        let found = rows::load_many(sql, &wanted)?;
        self.rows.extend(wanted.into_iter().map(|key| (key.clone(), None)));
        for (key, read) in found {
            match read {
                Ok(found) => self.rows.insert(key, Some(Arc::new(found))),
                // Whoever needs it is told when it reads that one.
                Err(_) => self.rows.remove(&key),
            };
        }
        Ok(())
    }

    /// Makes room between two ops.
    pub fn clear_if_full(&mut self, sql: &mut dyn Sql) -> Result<(), Fault> {
        if self.rows.len() < ROWS_MAX {
            return Ok(());
        }
        self.write(sql)?;
        self.rows.clear();
        Ok(())
    }

    fn any_removed(&self, sql: &mut dyn Sql) -> Result<bool, Fault> {
        if let Some(known) = self.graves.get() {
            return Ok(*known);
        }
        let any = rows::any_removed(sql)?;
        Ok(*self.graves.get_or_init(|| any))
    }

    /// SKUs whose unit bearing the serial is on the desk.
    fn skus_bearing<'a>(&'a self, serial: &'a Serial) -> impl Iterator<Item = Sku> + 'a {
        self.changed.keys().filter_map(move |key| match key {
            Key::Unit(sku, own) if own == serial => Some(sku.clone()),
            _ => None,
        })
    }
}

struct Over<'a> {
    desk: &'a mut Desk,
    sql: &'a mut dyn Sql,
}

impl RowSource for Over<'_> {
    fn row(&mut self, key: &Key) -> Result<Option<Arc<Versioned>>, Fault> {
        if let Some(known) = self.desk.rows.get(key) {
            return Ok(known.clone());
        }
        let found = rows::load(self.sql, key)?.map(Arc::new);
        self.desk.rows.insert(key.clone(), found.clone());
        Ok(found)
    }

    fn skus_bearing(&mut self, serial: &Serial) -> Result<Vec<Sku>, Fault> {
        let mut skus: BTreeSet<Sku> = rows::units_by_serial(self.sql, serial)?.into_iter().map(|(unit, _)| unit.sku).collect();
        skus.extend(self.desk.skus_bearing(serial));
        Ok(skus.into_iter().collect())
    }
}
