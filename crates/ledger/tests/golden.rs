//! Frozen encodings. Terminals in the field hold ops as bytes, chained by their hashes, and hubs of
//! another version read them: what is written once must be written so for ever.
//!
//! `tests/golden` holds the bytes. A missing file is written by `GOLDEN=write cargo test -p ledger
//! --test golden`; one that exists is never rewritten.

mod samples;

use ledger::op::{Envelope, Hash, OP_BYTES_MAX, Op, SealedOp, Unreadable};
use ledger::refusal::Refusal;
use ledger::row::{Row, Table};
use ledger::sync::peer::{PeerAnswer, PeerHead};
use ledger::sync::wire::{
    Contained, Cursor, EnrolAnswer, EnrolRequest, FeedRow, Hello, HelloAnswer, Known, Lost, PassOnHead, PullAnswer, PushAnswer, PushHead, Renew, RenewAnswer,
    SnapshotManifest, Trouble, log_hash, signed_answer, signed_head, signed_request,
};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::PathBuf;

const OP_BROKEN: &str = "An op kind is no longer written as it was frozen. Every terminal holds such bytes and chains their hashes: \
    the same op would now have another hash, and hubs of the other version would park it. Keep the encoding; \
    a new meaning is a new kind (`sale@2`) beside the old one.";
const ROW_BROKEN: &str = "A row is no longer written as it was frozen. Hubs send rows to terminals of other versions, and both have stored them. \
    Add fields with a default, left out while empty; rename and remove none.";
const WIRE_BROKEN: &str = "A message of the protocol is no longer written as it was frozen. A terminal and a hub of different versions must understand \
    each other. Add fields with a default; what cannot be told so is a new version of the protocol.";

#[test]
fn ops_are_written_for_ever() {
    for (name, op) in samples::ops() {
        let SealedOp { bytes, hash } = op.seal();
        frozen(&format!("ops/{name}.json"), &bytes, OP_BROKEN);
        frozen(&format!("ops/{name}.sha256"), hash.to_string().as_bytes(), OP_BROKEN);
        let kept = golden(&format!("ops/{name}.json"));
        assert_eq!(Op::read(&kept).expect(OP_BROKEN), op, "{name}: reads as another op. {OP_BROKEN}");
        assert!(!kept.contains(&b'\n'), "{name}: ops travel as lines");
        let envelope = Envelope::read(&kept).expect(OP_BROKEN);
        assert_eq!((envelope.kind.as_str(), envelope.seq, envelope.id), (op.body.kind(), op.seq, op.id));
    }
}

/// A kind once written must be known for ever; a new one must be frozen before it is written.
#[test]
fn there_is_a_sample_of_every_kind() {
    let sampled: BTreeSet<String> = samples::ops().into_iter().map(|(_, op)| op.body.kind().to_owned()).collect();
    assert_eq!(quoted_after_arrows(include_str!("../src/op.rs")), sampled, "the kinds that can be written, and those with a sample");
    let frozen = include_str!("../../../tests/golden/kinds.txt").lines().map(str::to_owned).collect();
    assert_eq!(sampled, frozen, "the kinds with a sample, and tests/golden/kinds.txt. {OP_BROKEN}");
}

/// Bytes that nobody writes today, but somebody wrote or will write: they must be read as before.
#[test]
fn old_and_newer_encodings_are_read() {
    for (name, text, op) in samples::also_read() {
        assert_eq!(Op::read(text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}. {OP_BROKEN}")), op, "{name}");
    }
}

/// What cannot be read is still found its place by, and stored.
#[test]
fn an_unknown_kind_has_an_envelope() {
    let known = samples::ops().remove(0).1.seal();
    let known = String::from_utf8(known.bytes).expect("JSON is text");
    let unknown = known.replace("@1", "@99");
    assert!(matches!(Op::read(unknown.as_bytes()), Err(Unreadable::Form(_))));
    assert_eq!(Envelope::read(unknown.as_bytes()).expect("the envelope is whole").seq, 1);
    for (broken, why) in [
        (known.replace("\"seq\":1", "\"seq\":-1"), "a place below zero"),
        (known.replace("\"seq\":1", "\"seq\":1,\"seq\":2"), "two places"),
        (known.replace("\"device\"", "\"advice\""), "no device"),
        (known[..known.len() - 1].to_owned(), "cut short"),
        (format!("{known}{known}"), "two ops"),
        (known.replace("0000\"", "000G\""), "no hash"),
        (String::new(), "nothing"),
    ] {
        assert!(matches!(Envelope::read(broken.as_bytes()), Err(Unreadable::Form(_))), "{why}: {broken}");
        assert!(matches!(Op::read(broken.as_bytes()), Err(Unreadable::Form(_))), "{why}: {broken}");
    }
    let long = " ".repeat(OP_BYTES_MAX + 1);
    assert!(matches!(Op::read(long.as_bytes()), Err(Unreadable::TooLong(length)) if length == OP_BYTES_MAX + 1));
    assert!(matches!(Envelope::read(long.as_bytes()), Err(Unreadable::TooLong(_))));
}

/// A serial in an op keeps the text rule, whoever wrote the op.
#[test]
fn an_op_with_a_bad_serial_is_not_read() {
    let (_, op) = samples::ops().into_iter().find(|(name, _)| *name == "unit_edit@1").expect("there is a sample");
    let text = String::from_utf8(op.seal().bytes).expect("JSON is text");
    for bad in ["", "A 1", "A\\u00001", &"A".repeat(65)] {
        let altered = text.replace("\"serial\":\"A1\"", &format!("\"serial\":\"{bad}\""));
        assert_ne!(altered, text);
        assert!(matches!(Op::read(altered.as_bytes()), Err(Unreadable::Form(_))), "{bad:?}");
    }
}

#[test]
fn rows_are_written_for_ever() {
    let rows = samples::rows();
    for table in Table::ALL {
        assert!(rows.iter().any(|(_, row)| row.key().table() == table), "no sample of a row of {}", table.name());
        assert_eq!(Table::from_name(table.name()), Some(table));
        assert_eq!(serde_json::to_string(&table).expect("a word"), format!("\"{}\"", table.name()), "storage and wire call it the same");
    }
    for (name, row) in rows {
        frozen(&format!("rows/{name}.json"), row.to_json().as_bytes(), ROW_BROKEN);
        let kept = String::from_utf8(golden(&format!("rows/{name}.json"))).expect("JSON is text");
        assert_eq!(Row::from_json(row.key().table(), &kept).expect(ROW_BROKEN), row, "{name}: reads as another row. {ROW_BROKEN}");
        frozen(&format!("rows/{name}.key"), row.key().text().as_bytes(), ROW_BROKEN);
    }
}

#[test]
fn messages_are_written_for_ever() {
    for (name, head) in samples::push_heads() {
        message::<PushHead>(name, &head);
    }
    for (name, answer) in samples::push_answers() {
        message::<PushAnswer>(name, &answer);
    }
    message::<EnrolRequest>("enrol_request", &samples::enrol_request());
    message::<EnrolRequest>("enrol_request-again", &EnrolRequest { holds: Some("T01".into()), ..samples::enrol_request() });
    message::<EnrolAnswer>("enrol_answer", &samples::enrol_answer());
    message::<Hello>("hello", &samples::hello());
    message::<HelloAnswer>("hello_answer", &samples::hello_answer());
    message::<HelloAnswer>("hello_answer-peers", &samples::hello_answer_with_peers());
    message::<PeerHead>("peer_head", &samples::peer_head());
    message::<PeerAnswer>("peer_answer", &samples::peer_answer());
    message::<Cursor>("cursor", &samples::cursor());
    message::<SnapshotManifest>("snapshot_manifest", &samples::snapshot_manifest());
    message::<Lost>("lost", &samples::lost());
    message::<PassOnHead>("pass_on_head", &samples::pass_on_head());
    message::<Known>("known", &samples::known(false));
    message::<Known>("known-parked", &samples::known(true));
    message::<Renew>("renew", &samples::renew());
    message::<RenewAnswer>("renew_answer", &RenewAnswer { incarnation: 3 });
    message::<Trouble>("trouble", &samples::trouble());
    frozen("wire/asked.txt", samples::contained()[0].to_string().as_bytes(), WIRE_BROKEN);
    assert_eq!(Contained::parse_list("T01.2-40,,x,T-1.1-7"), [samples::contained(), vec![Contained { device: "T-1".into(), incarnation: 1, seq: 7 }]].concat());
    let page = samples::pull_answer();
    frozen("wire/pull_answer.json", &serde_json::to_vec(&page).expect("plain data"), WIRE_BROKEN);
    let kept: PullAnswer = serde_json::from_slice(&golden("wire/pull_answer.json")).expect(WIRE_BROKEN);
    let facts = |row: &FeedRow| (row.pos, row.table, row.key.clone(), row.ver, row.data.as_ref().map(|data| data.get().to_owned()));
    assert_eq!(kept.rows.iter().map(facts).collect::<Vec<_>>(), page.rows.iter().map(facts).collect::<Vec<_>>());
    assert_eq!(
        (kept.next, kept.up_to_date, kept.contained, kept.sum, kept.resettled, kept.head),
        (page.next, page.up_to_date, page.contained, page.sum, page.resettled, page.head)
    );
}

/// What both sides sign is frozen too: a changed byte locks every terminal out.
#[test]
fn signed_texts_are_frozen() {
    frozen("wire/signed_request.txt", &signed_request("POST", "/api/v1/sync/push?x=1", "bm9uY2U=", b"body"), WIRE_BROKEN);
    frozen("wire/signed_answer.txt", &signed_answer("bm9uY2U=", 200, b"body"), WIRE_BROKEN);
    frozen("wire/signed_head.txt", &signed_head("hub-1", &samples::log_head()), WIRE_BROKEN);
    frozen("wire/log_hash.txt", log_hash(&Hash::of(b"before"), &"T01".into(), 2, 41, &Hash::of(b"op")).to_string().as_bytes(), WIRE_BROKEN);
}

/// The codes are on wires, in stored outcomes and in translations.
#[test]
fn refusal_codes_are_frozen() {
    let codes: String = samples::refusals().iter().map(|refusal| format!("{}\n", refusal.code())).collect();
    frozen(
        "refusals.txt",
        codes.as_bytes(),
        "Codes of refusals are stored with outcomes and translated by them: rename and remove none; add a new one at its place in the list.",
    );
}

#[test]
fn there_is_a_sample_of_every_refusal() {
    let sampled: BTreeSet<String> = samples::refusals().iter().map(|refusal| refusal.code().to_owned()).collect();
    assert_eq!(quoted_after_arrows(include_str!("../src/refusal.rs")), sampled);
}

/// Every sentence says what and, in plain words; no code, no debug form.
#[test]
fn refusals_are_sentences() {
    for refusal in samples::refusals() {
        let sentence = refusal.to_string();
        assert!(sentence.ends_with('.') && sentence.len() > 15, "{sentence}");
        assert!(sentence.starts_with(|c: char| !c.is_lowercase()), "{sentence}");
        assert!(!sentence.contains(refusal.code()) || !refusal.code().contains('_'), "{sentence}");
    }
    let one = Refusal::SerialForbiddenCharacter { character: ' ', position: 2 };
    assert_eq!(one.to_string(), "Character 2 (' ') cannot be part of a serial number. Allowed: A-Z a-z 0-9 _ - ( ) # /.");
}

fn message<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, value: &T) {
    let path = format!("wire/{name}.json");
    frozen(&path, &serde_json::to_vec(value).expect("plain data"), WIRE_BROKEN);
    assert_eq!(serde_json::from_slice::<T>(&golden(&path)).expect(WIRE_BROKEN), *value, "{path}: reads as another message. {WIRE_BROKEN}");
}

/// The words that a source file maps its variants to: `=> "word"`.
fn quoted_after_arrows(source: &str) -> BTreeSet<String> {
    source.split("=> \"").skip(1).filter_map(|rest| rest.split_once('"')).map(|(word, _)| word.to_owned()).collect()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden")
}

fn golden(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap_or_else(|error| panic!("tests/golden/{name}: {error}. Write it with GOLDEN=write, then read what it says."))
}

fn frozen(name: &str, now: &[u8], what_breaks: &str) {
    let path = folder().join(name);
    if std::env::var_os("GOLDEN").is_some_and(|word| word == "write") && !path.exists() {
        std::fs::write(&path, now).expect("a folder that can be written");
    }
    let kept = golden(name);
    if kept == now {
        return;
    }
    let at = kept.iter().zip(now).take_while(|(kept, now)| kept == now).count();
    let around = |bytes: &[u8]| String::from_utf8_lossy(&bytes[at.saturating_sub(30).min(bytes.len())..(at + 30).min(bytes.len())]).into_owned();
    panic!("tests/golden/{name} differs at byte {at}.\n  frozen: …{}…\n     now: …{}…\n{what_breaks}", around(&kept), around(now));
}
