//! The writer thread: the only owner of the store. It is asked with a [`Command`] and answers with
//! an [`Answer`], in order. Nothing is said to be done before the store has committed it.
//!
//! The uplink asks through the same queue, so that what the hub sent and what the cashier does can
//! never interleave.

mod desk;
mod disputes;
mod pin;
mod pulse;
mod run;
mod sync;

pub use disputes::Dispute;
pub use pulse::Pulse;
pub use run::{NotSent, Writer, WriterHandle};
pub use sync::SyncCommand;

use crate::notice::Notice;
use engine::terminal::Recovery;
use ledger::cart::Cart;
use ledger::id::{DocumentNumber, OpId, OperatorId, Sku, TerminalId};
use ledger::money::Money;
use ledger::op::Op;
use ledger::refusal::Refusal;
use ledger::row::{ClosedShift, Operator, Product, Settings, Till, Unit};
use ledger::sale::Sale;
use ledger::sync::message::Request;
use std::collections::{BTreeMap, BTreeSet};

/// Most commands waiting at once. A person makes a few in a second; more means that the disk hangs,
/// and then the screen must say so instead of collecting taps.
pub const COMMANDS_MAX: usize = 256;

/// What the writer is asked to do.
#[derive(Debug)]
pub enum Command {
    /// Everything the app needs to begin: settings, operators, till, the cart of before.
    Start,
    Resolve {
        text: String,
    },
    Search {
        query: String,
    },
    /// What the catalogue says now of these products.
    LookUp {
        skus: BTreeSet<Sku>,
    },
    /// Keeps the cart, so that it survives a power cut.
    KeepCart(Cart),
    Hold {
        cart: Cart,
        operator: OperatorId,
        at_ms: i64,
    },
    ListHeld,
    TakeHeld {
        op: OpId,
    },
    CheckPin {
        operator: OperatorId,
        pin: String,
        purpose: PinPurpose,
        now_ms: i64,
    },
    OpenShift {
        op: OpId,
        actor: OperatorId,
        opening_float: Money,
    },
    CloseShift {
        op: OpId,
        actor: OperatorId,
        cash_counted: Money,
    },
    Settle {
        cart: Cart,
        actor: OperatorId,
    },
    ListReceipts,
    /// By receipt number or by the serial of a unit sold on it.
    FindReceipt {
        text: String,
    },
    /// How the outbox stands, for the chip and the sync page.
    LookAtOutbox,
    /// Somebody has seen what the hub made of these ops.
    MarkSeen {
        ops: Vec<OpId>,
        by: OperatorId,
    },
    Sync(SyncCommand),
    /// Proves that the queue is worked off; nothing is answered.
    Beat(u64),
    Stop,
}

impl Command {
    /// Whether other terminals may want to know what came of it: ops were made, a cart changed, or
    /// the hub said who they are.
    fn stirs(&self) -> bool {
        match self {
            Command::KeepCart(_) | Command::Hold { .. } | Command::TakeHeld { .. } => true,
            Command::OpenShift { .. } | Command::CloseShift { .. } | Command::Settle { .. } => true,
            Command::Sync(SyncCommand::Take { exchange, .. }) => matches!(*exchange.0, Request::Hello(_)),
            _ => false,
        }
    }
}

/// Why a PIN is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinPurpose {
    SignIn,
    /// Somebody confirms what the cashier may not do alone.
    Approve,
}

/// What the writer says.
#[derive(Debug, Clone)]
pub enum Answer {
    Started(Box<Started>),
    Resolved(Resolved),
    Found {
        query: String,
        rows: Vec<FoundProduct>,
        more: bool,
    },
    /// Each with what the catalogue has; none if it has nothing.
    LookedUp(BTreeMap<Sku, Option<ProductFacts>>),
    Held {
        count: u32,
    },
    HeldList(Vec<HeldCart>),
    TookHeld {
        cart: Option<Cart>,
        count: u32,
    },
    Pin {
        operator: OperatorId,
        purpose: PinPurpose,
        result: PinResult,
    },
    Shift(Box<Till>),
    ShiftClosed {
        till: Box<Till>,
        closed: Box<ClosedShift>,
    },
    Settled(Box<Settled>),
    Receipts(Vec<ReceiptHead>),
    Receipt(Option<Box<Settled>>),
    Outbox(OutboxState),
    /// The hub changed what the shop is: settings, operators.
    Changed {
        settings: Box<Settings>,
        operators: Vec<Operator>,
    },
    /// A rule said no.
    Refused(Refusal),
    /// The world failed; nothing was saved.
    Failed(Notice),
    /// The world failed somebody else, the uplink: nothing that the cashier waits for.
    Trouble(Notice),
    /// Units of an own sale were sold elsewhere too.
    SoldTwice {
        document: String,
        serials: String,
    },
    /// The store was closed by a lasting fault and is open again: this is what it holds.
    Reopened(Box<Started>),
}

#[derive(Debug, Clone)]
pub struct Started {
    pub settings: Settings,
    pub operators: Vec<Operator>,
    pub till: Till,
    pub cart: Option<Cart>,
    pub held: u32,
    pub recoveries: Vec<Recovery>,
    pub outbox: OutboxState,
}

/// What a scanned text may mean.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    pub text: String,
    pub products: Vec<ProductFacts>,
    pub units: Vec<UnitFacts>,
}

/// A product with the products its parts are.
#[derive(Debug, Clone)]
pub struct ProductFacts {
    pub product: Product,
    pub parts: Vec<Product>,
}

#[derive(Debug, Clone)]
pub struct UnitFacts {
    pub unit: Unit,
    pub ver: Option<u64>,
    pub product: Product,
    /// The other terminal that has it in a cart.
    pub reserved: Option<TerminalId>,
}

#[derive(Debug, Clone)]
pub struct FoundProduct {
    pub facts: ProductFacts,
    pub on_hand: i64,
}

#[derive(Debug, Clone)]
pub struct HeldCart {
    pub cart: Cart,
    pub operator: String,
    pub at_ms: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinResult {
    Right,
    Wrong { tries_left: u32 },
    Wait { seconds: u32 },
    Locked,
}

/// A sale that is on disk, with what its slip needs.
#[derive(Debug, Clone)]
pub struct Settled {
    pub op: Op,
    pub sale: Sale,
    pub till: Till,
}

#[derive(Debug, Clone)]
pub struct ReceiptHead {
    pub number: DocumentNumber,
    pub at_ms: i64,
    pub total: Money,
    pub serials: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutboxState {
    pub pending: u64,
    pub oldest_ms: Option<i64>,
    pub units: u64,
    pub products: u64,
    pub not_applied: Vec<NotAppliedOp>,
    /// How many of them nobody has seen.
    pub unseen: u64,
    /// Changes whenever products do.
    pub products_version: u64,
    /// Ops of other terminals that came from themselves and not yet from the hub.
    pub heard: u64,
    /// Units sold twice, as far as it is known here.
    pub disputes: Vec<Dispute>,
    /// When everything the hub had was known here; none if never.
    pub known_at_ms: Option<i64>,
    pub disk_low: bool,
}

/// An own op that the hub did not simply apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAppliedOp {
    pub op: OpId,
    pub document: String,
    pub at_ms: i64,
    pub outcome: String,
    pub reason: String,
    pub seen: bool,
}
