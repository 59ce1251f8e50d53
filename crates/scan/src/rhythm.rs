//! How long a scanner without a suffix pauses within a code, and so which pause ends one.
//!
//! Every such code waits for the pause at its end. A scanner that was never seen gets the default; one
//! that has shown its rhythm needs a part of that. Where the rest of a code comes after the pause all the
//! same, the rest is a fault, and the rhythm is not believed again.

use crate::config::ScannerConfig;

/// Codes that show a scanner's rhythm.
const CODES: usize = 5;
/// The pause that ends a code is longer than the longest within the last ones, by this factor.
const FACTOR: u64 = 4;
/// Shorter ones are the system's, not the scanner's.
const GAP_US_MIN: u64 = 30_000;

#[derive(Debug)]
pub(crate) struct Rhythm {
    /// What is set or, where nothing is, the default.
    set_us: u64,
    /// The default: no code goes on after so long a pause.
    full_us: u64,
    /// Nothing is set, and a pause ends codes.
    adapts: bool,
    /// The longest pause within each of the last codes, newest last.
    longest_us: Vec<u64>,
    /// Within the code that is coming in.
    longest_now_us: u64,
    /// The last key of the code that a pause ended.
    paused_at_us: Option<u64>,
}

impl Rhythm {
    pub(crate) fn new(config: &ScannerConfig) -> Self {
        let adapts = config.gap_ms.is_none() && !config.suffix_required;
        Self { set_us: config.gap_us(), full_us: config.default_gap_us(), adapts, longest_us: Vec::new(), longest_now_us: 0, paused_at_us: None }
    }

    /// The pause that ends a code.
    pub(crate) fn gap_us(&self) -> u64 {
        let longest_us = self.longest_us.iter().max().filter(|_| self.adapts && self.longest_us.len() == CODES);
        longest_us.map_or(self.set_us, |longest_us| (longest_us * FACTOR).clamp(GAP_US_MIN, self.set_us.max(GAP_US_MIN)))
    }

    /// So long was the pause between two frames of a code.
    pub(crate) fn paused(&mut self, pause_us: u64) {
        self.longest_now_us = self.longest_now_us.max(pause_us);
    }

    /// A code is over. `by_pause_after_us`: its last key, if nothing but a pause ended it.
    pub(crate) fn ended(&mut self, by_pause_after_us: Option<u64>) {
        self.paused_at_us = by_pause_after_us;
        if by_pause_after_us.is_some() {
            self.longest_us.drain(..(self.longest_us.len() + 1).saturating_sub(CODES));
            self.longest_us.push(self.longest_now_us);
        }
        self.longest_now_us = 0;
    }

    /// Whether a code that begins now is the rest of the one that a pause ended: nobody scans again so
    /// soon. From then on the default ends codes.
    pub(crate) fn is_rest(&mut self, t_us: u64) -> bool {
        let rest = self.paused_at_us.take().is_some_and(|last_us| t_us.saturating_sub(last_us) < self.full_us);
        self.adapts &= !rest;
        rest
    }
}
