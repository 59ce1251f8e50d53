//! The bodies of the sync requests, version 1: JSON, except that a push carries its ops as lines of
//! their own sealed bytes.

use crate::id::{TerminalId, WarehouseId};
use crate::op::Hash;
use crate::row::Table;
use crate::verdict::Outcome;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The version of the protocol, part of every path.
pub const PROTOCOL: u32 = 1;
/// Most ops of one push: half a second of a hub's work, and a retry that a thin line can bear.
pub const PUSH_OPS_MAX: usize = 500;
/// Most bytes of ops in one push, before compression; a single larger op still goes alone.
pub const PUSH_BYTES_MAX: usize = 1024 * 1024;
/// Most rows of one page of the feed.
pub const PULL_ROWS_MAX: usize = 5_000;
/// The oldest protocol in which a terminal understands today's rows. Every one may push.
pub const PULL_PROTOCOL_MIN: u32 = 1;
/// Longest time a pull is held back: shorter than what lines between shop and hub forget.
pub const PULL_WAIT_MS_MAX: u32 = 25_000;
/// Most chains of which a pull asks what the rows contain.
pub const ASKED_MAX: usize = 200;
/// Most ops of which a page says that they are there; what is beyond is asked for with the next pull.
pub const KNOWN_MAX: usize = 2_000;
/// Most parked ops whose outcome is asked for at once.
pub const PARKED_MAX: usize = 100;
/// Numbers beyond this are nobody's: a terminal that sold every second would need an age of the earth.
pub const SEQ_MAX: u64 = 1 << 56;
/// Most heads of the log that a greeting shows.
pub const SEEN_MAX: usize = 4;
/// Incarnations from here on are the hub's: under them it keeps ops whose place was taken.
pub const QUARANTINE_FIRST: u32 = 0x8000_0000;
/// Most bytes a terminal reads of one answer; a snapshot file has its own limit.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Request headers: which terminal, a fresh nonce, and the ed25519 signature of
/// [`signed_request`] by the device key. All but the terminal in base64.
pub const HEADER_TERMINAL: &str = "x-counterfoil-terminal";
pub const HEADER_NONCE: &str = "x-counterfoil-nonce";
/// On requests the device's, on answers the hub's signature.
pub const HEADER_SIGNATURE: &str = "x-counterfoil-signature";

/// The bytes a terminal signs: method, path with query, nonce and body hash, a line each.
pub fn signed_request(method: &str, path: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    format!("counterfoil request 1\n{method}\n{path}\n{nonce}\n{}\n", Hash::of(body)).into_bytes()
}

/// The bytes the hub signs in its answer: the request's nonce, the status and the body hash. With
/// the hub key pinned at enrolment, neither another hub nor anybody between can answer.
pub fn signed_answer(nonce: &str, status: u16, body: &[u8]) -> Vec<u8> {
    format!("counterfoil answer 1\n{nonce}\n{status}\n{}\n", Hash::of(body)).into_bytes()
}

/// `POST /api/v1/enrol`: a terminal introduces itself with a one-time code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    pub code: String,
    /// Public ed25519 key made on the device, base64.
    pub device_key: String,
    /// What the machine calls itself, for the back office's list.
    pub machine: String,
    /// Whose ops lie in its folder, if there are any: as another terminal it could not send them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<TerminalId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolAnswer {
    pub terminal: TerminalId,
    pub name: String,
    pub incarnation: u32,
    pub warehouse: WarehouseId,
    pub hub: String,
    /// Public ed25519 key of the hub, base64; pinned from now on.
    pub hub_key: String,
}

/// `POST /api/v1/sync/hello`: both say where they stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL`] of the terminal.
    #[serde(default)]
    pub protocol: u32,
    /// Version of the terminal's program, for the back office.
    #[serde(default)]
    pub program: String,
    pub incarnation: u32,
    /// Last own op.
    pub head_seq: u64,
    pub head_hash: Hash,
    pub acked_seq: u64,
    /// The nonce of the last push answer; empty before the first.
    #[serde(default)]
    pub nonce: String,
    /// By the terminal's clock. Evidence only.
    #[serde(default)]
    pub wall_ms: i64,
    /// The last heads of the hub's log that this terminal was told, with an answer and with the rows. A
    /// hub that does not know one of them was restored from an older backup. At most [`SEEN_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<Seen>,
    /// How often this terminal's catalogue was found to differ from the hub's rows.
    #[serde(default)]
    pub repairs: u64,
    /// Own ops that were parked when last heard of, at most [`PARKED_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parked: Vec<Place>,
}

/// A head of the hub's log as a terminal keeps it, with the feed in whose days it was told: a hub
/// that began a new feed knows that it lost what came after its backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub feed: String,
    pub log: LogHead,
}

/// Where an own op stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    pub incarnation: u32,
    pub seq: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloAnswer {
    pub hub: String,
    pub feed: String,
    pub feed_pos: u64,
    /// [`PROTOCOL`] of the hub, and the oldest one that may still pull. Every one may push.
    pub protocol: u32,
    pub pull_protocol_min: u32,
    /// The last op of this terminal's incarnation that the hub has. Below the terminal's own
    /// `acked_seq` when the hub was restored from an older backup: the terminal pushes again.
    pub head_seq: u64,
    pub head_hash: Hash,
    /// Ops up to here are covered by the hub's last verified backup.
    pub safe_seq: u64,
    /// The nonce is neither the current one nor the one before: this disk is a copy of another, or
    /// an older state of itself. The terminal must go on in a new incarnation.
    pub exposed: bool,
    /// Those of the named parked ops that have their final outcome.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resettled: Vec<Resettled>,
    /// The other terminals of its warehouse that are not revoked, at most [`super::peer::PEERS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<Peer>,
    pub hub_time_ms: i64,
    pub head: SignedHead,
}

/// Another terminal, with the key by which it is known when the hub is away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    pub terminal: TerminalId,
    /// What people call it.
    pub name: String,
    /// Public ed25519 key, base64.
    pub key: String,
}

/// How far the hub's log of all ops goes. Each hash covers everything before it, so a head that was
/// told once proves later that nothing before it was changed, taken out or put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct LogHead {
    /// How many ops.
    pub number: u64,
    pub hash: Hash,
}

/// `17-<hash>`, as it stands in a query.
impl fmt::Display for LogHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.number, self.hash)
    }
}

impl LogHead {
    /// Reads what its `Display` wrote.
    pub fn parse(text: &str) -> Option<LogHead> {
        let (number, hash) = text.split_once('-')?;
        Some(LogHead { number: number.parse().ok()?, hash: Hash::from_hex(hash)? })
    }
}

/// A head of the log with the hub's signature over [`signed_head`], base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct SignedHead {
    pub number: u64,
    pub hash: Hash,
    #[serde(default)]
    pub signature: String,
}

impl SignedHead {
    /// Not signed yet: the store knows the head, the hub's key is elsewhere.
    pub fn unsigned(log: LogHead) -> SignedHead {
        SignedHead { number: log.number, hash: log.hash, signature: String::new() }
    }

    pub fn log(&self) -> LogHead {
        LogHead { number: self.number, hash: self.hash }
    }
}

/// A signed head as it is kept as evidence outside of the hub, with the name of the hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubHead {
    pub hub: String,
    #[serde(flatten)]
    pub head: SignedHead,
}

/// The hash of the log after one more op.
pub fn log_hash(before: &Hash, device: &TerminalId, incarnation: u32, seq: u64, op: &Hash) -> Hash {
    Hash::of(format!("counterfoil log 1\n{before}\n{device} {incarnation}-{seq}\n{op}\n").as_bytes())
}

/// The bytes the hub signs to vouch for a head of its log.
pub fn signed_head(hub: &str, head: &LogHead) -> Vec<u8> {
    format!("counterfoil head 1\n{hub}\n{}\n{}\n", head.number, head.hash).into_bytes()
}

/// First line of `POST /api/v1/sync/push`; the ops follow, a line each. A push of exactly one op to
/// `/api/v1/sync/park` has it stored without being looked into: the way past an op on which the hub
/// fails again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushHead {
    pub incarnation: u32,
    pub first_seq: u64,
    pub count: u32,
    /// The nonce of the last push answer of this incarnation; empty before the first.
    #[serde(default)]
    pub nonce: String,
    /// By the terminal's clock, so that the hub can tell how far it is off. Evidence only.
    #[serde(default)]
    pub wall_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushAnswer {
    /// The last op of which the hub has exactly the bytes that were sent, durably, with all before
    /// it; the hub's own head if it took none.
    pub acked_seq: u64,
    /// One for each op taken or known, in order.
    pub outcomes: Vec<OpOutcome>,
    /// Set when ops before `first_seq` are missing: push again from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_seq: Option<u64>,
    #[serde(default)]
    pub safe_seq: u64,
    /// To be said with the next push.
    #[serde(default)]
    pub next_nonce: String,
    /// This disk is a copy, as in [`HelloAnswer::exposed`]. The ops are taken all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exposed: bool,
    pub hub_time_ms: i64,
    #[serde(default)]
    pub head: SignedHead,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpOutcome {
    pub seq: u64,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// First line of `POST /api/v1/sync/pass-on`; the ops follow, a line each. They are those of another
/// terminal of the warehouse, which told them and has not told the hub: it may be destroyed. Answered like
/// a push, with no outcomes if they do not go on where the hub's chain ends. The nonce is nobody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassOnHead {
    #[serde(flatten)]
    pub push: PushHead,
    /// Whose ops they are.
    pub device: TerminalId,
    /// There is one op, and it is to be stored without being looked into.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub park: bool,
}

/// `POST /api/v1/sync/lost`, answered like a push: numbers whose ops neither of the terminal's
/// witnesses has any more. The hub goes on behind them and raises an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    pub incarnation: u32,
    pub first_seq: u64,
    pub last_seq: u64,
}

/// `POST /api/v1/sync/renew`: the terminal asks to go on in a new incarnation. The chain of the old
/// one can still be completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renew {
    pub incarnation: u32,
    pub head_seq: u64,
    pub head_hash: Hash,
    pub why: RenewReason,
}

/// What showed that a disk is a copy or an older state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RenewReason {
    /// The hub has ops under this identity that the disk does not have.
    HubAhead,
    /// Disk and hub have different ops under one number.
    Forked,
    /// The nonce is one that was given to somebody else.
    Exposed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewAnswer {
    pub incarnation: u32,
}

/// Where a terminal stands in the feed. Only the hub that issued `feed` understands `pos`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Cursor {
    pub feed: String,
    pub pos: u64,
}

/// `GET /api/v1/sync/pull?feed=&after=&log=&rows=&wait_ms=&ops=&protocol=`: the rows that changed, in
/// order. `ops` names chains with commas between them, as [`Contained`] is displayed: of the ops behind
/// each the answer tells which are there, whatever has their numbers. While there is nothing new the answer is held back up to `wait_ms`. 410 when the feed is
/// another, the position too old or the log's head unknown: greet the hub and fetch a snapshot. 426 when the terminal's protocol is too old to pull.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PullAnswer {
    pub feed: String,
    pub rows: Vec<FeedRow>,
    /// The cursor after this page; always at the end of an op.
    pub next: u64,
    pub up_to_date: bool,
    /// For each device of the terminal's warehouse the last op of each incarnation whose effect the
    /// rows up to `next` contain. Only told when up to date.
    pub contained: Vec<Contained>,
    /// What all rows up to `next` add up to. Only told when up to date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<ScopeSum>,
    /// Those of the contained ops that are parked: the rows know nothing of them. Only told when up to
    /// date.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parked: Vec<Contained>,
    /// Own ops that were parked and have their final outcome since `after`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resettled: Vec<Resettled>,
    /// Which ops of the chains that were asked for the rows contain, in order, at most [`KNOWN_MAX`]. Only
    /// told when up to date; a hub of an older version never tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Vec<Known>>,
    pub hub_time_ms: i64,
    pub head: SignedHead,
}

/// An op that the hub has, by the place that it claims and the hash of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    pub device: TerminalId,
    pub incarnation: u32,
    pub seq: u64,
    pub hash: Hash,
    /// It is in no rows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub parked: bool,
}

/// How far a chain goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contained {
    pub device: TerminalId,
    pub incarnation: u32,
    pub seq: u64,
}

/// `T01.2-17`, as it stands in a query.
impl fmt::Display for Contained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}-{}", self.device, self.incarnation, self.seq)
    }
}

impl Contained {
    /// Reads what its `Display` wrote.
    pub fn parse(text: &str) -> Option<Contained> {
        let (chain, seq) = text.rsplit_once('-')?;
        let (device, incarnation) = chain.rsplit_once('.')?;
        Some(Contained { device: device.into(), incarnation: incarnation.parse().ok()?, seq: seq.parse().ok()? })
    }

    /// Reads a list as it stands in a query, at most [`ASKED_MAX`]; what cannot be read is left out.
    pub fn parse_list(text: &str) -> Vec<Contained> {
        text.split(',').filter_map(Contained::parse).take(ASKED_MAX).collect()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resettled {
    pub incarnation: u32,
    pub seq: u64,
    /// Which op it is, since a copied disk gives the same numbers again; an older hub does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<Hash>,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Count and sum of a scope's rows: each live row adds the hash of its table, key and version. Tills
/// are left out, since a terminal has only its own. Kept by adding and taking away on both sides, so
/// that a row that one side lost, missed or holds too long shows at the next look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct ScopeSum {
    pub rows: u64,
    /// Modulo 2^64.
    pub sum: u64,
}

impl ScopeSum {
    pub fn add(&mut self, table: Table, key: &str, ver: u64) {
        if table != Table::Till {
            self.rows = self.rows.wrapping_add(1);
            self.sum = self.sum.wrapping_add(row_hash(table, key, ver));
        }
    }

    pub fn take_away(&mut self, table: Table, key: &str, ver: u64) {
        if table != Table::Till {
            self.rows = self.rows.wrapping_sub(1);
            self.sum = self.sum.wrapping_sub(row_hash(table, key, ver));
        }
    }
}

/// FNV-1a over table, key and version, then mixed, so that a sum of similar keys stays telling. It
/// finds accidents; against forgery there are signatures.
fn row_hash(table: Table, key: &str, ver: u64) -> u64 {
    let bytes = table.name().bytes().chain([0]).chain(key.bytes()).chain([0]).chain(ver.to_le_bytes());
    let mut hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FeedRow {
    pub pos: u64,
    pub table: Table,
    pub key: String,
    /// Grows with every change of the row; an older one never replaces a newer.
    pub ver: u64,
    /// The row's JSON; none when it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<serde_json::value::RawValue>>,
}

/// `GET /api/v1/sync/snapshot`: a file to start from. The file itself, zstd-compressed SQLite, is
/// at `/api/v1/sync/snapshot/{sha256}` and can be fetched in ranges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotManifest {
    pub feed: String,
    pub pos: u64,
    /// Of the compressed file.
    pub sha256: Hash,
    pub bytes: u64,
    /// Of the SQLite file inside.
    pub unpacked_bytes: u64,
    /// As in [`PullAnswer::contained`], for every device of the hub.
    pub contained: Vec<Contained>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parked: Vec<Contained>,
    /// How far the hub's log went when it was made.
    pub log: LogHead,
    pub sum: ScopeSum,
}

/// Any answer that is not 2xx: a stable code and a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    pub code: String,
    pub message: String,
}
