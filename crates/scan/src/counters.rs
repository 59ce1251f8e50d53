//! What a scanner has done since the start, for the test page and the log.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::event::{DeviceState, Reason};
use crate::outcome::{DeviceName, FaultKind, Outcome, Scan};

/// Pauses remembered: those of the last two or three codes.
const GAPS_MAX: usize = 256;
/// A longer pause is between codes.
const GAP_US_MAX: u64 = 500_000;

/// A scanner's figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Counters {
    /// Whose figures they are.
    pub device: DeviceName,
    /// Unset until it was looked for.
    pub state: Option<(DeviceState, Reason)>,
    /// While it is open.
    pub node: Option<PathBuf>,
    /// Codes that were read.
    pub scans: u64,
    /// Codes that came again within `same_ms`.
    pub repeats: u64,
    /// Triggered without a code in sight, where the scanner says so.
    pub no_reads: u64,
    /// How often it was opened.
    pub opens: u64,
    /// Those that occurred.
    pub faults: BTreeMap<FaultKind, u64>,
    /// Of 100 pauses between two frames of a code, 95 are no longer than this. Microseconds.
    pub gap_p95_us: Option<u64>,
    /// Of the last code that took any time.
    pub chars_per_s: Option<u64>,
}

/// Counts.
#[derive(Debug)]
pub(crate) struct Tally {
    counters: Counters,
    gaps_us: Vec<u64>,
    next_gap: usize,
    last_us: u64,
}

impl Tally {
    pub(crate) fn new(device: DeviceName) -> Self {
        let counters = Counters {
            device,
            state: None,
            node: None,
            scans: 0,
            repeats: 0,
            no_reads: 0,
            opens: 0,
            faults: BTreeMap::new(),
            gap_p95_us: None,
            chars_per_s: None,
        };
        Self { counters, gaps_us: Vec::new(), next_gap: 0, last_us: 0 }
    }

    /// Something came at this time.
    pub(crate) fn came(&mut self, t_us: u64) {
        let gap_us = t_us.saturating_sub(std::mem::replace(&mut self.last_us, t_us));
        if !(1..GAP_US_MAX).contains(&gap_us) {
            return;
        }
        if self.gaps_us.len() < GAPS_MAX {
            self.gaps_us.push(gap_us);
        } else {
            self.gaps_us[self.next_gap] = gap_us;
            self.next_gap = (self.next_gap + 1) % GAPS_MAX;
        }
    }

    pub(crate) fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Scan(scan) => {
                self.counters.scans += 1;
                self.counters.chars_per_s = speed(scan).or(self.counters.chars_per_s);
            }
            Outcome::Repeat(_) => self.counters.repeats += 1,
            Outcome::Fault(fault) => *self.counters.faults.entry(fault.kind).or_default() += 1,
        }
    }

    pub(crate) fn opened(&mut self, node: PathBuf) {
        self.counters.opens += 1;
        self.counters.node = Some(node);
    }

    pub(crate) fn closed(&mut self) {
        self.counters.node = None;
    }

    pub(crate) fn shown(&mut self, state: DeviceState, reason: Reason) {
        self.counters.state = Some((state, reason));
    }

    pub(crate) fn snapshot(&self, no_reads: u64) -> Counters {
        Counters { no_reads, gap_p95_us: p95(&self.gaps_us), ..self.counters.clone() }
    }
}

fn speed(scan: &Scan) -> Option<u64> {
    let chars = scan.text.chars().count() as u64;
    (chars * 1_000_000).checked_div(scan.t_last_us - scan.t_first_us)
}

fn p95(gaps_us: &[u64]) -> Option<u64> {
    let mut sorted = gaps_us.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() * 95 / 100).or(sorted.last()).copied()
}
