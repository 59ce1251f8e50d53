//! Signatures.
#![allow(unused_variables, clippy::todo, clippy::missing_errors_doc)]
use super::*;
use crate::fault::Fault;
use ledger::op::{Body, Op, Stamp};
use ledger::row::{Conflict, Operator, Settings, Till};
use ledger::sale::Sale;
use ledger::serial::Serial;
use ledger::sync::wire::{Cursor, PullAnswer, PushAnswer, SnapshotManifest};
use std::path::Path;

pub struct TerminalStore {}

impl TerminalStore {
    pub fn open(dir: &Path, identity: &TerminalIdentity) -> Result<(TerminalStore, Vec<Recovery>), Fault> { todo!() }

    // Writing. After a fault that is not transient, drop the store and open it again.
    /// The same id again with the same body (document number aside) is `Duplicate` with the first document.
    pub fn submit(&mut self, id: OpId, actor: &OperatorId, approved_by: Option<&OperatorId>, body: Body, stamp: Stamp) -> Result<Submitted, Fault> { todo!() }
    /// Settles a cart as a sale: gives the receipt number, takes the warehouse from the identity, and
    /// drops the cart's draft (current or held) in the same transaction.
    pub fn settle(&mut self, cart: &Cart, actor: &OperatorId, stamp: Stamp) -> Result<Submitted, Fault> { todo!() }
    /// The number for the next document, to put into a ShiftOpen or StockIn body.
    pub fn next_number(&mut self, kind: DocumentKind) -> Result<DocumentNumber, Fault> { todo!() }

    // Reading: the effective rows.
    pub fn resolve(&mut self, text: &str) -> Result<Resolved, Fault> { todo!() }
    pub fn unit(&mut self, sku: &Sku, serial: &Serial) -> Result<Option<(Unit, Option<u64>)>, Fault> { todo!() }
    pub fn product(&mut self, sku: &Sku) -> Result<Option<Product>, Fault> { todo!() }
    pub fn parts(&mut self, product: &Product) -> Result<Vec<Product>, Fault> { todo!() }
    pub fn settings(&mut self) -> Result<Settings, Fault> { todo!() }
    pub fn operators(&mut self) -> Result<Vec<Operator>, Fault> { todo!() }
    pub fn till(&mut self) -> Result<Till, Fault> { todo!() }
    pub fn on_hand(&mut self, sku: &Sku, warehouse: &WarehouseId) -> Result<i64, Fault> { todo!() }
    pub fn search(&mut self, query: &str, rows_max: usize) -> Result<Found, Fault> { todo!() }
    pub fn conflicts(&mut self, rows_max: usize) -> Result<Vec<Conflict>, Fault> { todo!() }
    pub fn counts(&mut self) -> Result<Counts, Fault> { todo!() }
    /// Newest first.
    pub fn receipts(&mut self, rows_max: usize) -> Result<Vec<ReceiptHead>, Fault> { todo!() }
    pub fn receipts_with(&mut self, serial: &Serial, rows_max: usize) -> Result<Vec<ReceiptHead>, Fault> { todo!() }
    pub fn sale(&mut self, number: &DocumentNumber) -> Result<Option<(Op, Sale)>, Fault> { todo!() }

    // Drafts.
    pub fn draft_save(&mut self, cart: &Cart) -> Result<(), Fault> { todo!() }
    pub fn draft_load(&mut self) -> Result<Option<Cart>, Fault> { todo!() }
    pub fn draft_clear(&mut self) -> Result<(), Fault> { todo!() }
    /// Puts the current sale aside; there is no current one afterwards.
    pub fn hold(&mut self, cart: &Cart, label: &str, operator: &OperatorId, at_ms: i64) -> Result<(), Fault> { todo!() }
    /// Oldest first.
    pub fn held(&mut self) -> Result<Vec<Held>, Fault> { todo!() }
    /// Makes a held sale the current one again. Clear or hold the current one first: it is replaced.
    pub fn held_take(&mut self, op: OpId) -> Result<Option<Cart>, Fault> { todo!() }

    pub fn throttle_load(&mut self, operator: &OperatorId) -> Result<Throttle, Fault> { todo!() }
    pub fn throttle_save(&mut self, operator: &OperatorId, throttle: Throttle) -> Result<(), Fault> { todo!() }

    // Sync.
    pub fn outbox_status(&mut self) -> Result<OutboxStatus, Fault> { todo!() }
    /// The next ops to send, oldest first; none when all are acknowledged. At least one op, however large.
    pub fn next_push(&mut self, ops_max: usize, bytes_max: usize) -> Result<Option<Push>, Fault> { todo!() }
    /// Takes the answer to a push of `incarnation`.
    pub fn acknowledge(&mut self, incarnation: u32, answer: &PushAnswer) -> Result<(), Fault> { todo!() }
    /// The hub has less than it once acknowledged: send again what follows `acked_to`.
    pub fn rewind(&mut self, acked_to: u64) -> Result<(), Fault> { todo!() }
    /// Newest first.
    pub fn not_applied(&mut self, rows_max: usize) -> Result<Vec<NotApplied>, Fault> { todo!() }
    /// All own ops that are doubtful now.
    pub fn doubtful(&self) -> &[Doubtful] { todo!() }
    pub fn cursor(&mut self) -> Result<Option<Cursor>, Fault> { todo!() }
    pub fn ingest(&mut self, page: &PullAnswer) -> Result<Ingested, Fault> { todo!() }
    /// Swaps in an unpacked snapshot, whose file is consumed.
    pub fn install_snapshot(&mut self, file: &Path, manifest: &SnapshotManifest) -> Result<Ingested, Fault> { todo!() }
}
