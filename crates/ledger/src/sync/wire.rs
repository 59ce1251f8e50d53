//! The bodies of the sync requests, version 1: JSON, except that a push carries its ops as lines of
//! their own sealed bytes.

use crate::id::{TerminalId, WarehouseId};
use crate::op::Hash;
use crate::row::Table;
use crate::verdict::Outcome;
use serde::{Deserialize, Serialize};

/// The version of the protocol, part of every path.
pub const PROTOCOL: u32 = 1;
/// Most ops of one push: half a second of a hub's work, and a retry that a thin line can bear.
pub const PUSH_OPS_MAX: usize = 500;
/// Most bytes of ops in one push, before compression; a single larger op still goes alone.
pub const PUSH_BYTES_MAX: usize = 1024 * 1024;
/// Most rows of one page of the feed.
pub const PULL_ROWS_MAX: usize = 5_000;
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
    pub incarnation: u32,
    /// Last own op.
    pub head_seq: u64,
    pub head_hash: Hash,
    pub acked_seq: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloAnswer {
    pub hub: String,
    pub feed: String,
    pub feed_pos: u64,
    /// The last op of this terminal's incarnation that the hub has. Below the terminal's own
    /// `acked_seq` when the hub was restored from an older backup: the terminal pushes again.
    pub head_seq: u64,
    pub head_hash: Hash,
    /// Ops up to here are covered by the hub's last verified backup.
    pub safe_seq: u64,
    pub hub_time_ms: i64,
}

/// First line of `POST /api/v1/sync/push`; the ops follow, a line each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushHead {
    pub incarnation: u32,
    pub first_seq: u64,
    pub count: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushAnswer {
    /// The hub has every op up to here, durably.
    pub acked_seq: u64,
    /// One for each op taken or known, in order.
    pub outcomes: Vec<OpOutcome>,
    /// Set when ops before `first_seq` are missing: push again from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_seq: Option<u64>,
    pub hub_time_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpOutcome {
    pub seq: u64,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Where a terminal stands in the feed. Only the hub that issued `feed` understands `pos`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Cursor {
    pub feed: String,
    pub pos: u64,
}

/// `GET /api/v1/sync/pull?feed=&after=&rows=`: the rows that changed, in order. 410 when the feed
/// is another or the position too old: fetch a snapshot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PullAnswer {
    pub feed: String,
    pub rows: Vec<FeedRow>,
    /// The cursor after this page; always at the end of a hub transaction.
    pub next: u64,
    pub up_to_date: bool,
    /// The last own op whose effect is contained in the feed up to `next`.
    pub own_seq: u64,
    pub hub_time_ms: i64,
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
    pub own_seq: u64,
}

/// Any answer that is not 2xx: a stable code and a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    pub code: String,
    pub message: String,
}
