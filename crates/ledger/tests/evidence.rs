//! A file of evidence proves itself, and no changed byte of it goes unseen. The signature here is a hash
//! with a secret: what the hub's real key adds is tested where that is.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[allow(dead_code, reason = "the samples of everything; few are needed here")]
mod samples;

use ledger::evidence::{Event, Evidence, FORMAT, Flaw, Sealed, check, seal, signed_evidence, signed_page};
use ledger::op::{Hash, Op};
use ledger::proof::{Tree, signed_tree};
use ledger::row::{Row, Unit};
use ledger::sync::carried::CarriedHead;
use ledger::sync::wire::{HubHead, LogHead, SignedHead, log_hash, signed_head};
use ledger::verdict::Outcome;
use proptest::prelude::*;
use std::path::PathBuf;

const KEY: &str = "the hub's key";

fn sign(bytes: &[u8]) -> String {
    Hash::of(&[b"secret", bytes].concat()).to_string()
}

fn signed_by(key: &str, bytes: &[u8], signature: &str) -> bool {
    key == KEY && signature == sign(bytes)
}

fn unit() -> Unit {
    let mut units = samples::rows().into_iter().filter_map(|(_, row)| if let Row::Unit(unit) = row { Some(unit) } else { None });
    Unit { disputes: 0, ..units.next_back().unwrap() }
}

/// The ops of the samples as one chain and one log.
fn log() -> Vec<Event> {
    let (mut prev, mut before) = (Hash::default(), Hash::default());
    let mut events = Vec::new();
    for ((_, op), number) in samples::ops().into_iter().zip(1..) {
        let sealed = Op { prev, seq: number, ..op }.seal();
        prev = sealed.hash;
        let event = Event {
            number,
            device: "T01".into(),
            incarnation: 2,
            seq: number,
            received_ms: 1_700_000_000_500,
            offset_ms: 377,
            outcome: Outcome::Applied,
            broken: false,
            log_hash_before: before,
            hash: sealed.hash,
            op: String::from_utf8(sealed.bytes).unwrap(),
            path: Vec::new(),
        };
        before = event.log_hash();
        events.push(event);
    }
    events
}

/// What a hub would gather of that log.
fn evidence() -> Evidence {
    let (log, unit) = (log(), unit());
    let named = |event: &&Event| Op::read(event.op.as_bytes()).unwrap().body.units().contains(&(unit.sku.clone(), unit.serial.clone()));
    let mut events: Vec<Event> = log.iter().filter(named).cloned().collect();
    let numbers: Vec<u64> = events.iter().map(|event| event.number).chain([log.len() as u64]).collect();
    let mut tree = Tree::with_paths(&numbers);
    log.iter().for_each(|event| tree.push(&event.log_hash()));
    let (tree_root, mut paths) = tree.finish();
    let head_path = paths.pop().unwrap();
    events.iter_mut().zip(paths).for_each(|(event, path)| event.path = path);
    let head = LogHead { number: log.len() as u64, hash: log.last().unwrap().log_hash() };
    Evidence {
        format: FORMAT.into(),
        program: "0.1.0".into(),
        hub: "hub-1".into(),
        shop: "Corner <b>shop</b>".into(),
        currency: "$".into(),
        decimals: 2,
        made_at_ms: 1_700_000_001_000,
        product: "Pixel 9".into(),
        unit,
        people: [("ana".into(), "Ana".into())].into(),
        terminals: [("T01".into(), "Till 1".into())].into(),
        events,
        left_out: 0,
        conflicts: Vec::new(),
        head: SignedHead { signature: sign(&signed_head("hub-1", &head)), ..SignedHead::unsigned(head) },
        head_path,
        tree_root,
        tree_signature: sign(&signed_tree("hub-1", &head, &tree_root)),
    }
}

fn sealed(evidence: &Evidence) -> String {
    seal(evidence, KEY.into(), sign).line()
}

#[test]
fn a_whole_file_holds() {
    let evidence = evidence();
    assert!(evidence.events.len() >= 3, "the samples name the unit");
    let line = sealed(&evidence);
    assert!(!line.contains('<') && !line.contains('\n'), "it can stand in a page");
    for text in [line.clone(), format!("{line}\n")] {
        let (read, found) = check(&text, signed_by).unwrap();
        assert_eq!((read.hub_key.as_str(), &found), (KEY, &evidence));
    }
    assert_eq!(check(&line, |_, _, _| false).unwrap_err(), Flaw::Signature);
    assert_eq!(evidence.hub_head(), HubHead { hub: "hub-1".into(), head: evidence.head.clone() });
}

/// Every byte, turned over in three ways, left out and doubled.
#[test]
fn no_changed_byte_goes_unseen() {
    let line = sealed(&evidence()).into_bytes();
    let seen = |bytes: Vec<u8>| String::from_utf8(bytes).is_ok_and(|text| check(&text, signed_by).is_ok());
    for at in 0..line.len() {
        for mask in [0x01, 0x20, 0x80] {
            let mut changed = line.clone();
            changed[at] ^= mask;
            assert!(!seen(changed), "byte {at} xor {mask}");
        }
        let mut shorter = line.clone();
        let byte = shorter.remove(at);
        assert!(!seen(shorter), "byte {at} left out");
        let mut longer = line.clone();
        longer.insert(at, byte);
        assert!(!seen(longer), "byte {at} doubled");
    }
}

/// Whoever holds the hub's key can sign anything; but not put an op where the log has none.
#[test]
fn a_signed_lie_about_the_log_is_found() {
    let lie = |change: fn(&mut Evidence)| {
        let mut evidence = evidence();
        change(&mut evidence);
        check(&sealed(&evidence), signed_by).map(drop).unwrap_err()
    };
    let event = |number, what| Flaw::Event { number, what };
    type Lie = fn(&mut Evidence);
    let cases: [(Lie, Flaw); 15] = [
        (|e| e.format = "counterfoil evidence 2".into(), Flaw::Format("counterfoil evidence 2".into())),
        (|e| e.hub = "hub-2".into(), Flaw::Head),
        (|e| e.head.number += 1, Flaw::Head),
        (|e| e.tree_root.0[0] ^= 1, Flaw::Tree),
        (|e| e.head_path.truncate(1), Flaw::Tree),
        (|e| e.tree_signature.push('0'), Flaw::Tree),
        (|e| e.events[0].op = e.events[0].op.replace("main", "pain"), event(1, "its bytes have another hash")),
        (|e| e.events[0].hash = Hash::default(), event(1, "its bytes have another hash")),
        (|e| e.events[0].seq = 9, event(1, "it says that it stands elsewhere")),
        (|e| e.events[0].device = "T02".into(), event(1, "it says that it stands elsewhere")),
        (|e| e.events[0].log_hash_before.0[0] = 1, event(1, "the log before it was another")),
        (|e| e.events[1].log_hash_before.0[0] ^= 1, event(2, "the log before it was another")),
        (|e| e.events[2].number += 1, event(7, "it does not lead to the root of the log")),
        (|e| e.events[2].path.reverse(), event(6, "it does not lead to the root of the log")),
        (|e| e.events.swap(0, 1), event(1, "it stands behind one that came later")),
    ];
    for (at, (change, flaw)) in cases.into_iter().enumerate() {
        assert_eq!(lie(change), flaw, "case {at}");
        assert!(flaw.to_string().ends_with('.'), "{flaw}");
    }
}

/// An op about something else, and one that was not sealed behind the one before it.
#[test]
fn ops_that_do_not_belong_are_found() {
    let mut of_another = evidence();
    of_another.unit.serial = ledger::serial::Serial::parse("A9").unwrap();
    assert_eq!(check(&sealed(&of_another), signed_by).map(drop), Err(Flaw::Event { number: 1, what: "it does not name the unit" }));

    let mut events = log();
    events.truncate(2);
    let unchained = Op { prev: Hash::of(b"another"), ..Op::read(events[1].op.as_bytes()).unwrap() }.seal();
    (events[1].hash, events[1].op) = (unchained.hash, String::from_utf8(unchained.bytes).unwrap());
    let mut tree = Tree::with_paths(&[1, 2, 2]);
    events.iter().for_each(|event| tree.push(&event.log_hash()));
    let (tree_root, mut paths) = tree.finish();
    let head = LogHead { number: 2, hash: events[1].log_hash() };
    let mut evidence = Evidence { head: SignedHead::unsigned(head), head_path: paths.pop().unwrap(), tree_root, ..evidence() };
    events.iter_mut().zip(paths).for_each(|(event, path)| event.path = path);
    evidence.head.signature = sign(&signed_head("hub-1", &head));
    evidence.tree_signature = sign(&signed_tree("hub-1", &head, &tree_root));
    evidence.events = events;
    let flaw = Flaw::Event { number: 2, what: "it does not name the op before it, which stands here too" };
    assert_eq!(check(&sealed(&evidence), signed_by).map(drop), Err(flaw));
    evidence.events[1].broken = true;
    check(&sealed(&evidence), signed_by).expect("a break that the hub noticed is told, not hidden");
}

#[test]
fn what_is_no_evidence_is_refused_in_words() {
    for text in ["", "{}", "null", "{\"evidence\":1}", "{\"evidence\":{},\"hub_key\":\"\",\"signature\":\"\"}", "<html>"] {
        let flaw = check(text, signed_by).map(drop).unwrap_err();
        assert!(matches!(flaw, Flaw::Form(_)), "{text}: {flaw}");
    }
    assert!(matches!(Sealed::read("{}"), Err(Flaw::Form(_))));
}

/// Handed out files are checked by programs of every later version.
#[test]
fn files_are_frozen() {
    frozen("evidence.json", sealed(&evidence()).as_bytes());
    frozen("signed_evidence.txt", &signed_evidence("{}"));
    frozen("signed_page.txt", &signed_page("<html>"));
    frozen("signed_tree.txt", &signed_tree("hub-1", &samples::log_head(), &Hash::of(b"root")));
    let mut head = CarriedHead::new("hub-1", 1_700_000_000_000, samples::snapshot_manifest());
    frozen("signed_snapshot.txt", &head.signed());
    head.signature = "c2ln".into();
    frozen("carried_head.json", &serde_json::to_vec(&head).unwrap());
    frozen("hub_head.json", &serde_json::to_vec(&HubHead { hub: "hub-1".into(), head: samples::signed_head() }).unwrap());
    let kept = std::fs::read_to_string(folder().join("evidence.json")).unwrap();
    check(&kept, signed_by).expect("a file once handed out holds for ever");
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/wire")
}

fn frozen(name: &str, now: &[u8]) {
    let path = folder().join(name);
    if std::env::var_os("GOLDEN").is_some_and(|word| word == "write") && !path.exists() {
        std::fs::write(&path, now).unwrap();
    }
    let kept = std::fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}. Write it with GOLDEN=write, then read what it says."));
    assert_eq!(String::from_utf8_lossy(&kept), String::from_utf8_lossy(now), "{name}: files that were handed out can no longer be checked");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any stretch of a file replaced by anything is seen, unless it is the same.
    #[test]
    fn no_edit_goes_unseen(at in 0_usize..10_000, length in 0_usize..200, put in "\\PC{0,40}") {
        let line = sealed(&evidence());
        let chars: Vec<char> = line.chars().collect();
        let at = at % chars.len();
        let end = (at + length).min(chars.len());
        let edited: String = chars[..at].iter().copied().chain(put.chars()).chain(chars[end..].iter().copied()).collect();
        prop_assert_eq!(check(&edited, signed_by).is_ok(), edited == line);
    }
}

/// The chain of log hashes is what the hub's own log uses.
#[test]
fn a_log_hash_is_that_of_the_log() {
    let log = log();
    assert_eq!(log[1].log_hash(), log_hash(&log[0].log_hash(), &"T01".into(), 2, 2, &log[1].hash));
}
