//! One terminal: a machine with a disk and a clock, the program on it, and the person before it.

use super::lan::Station;
use crate::cashier::{Cashier, Intent};
use crate::dice::Dice;
use crate::disk::{Image, SimDisk, Stop};
use engine::terminal::{TerminalIdentity, TerminalStore};
use ledger::op::{ClockQuality, Stamp};
use ledger::sync::message::Request;
use ledger::sync::uplink::{Ask, Uplink};
use ledger::sync::wire::SnapshotManifest;

pub struct Till {
    pub name: String,
    /// As it was enrolled.
    pub identity: TerminalIdentity,
    pub disk: SimDisk,
    pub store: Option<TerminalStore>,
    pub cashier: Cashier,
    pub unanswered: Option<Wish>,
    pub uplink: Uplink,
    pub flight: Option<Flight>,
    pub station: Station,
    /// How far the wall clock is off.
    pub offset_ms: i64,
    pub boots: u32,
    /// How the machine stops next.
    pub stop: Stop,
    /// Cut off from the hub.
    pub is_alone: bool,
    /// An older state that may come back.
    pub old: Option<Image>,
    /// Its disk was copied or put back, or is such a copy.
    pub copied: bool,
    /// The machine was destroyed.
    pub is_gone: bool,
    /// A bit flipped on its disk.
    pub damaged: bool,
    /// The next time at which it looks what to ask; others that were planned do not count.
    pub look_at_ms: i64,
    pub dice: Dice,
}

/// What somebody confirmed and has no answer to.
#[derive(Debug, Clone)]
pub struct Wish {
    pub number: usize,
    pub intent: Intent,
}

/// A request that has no answer yet.
pub struct Flight {
    pub number: u64,
    pub ask: Ask,
    pub errand: Errand,
}

pub enum Errand {
    Ask(Request),
    /// The file that the manifest told of.
    File(SnapshotManifest),
}

impl Flight {
    /// A pull that the hub may hold back.
    pub fn is_listening(&self) -> bool {
        matches!(self.ask, Ask::Pull { wait_ms } if wait_ms > 0)
    }
}

impl Till {
    pub fn new(name: &str, identity: TerminalIdentity, mut dice: Dice, phones: usize) -> Till {
        Till {
            name: name.into(),
            identity,
            disk: SimDisk::new(dice.fork()),
            store: None,
            cashier: Cashier::new(dice.fork(), name, phones),
            unanswered: None,
            uplink: Uplink::new(0),
            flight: None,
            station: Station::default(),
            offset_ms: 0,
            boots: 0,
            stop: Stop::Kill,
            is_alone: false,
            old: None,
            copied: false,
            is_gone: false,
            damaged: false,
            look_at_ms: 0,
            dice,
        }
    }

    pub fn wall_ms(&self, now_ms: i64) -> i64 {
        now_ms + self.offset_ms
    }

    pub fn stamp(&self, now_ms: i64) -> Stamp {
        let (wall_ms, mono_ms) = (self.wall_ms(now_ms), now_ms.unsigned_abs());
        Stamp { wall_ms, hlc: 0, mono_ms, boot: format!("{}-{}", self.name, self.boots), clock: ClockQuality::System }
    }
}
