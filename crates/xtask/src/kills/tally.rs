//! What came of all the kills: one JSON object, the last line.

use anyhow::Result;
use serde::Serialize;

#[derive(Debug, Clone, Default, Serialize)]
pub struct Tally {
    pub seed: u64,
    pub till_kills: u32,
    pub hub_kills: u32,
    /// Sales that the till wrote down.
    pub sales: usize,
    /// Receipts that a screen showed.
    pub acknowledged: usize,
    /// Sales that were saved although nobody saw the receipt.
    pub settled_unseen: u32,
    /// Open sales that were on the screen again after a kill.
    pub carts_back: u32,
    /// Ops that the hub has.
    pub synced: u64,
    pub seconds: f64,
    /// What must never happen, and did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl Tally {
    pub fn new(seed: u64) -> Tally {
        Tally { seed, ..Tally::default() }
    }

    pub fn print(&self, json: bool) -> Result<()> {
        println!(
            "\n{} kills of the till, {} of the hub in {:.0} s: {} sales, {} receipts seen, {} saved unseen, {} open sales back, {} ops synced.",
            self.till_kills, self.hub_kills, self.seconds, self.sales, self.acknowledged, self.settled_unseen, self.carts_back, self.synced
        );
        if json {
            println!("{}", serde_json::to_string(self)?);
        }
        Ok(())
    }
}
