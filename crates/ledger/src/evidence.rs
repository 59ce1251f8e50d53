//! A unit's life as a file that proves itself: what the hub hands out, and how anybody checks it
//! without the hub.
//!
//! The file is [`Sealed`]: the evidence as the exact bytes that were signed, the hub's public key, and
//! the signature. In it stand all ops that name the unit, each with its own bytes, its place in the
//! hub's log and a [path](crate::proof) to a tree over the whole log, whose root the hub signed
//! together with the log's head.
//!
//! **It proves**, to whoever knows the hub's key from elsewhere (every terminal has it, `counterfoil
//! log-head` prints what it signed): the hub vouched for every word of the file; each op has exactly
//! these bytes; it stood at this number of the log, after exactly those ops that were there before it;
//! and nothing of this was changed since. Who kept an older head of the log, as every terminal does,
//! can have the hub's owner show that the log still contains it: the hub cannot rewrite what happened
//! without breaking with somebody's head.
//!
//! **It does not prove** that a clock was right (times are what the machines said), that the person
//! signed in was the person at the till, or that no op about the unit was left out: that the list is
//! whole is the hub's word, and a look into the log itself (`audit verify --head FILE` on the hub)
//! confirms it. A terminal's ops are chained but not signed one by one; that the terminal said them is
//! the hub's testimony, since it lets only signed requests pass.

use crate::id::{OperatorId, TerminalId};
use crate::op::{Envelope, Hash, Op};
use crate::proof::{root_of, signed_tree};
use crate::row::{Conflict, Unit};
use crate::sync::wire::{HubHead, QUARANTINE_FIRST, SignedHead, log_hash, signed_head};
use crate::verdict::Outcome;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The form of the file. What cannot be told in it is a new form.
pub const FORMAT: &str = "counterfoil evidence 1";
/// Most ops of one unit in a file: a unit that moved more often than this is a test.
pub const EVENTS_MAX: usize = 1_000;

/// The file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// As it was signed, byte for byte.
    pub evidence: Box<RawValue>,
    /// The hub's public key, base64. A file that verifies is worth as much as this key.
    pub hub_key: String,
    /// Over [`signed_evidence`], base64.
    pub signature: String,
}

/// What the hub knows of one unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    pub format: String,
    /// Version of the program that wrote it.
    pub program: String,
    pub hub: String,
    pub shop: String,
    pub currency: String,
    pub decimals: u8,
    /// By the hub's clock.
    pub made_at_ms: i64,
    pub product: String,
    /// As it stood then.
    pub unit: Unit,
    /// What the people and terminals that occur are called.
    pub people: BTreeMap<OperatorId, String>,
    pub terminals: BTreeMap<TerminalId, String>,
    /// Every op that names the unit, in the order of the log.
    pub events: Vec<Event>,
    /// Older ops that found no room.
    pub left_out: u64,
    pub conflicts: Vec<Conflict>,
    /// The end of the log.
    pub head: SignedHead,
    /// From the last op of the log to the root: ties the head to the tree.
    pub head_path: Vec<Hash>,
    pub tree_root: Hash,
    /// Over [`signed_tree`], base64.
    pub tree_signature: String,
}

/// One op that names the unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// In the hub's log.
    pub number: u64,
    /// Where it is kept. An op whose place was taken stands under an incarnation of the hub's own.
    pub device: TerminalId,
    pub incarnation: u32,
    pub seq: u64,
    /// By the hub's clock.
    pub received_ms: i64,
    /// The hub's clock minus the author's when it arrived; 0 also if the author did not say.
    pub offset_ms: i64,
    pub outcome: Outcome,
    /// It does not name the op before it in its author's chain.
    pub broken: bool,
    pub log_hash_before: Hash,
    pub hash: Hash,
    /// The op itself, as its author sealed it.
    pub op: String,
    /// To the root of the tree.
    pub path: Vec<Hash>,
}

/// The first thing in a file that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("This is not a file of evidence: {0}.")]
    Form(String),
    #[error("The file is in the form {0:?}, which this version does not know. Check it with a newer version of the program.")]
    Format(String),
    #[error("The file is not byte for byte as it was written: something stands beside the signed evidence.")]
    Extra,
    #[error("The evidence was changed after it was signed, or was not signed by the key it names.")]
    Signature,
    #[error("The page was changed after it was signed; the evidence inside it is whole.")]
    Page,
    #[error("The head of the log was not signed by the hub's key.")]
    Head,
    #[error("The tree over the log was not signed by the hub's key, or does not end with the head of the log.")]
    Tree,
    #[error("Op {number} of the log does not hold: {what}.")]
    Event { number: u64, what: &'static str },
}

impl Evidence {
    /// What a terminal may have kept too.
    pub fn hub_head(&self) -> HubHead {
        HubHead { hub: self.hub.clone(), head: self.head.clone() }
    }
}

impl Event {
    /// The log's hash after it.
    pub fn log_hash(&self) -> Hash {
        log_hash(&self.log_hash_before, &self.device, self.incarnation, self.seq, &self.hash)
    }
}

/// The bytes that the hub signs to vouch for a file.
pub fn signed_evidence(evidence: &str) -> Vec<u8> {
    format!("{FORMAT}\n{}\n", Hash::of(evidence.as_bytes())).into_bytes()
}

/// The bytes that the hub signs to vouch for a page with the evidence inside, as the page is while the
/// place of this signature is empty.
pub fn signed_page(page: &str) -> Vec<u8> {
    format!("counterfoil page 1\n{}\n", Hash::of(page.as_bytes())).into_bytes()
}

/// Writes the evidence for good. It holds no `<`, so that it can stand inside a page.
pub fn seal(evidence: &Evidence, hub_key: String, sign: impl Fn(&[u8]) -> String) -> Sealed {
    let text = serde_json::to_string(evidence).expect("evidence holds only text and numbers, which always encode").replace('<', "\\u003c");
    let signature = sign(&signed_evidence(&text));
    Sealed { evidence: RawValue::from_string(text).expect("a sign inside a string may be written by its number"), hub_key, signature }
}

impl Sealed {
    /// The file's text: one line.
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("it holds only text")
    }

    /// Reads the evidence without believing it.
    pub fn read(text: &str) -> Result<(Sealed, Evidence), Flaw> {
        let form = |error: serde_json::Error| Flaw::Form(error.to_string());
        let sealed: Sealed = serde_json::from_str(text.strip_suffix('\n').unwrap_or(text)).map_err(form)?;
        let format: Form = serde_json::from_str(sealed.evidence.get()).map_err(form)?;
        if format.format != FORMAT {
            return Err(Flaw::Format(format.format));
        }
        let evidence = serde_json::from_str(sealed.evidence.get()).map_err(form)?;
        Ok((sealed, evidence))
    }
}

#[derive(Deserialize)]
struct Form {
    format: String,
}

/// Checks a file's text in every part. `signed_by` answers whether a signature (base64) of bytes was
/// made by a key (base64).
///
/// # Errors
/// The first part that does not hold. Whether the key is the right one only the reader can know.
pub fn check(text: &str, signed_by: impl Fn(&str, &[u8], &str) -> bool) -> Result<(Sealed, Evidence), Flaw> {
    let (sealed, evidence) = Sealed::read(text)?;
    if text.strip_suffix('\n').unwrap_or(text) != sealed.line() {
        return Err(Flaw::Extra);
    }
    let is_hub = |bytes: &[u8], signature: &str| signed_by(&sealed.hub_key, bytes, signature);
    if !is_hub(&signed_evidence(sealed.evidence.get()), &sealed.signature) {
        return Err(Flaw::Signature);
    }
    let head = evidence.head.log();
    if !is_hub(&signed_head(&evidence.hub, &head), &evidence.head.signature) {
        return Err(Flaw::Head);
    }
    let root = root_of(head.number, head.number, &head.hash, &evidence.head_path);
    if root != Some(evidence.tree_root) || !is_hub(&signed_tree(&evidence.hub, &head, &evidence.tree_root), &evidence.tree_signature) {
        return Err(Flaw::Tree);
    }
    check_events(&evidence)?;
    Ok((sealed, evidence))
}

fn check_events(evidence: &Evidence) -> Result<(), Flaw> {
    let mut before: Option<&Event> = None;
    for event in &evidence.events {
        let flaw = |what| Flaw::Event { number: event.number, what };
        let held = check_bytes(event, &evidence.unit).and_then(|()| check_place(event, before, evidence));
        held.map_err(flaw)?;
        before = Some(event);
    }
    let links = evidence.events.iter().filter(|event| !is_linked(event, &evidence.events));
    links.map(|event| Err(Flaw::Event { number: event.number, what: "it does not name the op before it, which stands here too" })).next().unwrap_or(Ok(()))
}

/// The op is what the hash says, stands where it says, and is about the unit.
fn check_bytes(event: &Event, unit: &Unit) -> Result<(), &'static str> {
    if Hash::of(event.op.as_bytes()) != event.hash {
        return Err("its bytes have another hash");
    }
    let envelope = Envelope::read(event.op.as_bytes()).map_err(|_unreadable| "its bytes are no op")?;
    let at_home = (envelope.incarnation, envelope.seq) == (event.incarnation, event.seq);
    if envelope.device != event.device || (!at_home && event.incarnation < QUARANTINE_FIRST) {
        return Err("it says that it stands elsewhere");
    }
    // A kind of a newer version is vouched for by its bytes alone.
    let about = |op: Op| op.body.units().contains(&(unit.sku.clone(), unit.serial.clone()));
    if Op::read(event.op.as_bytes()).is_ok_and(|op| !about(op)) {
        return Err("it does not name the unit");
    }
    Ok(())
}

/// The log has it at that number.
fn check_place(event: &Event, before: Option<&Event>, evidence: &Evidence) -> Result<(), &'static str> {
    if before.is_some_and(|before| before.number >= event.number) {
        return Err("it stands behind one that came later");
    }
    let first = event.number == 1 && event.log_hash_before != Hash::default();
    let next = before.is_some_and(|before| before.number + 1 == event.number && before.log_hash() != event.log_hash_before);
    if first || next {
        return Err("the log before it was another");
    }
    let root = root_of(event.number, evidence.head.number, &event.log_hash(), &event.path);
    if root == Some(evidence.tree_root) { Ok(()) } else { Err("it does not lead to the root of the log") }
}

/// Whether the op names the one before it in its author's chain, if that one is here.
fn is_linked(event: &Event, events: &[Event]) -> bool {
    let follows = |other: &&Event| other.device == event.device && other.incarnation == event.incarnation && other.seq + 1 == event.seq;
    let Some(before) = events.iter().find(follows) else { return true };
    event.broken || Envelope::read(event.op.as_bytes()).is_ok_and(|envelope| envelope.prev == before.hash)
}
