//! Gathering what proves a unit's life: its ops as they were sealed, their places, and the paths to a
//! tree over the whole log. The hub's key is elsewhere, so nothing is signed here.

use super::units::product_name;
use super::{as_u32, hash_of, heads, hello, identity};
use crate::fault::Fault;
use crate::rows;
use crate::sql::{Record, Sql, Value, first};
use ledger::evidence::{EVENTS_MAX, Event, Evidence, FORMAT};
use ledger::id::{OperatorId, Sku, TerminalId};
use ledger::op::{Hash, Op};
use ledger::proof::Tree;
use ledger::row::{Conflict, Key, Row, Settings, Unit};
use ledger::serial::Serial;
use ledger::sync::wire::SignedHead;
use std::collections::{BTreeMap, BTreeSet};

/// Log hashes read at once.
const PAGE_ROWS: i64 = 10_000;

/// Everything about one unit, unsigned; none if there is no such unit. Takes a time proportional to the
/// log's length, since the tree is built anew.
pub(super) fn gather(sql: &mut dyn Sql, sku: &Sku, serial: &Serial, now_ms: i64, progress: &mut dyn FnMut(u64, u64)) -> Result<Option<Evidence>, Fault> {
    let Some(Row::Unit(unit)) = load(sql, &Key::Unit(sku.clone(), serial.clone()))? else { return Ok(None) };
    let settings = match load(sql, &Key::Settings)? {
        Some(Row::Settings(settings)) => settings,
        _ => Settings::default(),
    };
    let mut events = events(sql, &unit)?;
    let ops: Vec<Op> = events.iter().filter_map(|event| Op::read(event.op.as_bytes()).ok()).collect();
    let head = heads::load(sql)?.log;
    let numbers: Vec<u64> = events.iter().map(|event| event.number).chain([head.number]).collect();
    let (tree_root, mut paths) = tree(sql, &numbers, head.number, progress)?;
    let head_path = paths.pop().unwrap_or_default();
    for (event, path) in events.iter_mut().zip(paths) {
        event.path = path;
    }
    Ok(Some(Evidence {
        format: FORMAT.into(),
        program: env!("CARGO_PKG_VERSION").into(),
        hub: identity(sql)?.id,
        shop: settings.shop,
        currency: settings.currency,
        decimals: settings.decimals,
        made_at_ms: now_ms,
        product: product_name(sql, sku)?,
        people: people(sql, &ops)?,
        terminals: terminals(sql, &events)?,
        left_out: count(sql, &unit)?.saturating_sub(events.len() as u64),
        conflicts: conflicts(sql, &ops, &unit)?,
        events,
        unit,
        head: SignedHead::unsigned(head),
        head_path,
        tree_root,
        tree_signature: String::new(),
    }))
}

/// The newest ops that name the unit, in the order of the log.
fn events(sql: &mut dyn Sql, unit: &Unit) -> Result<Vec<Event>, Fault> {
    let text = "SELECT op.number, op.device, op.incarnation, op.seq, op.received_ms, op.offset_ms, op.outcome, op.broken, op.hash, op.bytes \
        FROM op_unit JOIN op ON op.number = op_unit.number WHERE op_unit.sku = $1 AND op_unit.serial = $2 ORDER BY op_unit.number DESC LIMIT $3";
    let found = sql.rows(text, &[unit.sku.as_str().into(), unit.serial.as_str().into(), Value::count(EVENTS_MAX as u64)])?;
    found.into_iter().rev().map(|record| event(sql, record)).collect()
}

fn event(sql: &mut dyn Sql, record: Record) -> Result<Event, Fault> {
    let unreadable = |source: crate::fault::Source| Fault::Row { table: "op", key: record[0].as_count().to_string(), source };
    let outcome = serde_json::from_str(record[6].as_text()).map_err(|e| unreadable(e.into()))?;
    let op = String::from_utf8(record[9].as_bytes().to_vec()).map_err(|e| unreadable(e.into()))?;
    let number = record[0].as_count();
    let before = hello::log_hash_at(sql, number - 1)?.unwrap_or_default();
    Ok(Event {
        number,
        device: TerminalId::from(record[1].as_text()),
        incarnation: as_u32(&record[2]),
        seq: record[3].as_count(),
        received_ms: record[4].as_int(),
        offset_ms: record[5].as_int(),
        outcome,
        broken: record[7].as_int() != 0,
        log_hash_before: before,
        hash: hash_of(&record[8]),
        op,
        path: Vec::new(),
    })
}

fn count(sql: &mut dyn Sql, unit: &Unit) -> Result<u64, Fault> {
    let text = "SELECT COUNT(*) FROM op_unit WHERE sku = $1 AND serial = $2";
    Ok(first(sql, text, &[unit.sku.as_str().into(), unit.serial.as_str().into()])?.map_or(0, |row| row[0].as_count()))
}

/// The root of the tree over the log and, in order of their numbers, the paths of these ops.
fn tree(sql: &mut dyn Sql, numbers: &[u64], end: u64, progress: &mut dyn FnMut(u64, u64)) -> Result<(Hash, Vec<Vec<Hash>>), Fault> {
    let mut tree = Tree::with_paths(numbers);
    while tree.len() < end {
        let page = sql.rows("SELECT log_hash FROM op WHERE number > $1 ORDER BY number LIMIT $2", &[tree.len().into(), Value::Int(PAGE_ROWS)])?;
        if page.is_empty() {
            return Err(Fault::corrupt(sql.path(), format!("the log of ops ends with op {}, but op {end} was taken", tree.len())));
        }
        page.iter().for_each(|row| tree.push(&hash_of(&row[0])));
        progress(tree.len(), end);
    }
    Ok(tree.finish())
}

fn people(sql: &mut dyn Sql, ops: &[Op]) -> Result<BTreeMap<OperatorId, String>, Fault> {
    let ids: BTreeSet<&OperatorId> = ops.iter().flat_map(|op| [Some(&op.actor), op.approved_by.as_ref()]).flatten().collect();
    let mut people = BTreeMap::new();
    for id in ids {
        if let Some(Row::Operator(operator)) = load(sql, &Key::Operator(id.clone()))? {
            people.insert(operator.id, operator.name);
        }
    }
    Ok(people)
}

fn terminals(sql: &mut dyn Sql, events: &[Event]) -> Result<BTreeMap<TerminalId, String>, Fault> {
    let ids: BTreeSet<&TerminalId> = events.iter().map(|event| &event.device).collect();
    let mut terminals = BTreeMap::new();
    for id in ids {
        if let Some(row) = first(sql, "SELECT name FROM device WHERE terminal = $1", &[id.as_str().into()])? {
            terminals.insert(id.clone(), row[0].as_text().to_owned());
        }
    }
    Ok(terminals)
}

/// The unit's conflicts: each is known by the op that came second, which names the unit.
fn conflicts(sql: &mut dyn Sql, ops: &[Op], unit: &Unit) -> Result<Vec<Conflict>, Fault> {
    let mut conflicts = Vec::new();
    for op in ops {
        if let Some(Row::Conflict(conflict)) = load(sql, &Key::Conflict(op.id, unit.sku.clone(), unit.serial.clone()))? {
            conflicts.push(conflict);
        }
    }
    Ok(conflicts)
}

fn load(sql: &mut dyn Sql, key: &Key) -> Result<Option<Row>, Fault> {
    Ok(rows::load(sql, key)?.map(|found| found.row))
}
