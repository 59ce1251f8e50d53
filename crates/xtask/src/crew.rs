//! Somebody at a till of a real process: a cashier who looks at the screen, a hand whose plug may be
//! pulled, and the record of what the till wrote down. What is done to them is decided elsewhere.

pub mod cashier;
pub mod dice;
pub mod hand;
pub mod post;
pub mod witness;

use std::time::{SystemTime, UNIX_EPOCH};

/// Any number will do as long as it is told.
pub fn seed_of_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_secs() % 1_000_000)
}
