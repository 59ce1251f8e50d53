//! The terminal's ledger: what happened here (`journal`), what the hub told (`catalogue`) and
//! the second witness of what happened (`oplog`).
//!
//! The model in short. An own op is decided against the *effective* rows: the overlay if it has the
//! row, else the catalogue. It is written to `ops.log`, then committed with its effects to
//! `journal.db`, and only then acknowledged. The overlay holds the effects of own ops that the
//! hub's feed has not returned yet, and of those that other terminals told while the hub was away;
//! it can always be computed again by replaying those ops over the catalogue. The journal is never deleted; the catalogue can be fetched again at any time.
//!
//! One thread owns the store. It never talks to the network and never asks for the time.

use ledger::cart::Cart;
use ledger::id::{DocumentNumber, OpId, OperatorId, TerminalId, WarehouseId};
use ledger::money::Money;
use ledger::op::Hash;
use ledger::row::{Conflict, Product, Unit};
use ledger::verdict::{Outcome, Verdict};
use std::path::PathBuf;

mod disk;
mod files;

mod catalogue;
mod journal;
mod oplog;

mod at_hub;
mod forks;
mod marks;
mod overlay;
mod peer_ops;
mod till;

mod holdings;
mod open;
mod reconcile;
mod salvage;
mod store;

mod draft;
mod exchange;
mod outbox;
mod owner;
mod passing;
mod peers;
mod read;
mod receipts;
mod search;
mod submit;

mod carried;
mod ingest;
mod known;
mod snapshot;

pub use carried::{Carried, CarriedFault};
pub use disk::{Disk, LogFile, ReadFile, RealDisk};
pub use exchange::Taken;
pub use files::JOURNAL;
pub use holdings::{Holdings, leave_empty};
pub use peers::{PEER_OPS_MAX, PeerRefusal, PeerTaken, RESERVED_MS, Reservation};
pub use store::TerminalStore;

/// Who this terminal is, as the hub told it at enrolment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerminalIdentity {
    pub terminal: TerminalId,
    /// Given anew by the hub whenever the journal is new or restored; op numbers start at 1 in each.
    pub incarnation: u32,
    pub warehouse: WarehouseId,
    /// The hub's own name, which it keeps for life. No other gets what is in the journal.
    pub hub: String,
}

/// Something found on opening that a person should know. The store is usable after each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovery {
    /// The journal was damaged. It was moved aside and built anew: `ops` ops came back from
    /// `ops.log`, `drafts` open or held sales from the damaged file.
    JournalRestored { moved_to: PathBuf, ops: u64, drafts: u64 },
    /// Ops that the journal had lost came back from `ops.log`.
    OpsRecovered { ops: u64 },
    /// `ops.log` had lost or damaged ops; it was completed from the journal.
    LogRepaired { ops: u64, moved_to: Option<PathBuf> },
    /// Ops that neither file has any more. Those that the hub acknowledged are safe there.
    OpsLost { incarnation: u32, first_seq: u64, last_seq: u64 },
    /// The catalogue was damaged. It was moved aside; what could be read of it is in use until the
    /// hub's snapshot arrives.
    CatalogueRebuilding { moved_to: PathBuf, products: u64, units: u64 },
    /// The sale on the screen had been saved before the program ended. Its draft was dropped.
    SaleWasSaved { document: DocumentNumber },
}

/// The answer to a submitted op.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    pub verdict: Verdict,
    /// Its number in this terminal's chain; none if it was refused.
    pub seq: Option<u64>,
    /// The document that stands in the op: for a duplicate, that of the first time.
    pub document: Option<DocumentNumber>,
}

/// The documents whose numbers this terminal gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    Sale,
    Shift,
    StockIn,
}

/// What a scanned text means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolved {
    /// Products that it names, by a barcode or as their SKU.
    pub products: Vec<ProductFacts>,
    /// Units that bear it as their serial, one a SKU.
    pub units: Vec<UnitFacts>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductFacts {
    pub product: Product,
    /// The products that a combination stands for, as far as they are known.
    pub parts: Vec<Product>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitFacts {
    pub unit: Unit,
    /// The hub's version of the unit; none while the hub has not seen it.
    pub ver: Option<u64>,
    pub product: Option<Product>,
}

/// Products that a search found, best first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// Each with its quantity in this terminal's warehouse.
    pub products: Vec<(Product, i64)>,
    /// Whether there are others beyond the limit.
    pub more: bool,
}

/// A receipt as it stands in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptHead {
    pub number: DocumentNumber,
    pub at_ms: i64,
    pub total: Money,
    pub pieces: u32,
    pub serials: Vec<String>,
}

/// A sale put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub cart: Cart,
    pub label: String,
    pub operator: OperatorId,
    pub at_ms: i64,
}

/// Wrong PINs of one operator. Kept over restarts, so that pulling the plug is no way around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Throttle {
    pub tries: u32,
    /// No further try before this time.
    pub until_ms: i64,
    /// Time of the last wrong try.
    pub last_ms: i64,
}

/// Where the own ops stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxStatus {
    pub incarnation: u32,
    /// Ops that the hub has not acknowledged, of this and older incarnations.
    pub pending: u64,
    /// When the oldest of them was made.
    pub oldest_wall_ms: Option<i64>,
    pub head_seq: u64,
    pub head_hash: Hash,
    pub acked_seq: u64,
    /// Up to here the hub's backups have it too.
    pub safe_seq: u64,
}

/// An own op that the hub answered with anything but applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotApplied {
    pub incarnation: u32,
    pub seq: u64,
    pub op: OpId,
    pub kind: String,
    pub document: Option<DocumentNumber>,
    pub at_ms: i64,
    pub outcome: Outcome,
    /// Who has seen this answer of the hub; none while nobody has.
    pub seen_by: Option<OperatorId>,
}

/// An own op, not yet returned by the feed, that no longer fits what the hub told since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubtful {
    pub seq: u64,
    pub op: OpId,
    pub document: Option<DocumentNumber>,
    /// Conflict or refusal, as the hub will probably see it.
    pub verdict: Verdict,
}

/// A double use that nobody has resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenConflict {
    pub conflict: Conflict,
    /// The hub said so; else it was found here, and the hub will probably say the same.
    pub told: bool,
}

/// What a page of the feed or a snapshot changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ingested {
    pub changed: u64,
    /// Rows in a form that this version does not know. They are left out until the program is
    /// updated, which then fetches everything anew.
    pub skipped: u64,
    /// Ops that became doubtful by it.
    pub doubtful: Vec<Doubtful>,
    /// Conflicts that it told of for the first time, and that a sale of this terminal is part of.
    pub conflicts: Vec<Conflict>,
}

/// How much is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub units: u64,
    pub products: u64,
}
