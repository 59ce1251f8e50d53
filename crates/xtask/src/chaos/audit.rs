//! The reckoning: what each terminal wrote down and showed, what the hub has, and what it says of it
//! must be one story. None of the product's rules is asked.

use super::dump::Logged;
use super::tally::Causes;
use crate::crew::witness::Op;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One disk's story.
pub struct Disk<'a> {
    pub name: String,
    pub ops: Vec<Op>,
    /// Receipts that its screen showed as just sold.
    pub receipts: &'a [String],
}

/// Who sold each unit: different sales, by their ids.
pub type Sellers = BTreeMap<String, BTreeSet<String>>;

/// Every receipt that a screen showed is one sale that was written down.
pub fn receipts_are_written(disk: &Disk<'_>) -> Result<()> {
    let mut shown = BTreeSet::new();
    for receipt in disk.receipts {
        ensure!(shown.insert(receipt), "receipt {receipt} was shown as just sold twice");
        let written = disk.ops.iter().filter(|op| op.is_sale() && op.document == *receipt).count();
        ensure!(written == 1, "receipt {receipt} was shown and written down {written} times");
    }
    Ok(())
}

/// Every op that was written down is in the hub's log once with its very bytes, and nothing else is
/// there but what was there `before`. Only an op whose name another one bears may be rejected, as when
/// a copied disk has the same sale open and both settle it; answers the texts of those.
pub fn log_is_whole(disks: &[Disk<'_>], log: &[Logged], before: &[Logged]) -> Result<BTreeSet<String>> {
    let written: BTreeMap<&str, &Op> = disks.iter().flat_map(|disk| &disk.ops).map(|op| (op.text.as_str(), op)).collect();
    let mut names = BTreeMap::<&str, u32>::new();
    written.values().for_each(|op| *names.entry(&op.id).or_default() += 1);
    let old: BTreeSet<&str> = before.iter().map(|op| op.bytes.as_str()).collect();
    let (mut found, mut rejected) = (BTreeSet::new(), BTreeSet::new());
    for logged in log.iter().filter(|logged| !old.contains(logged.bytes.as_str())) {
        let Some(op) = written.get(logged.bytes.as_str()) else { bail!("op {} of the hub's log was written by nobody: {logged:?}", logged.number) };
        ensure!(found.insert(&op.text), "op {} is in the hub's log twice", op.id);
        let outcome: Value = serde_json::from_str(&logged.outcome).with_context(|| format!("an outcome cannot be read: {logged:?}"))?;
        let expected = match outcome["outcome"].as_str() {
            Some("applied" | "conflict") => true,
            Some("rejected") => rejected.insert(op.text.clone()) && outcome["code"] == "id_reused" && names[op.id.as_str()] > 1,
            _ => false,
        };
        ensure!(expected, "op {} has an outcome that nothing is the cause of: {outcome}", op.id);
    }
    let missing: Vec<&&Op> = written.values().filter(|op| !found.contains(&op.text)).collect();
    ensure!(missing.is_empty(), "the hub lacks {} ops, among them {:?}", missing.len(), missing.first());
    Ok(rejected)
}

/// What the hub rejected is told as such to the till that made it, and takes no unit out.
pub fn sellers(disks: &[Disk<'_>], rejected: &BTreeSet<String>) -> Sellers {
    let mut sellers = Sellers::new();
    for op in disks.iter().flat_map(|disk| &disk.ops).filter(|op| !rejected.contains(&op.text)) {
        op.serials.iter().for_each(|serial| sellers.entry(serial.clone()).or_default().extend([op.id.clone()]));
    }
    sellers
}

/// A unit sold n times has n - 1 conflicts, each for another of its sales, and no other unit has any.
pub fn conflicts_are_exact(sellers: &Sellers, conflicts: &[Value]) -> Result<()> {
    let mut later = BTreeMap::<&str, BTreeSet<&str>>::new();
    for conflict in conflicts {
        let (serial, second) = (text(conflict, "/serial"), text(conflict, "/second/op"));
        ensure!(sellers.get(serial).is_some_and(|sales| sales.len() > 1), "a conflict about unit {serial}, which was not sold twice: {conflict}");
        ensure!(later.entry(serial).or_default().insert(second), "the sale {second} of unit {serial} has two conflicts");
    }
    for (serial, sales) in sellers.iter().filter(|(_, sales)| sales.len() > 1) {
        let later = later.remove(serial.as_str()).unwrap_or_default();
        let known = later.iter().all(|sale| sales.contains(*sale));
        ensure!(known && later.len() == sales.len() - 1, "unit {serial} was sold by {sales:?}, conflicts are told of {later:?}");
    }
    Ok(())
}

/// The hub's history of a unit holds each of its sales once; the unit is out, and disputed by each sale
/// but one.
pub fn unit_is_told(serial: &str, sales: &BTreeSet<String>, found: &Value) -> Result<()> {
    let units = found["units"].as_array().map_or(&[][..], Vec::as_slice);
    let [unit] = units else { bail!("the hub knows {} units instead of one: {found}", units.len()) };
    let history = unit["history"].as_array().map_or(&[][..], Vec::as_slice);
    let mut told: Vec<&str> = history.iter().filter(|entry| text(entry, "/kind").starts_with("sale@")).map(|entry| text(entry, "/op")).collect();
    told.sort_unstable();
    ensure!(told.iter().copied().eq(sales.iter().map(String::as_str)), "unit {serial} was sold by {sales:?}: {found}");
    ensure!(unit["status"] == "stocked_out", "unit {serial} was sold, but is not out: {found}");
    let disputes = unit["disputes"].as_u64().unwrap_or(0);
    ensure!(disputes == sales.len() as u64 - 1, "unit {serial} was sold {} times and has {disputes} disputes: {found}", sales.len());
    Ok(())
}

/// No incident without its cause. Answers how often each kind was noted.
pub fn incidents_have_causes(incidents: &[Value], causes: &Causes) -> Result<BTreeMap<String, u64>> {
    let mut counts = BTreeMap::<String, u64>::new();
    for incident in incidents {
        let cloned = causes.cloned.contains(text(incident, "/device"));
        let caused = match text(incident, "/kind") {
            "fork" => cloned,
            "renewed" => cloned || causes.hub_restored,
            "hub_restored" | "repair" => causes.hub_restored,
            _ => false,
        };
        ensure!(caused, "an incident that nothing is the cause of: {incident}");
        *counts.entry(text(incident, "/kind").to_owned()).or_default() += incident["times"].as_u64().unwrap_or(1);
    }
    Ok(counts)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sale(id: &str, receipt: &str, serial: &str) -> Op {
        let text = format!("{id} {receipt} {serial}");
        Op { id: id.into(), kind: "sale@1".into(), document: receipt.into(), serials: vec![serial.into()], text, ..Op::default() }
    }

    fn disk<'a>(ops: &[Op], receipts: &'a [String]) -> Disk<'a> {
        Disk { name: "one".into(), ops: ops.to_vec(), receipts }
    }

    fn logged(op: &Op, outcome: &Value) -> Logged {
        Logged { number: 1, device: "T1".into(), bytes: op.text.clone(), outcome: outcome.to_string() }
    }

    #[track_caller]
    fn check<T>(found: Result<T>, expected: &str) {
        let said = found.err().map(|fault| format!("{fault:#}")).unwrap_or_default();
        assert!(said.contains(expected) && said.is_empty() == expected.is_empty(), "{said:?} instead of {expected:?}");
    }

    #[test]
    fn receipts_are_compared_with_what_was_written() {
        let ops = [sale("a", "T1-1", "S1")];
        let shown = |receipts: &[&str]| receipts.iter().map(|receipt| (*receipt).to_owned()).collect::<Vec<_>>();
        check(receipts_are_written(&disk(&ops, &shown(&["T1-1"]))), "");
        check(receipts_are_written(&disk(&ops, &shown(&["T1-2"]))), "written down 0 times");
        check(receipts_are_written(&disk(&ops, &shown(&["T1-1", "T1-1"]))), "shown as just sold twice");
    }

    #[test]
    fn the_log_holds_each_op_once() {
        let (a, b) = (sale("a", "T1-1", "S1"), sale("b", "T1-2", "S2"));
        let disks = [disk(&[a.clone(), b.clone()], &[]), disk(std::slice::from_ref(&a), &[])];
        let applied = json!({ "outcome": "applied" });
        let (first, second) = (logged(&a, &applied), logged(&b, &json!({ "outcome": "conflict", "units": [] })));
        let old = logged(&sale("o", "HUB-1", ""), &applied);
        check(log_is_whole(&disks, &[old.clone(), first.clone(), second.clone()], std::slice::from_ref(&old)), "");
        check(log_is_whole(&disks, &[first.clone(), second.clone(), old.clone()], &[]), "written by nobody");
        check(log_is_whole(&disks, &[first.clone(), second, first.clone()], &[]), "twice");
        check(log_is_whole(&disks, std::slice::from_ref(&first), &[]), "lacks 1 ops");
        let rejected = logged(&b, &json!({ "outcome": "rejected", "code": "id_reused", "reason": "" }));
        check(log_is_whole(&disks, &[first.clone(), rejected.clone()], &[]), "nothing is the cause of");
        let namesake = Op { id: "a".into(), ..b };
        check(log_is_whole(&[disk(&[a, namesake], &[])], &[first, rejected], &[]), "");
    }

    #[test]
    fn each_double_sale_has_one_conflict() {
        let ops = [sale("a", "T1-1", "S1"), sale("b", "T2-1", "S1"), sale("c", "T3-1", "S1"), sale("d", "T1-2", "S2")];
        let rejected = sale("e", "T4-1", "S2");
        let names = BTreeSet::from([rejected.text.clone()]);
        let sellers = sellers(&[disk(&ops, &[]), disk(&ops[..1], &[]), disk(&[rejected], &[])], &names);
        let conflict = |serial: &str, second: &str| json!({ "serial": serial, "second": { "op": second } });
        check(conflicts_are_exact(&sellers, &[conflict("S1", "b"), conflict("S1", "c")]), "");
        check(conflicts_are_exact(&sellers, &[conflict("S1", "b")]), "unit S1 was sold by");
        check(conflicts_are_exact(&sellers, &[conflict("S1", "b"), conflict("S1", "b")]), "two conflicts");
        check(conflicts_are_exact(&sellers, &[conflict("S1", "b"), conflict("S1", "x")]), "unit S1 was sold by");
        check(conflicts_are_exact(&sellers, &[conflict("S2", "d")]), "not sold twice");
    }

    #[test]
    fn a_unit_tells_its_sales() {
        let sales = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>();
        let unit = |status: &str, disputes: u32, ops: &[&str]| {
            let history: Vec<Value> = ops.iter().map(|op| json!({ "kind": "sale@1", "op": op })).collect();
            json!({ "units": [{ "status": status, "disputes": disputes, "history": history }] })
        };
        check(unit_is_told("S", &sales(&["a", "b"]), &unit("stocked_out", 1, &["b", "a"])), "");
        check(unit_is_told("S", &sales(&["a"]), &unit("stocked_out", 1, &["a"])), "sold 1 times");
        check(unit_is_told("S", &sales(&["a"]), &unit("in_stock", 0, &["a"])), "not out");
        check(unit_is_told("S", &sales(&["a"]), &unit("stocked_out", 0, &["a", "a"])), "was sold by");
        check(unit_is_told("S", &sales(&["a"]), &json!({ "units": [] })), "0 units");
    }

    #[test]
    fn an_incident_needs_a_cause() {
        let incident = |kind: &str, device: &str| json!({ "kind": kind, "device": device, "times": 2 });
        let cloned = Causes { cloned: BTreeSet::from(["T1".to_owned()]), hub_restored: false };
        let restored = Causes { cloned: BTreeSet::new(), hub_restored: true };
        check(incidents_have_causes(&[incident("fork", "T1"), incident("renewed", "T1")], &cloned), "");
        check(incidents_have_causes(&[incident("fork", "T2")], &cloned), "nothing is the cause of");
        check(incidents_have_causes(&[incident("hub_restored", "T1")], &cloned), "nothing is the cause of");
        check(incidents_have_causes(&[incident("hub_restored", "T2"), incident("repair", "T2")], &restored), "");
        check(incidents_have_causes(&[incident("fork", "T1")], &restored), "nothing is the cause of");
        check(incidents_have_causes(&[incident("broken_chain", "T1")], &restored), "nothing is the cause of");
    }
}
