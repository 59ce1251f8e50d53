//! The reckoning: what the till wrote down, what its screen acknowledged, what its printer printed
//! and what the hub has must be one story.

use crate::crew::witness::Op;
use crate::demo::shop::Shop;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Compares everything and answers how many ops the hub has.
pub fn audit(shop: &Shop, ops: &[Op], acknowledged: &[String]) -> Result<u64> {
    let sales: Vec<&Op> = ops.iter().filter(|op| op.is_sale()).collect();
    chain_is_whole(ops)?;
    nothing_twice(&sales)?;
    acknowledged_once(&sales, acknowledged)?;
    printed_truly(&shop.till().folder().join("slips.txt"), &sales)?;
    let synced = shop.synced()?;
    ensure!(synced == ops.len() as u64, "the till wrote {} ops, the hub has {synced}", ops.len());
    let conflicts = shop.conflicts()?;
    ensure!(conflicts["conflicts"].as_array().is_some_and(Vec::is_empty), "the hub found double uses: {conflicts}");
    for sale in &sales {
        sale.serials.iter().try_for_each(|serial| left_once(&shop.units(serial)?, sale).with_context(|| format!("unit {serial}")))?;
    }
    Ok(synced)
}

fn chain_is_whole(ops: &[Op]) -> Result<()> {
    let first = ops.first().context("the till wrote down nothing")?;
    for (op, seq) in ops.iter().zip(1..) {
        ensure!(op.seq == seq && op.incarnation == first.incarnation, "op {seq} was expected in ops.log, there is {op:?}");
    }
    Ok(())
}

fn nothing_twice(sales: &[&Op]) -> Result<()> {
    let (mut ids, mut receipts, mut serials) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for sale in sales {
        ensure!(ids.insert(&sale.id), "op {} was written twice", sale.id);
        ensure!(receipts.insert(&sale.document), "receipt {} was given twice", sale.document);
        for serial in &sale.serials {
            ensure!(serials.insert(serial), "unit {serial} was sold twice");
        }
    }
    Ok(())
}

fn acknowledged_once(sales: &[&Op], acknowledged: &[String]) -> Result<()> {
    let mut shown = BTreeSet::new();
    for receipt in acknowledged {
        ensure!(shown.insert(receipt), "receipt {receipt} was shown as just sold twice");
        let written = sales.iter().filter(|sale| sale.document == *receipt).count();
        ensure!(written == 1, "receipt {receipt} was shown and written down {written} times");
    }
    Ok(())
}

/// Paper only after the sale was saved, and a Z report that counts every sale once.
fn printed_truly(slips: &Path, sales: &[&Op]) -> Result<()> {
    let bytes = std::fs::read(slips).with_context(|| format!("{} could not be read", slips.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let written: BTreeSet<&str> = sales.iter().map(|sale| sale.document.as_str()).collect();
    for receipt in words_after(&text, "Receipt ") {
        ensure!(written.contains(receipt), "receipt {receipt} was printed, but its sale was not saved");
    }
    let counted: Vec<&str> = words_after(&text, "Sales ").collect();
    ensure!(counted == [sales.len().to_string()], "the Z report counts {counted:?} sales instead of {}", sales.len());
    Ok(())
}

fn words_after<'a>(text: &'a str, label: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().filter_map(move |line| line.trim_start_matches(|c: char| !c.is_ascii_alphabetic()).strip_prefix(label)?.split_whitespace().next())
}

/// The hub has the sale exactly once in the unit's history, applied, and the unit is out.
fn left_once(found: &Value, sale: &Op) -> Result<()> {
    let units = found["units"].as_array().map_or(&[][..], Vec::as_slice);
    let [unit] = units else { anyhow::bail!("the hub knows {} units instead of one: {found}", units.len()) };
    let history = unit["history"].as_array().map_or(&[][..], Vec::as_slice);
    let sold: Vec<&Value> = history.iter().filter(|entry| entry["kind"].as_str().is_some_and(|kind| kind.starts_with("sale@"))).collect();
    let [entry] = sold[..] else { anyhow::bail!("it was sold {} times: {found}", sold.len()) };
    ensure!(unit["status"] == "stocked_out", "it was sold with receipt {}, but is not out: {found}", sale.document);
    ensure!(entry["outcome"] == "applied" && entry["document"] == sale.document && entry["op"] == sale.id, "it left by another sale than {sale:?}: {found}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sale(seq: u64, receipt: &str, serial: &str) -> Op {
        Op { id: format!("op-{seq}"), incarnation: 1, seq, kind: "sale@1".into(), document: receipt.into(), serials: vec![serial.into()], ..Op::default() }
    }

    #[track_caller]
    fn check(found: Result<()>, expected: &str) {
        let said = found.err().map(|fault| format!("{fault:#}")).unwrap_or_default();
        assert!(said.contains(expected) && said.is_empty() == expected.is_empty(), "{said:?} instead of {expected:?}");
    }

    #[test]
    fn what_must_never_happen_is_found() {
        let (a, b) = (sale(1, "T-1", "A"), sale(2, "T-2", "B"));
        let good = [&a, &b];
        check(chain_is_whole(&[a.clone(), b.clone()]), "");
        check(chain_is_whole(&[a.clone(), sale(3, "T-3", "C")]), "op 2 was expected");
        check(nothing_twice(&good), "");
        check(nothing_twice(&[&a, &sale(2, "T-1", "B")]), "receipt T-1 was given twice");
        check(nothing_twice(&[&a, &sale(2, "T-2", "A")]), "unit A was sold twice");
        check(nothing_twice(&[&a, &a]), "op-1 was written twice");
        check(acknowledged_once(&good, &["T-1".into()]), "");
        check(acknowledged_once(&good, &["T-3".into()]), "written down 0 times");
        check(acknowledged_once(&good, &["T-1".into(), "T-1".into()]), "twice");
    }

    #[test]
    fn slips_are_compared() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("slips.txt");
        let sold = sale(1, "T-1", "A");
        let slip = |text: &str| {
            std::fs::write(&path, text).unwrap();
            printed_truly(&path, &[&sold])
        };
        check(slip("\u{1b}@Receipt T-1   12:00\n Z REPORT\nSales    1\n"), "");
        check(slip("Receipt T-2\nSales 1\n"), "T-2 was printed");
        check(slip("Sales 2\n"), "instead of 1");
        check(slip(""), "instead of 1");
    }

    #[test]
    fn a_unit_leaves_once() {
        let sold = sale(1, "T-1", "A");
        let entry = serde_json::json!({ "kind": "sale@1", "op": "op-1", "document": "T-1", "outcome": "applied" });
        let unit = |status: &str, history: &[&Value]| serde_json::json!({ "units": [{ "status": status, "history": history }] });
        check(left_once(&unit("stocked_out", &[&entry]), &sold), "");
        check(left_once(&unit("in_stock", &[&entry]), &sold), "is not out");
        check(left_once(&unit("stocked_out", &[&entry, &entry]), &sold), "sold 2 times");
        check(left_once(&unit("stocked_out", &[]), &sold), "sold 0 times");
        check(left_once(&unit("stocked_out", &[&entry]), &sale(1, "T-9", "A")), "another sale");
        check(left_once(&serde_json::json!({ "units": [] }), &sold), "0 units");
    }
}
