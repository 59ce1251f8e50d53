//! The audit when all is quiet: every promise kept once, the books of the hub and of every terminal
//! as the ops say, and everybody of one mind.

use super::books::{Books, Entry, TillBook};
use super::hearsay;
use super::kept::{self, HubOp, Kept};
use super::record::Record;
use super::rows;
use crate::disk::Image;
use crate::world::till::Till;
use anyhow::{Context, Result, bail, ensure};
use ledger::op::Hash;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the auditor looks at of a terminal.
pub struct TillSeen {
    pub name: String,
    pub device: String,
    pub incarnation: u32,
    pub copied: bool,
    pub image: Image,
    pub doubtful: usize,
}

impl TillSeen {
    pub fn of(till: &mut Till) -> TillSeen {
        TillSeen {
            name: till.name.clone(),
            device: till.identity.terminal.to_string(),
            incarnation: till.store.as_ref().map_or(0, |store| store.identity().incarnation),
            copied: till.copied,
            image: till.disk.image(),
            doubtful: till.store.as_ref().map_or(0, |store| store.doubtful().len()),
        }
    }
}

/// Answers how many conflicts there are. `copied` are the terminals of which a disk was copied or put back,
/// also of those that are no more.
pub fn audit(record: &Record, hub: &Image, tills: &[TillSeen], copied: &BTreeSet<String>) -> Result<usize> {
    let ops = kept::hub(hub)?;
    check_promises(record, &ops, tills)?;
    check_log(&ops)?;
    check_origin(record, &ops)?;
    check_parked(record, &ops)?;
    let books = check_books(&ops)?;
    let truth = rows::read(hub, "hub.db")?;
    truth.check_against(&books)?;
    truth.check_tills(&till_books(&ops)?, copied)?;
    for till in tills {
        check_till(till, &truth, &ops).with_context(|| till.name.clone())?;
    }
    check_names(tills)?;
    Ok(books.conflicts.len())
}

/// Whatever was promised is at the hub, once, byte for byte. Forgiven is what a mishap destroyed before the
/// hub or a terminal that is left had it, and what such a terminal cannot pass on because the one before it
/// is lost.
fn check_promises(record: &Record, ops: &[HubOp], tills: &[TillSeen]) -> Result<()> {
    let mut there: BTreeMap<String, u32> = BTreeMap::new();
    ops.iter().for_each(|op| *there.entry(kept::hash(&op.bytes)).or_default() += 1);
    let stranded = stranded(ops, tills)?;
    for (hash, promise) in &record.promises {
        let times = there.get(hash).copied().unwrap_or(0);
        let out_of_reach = !record.has_keeper(hash) || stranded.contains(hash);
        let forgiven = times == 0 && record.destroyed.contains(hash) && out_of_reach;
        ensure!(times == 1 || forgiven, "the op {} of machine {}, {:?}, is {times} times at the hub", promise.op, promise.machine, promise.place);
    }
    let doubled = there.iter().find(|(_, times)| **times > 1);
    ensure!(doubled.is_none(), "the hub has the same bytes twice: {doubled:?}");
    Ok(())
}

/// What terminals keep of others and the hub cannot take.
fn stranded(ops: &[HubOp], tills: &[TillSeen]) -> Result<BTreeSet<String>> {
    let there: BTreeSet<String> = ops.iter().map(|op| kept::hash(&op.bytes)).collect();
    let mut stranded = BTreeSet::new();
    for till in tills {
        let kept = hearsay::kept(&till.image)?.into_iter();
        stranded.extend(kept.filter(|(_, bytes)| !hearsay::follows(bytes, &there)).map(|(hash, _)| hash));
    }
    Ok(stranded)
}

/// The log's hashes, worked out anew.
fn check_log(ops: &[HubOp]) -> Result<()> {
    let mut before = "0".repeat(64);
    for (number, op) in (1..).zip(ops) {
        ensure!(op.number == number, "number {number} is missing in the log");
        let text = format!("counterfoil log 1\n{before}\n{} {}-{}\n{}\n", op.device, op.incarnation, op.seq, kept::hash(&op.bytes));
        before = Hash::of(text.as_bytes()).to_string();
        ensure!(op.log_hash == before, "the log's hash at {number} is not what its ops give");
    }
    Ok(())
}

/// Nothing is there that nobody wanted, and nothing that somebody wanted once counts twice.
fn check_origin(record: &Record, ops: &[HubOp]) -> Result<()> {
    let wished: BTreeMap<&String, usize> = record.wishes.iter().enumerate().flat_map(|(wish, names)| names.iter().map(move |name| (name, wish))).collect();
    let mut counted = BTreeSet::new();
    for op in ops.iter().filter(|op| op.device != "hub" && !record.strange.contains_key(&kept::hash(&op.bytes))) {
        let name = kept::name_of(&op.bytes)?;
        let Some(wish) = wished.get(&name) else { bail!("nobody ever confirmed op {name} of {}", op.device) };
        let counts = !op.outcome.contains("\"rejected\"");
        ensure!(!counts || counted.insert(*wish), "what was wanted once counts twice, again as {name} of {}", op.device);
    }
    let of_hub = ops.iter().filter(|op| op.device == "hub").count();
    ensure!(of_hub == crate::shop::opening(1).len(), "the hub wrote {of_hub} ops of its own");
    Ok(())
}

/// Parked is only what nobody understands, and what is about the same unit or document behind it; and
/// nothing of that overtook.
fn check_parked(record: &Record, ops: &[HubOp]) -> Result<()> {
    let mut waiting: BTreeSet<String> = BTreeSet::new();
    for op in ops {
        let hash = kept::hash(&op.bytes);
        let strange = record.strange.get(&hash);
        let names = strange.map_or_else(|| about(&op.bytes), |unit| unit.iter().map(|(sku, serial)| format!("{sku} {serial}")).collect());
        let behind = names.iter().any(|name| waiting.contains(name));
        let is_parked = op.outcome.contains("\"parked\"");
        ensure!(!is_parked || strange.is_some() || behind, "op {} of the log stays parked: {}", op.number, op.outcome);
        let rejected = op.outcome.contains("id_reused");
        ensure!(is_parked || rejected || !(behind || strange.is_some()), "op {} of the log overtook a parked one: {}", op.number, op.outcome);
        if is_parked {
            waiting.extend(names);
        }
    }
    Ok(())
}

/// The units and the document of an op.
fn about(bytes: &[u8]) -> Vec<String> {
    let op: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let payload = &op["payload"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut names = Vec::new();
    for line in payload["lines"].as_array().into_iter().flatten() {
        names.extend(line["units"].as_array().into_iter().flatten().map(|unit| format!("{} {}", text(&unit["sku"]), text(&unit["serial"]))));
        names.extend(line["serials"].as_array().into_iter().flatten().map(|serial| format!("{} {}", text(&line["sku"]), text(serial))));
    }
    if payload["serial"].is_string() {
        names.push(format!("{} {}", text(&payload["sku"]), text(&payload["serial"])));
    }
    names.extend(payload["number"].as_str().map(|number| format!("document {number}")));
    if op["kind"].as_str().is_some_and(|kind| kind.starts_with("shift_")) {
        names.push(format!("shift {}", text(&op["device"])));
    }
    names
}

/// Books of the hub's ops in the order in which they became final; each must have the outcome that
/// the books give it.
fn check_books(ops: &[HubOp]) -> Result<Books> {
    let mut books = Books::default();
    let mut in_order: Vec<&HubOp> = ops.iter().filter(|op| !op.outcome.contains("\"parked\"")).collect();
    in_order.sort_by_key(|op| (op.pos, op.number));
    let (renewed, namesakes) = (renewed(ops), namesakes(ops));
    for op in in_order {
        if namesakes.contains(&op.number) {
            ensure!(op.outcome.contains("id_reused"), "op {} of the log bears a name that was given before: {}", op.number, op.outcome);
            continue;
        }
        // Whether a shift was open depends on what came before, and of a terminal that took another
        // name older ops may come after younger ones.
        if renewed.contains(&op.device) && String::from_utf8_lossy(&op.bytes).contains("\"kind\":\"shift_close@1\"") {
            continue;
        }
        let entry = books.enter(&op.bytes)?;
        let outcome: Value = serde_json::from_str(&op.outcome)?;
        let said = outcome["outcome"].as_str().unwrap_or_default();
        let agrees = match &entry {
            Entry::Applied => said == "applied",
            Entry::Rejected => said == "rejected",
            Entry::Conflict(units) => {
                let names: Vec<String> = units.iter().map(|(sku, serial)| format!("{sku} {serial}")).collect();
                said == "conflict" && outcome["units"] == serde_json::json!(names)
            }
        };
        ensure!(agrees, "op {} of the log is {entry:?} and the hub says {}", op.number, op.outcome);
    }
    Ok(books)
}

/// Ops that bear the name of one that came before: a draft that was settled on two copies of a disk.
fn namesakes(ops: &[HubOp]) -> BTreeSet<u64> {
    let mut names = BTreeSet::new();
    let named = ops.iter().filter_map(|op| Some((kept::name_of(&op.bytes).ok()?, op.number)));
    named.filter(|(name, _)| !names.insert(name.clone())).map(|(_, number)| number).collect()
}

/// Terminals that have more than one incarnation.
fn renewed(ops: &[HubOp]) -> BTreeSet<String> {
    let names: BTreeSet<(&String, u32)> = ops.iter().map(|op| (&op.device, op.incarnation)).collect();
    let mut first = BTreeSet::new();
    names.into_iter().filter(|(device, _)| !first.insert(*device)).map(|(device, _)| device.clone()).collect()
}

/// The tills, each booked in the order in which its ops were made: they may have been taken up in
/// another one.
fn till_books(ops: &[HubOp]) -> Result<BTreeMap<String, TillBook>> {
    let counts = |op: &&HubOp| !op.outcome.contains("\"parked\"") && !op.outcome.contains("\"rejected\"");
    let mut in_order: Vec<&HubOp> = ops.iter().filter(counts).collect();
    in_order.sort_by_key(|op| (&op.device, op.incarnation, op.seq));
    let mut books = Books::default();
    for op in in_order {
        books.enter(&op.bytes)?;
    }
    Ok(books.tills)
}

/// A terminal has the hub's rows, nothing over them, and an outcome for each of its ops.
fn check_till(till: &TillSeen, truth: &rows::Rows, ops: &[HubOp]) -> Result<()> {
    let catalogue = rows::read(&till.image, "catalog.db")?;
    catalogue.check_same(truth)?;
    let overlay = rows::read(&till.image, "journal.db")?;
    let believes = hearsay::check_left(&till.image, ops)?;
    // What is parked is in no rows, so whoever has it, made it or was told it shows it over them.
    let parked = ops.iter().any(|op| op.device == till.device && op.outcome.contains("\"parked\""));
    if !believes && !parked {
        overlay.check_bare()?;
    }
    ensure!(till.doubtful == 0 || parked || believes, "{} ops are in doubt", till.doubtful);
    // Of a copied disk the hub's till has both drawers, and each till shows what it knew last.
    if !till.copied && !parked {
        let (own, told) = (overlay.tills.get(&till.device), truth.tills.get(&till.device));
        let unused = |till: &&Value| till["receipts"] == 0 && till["shifts"] == 0;
        let own = own.filter(|till| !unused(till));
        ensure!(own == told || own.is_none(), "the till is {own:?} and the hub's {told:?}");
    }
    let kept: Kept = kept::journal(&till.image)?;
    kept::check_chains(&kept)?;
    rows::check_outcomes(&till.image)
}

/// No two machines go on under one name, once they have done different things under it.
fn check_names(tills: &[TillSeen]) -> Result<()> {
    for (index, till) in tills.iter().enumerate() {
        for other in tills[..index].iter().filter(|other| (&other.device, other.incarnation) == (&till.device, till.incarnation)) {
            let (own, others) = (kept::journal(&till.image)?, kept::journal(&other.image)?);
            let differs = own.iter().any(|(place, bytes)| place.0 == till.incarnation && others.get(place).is_some_and(|other| other != bytes));
            ensure!(!differs, "{} and {} are both incarnation {} of {}", other.name, till.name, till.incarnation, till.device);
        }
    }
    Ok(())
}
