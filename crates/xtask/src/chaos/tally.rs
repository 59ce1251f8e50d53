//! What was done, what came of it: one JSON object, the last line.

use anyhow::Result;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What incidents may have come of.
#[derive(Debug, Clone, Default)]
pub struct Causes {
    /// Terminals of which a copy ran.
    pub cloned: BTreeSet<String>,
    pub hub_restored: bool,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Tally {
    pub seed: u64,
    pub terminals: usize,
    pub clones: u32,
    pub terminal_kills: u32,
    pub hub_kills: u32,
    pub hub_restores: u32,
    /// How often a line was made worse.
    pub lines_spoilt: u32,
    /// Ops that the terminals wrote down, all of which the hub has.
    pub ops: usize,
    pub sales: usize,
    /// Receipts that a screen showed.
    pub receipts: usize,
    /// Scans and sales refused because somebody else had the unit.
    pub excuses: u32,
    /// Units sold more than once, each with its conflicts.
    pub double_sales: usize,
    pub conflicts: usize,
    pub incidents: BTreeMap<String, u64>,
    pub seconds: f64,
    /// What must never happen, and did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl Tally {
    pub fn new(seed: u64) -> Tally {
        Tally { seed, ..Tally::default() }
    }

    pub fn print(&self) -> Result<()> {
        println!("\nSeed {}, {:.0} s, {} terminals and {} clones.", self.seed, self.seconds, self.terminals, self.clones);
        println!(
            "  done to them: {} kills of terminals, {} of the hub, {} restores of the hub, {} times a line was spoilt",
            self.terminal_kills, self.hub_kills, self.hub_restores, self.lines_spoilt
        );
        println!(
            "  came of it: {} sales among {} ops, {} receipts seen, {} refusals because a unit was gone",
            self.sales, self.ops, self.receipts, self.excuses
        );
        println!("  told: {} units sold twice, {} conflicts, incidents {:?}", self.double_sales, self.conflicts, self.incidents);
        println!("{}", serde_json::to_string(self)?);
        Ok(())
    }
}
