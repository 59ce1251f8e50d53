//! The op: one immutable fact, authored once.
//!
//! An op is written as compact JSON, once, by the terminal that made it; those bytes are what is
//! stored, hashed, sent and stored again, and nobody ever re-encodes them. Each names the hash of
//! the op before it (`prev`), so that the ops of one terminal form a chain in which a missing,
//! doubled or altered one shows: `sha256sum` over the stored bytes is all that a check needs.
//!
//! The encoding is frozen by golden files. A kind whose meaning changes gets a new version suffix.

use crate::catalogue::{OperatorsChange, ProductsChange, SettingsChange};
use crate::id::{DocumentNumber, OpId, OperatorId, TerminalId};
use crate::resolve::Resolve;
use crate::row::DocumentRef;
use crate::sale::Sale;
use crate::shift::{ShiftClose, ShiftOpen};
use crate::stock_in::StockIn;
use crate::unit_edit::UnitEdit;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt;

/// Longest op, in bytes: a stock-in of ten thousand units fits. A hub refuses nothing an own
/// terminal can write, because terminals check this before they commit.
pub const OP_BYTES_MAX: usize = 2 * 1024 * 1024;

/// The name under which the hub authors its own ops.
pub const HUB_DEVICE: &str = "hub";

/// One fact with its place in its author's chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Op {
    pub id: OpId,
    pub device: TerminalId,
    /// Given by the hub anew whenever the device's journal is new or restored.
    pub incarnation: u32,
    /// 1, 2, 3 … without a gap within the incarnation.
    pub seq: u64,
    pub actor: OperatorId,
    /// Who confirmed with a PIN what the actor may not do alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<OperatorId>,
    pub at: Stamp,
    pub base: Base,
    pub prev: Hash,
    #[serde(flatten)]
    pub body: Body,
}

/// When, by the terminal's own clocks. Evidence, never an arbiter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Stamp {
    pub wall_ms: i64,
    /// Hybrid logical clock: 48 bits of milliseconds, 16 of counter; never goes back.
    pub hlc: u64,
    /// Milliseconds since boot, and which boot.
    pub mono_ms: u64,
    pub boot: String,
    pub clock: ClockQuality,
}

/// How far the wall clock can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ClockQuality {
    /// Not set since boot, as on a board without a clock chip.
    #[default]
    Unset,
    /// Kept by the system, not compared lately.
    System,
    /// Compared with the hub since boot.
    Hub,
}

/// How far the author's knowledge went: the feed and its position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Base {
    /// Empty before the first page of any feed.
    pub feed: String,
    pub pos: u64,
    /// When the author last knew everything there was, by its own wall clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<i64>,
}

impl Base {
    /// How old the knowledge is; none if it never was complete. A wall clock that was set back
    /// makes no knowledge older.
    pub fn age_ms(&self, now_ms: i64) -> Option<u64> {
        self.at_ms.map(|at_ms| u64::try_from(now_ms.saturating_sub(at_ms)).unwrap_or(0))
    }

    /// The position, if there is one.
    pub fn known_pos(&self) -> Option<u64> {
        (!self.feed.is_empty()).then_some(self.pos)
    }
}

/// What happened. The tag is the frozen name with its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "payload")]
pub enum Body {
    #[serde(rename = "stock_in@1")]
    StockIn(StockIn),
    #[serde(rename = "sale@1")]
    Sale(Sale),
    #[serde(rename = "shift_open@1")]
    ShiftOpen(ShiftOpen),
    #[serde(rename = "shift_close@1")]
    ShiftClose(ShiftClose),
    #[serde(rename = "unit_edit@1")]
    UnitEdit(UnitEdit),
    #[serde(rename = "products@1")]
    Products(ProductsChange),
    #[serde(rename = "settings@1")]
    Settings(SettingsChange),
    #[serde(rename = "operators@1")]
    Operators(OperatorsChange),
    #[serde(rename = "resolve@1")]
    Resolve(Resolve),
}

impl Body {
    fn read(kind: &str, payload: &RawValue) -> Result<Body, serde_json::Error> {
        let json = payload.get();
        Ok(match kind {
            "stock_in@1" => Body::StockIn(serde_json::from_str(json)?),
            "sale@1" => Body::Sale(serde_json::from_str(json)?),
            "shift_open@1" => Body::ShiftOpen(serde_json::from_str(json)?),
            "shift_close@1" => Body::ShiftClose(serde_json::from_str(json)?),
            "unit_edit@1" => Body::UnitEdit(serde_json::from_str(json)?),
            "products@1" => Body::Products(serde_json::from_str(json)?),
            "settings@1" => Body::Settings(serde_json::from_str(json)?),
            "operators@1" => Body::Operators(serde_json::from_str(json)?),
            "resolve@1" => Body::Resolve(serde_json::from_str(json)?),
            _ => return Err(serde::de::Error::custom(format!("its kind is {kind:?}"))),
        })
    }

    /// The frozen name with its version, such as `sale@1`.
    pub fn kind(&self) -> &'static str {
        match self {
            Body::StockIn(_) => "stock_in@1",
            Body::Sale(_) => "sale@1",
            Body::ShiftOpen(_) => "shift_open@1",
            Body::ShiftClose(_) => "shift_close@1",
            Body::UnitEdit(_) => "unit_edit@1",
            Body::Products(_) => "products@1",
            Body::Settings(_) => "settings@1",
            Body::Operators(_) => "operators@1",
            Body::Resolve(_) => "resolve@1",
        }
    }

    /// The number on the document this op makes, if it makes one.
    pub fn document(&self) -> Option<&DocumentNumber> {
        match self {
            Body::StockIn(body) => Some(&body.number),
            Body::Sale(body) => Some(&body.number),
            Body::ShiftOpen(body) => Some(&body.number),
            _ => None,
        }
    }

    /// Every unit the op names, for its history.
    pub fn units(&self) -> Vec<(crate::id::Sku, crate::serial::Serial)> {
        match self {
            Body::StockIn(body) => body.units().collect(),
            Body::Sale(body) => body.units().map(|unit| (unit.sku.clone(), unit.serial.clone())).collect(),
            Body::UnitEdit(body) => vec![(body.sku.clone(), body.serial.clone())],
            Body::Resolve(body) => body.units().collect(),
            _ => Vec::new(),
        }
    }
}

/// An op as bytes, with their hash: what is stored and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedOp {
    pub bytes: Vec<u8>,
    pub hash: Hash,
}

/// Why bytes are not an op we can read. They are stored all the same, and parked.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("the op is not in a form this version knows: {0}")]
    Form(#[from] serde_json::Error),
    #[error("the op has {0} bytes, at most {OP_BYTES_MAX} are allowed")]
    TooLong(usize),
}

impl Op {
    /// Writes the op for good. The bytes hold no line break, so they travel as lines.
    pub fn seal(&self) -> SealedOp {
        let bytes = serde_json::to_vec(self).expect("ops hold only text and numbers, which always encode");
        SealedOp { hash: Hash::of(&bytes), bytes }
    }

    /// What the units it moves remember of it.
    pub fn document_ref(&self, number: &DocumentNumber) -> DocumentRef {
        DocumentRef { op: self.id, number: number.clone(), at_ms: self.at.wall_ms, terminal: None, believed: None, base: None }
    }

    /// Reads sealed bytes.
    pub fn read(bytes: &[u8]) -> Result<Op, Unreadable> {
        if bytes.len() > OP_BYTES_MAX {
            return Err(Unreadable::TooLong(bytes.len()));
        }
        let Form { id, device, incarnation, seq, actor, approved_by, at, base, prev, kind, payload } = serde_json::from_slice(bytes)?;
        let body = Body::read(&kind, payload)?;
        Ok(Op { id, device, incarnation, seq, actor, approved_by, at, base, prev, body })
    }
}

/// An op as it is read: what happened waits until its kind is known. Reading kind and payload in one
/// go, as serde would, copies every value of the op twice.
#[derive(Deserialize)]
struct Form<'a> {
    id: OpId,
    device: TerminalId,
    incarnation: u32,
    seq: u64,
    actor: OperatorId,
    #[serde(default)]
    approved_by: Option<OperatorId>,
    at: Stamp,
    base: Base,
    prev: Hash,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    payload: &'a RawValue,
}

/// The part of an op that even an unknown kind must have, to be stored under its place.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Envelope {
    pub id: OpId,
    pub device: TerminalId,
    pub incarnation: u32,
    pub seq: u64,
    pub prev: Hash,
    pub kind: String,
}

impl Envelope {
    /// The envelope of an op that could be read.
    pub fn of(op: &Op) -> Envelope {
        Envelope { id: op.id, device: op.device.clone(), incarnation: op.incarnation, seq: op.seq, prev: op.prev, kind: op.body.kind().into() }
    }

    /// Reads the envelope alone.
    pub fn read(bytes: &[u8]) -> Result<Envelope, Unreadable> {
        if bytes.len() > OP_BYTES_MAX {
            return Err(Unreadable::TooLong(bytes.len()));
        }
        Ok(serde_json::from_slice(bytes)?)
    }
}

/// SHA-256 of an op's bytes; all zeros before the first op of a chain. Written as 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    pub fn of(bytes: &[u8]) -> Hash {
        Hash(Sha256::digest(bytes).into())
    }

    pub fn from_hex(text: &str) -> Option<Hash> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(Hash(bytes))
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// At once: a hash is written several times an op, and digit by digit that took longer than to
/// compute it.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        f.write_str(std::str::from_utf8(&digits).expect("hex digits are ASCII"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Hash::from_hex(&text).ok_or_else(|| serde::de::Error::custom("a hash is 64 hex digits"))
    }
}
